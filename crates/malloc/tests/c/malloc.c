// malloc(3): results, alignment, sizes and errno.

#include "rule.h"

RULE(a_size_of_zero_gives_unique_blocks) {
    void *blocks[1000];
    for (int i = 0; i < 1000; i++) {
        blocks[i] = malloc(0);
        CHECK(blocks[i] != NULL);
        for (int earlier = 0; earlier < i; earlier++) {
            CHECK(blocks[i] != blocks[earlier]);
        }
    }
    for (int i = 0; i < 1000; i++) {
        free(blocks[i]);
    }
}

RULE(every_block_is_aligned_to_sixteen) {
    for (size_t size = 0; size < 5000; size++) {
        void *block = malloc(size);
        CHECK_AT((uintptr_t)block % 16 == 0, size);
        if (size % 3 == 0) {
            free(block);
        }
    }
    for (size_t size = 5000; size < 64 * MIB; size += size / 7 + 13) {
        void *block = malloc(size);
        CHECK_AT((uintptr_t)block % 16 == 0, size);
        free(block);
    }
}

static void fill_and_check(size_t size) {
    char *first = malloc(size), *second = malloc(size);
    CHECK_AT(first != NULL && second != NULL, size);
    memset(first, 0x5a, size);
    memset(second, 0xa5, size);
    CHECK_AT(filled(first, size, 0x5a), size);
    CHECK_AT(filled(second, size, 0xa5), size);
    free(first);
    free(second);
}

RULE(every_byte_of_blocks_around_each_power_of_two_can_be_used) {
    for (size_t power = 1; power <= 64 * MIB; power *= 2) {
        fill_and_check(power - 1);
        fill_and_check(power);
        fill_and_check(power + 1);
    }
}

RULE(huge_blocks_can_be_used_at_both_ends) {
    for (size_t power = 128 * MIB; power <= 8 * GIB; power *= 2) {
        for (size_t size = power - 1; size <= power + 1; size++) {
            char *block = malloc(size);
            CHECK_AT(block != NULL, size);
            block[0] = 1;
            block[size / 2] = 2;
            block[size - 1] = 3;
            CHECK_AT(block[0] == 1 && block[size / 2] == 2 && block[size - 1] == 3, size);
            free(block);
        }
    }
}

RULE(live_blocks_do_not_overlap) {
    enum { SLOTS = 4000 };
    static struct { unsigned char *start; size_t size; int byte; } slots[SLOTS];
    uint64_t random = 1;
    for (int round = 0; round < 300000; round++) {
        size_t slot = next_random(&random) % SLOTS;
        CHECK_AT(filled(slots[slot].start, slots[slot].size, slots[slot].byte), slot);
        free(slots[slot].start);
        size_t size = random_size(&random, round % 100 == 0 ? 1 << 19 : 1 << 13);
        slots[slot].start = malloc(size);
        CHECK(slots[slot].start != NULL);
        slots[slot].size = size;
        slots[slot].byte = (int)(next_random(&random) & 0xff);
        memset(slots[slot].start, slots[slot].byte, size);
    }
    for (int slot = 0; slot < SLOTS; slot++) {
        CHECK_AT(filled(slots[slot].start, slots[slot].size, slots[slot].byte), slot);
    }
}

static void fails_with_enomem(size_t size) {
    errno = 0;
    CHECK_AT(malloc(size) == NULL, size);
    CHECK_AT(errno == ENOMEM, size);
}

RULE(sizes_from_ptrdiff_max_up_fail_with_enomem) {
    fails_with_enomem(PTRDIFF_MAX - 4096);
    fails_with_enomem(PTRDIFF_MAX - 1);
    fails_with_enomem(PTRDIFF_MAX);
    fails_with_enomem((size_t)PTRDIFF_MAX + 1);
    fails_with_enomem((size_t)PTRDIFF_MAX + 2);
    for (size_t less = 0; less < 70000; less++) {
        fails_with_enomem(SIZE_MAX - less);
    }
}

RULE(sizes_larger_than_the_address_space_fail_with_enomem) {
    for (size_t size = (size_t)1 << 48; size != 0; size *= 2) {
        fails_with_enomem(size - 1);
        fails_with_enomem(size);
        fails_with_enomem(size + 1);
    }
}

RULE(the_heap_works_on_after_failures) {
    for (int round = 0; round < 1000; round++) {
        fails_with_enomem(PTRDIFF_MAX);
        fill_and_check(100 + (size_t)round * 50);
    }
}
