// What the manual pages and standards say and glibc 2.36 does not do.

#include "rule.h"
#include <dlfcn.h>

RULE(posix_memalign_out_of_memory_leaves_errno) {
    for (size_t alignment = 8; alignment <= MIB; alignment *= 8) {
        void *block;
        errno = 77;
        CHECK_AT(posix_memalign(&block, alignment, PTRDIFF_MAX) == ENOMEM, alignment);
        CHECK_AT(errno == 77, alignment);
        CHECK_AT(posix_memalign(&block, alignment, (size_t)1 << 47) == ENOMEM, alignment);
        CHECK_AT(errno == 77, alignment);
    }
}

RULE(aligned_alloc_refuses_alignments_that_are_no_power_of_two_with_einval) {
    size_t bad[] = {0, 3, 5, 24, 100, 4095, SIZE_MAX};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        errno = 0;
        CHECK_AT(aligned_alloc(bad[i], 100) == NULL && errno == EINVAL, bad[i]);
    }
}

RULE(malloc_info_refuses_options_with_minus_one_and_einval) {
    errno = 0;
    CHECK(malloc_info(1, stderr) == -1 && errno == EINVAL);
}

RULE(mallinfo_shows_what_is_too_large_for_an_int_as_the_largest) {
    void *block = malloc(5 * GIB);
    CHECK(block != NULL);
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    CHECK(mallinfo().hblkhd == 0x7fffffff);
    free(block);
}

RULE(mallinfo2_says_what_a_trim_looks_through) {
    enum { COUNT = 100000 };
    static void *blocks[COUNT];
    for (int i = 0; i < COUNT; i++) {
        blocks[i] = memset(malloc(700), 1, 700);
    }
    for (int i = 0; i < COUNT; i++) {
        if (i % 500 != 0) {
            free(blocks[i]);
        }
    }
    size_t before = mallinfo2().keepcost;
    CHECK(malloc_trim(0) == 1);
    size_t after = mallinfo2().keepcost;
    CHECK_AT(before > 60 * MIB, before);
    // What shares a page with one of the 200 blocks that live.
    CHECK_AT(after < 4 * MIB, after);
}

// heapmin.h: this program isn't linked with the library.
static long (*decay)(void *);
static int (*set_decay)(void *, long);

static void find_decay(void) {
    decay = (long (*)(void *))dlsym(RTLD_DEFAULT, "heapmin_decay");
    set_decay = (int (*)(void *, long))dlsym(RTLD_DEFAULT, "heapmin_set_decay");
    CHECK(decay != NULL && set_decay != NULL);
}

RULE(a_negative_trim_threshold_keeps_memory_until_another_one_comes) {
    find_decay();
    long times[] = {decay(NULL), 0, 300};
    for (int i = 0; i < 3; i++) {
        CHECK(set_decay(NULL, times[i]) == 1);
        CHECK(mallopt(M_TRIM_THRESHOLD, 1 << 20) == 1);
        CHECK_AT(decay(NULL) == times[i], i);
        CHECK(mallopt(M_TRIM_THRESHOLD, -1) == 1);
        CHECK_AT(decay(NULL) == -1, i);
        CHECK(mallopt(M_TRIM_THRESHOLD, -2) == 1 && mallopt(M_TOP_PAD, 0) == 1);
        CHECK_AT(decay(NULL) == -1, i);
        CHECK(mallopt(M_TRIM_THRESHOLD, 0) == 1);
        CHECK_AT(decay(NULL) == times[i], i);
    }
}

RULE(a_setting_made_after_a_negative_trim_threshold_stays) {
    find_decay();
    CHECK(mallopt(M_TRIM_THRESHOLD, -1) == 1);
    CHECK(set_decay(NULL, 55) == 1);
    CHECK(mallopt(M_TRIM_THRESHOLD, 1 << 20) == 1);
    CHECK(decay(NULL) == 55);
    // Nothing was switched off by the function itself.
    CHECK(set_decay(NULL, -1) == 1);
    CHECK(mallopt(M_TRIM_THRESHOLD, 1 << 20) == 1);
    CHECK(decay(NULL) == -1);
}

RULE(free_sized_and_free_aligned_sized_free) {
    void (*free_sized)(void *, size_t) = dlsym(RTLD_DEFAULT, "free_sized");
    void (*free_aligned_sized)(void *, size_t, size_t) = dlsym(RTLD_DEFAULT, "free_aligned_sized");
    CHECK(free_sized != NULL && free_aligned_sized != NULL);
    size_t before = resident();
    for (int round = 0; round < 2000; round++) {
        errno = 77;
        void *block = memset(malloc(MIB), 1, MIB);
        free_sized(block, MIB);
        block = memset(aligned_alloc(4096, MIB), 1, MIB);
        free_aligned_sized(block, 4096, MIB);
        free_sized(NULL, 0);
        free_aligned_sized(NULL, 16, 0);
        CHECK(errno == 77);
    }
    CHECK(resident() < before + 64 * MIB);
}

RULE(cfree_frees) {
    void (*cfree)(void *) = dlsym(RTLD_DEFAULT, "cfree");
    CHECK(cfree != NULL);
    size_t before = resident();
    for (int round = 0; round < 2000; round++) {
        cfree(memset(malloc(MIB), 1, MIB));
        cfree(NULL);
    }
    CHECK(resident() < before + 64 * MIB);
}

RULE(the_names_of_the_c_library_are_the_same_heap) {
    void *(*libc_malloc)(size_t) = dlsym(RTLD_DEFAULT, "__libc_malloc");
    void *(*libc_calloc)(size_t, size_t) = dlsym(RTLD_DEFAULT, "__libc_calloc");
    void *(*libc_realloc)(void *, size_t) = dlsym(RTLD_DEFAULT, "__libc_realloc");
    void *(*libc_reallocarray)(void *, size_t, size_t) = dlsym(RTLD_DEFAULT, "__libc_reallocarray");
    void (*libc_free)(void *) = dlsym(RTLD_DEFAULT, "__libc_free");
    void (*libc_cfree)(void *) = dlsym(RTLD_DEFAULT, "__libc_cfree");
    void *(*libc_memalign)(size_t, size_t) = dlsym(RTLD_DEFAULT, "__libc_memalign");
    int (*libc_posix_memalign)(void **, size_t, size_t) = dlsym(RTLD_DEFAULT, "__posix_memalign");
    void *(*libc_valloc)(size_t) = dlsym(RTLD_DEFAULT, "__libc_valloc");
    void *(*libc_pvalloc)(size_t) = dlsym(RTLD_DEFAULT, "__libc_pvalloc");
    int (*libc_mallopt)(int, int) = dlsym(RTLD_DEFAULT, "__libc_mallopt");
    void *block;
    free(libc_malloc(100));
    libc_free(malloc(100));
    libc_cfree(malloc(100));
    free(libc_calloc(10, 10));
    libc_free(libc_reallocarray(libc_realloc(malloc(100), 1000), 10, 1000));
    free(libc_memalign(64, 100));
    CHECK(libc_posix_memalign(&block, 64, 100) == 0);
    free(block);
    free(libc_valloc(100));
    free(libc_pvalloc(100));
    CHECK(libc_mallopt(M_MXFAST, 161) == 0);
    CHECK(malloc_usable_size(block = libc_malloc(100)) >= 100);
    free(block);
}
