// _recalloc: what grows is zero, to the byte.

#include "rows.h"

#include "blocks.h"

ROW(R01) {
    void *block;
    ALLOCATES(block, _recalloc(NULL, 10, 4));
    BYTES(block, 0, 40, 0);
    GIVES(_msize(block), 40);
}

ROW(R02) {
    void *block;
    ALLOCATES(block, _recalloc(NULL, 0, 4));
    QUIETLY(free(block));
    ALLOCATES(block, _recalloc(NULL, 4, 0));
    QUIETLY(free(block));
}

ROW(R03) {
    void *block = malloc(40);
    QUIETLY(SAME(_recalloc(block, 0, 4), NULL));
    FREED(block);
    block = malloc(40);
    QUIETLY(SAME(_recalloc(block, 4, 0), NULL));
    FREED(block);
}

ROW(R04) {
    void *block = memset(malloc(23), 0xAA, 23);
    ALLOCATES(block, _recalloc(block, 1, 32));
    BYTES(block, 0, 23, 0xAA);
    BYTES(block, 23, 32, 0);
}

ROW(R05) {
    void *block = memset(malloc(1000), 0xAA, 1000);
    ALLOCATES(block, _recalloc(block, 1, 10));
    BYTES(block, 0, 10, 0xAA);
    ALLOCATES(block, _recalloc(block, 1, 1000));
    BYTES(block, 0, 10, 0xAA);
    BYTES(block, 10, 1000, 0);
}

ROW(R06) {
    void *block = fill_pattern(malloc(100), 100, 1);
    RUNS_OUT(_recalloc(block, SIZE_MAX / 2, 3));
    RUNS_OUT(_recalloc(block, 2, SIZE_MAX / 2 + 1));
    PATTERN(block, 100, 1);
    GIVES(_msize(block), 100);
}

ROW(R07) {
    void *block = fill_pattern(malloc(100), 100, 1);
    RUNS_OUT(_recalloc(block, 1, MAXREQ + 1));
    RUNS_OUT(_recalloc(block, 1, MAXREQ));
    PATTERN(block, 100, 1);
    GIVES(_msize(block), 100);
}

ROW(R08) {
    RUNS_OUT(_recalloc(NULL, SIZE_MAX, 2));
}

ROW(R09) {
    void *block = malloc(1);
    for (size_t a = 1; a <= 30; a++) {
        for (size_t b = 1; b <= 300; b += 13) {
            ALLOCATES(block, _recalloc(block, a, b));
            GIVES(_msize(block), a * b);
        }
    }
}

ROW(R10) {
    void *block = memset(malloc(8), 0xAA, 8);
    ALLOCATES(block, realloc(block, 64));
    ALLOCATES(block, _recalloc(block, 1, 128));
    BYTES(block, 0, 8, 0xAA);
    BYTES(block, 64, 128, 0);
}

// Grows a block whose every byte was written, then shrinks it and grows it again.
static void zero_when_it_grows(size_t from, size_t to) {
    const size_t less = from < to ? from : to;
    unsigned char *block = memset(malloc(from), 0xAA, from);
    ALLOCATES(block, _recalloc(block, 1, to));
    BYTES(block, 0, less, 0xAA);
    BYTES(block, less, to, 0);
    memset(block, 0xBB, to);
    ALLOCATES(block, _recalloc(block, from, 1));
    BYTES(block, 0, less, 0xBB);
    BYTES(block, less, from, 0);
    free(block);
}

ROW(K03) {
    for (size_t from = 1; from <= 700; from += 3) {
        for (size_t to = 1; to <= 700; to += 5) {
            zero_when_it_grows(from, to);
        }
    }
}

// Small blocks become large ones.
ROW(K04) {
    for (size_t from = 32 * KIB - 40; from <= 32 * KIB + 40; from += 8) {
        for (size_t to = 32 * KIB - 41; to <= 32 * KIB + 41; to += 5) {
            zero_when_it_grows(from, to);
        }
        zero_when_it_grows(from, 100);
        zero_when_it_grows(from, 200 * KIB);
    }
}

ROW(K05) {
    static const size_t sizes[] = {
        100, 60 * KIB, 64 * KIB, 65 * KIB, MIB - 1, MIB, MIB + 1, 2 * MIB + 4097, 6 * MIB, 20 * MIB,
    };
    enum { COUNT = sizeof sizes / sizeof *sizes };
    for (size_t i = 0; i < COUNT; i++) {
        for (size_t j = 0; j < COUNT; j++) {
            zero_when_it_grows(sizes[i], sizes[j]);
        }
    }
}

// Whichever function shrank the block, what it cut off is zero when it comes back.
static void *by_realloc(void *block, size_t size) {
    return realloc(block, size);
}

static void *by_recalloc(void *block, size_t size) {
    return _recalloc(block, 1, size);
}

static void *by_expand(void *block, size_t size) {
    return _expand(block, size);
}

ROW(K06) {
    void *(*const shrinking[])(void *, size_t) = {by_realloc, by_recalloc, by_expand};
    static const size_t sizes[] = {16, 17, 100, 1024, 5000, 31 * KIB, 33 * KIB, 100 * KIB, 3 * MIB};
    for (size_t i = 0; i < sizeof shrinking / sizeof *shrinking; i++) {
        for (size_t j = 0; j < sizeof sizes / sizeof *sizes; j++) {
            const size_t size = sizes[j];
            static const size_t cuts[] = {1, 2, 15};
            for (size_t k = 0; k < sizeof cuts / sizeof *cuts; k++) {
                const size_t less = size - cuts[k];
                void *block = memset(malloc(size), 0xAA, size);
                ALLOCATES(block, shrinking[i](block, less));
                ALLOCATES(block, _recalloc(block, 1, size));
                BYTES(block, 0, less, 0xAA);
                BYTES(block, less, size, 0);
                memset(block, 0xAA, size);
                ALLOCATES(block, shrinking[i](block, size / 5 + 1));
                ALLOCATES(block, _recalloc(block, 1, size + 100));
                BYTES(block, 0, size / 5 + 1, 0xAA);
                BYTES(block, size / 5 + 1, size + 100, 0);
                free(block);
            }
        }
    }
}

// realloc keeps what it has to, in all ranges of sizes.
ROW(K07) {
    static const size_t sizes[] = {
        1, 16, 100, 1000, 5000, 32 * KIB - 1, 32 * KIB, 32 * KIB + 1, 64 * KIB, 300 * KIB, 2 * MIB, 9 * MIB,
    };
    enum { COUNT = sizeof sizes / sizeof *sizes };
    for (size_t i = 0; i < COUNT; i++) {
        for (size_t j = 0; j < COUNT; j++) {
            const size_t less = sizes[i] < sizes[j] ? sizes[i] : sizes[j];
            void *block = fill_pattern(malloc(sizes[i]), sizes[i], 1);
            ALLOCATES(block, realloc(block, sizes[j]));
            PATTERN(block, less, 1);
            fill_pattern(block, sizes[j], 2);
            ALLOCATES(block, _recalloc(block, 1, sizes[i]));
            PATTERN(block, less, 2);
            free(block);
        }
    }
}
