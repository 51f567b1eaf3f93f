// calloc(3): zeroes, products and errno.

#include "rule.h"

RULE(a_product_of_zero_gives_unique_blocks) {
    void *first = calloc(0, 8), *second = calloc(8, 0), *third = calloc(0, 0);
    CHECK(first != NULL && second != NULL && third != NULL);
    CHECK(first != second && second != third && first != third);
    free(first);
    free(second);
    free(third);
}

static void fails_with_enomem(size_t count, size_t size) {
    errno = 0;
    CHECK(calloc(count, size) == NULL);
    CHECK(errno == ENOMEM);
}

RULE(overflowing_products_fail_with_enomem) {
    fails_with_enomem(SIZE_MAX, 2);
    fails_with_enomem(2, SIZE_MAX);
    fails_with_enomem(SIZE_MAX, SIZE_MAX);
    fails_with_enomem((size_t)1 << 32, (size_t)1 << 32);
    fails_with_enomem(((size_t)1 << 32) + 1, (size_t)1 << 32);
    fails_with_enomem(SIZE_MAX / 16 + 2, 16);
}

RULE(products_over_ptrdiff_max_fail_with_enomem) {
    fails_with_enomem(1, (size_t)PTRDIFF_MAX + 1);
    fails_with_enomem((size_t)1 << 31, (size_t)1 << 32);
    fails_with_enomem(SIZE_MAX, 1);
    fails_with_enomem(1, PTRDIFF_MAX);
}

// Sizes around each power of two up to `limit`, one after the other; 0 at the end.
static size_t next_size(size_t size, size_t limit) {
    if (size < 2) {
        return size + 1;
    }
    size_t power = (size_t)1 << (63 - __builtin_clzll(size + 1));
    size_t next = size + 1 == power || size == power ? size + 1 : power * 2 - 1;
    return next > limit ? 0 : next;
}

RULE(fresh_memory_is_zero) {
    for (size_t size = 1; size != 0; size = next_size(size, 64 * MIB)) {
        char *block = calloc(1, size);
        CHECK_AT(block != NULL && filled(block, size, 0), size);
        // Kept while small, so that the next one is fresh too.
        if (size > MIB) {
            free(block);
        }
    }
}

RULE(recycled_memory_is_zero) {
    for (size_t size = 1; size != 0; size = next_size(size, 64 * MIB)) {
        for (int round = 0; round < (size > MIB ? 2 : 8); round++) {
            char *used = malloc(size);
            CHECK_AT(used != NULL, size);
            memset(used, 0xff, malloc_usable_size(used));
            free(used);
            char *block = calloc(size, 1);
            CHECK_AT(block != NULL && filled(block, size, 0), size);
            free(block);
        }
    }
}

RULE(memory_recycled_from_larger_and_smaller_blocks_is_zero) {
    enum { SLOTS = 600 };
    static char *slots[SLOTS];
    uint64_t random = 7;
    for (int round = 0; round < 40000; round++) {
        size_t slot = next_random(&random) % SLOTS;
        free(slots[slot]);
        size_t size = random_size(&random, round % 50 == 0 ? 1 << 21 : 1 << 16);
        slots[slot] = calloc(1, size);
        CHECK_AT(slots[slot] != NULL && filled(slots[slot], size, 0), size);
        memset(slots[slot], 0xee, malloc_usable_size(slots[slot]));
    }
}

static void *use_and_free(void *size) {
    for (int round = 0; round < 50; round++) {
        char *used = malloc((size_t)size);
        memset(used, 0xff, (size_t)size);
        free(used);
    }
    return NULL;
}

RULE(memory_recycled_from_a_thread_that_ended_is_zero) {
    for (size_t size = 24; size < 8 * MIB; size *= 3) {
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, use_and_free, (void *)size) == 0);
        CHECK(pthread_join(thread, NULL) == 0);
        for (int round = 0; round < 50; round++) {
            char *block = calloc(1, size);
            CHECK_AT(block != NULL && filled(block, size, 0), size);
            free(block);
        }
    }
}

RULE(memory_given_back_to_the_system_and_used_again_is_zero) {
    for (size_t size = 32; size <= 16 * MIB; size *= 8) {
        size_t count = 32 * MIB / size;
        char **blocks = malloc(count * sizeof *blocks);
        for (size_t i = 0; i < count; i++) {
            blocks[i] = memset(malloc(size), 0xff, size);
        }
        for (size_t i = 0; i < count; i++) {
            free(blocks[i]);
        }
        malloc_trim(0);
        for (size_t i = 0; i < count; i++) {
            blocks[i] = calloc(1, size);
            CHECK_AT(blocks[i] != NULL && filled(blocks[i], size, 0), size);
        }
        for (size_t i = 0; i < count; i++) {
            free(blocks[i]);
        }
        free(blocks);
    }
}

RULE(the_tail_cut_off_by_realloc_is_zero_when_it_comes_back) {
    for (size_t size = 64; size <= 64 * MIB; size *= 4) {
        char *block = malloc(size);
        memset(block, 0xff, size);
        block = realloc(block, size / 4);
        CHECK(block != NULL);
        char *other = calloc(1, size / 2);
        CHECK_AT(other != NULL && filled(other, size / 2, 0), size);
        CHECK_AT(filled(block, size / 4, 0xff), size);
        free(other);
        free(block);
    }
}
