// _msize and _expand.

#include "rows.h"

#include "blocks.h"

ROW(Z01) {
    GIVES(_msize(malloc(1)), 1);
}

ROW(Z02) {
    for (size_t size = 1; size <= 2000; size++) {
        GIVES(_msize(malloc(size)), size);
    }
}

ROW(Z03) {
    GIVES(_msize(calloc(3, 7)), 21);
}

ROW(Z04) {
    REFUSES(_msize(NULL), SIZE_MAX);
}

// The size that was asked for is 0.
ROW(Z05) {
    GIVES(_msize(malloc(0)), 0);
    GIVES(_msize(calloc(0, 8)), 0);
    GIVES(_msize(realloc(NULL, 0)), 0);
}

ROW(Z06) {
    void *block = malloc(24);
    QUIETLY(_msize(block));
}

ROW(Z07) {
    GIVES(_msize(malloc(1 * MIB)), 1048576);
}

ROW(E01) {
    REFUSES_WITH_NULL(_expand(NULL, 10));
    REFUSES_WITH_NULL(_expand(NULL, 0));
    REFUSES_WITH_NULL(_expand(NULL, SIZE_MAX));
}

ROW(E02) {
    void *block = fill_pattern(malloc(100), 100, 1);
    RUNS_OUT(_expand(block, MAXREQ + 1));
    RUNS_OUT(_expand(block, SIZE_MAX));
    PATTERN(block, 100, 1);
    GIVES(_msize(block), 100);
}

// Sizes of every kind of block: small, at the border of 32 KiB, large, mapped on their own.
static const size_t kinds[] = {
    1, 15, 16, 17, 100, 1000, 4096, 16 * KIB, 32 * KIB - 1, 32 * KIB, 32 * KIB + 1, 100 * KIB, MIB, 5 * MIB,
};

ROW(E03) {
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        void *block = malloc(kinds[i]);
        QUIETLY(SAME(_expand(block, kinds[i]), block));
        GIVES(_msize(block), kinds[i]);
    }
}

ROW(E04) {
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const size_t size = kinds[i];
        void *block = fill_pattern(malloc(size), size, 1);
        QUIETLY(SAME(_expand(block, size - size / 8), block));
        PATTERN(block, size - size / 8, 1);
        QUIETLY(SAME(_expand(block, size - size / 2), block));
        PATTERN(block, size - size / 2, 1);
        QUIETLY(SAME(_expand(block, 1), block));
        PATTERN(block, 1, 1);
        QUIETLY(free(block));
    }
}

// The new size.
ROW(E05) {
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        void *block = malloc(kinds[i]);
        QUIETLY(SAME(_expand(block, kinds[i] - kinds[i] / 3), block));
        GIVES(_msize(block), kinds[i] - kinds[i] / 3);
    }
}

// What _expand says about growing a block from one size to another.
static void grows_or_stays(size_t from, size_t to) {
    void *block = fill_pattern(malloc(from), from, 1);
    set_up();
    void *expanded = _expand(block, to);
    if (expanded == NULL) {
        ERRNO_AND_HANDLER("_expand in vain", ENOMEM, 0);
        EQUAL_AT(_msize(block), from, to);
    } else {
        ERRNO_AND_HANDLER("_expand", SENTINEL, 0);
        SAME(expanded, block);
        HOLDS_AT(_msize(block) >= to, to);
        memset((char *)block + from, 0xEE, to - from);
    }
    PATTERN(block, from, 1);
    QUIETLY(free(block));
}

ROW(E06) {
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        grows_or_stays(kinds[i], kinds[i] + 1);
        grows_or_stays(kinds[i], kinds[i] + 16);
        grows_or_stays(kinds[i], kinds[i] * 2);
        grows_or_stays(kinds[i], kinds[i] + MIB);
    }
    GIVES(_heapchk(), _HEAPOK);
}

// Back to its former size a block always grows in place.
ROW(E07) {
    for (size_t size = 2; size <= 70000; size += size < 2000 ? 1 : 1001) {
        void *block = fill_pattern(malloc(size), size, 1);
        QUIETLY(SAME(_expand(block, size / 2), block));
        QUIETLY(SAME(_expand(block, size), block));
        GIVES(_msize(block), size);
        PATTERN(block, size / 2, 1);
        memset(block, 0xFF, size);
        free(block);
    }
    GIVES(_heapchk(), _HEAPOK);
}

