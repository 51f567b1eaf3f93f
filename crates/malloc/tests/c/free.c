// free(3), and malloc_usable_size(3).

#include "rule.h"

RULE(a_null_pointer_is_nothing_to_do) {
    errno = 77;
    for (int round = 0; round < 1000; round++) {
        free(NULL);
    }
    CHECK(errno == 77);
}

static void *free_handed(void *handed) {
    void **blocks = handed;
    for (int i = 0; blocks[i] != NULL; i++) {
        errno = i;
        free(blocks[i]);
        CHECK_AT(errno == i, i);
    }
    return NULL;
}

RULE(errno_is_preserved_on_every_path) {
    size_t sizes[] = {1, 24, 1000, 5000, 40000, 300000, 5 * MIB, 200 * MIB};
    enum { COUNT = 3000 };
    static void *blocks[COUNT + 1];
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        int count = sizes[i] > MIB ? 20 : COUNT;
        for (int other_thread = 0; other_thread < 2; other_thread++) {
            for (int j = 0; j < count; j++) {
                blocks[j] = malloc(sizes[i]);
                CHECK(blocks[j] != NULL);
                *(char *)blocks[j] = 1;
            }
            blocks[count] = NULL;
            if (other_thread) {
                pthread_t thread;
                CHECK(pthread_create(&thread, NULL, free_handed, blocks) == 0);
                CHECK(pthread_join(thread, NULL) == 0);
            } else {
                free_handed(blocks);
            }
        }
    }
}

RULE(freed_memory_is_used_again) {
    size_t sizes[] = {1, 24, 1000, 5000, 40000, 300000, 5 * MIB, 50 * MIB};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        size_t before = resident();
        for (size_t total = 0; total < 2 * GIB; total += sizes[i] + 10000) {
            char *block = malloc(sizes[i]);
            CHECK(block != NULL);
            block[0] = block[sizes[i] - 1] = 1;
            free(block);
        }
        CHECK_AT(resident() < before + 60 * MIB, sizes[i]);
    }
}

RULE(the_usable_size_of_a_null_pointer_is_zero) {
    CHECK(malloc_usable_size(NULL) == 0);
}

RULE(the_usable_size_is_at_least_what_was_asked_for) {
    for (size_t size = 0; size < 100 * MIB; size += 1 + size / 13) {
        void *block = malloc(size);
        CHECK_AT(malloc_usable_size(block) >= size, size);
        CHECK_AT(malloc_usable_size(block) == malloc_usable_size(block), size);
        free(block);
    }
}

RULE(all_of_the_usable_size_can_be_used_and_survives) {
    enum { SLOTS = 3000 };
    static struct { char *start; size_t size; int byte; } slots[SLOTS];
    uint64_t random = 11;
    for (int round = 0; round < 100000; round++) {
        size_t slot = next_random(&random) % SLOTS;
        CHECK_AT(filled(slots[slot].start, slots[slot].size, slots[slot].byte), slot);
        free(slots[slot].start);
        size_t asked = random_size(&random, round % 200 == 0 ? 1 << 19 : 1 << 12);
        slots[slot].start = malloc(asked);
        slots[slot].size = malloc_usable_size(slots[slot].start);
        slots[slot].byte = (int)(next_random(&random) & 0xff);
        memset(slots[slot].start, slots[slot].byte, slots[slot].size);
    }
}

RULE(growing_within_the_usable_size_stays_in_place) {
    for (size_t size = 1; size < 100000; size = size * 3 / 2 + 1) {
        char *block = malloc(size);
        CHECK_AT(realloc(block, malloc_usable_size(block)) == block, size);
        free(block);
    }
}
