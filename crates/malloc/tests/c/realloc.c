// realloc(3) and reallocarray(3): contents, results and errno.

#include "rule.h"

RULE(of_a_null_pointer_it_is_malloc) {
    char *block = realloc(NULL, 100);
    CHECK(block != NULL && (uintptr_t)block % 16 == 0);
    memset(block, 1, 100);
    free(block);
    void *first = realloc(NULL, 0), *second = realloc(NULL, 0);
    CHECK(first != NULL && second != NULL && first != second);
    free(first);
    free(second);
    block = reallocarray(NULL, 10, 10);
    CHECK(block != NULL);
    free(block);
}

RULE(to_a_size_of_zero_frees_and_gives_null_without_an_error) {
    size_t sizes[] = {0, 1, 24, 1000, 5000, 100000, 5 * MIB, 200 * MIB};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        for (int round = 0; round < 100; round++) {
            void *block = malloc(sizes[i]);
            CHECK(block != NULL);
            errno = 77;
            CHECK_AT(realloc(block, 0) == NULL, sizes[i]);
            CHECK_AT(errno == 77, sizes[i]);
        }
    }
    size_t before = resident();
    for (int round = 0; round < 1000; round++) {
        void *block = memset(malloc(MIB), 1, MIB);
        CHECK(realloc(block, 0) == NULL);
        block = memset(malloc(MIB), 1, MIB);
        CHECK(reallocarray(block, 0, 7) == NULL);
    }
    CHECK(resident() < before + 64 * MIB);
}

// Writes the index of each 8 bytes into them.
static void number(uint64_t *block, size_t from, size_t to) {
    for (size_t i = from / 8; i < to / 8; i++) {
        block[i] = i * 0x9e3779b97f4a7c15;
    }
}

static int numbered(const uint64_t *block, size_t size) {
    for (size_t i = 0; i < size / 8; i++) {
        if (block[i] != i * 0x9e3779b97f4a7c15) {
            return 0;
        }
    }
    return 1;
}

RULE(growing_keeps_the_contents) {
    uint64_t *block = malloc(8);
    number(block, 0, 8);
    size_t size = 8;
    while (size < 300 * MIB) {
        size_t larger = size + 8 + size / 3 / 8 * 8;
        block = realloc(block, larger);
        CHECK_AT(block != NULL && (uintptr_t)block % 16 == 0, larger);
        CHECK_AT(numbered(block, size), larger);
        number(block, size, larger);
        size = larger;
    }
    free(block);
}

RULE(shrinking_keeps_the_contents) {
    size_t size = 300 * MIB;
    uint64_t *block = malloc(size);
    number(block, 0, size);
    while (size > 8) {
        size = size * 2 / 3 / 8 * 8;
        block = realloc(block, size);
        CHECK_AT(block != NULL && numbered(block, size), size);
    }
    free(block);
}

RULE(every_pair_of_sizes_keeps_the_contents) {
    size_t sizes[] = {1, 15, 16, 17, 100, 1000, 1024, 4000, 9000, 40000, 70000, 300000, MIB, 3 * MIB, 40 * MIB};
    enum { COUNT = sizeof sizes / sizeof *sizes };
    for (int from = 0; from < COUNT; from++) {
        for (int to = 0; to < COUNT; to++) {
            size_t kept = sizes[from] < sizes[to] ? sizes[from] : sizes[to];
            char *block = malloc(sizes[from]);
            memset(block, from + 1, sizes[from]);
            block = realloc(block, sizes[to]);
            CHECK(block != NULL);
            CHECK_AT(filled(block, kept, from + 1), from * 100 + to);
            memset(block, 0, sizes[to]);
            free(block);
        }
    }
}

