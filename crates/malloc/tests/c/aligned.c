// posix_memalign(3), aligned_alloc(3), memalign(3), valloc(3), pvalloc(3).

#include "rule.h"

static int aligned(const void *block, size_t alignment) {
    return block != NULL && (uintptr_t)block % alignment == 0;
}

// Touches a block at both ends: with the largest alignments all of it would be gigabytes.
static void touch(char *block, size_t size) {
    if (size > 0) {
        block[0] = 1;
        block[size - 1] = 2;
        CHECK(block[size - 1] == 2);
    }
}

RULE(posix_memalign_gives_every_alignment_up_to_a_gibibyte) {
    for (size_t alignment = sizeof(void *); alignment <= GIB; alignment *= 2) {
        size_t sizes[] = {0, 1, 100, alignment - 1, alignment, alignment + 1, 3 * alignment};
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            void *block = NULL;
            CHECK_AT(posix_memalign(&block, alignment, sizes[i]) == 0, alignment);
            CHECK_AT(aligned(block, alignment), alignment);
            touch(block, sizes[i]);
            CHECK_AT(malloc_usable_size(block) >= sizes[i], alignment);
            free(block);
        }
    }
}

RULE(aligned_alloc_gives_every_alignment_up_to_a_gibibyte) {
    for (size_t alignment = 1; alignment <= GIB; alignment *= 2) {
        char *block = aligned_alloc(alignment, alignment);
        CHECK_AT(aligned(block, alignment), alignment);
        touch(block, alignment);
        free(block);
        // The GNU C library lets the size be any, and programs count on it.
        block = aligned_alloc(alignment, 3 * alignment / 2 + 1);
        CHECK_AT(aligned(block, alignment), alignment);
        touch(block, 3 * alignment / 2 + 1);
        free(block);
    }
}

RULE(many_aligned_blocks_live_side_by_side) {
    enum { SLOTS = 2000 };
    static struct { char *start; size_t size; int byte; } slots[SLOTS];
    uint64_t random = 5;
    for (int round = 0; round < 60000; round++) {
        size_t slot = next_random(&random) % SLOTS;
        size_t alignment = (size_t)8 << next_random(&random) % 14;
        size_t size = random_size(&random, 1 << 14);
        CHECK(filled(slots[slot].start, slots[slot].size, slots[slot].byte));
        free(slots[slot].start);
        void *block;
        CHECK(posix_memalign(&block, alignment, size) == 0);
        CHECK_AT(aligned(block, alignment), alignment);
        slots[slot].start = block;
        slots[slot].size = size;
        slots[slot].byte = round & 0xff;
        memset(block, slots[slot].byte, size);
    }
}

RULE(posix_memalign_refuses_alignments_with_einval_and_leaves_the_pointer) {
    size_t bad[] = {0, 1, 2, 3, 4, 7, 9, 12, 24, 48, 1000, 4097, ((size_t)1 << 40) + 8, SIZE_MAX, SIZE_MAX - 7};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        void *block = (void *)0x1234;
        errno = 77;
        CHECK_AT(posix_memalign(&block, bad[i], 100) == EINVAL, bad[i]);
        CHECK_AT(block == (void *)0x1234, bad[i]);
        CHECK_AT(errno == 77, bad[i]);
    }
}

RULE(posix_memalign_out_of_memory_gives_enomem_and_leaves_the_pointer) {
    size_t impossible[] = {PTRDIFF_MAX, (size_t)PTRDIFF_MAX + 1, SIZE_MAX, SIZE_MAX - 4096, (size_t)1 << 50};
    for (size_t i = 0; i < sizeof impossible / sizeof *impossible; i++) {
        for (size_t alignment = 8; alignment <= MIB; alignment *= 8) {
            void *block = (void *)0x1234;
            CHECK_AT(posix_memalign(&block, alignment, impossible[i]) == ENOMEM, impossible[i]);
            CHECK_AT(block == (void *)0x1234, impossible[i]);
        }
    }
    void *block = (void *)0x1234;
    CHECK(posix_memalign(&block, (size_t)1 << 62, 1) == ENOMEM && block == (void *)0x1234);
}

RULE(the_others_out_of_memory_give_null_and_enomem) {
    errno = 0;
    CHECK(aligned_alloc(64, PTRDIFF_MAX) == NULL && errno == ENOMEM);
    errno = 0;
    CHECK(aligned_alloc(64, SIZE_MAX - 63) == NULL && errno == ENOMEM);
    errno = 0;
    CHECK(memalign(4096, SIZE_MAX) == NULL && errno == ENOMEM);
    errno = 0;
    CHECK(memalign((size_t)1 << 62, 1) == NULL && errno == ENOMEM);
    errno = 0;
    CHECK(valloc(SIZE_MAX) == NULL && errno == ENOMEM);
    errno = 0;
    CHECK(valloc((size_t)PTRDIFF_MAX + 1) == NULL && errno == ENOMEM);
    for (size_t less = 0; less < 5000; less += 99) {
        errno = 0;
        CHECK_AT(pvalloc(SIZE_MAX - less) == NULL && errno == ENOMEM, less);
    }
}

RULE(memalign_rounds_the_alignment_up_to_a_power_of_two) {
    size_t alignments[][2] = {{0, 16}, {1, 16}, {3, 16}, {17, 32}, {24, 32}, {100, 128}, {4097, 8192}, {MIB + 1, 2 * MIB}};
    for (size_t i = 0; i < sizeof alignments / sizeof *alignments; i++) {
        char *block = memalign(alignments[i][0], 50);
        CHECK_AT(aligned(block, alignments[i][1]), alignments[i][0]);
        memset(block, 1, 50);
        free(block);
    }
}

RULE(memalign_refuses_alignments_past_the_last_power_of_two_with_einval) {
    errno = 0;
    CHECK(memalign(((size_t)1 << 63) + 1, 1) == NULL && errno == EINVAL);
    errno = 0;
    CHECK(memalign(SIZE_MAX, 1) == NULL && errno == EINVAL);
}

RULE(valloc_gives_whole_pages_start) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    for (size_t size = 0; size < 100000; size += 777) {
        char *block = valloc(size);
        CHECK_AT(aligned(block, page), size);
        memset(block, 1, size);
        free(block);
    }
}

RULE(pvalloc_rounds_the_size_up_to_whole_pages) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    for (size_t size = 1; size < 100000; size += 777) {
        size_t rounded = (size + page - 1) / page * page;
        char *block = pvalloc(size);
        CHECK_AT(aligned(block, page), size);
        CHECK_AT(malloc_usable_size(block) >= rounded, size);
        memset(block, 1, rounded);
        free(block);
    }
    void *empty = pvalloc(0);
    CHECK(aligned(empty, page));
    free(empty);
}