// Two blocks side by side: the first can't grow over the second.
ROW(E08) {
    enum { COUNT = 64 };
    void *blocks[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        blocks[i] = fill_pattern(malloc(48), 48, (unsigned)i);
    }
    for (size_t i = 0; i < COUNT; i++) {
        RUNS_OUT(_expand(blocks[i], 60000));
        GIVES(_msize(blocks[i]), 48);
    }
    for (size_t i = 0; i < COUNT; i++) {
        PATTERN(blocks[i], 48, (unsigned)i);
    }
}

ROW(E09) {
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        void *block = fill_pattern(malloc(kinds[i]), kinds[i], 1);
        RUNS_OUT(_expand(block, (size_t)1 << 40));
        RUNS_OUT(_expand(block, MAXREQ));
        PATTERN(block, kinds[i], 1);
    }
}

ROW(E10) {
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        void *block = malloc(kinds[i]);
        QUIETLY(SAME(_expand(block, 0), block));
        LIVE(block);
        QUIETLY(free(block));
        FREED(block);
    }
}

static int new_handler_calls;

static int count_and_retry(size_t size) {
    (void)size;
    return ++new_handler_calls < 3;
}

ROW(E11) {
    void *block = malloc(100);
    _set_new_handler(count_and_retry);
    _set_new_mode(1);
    RUNS_OUT(_expand(block, (size_t)1 << 40));
    RUNS_OUT(_expand(block, MAXREQ + 1));
    EQUAL(new_handler_calls, 0);
}

// After each function that makes or resizes a block _msize is what was asked for.
static void resized(size_t from, size_t to) {
    void *block;
    ALLOCATES(block, malloc(from));
    EQUAL_AT(_msize(block), from, from);
    ALLOCATES(block, realloc(block, to));
    EQUAL_AT(_msize(block), to, from);
    ALLOCATES(block, _recalloc(block, from, 1));
    EQUAL_AT(_msize(block), from, to);
    ALLOCATES(block, _recalloc(block, 1, to));
    EQUAL_AT(_msize(block), to, from);
    ALLOCATES(block, realloc(block, from));
    EQUAL_AT(_msize(block), from, to);
    set_up();
    if (_expand(block, to) != NULL) {
        EQUAL_AT(_msize(block), to, from);
    } else {
        EQUAL_AT(_msize(block), from, to);
    }
    free(block);
    ALLOCATES(block, calloc(1, from));
    EQUAL_AT(_msize(block), from, from);
    free(block);
}

ROW(K01) {
    for (size_t from = 1; from <= 600; from += 7) {
        for (size_t to = 1; to <= 1200; to += 11) {
            resized(from, to);
        }
    }
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        for (size_t j = 0; j < sizeof kinds / sizeof *kinds; j++) {
            resized(kinds[i], kinds[j]);
        }
    }
}

// Every size up to 70,000 bytes through every function: the right size, aligned, and all of it
// the caller's.
static void use_both_ends(unsigned char *block, size_t size) {
    EQUAL_AT((uintptr_t)block % 16, 0, size);
    EQUAL_AT(_msize(block), size, size);
    if (size > 0) {
        block[0] = 0x11;
        block[size - 1] = 0x22;
    }
}

ROW(K02) {
    unsigned char *kept = malloc(0);
    for (size_t size = 0; size <= 70000; size++) {
        unsigned char *block = malloc(size);
        use_both_ends(block, size);
        free(block);
        block = calloc(1, size);
        if (size > 0) {
            HOLDS_AT(block[0] == 0 && block[size / 2] == 0 && block[size - 1] == 0, size);
        }
        use_both_ends(block, size);
        free(block);
        // A block that grows by a byte each time; a size of 0 would free it.
        kept = size % 2 != 0 ? realloc(kept, size + 1) : _recalloc(kept, 1, size + 1);
        HOLDS_AT(kept != NULL, size);
        HOLDS_AT(size < 2 || kept[0] == 0x11, size);
        HOLDS_AT(size == 0 || kept[size - 1] == 0x22, size);
        HOLDS_AT(size % 2 != 0 || kept[size] == 0, size);
        use_both_ends(kept, size + 1);
    }
    for (size_t size = 70000; size > 0; size--) {
        SAME(_expand(kept, size), kept);
        HOLDS_AT(kept[0] == 0x11, size);
        use_both_ends(kept, size);
    }
    GIVES(_heapchk(), _HEAPOK);
}