RULE(blocks_that_grow_side_by_side_keep_their_contents) {
    enum { SLOTS = 64 };
    static char *slots[SLOTS];
    static size_t sizes[SLOTS];
    uint64_t random = 3;
    for (int round = 0; round < 40000; round++) {
        size_t slot = next_random(&random) % SLOTS;
        size_t size = 1 + random_size(&random, round % 40 == 0 ? 4 << 20 : 1 << 15);
        size_t kept = size < sizes[slot] ? size : sizes[slot];
        char *block = realloc(slots[slot], size);
        CHECK(block != NULL);
        CHECK_AT(filled(block, kept, (int)slot), slot);
        memset(block, (int)slot, size);
        slots[slot] = block;
        sizes[slot] = size;
    }
}

RULE(failing_leaves_the_block_as_it_was) {
    size_t sizes[] = {24, 1000, 5000, 100000, 5 * MIB, 200 * MIB};
    size_t impossible[] = {PTRDIFF_MAX, (size_t)PTRDIFF_MAX + 1, SIZE_MAX, SIZE_MAX - 100, (size_t)1 << 50};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char *block = malloc(sizes[i]);
        memset(block, 0x77, sizes[i]);
        for (size_t j = 0; j < sizeof impossible / sizeof *impossible; j++) {
            errno = 0;
            CHECK_AT(realloc(block, impossible[j]) == NULL, impossible[j]);
            CHECK_AT(errno == ENOMEM, impossible[j]);
        }
        CHECK_AT(filled(block, sizes[i], 0x77), sizes[i]);
        free(block);
    }
}

RULE(reallocarray_refuses_overflow_and_leaves_the_block) {
    char *block = malloc(100);
    memset(block, 0x77, 100);
    errno = 0;
    CHECK(reallocarray(block, SIZE_MAX, 2) == NULL && errno == ENOMEM);
    errno = 0;
    CHECK(reallocarray(block, (size_t)1 << 32, (size_t)1 << 32) == NULL && errno == ENOMEM);
    errno = 0;
    CHECK(reallocarray(block, 1, (size_t)PTRDIFF_MAX + 1) == NULL && errno == ENOMEM);
    CHECK(filled(block, 100, 0x77));
    block = reallocarray(block, 500, 4);
    CHECK(block != NULL && filled(block, 100, 0x77));
    memset(block, 1, 2000);
    free(block);
}

RULE(aligned_and_zeroed_blocks_can_be_resized) {
    for (size_t alignment = 16; alignment <= 16 * MIB; alignment *= 4) {
        void *block;
        CHECK(posix_memalign(&block, alignment, 1000) == 0);
        memset(block, 9, 1000);
        block = realloc(block, 100000);
        CHECK_AT(block != NULL && filled(block, 1000, 9), alignment);
        block = realloc(block, 10);
        CHECK_AT(block != NULL && filled(block, 10, 9), alignment);
        free(block);
    }
    char *block = calloc(1, 5000);
    block = realloc(block, 50000);
    CHECK(block != NULL && filled(block, 5000, 0));
    free(block);
}

RULE(a_large_block_grows_without_being_resident_twice) {
    size_t size = 200 * MIB;
    char *block = memset(malloc(size), 1, size);
    size_t before = resident();
    block = realloc(block, 2 * size);
    CHECK(block != NULL && filled(block, size, 1));
    CHECK_AT(resident() < before + 50 * MIB, resident());
    free(block);
}

static void *resize_and_check(void *handed) {
    char *block = realloc(handed, 70000);
    CHECK(block != NULL && filled(block, 3000, 0x33));
    return realloc(block, 1000);
}

RULE(a_block_of_another_thread_can_be_resized) {
    for (int round = 0; round < 200; round++) {
        char *block = malloc(3000);
        memset(block, 0x33, 3000);
        pthread_t thread;
        void *result;
        CHECK(pthread_create(&thread, NULL, resize_and_check, block) == 0);
        CHECK(pthread_join(thread, &result) == 0);
        CHECK(filled(result, 1000, 0x33));
        free(result);
    }
}
