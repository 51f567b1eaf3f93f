// The aligned family, offset 0.

#include "rows.h"

#include "blocks.h"

ROW(A01) {
    for (size_t alignment = 1; alignment <= 128; alignment *= 2) {
        void *block;
        ALLOCATES(block, _aligned_malloc(256, alignment));
        ALIGNED(block, alignment);
        ALIGNED(block, sizeof(void *));
        memset(block, 0xFF, 256);
        QUIETLY(_aligned_free(block));
    }
    GIVES(_heapchk(), _HEAPOK);
}

ROW(A02) {
    REFUSES_WITH_NULL(_aligned_malloc(256, 3));
    REFUSES_WITH_NULL(_aligned_malloc(256, 127));
    REFUSES_WITH_NULL(_aligned_malloc(256, SIZE_MAX));
    REFUSES_WITH_NULL(_aligned_malloc(SIZE_MAX, 3));
}

ROW(A03) {
    REFUSES_WITH_NULL(_aligned_malloc(256, 0));
}

// As documented.
ROW(A04) {
    REFUSES_WITH_NULL(_aligned_malloc(0, 16));
}

ROW(A05) {
    RUNS_OUT(_aligned_malloc(MAXREQ + 1, 16));
}

ROW(A06) {
    RUNS_OUT(_aligned_malloc(SIZE_MAX, 4096));
    RUNS_OUT(_aligned_malloc(1, SIZE_MAX / 2 + 1));
}

ROW(A07) {
    RUNS_OUT(_aligned_malloc(MAXREQ, 64));
    RUNS_OUT(_aligned_malloc(MAXREQ - 64, 64));
}

ROW(A08) {
    void *block;
    ALLOCATES(block, _aligned_malloc(1, MIB));
    ALIGNED(block, MIB);
    QUIETLY(_aligned_free(block));
}

ROW(A09) {
    REFUSES_WITH_NULL(_aligned_malloc(0, 3));
}

ROW(A10) {
    QUIETLY(_aligned_free(NULL));
}

ROW(A11) {
    void *block;
    ALLOCATES(block, _aligned_realloc(NULL, 100, 32));
    ALIGNED(block, 32);
    GIVES(_aligned_msize(block, 32, 0), 100);
    QUIETLY(_aligned_free(block));
    REFUSES_WITH_NULL(_aligned_realloc(NULL, 100, 3));
    REFUSES_WITH_NULL(_aligned_realloc(NULL, 0, 16));
}

ROW(A12) {
    void *block = _aligned_malloc(100, 16);
    LIVE(block);
    QUIETLY(SAME(_aligned_realloc(block, 0, 16), NULL));
    FREED(block);
}

static void resizes(size_t from, size_t to, size_t alignment) {
    const size_t less = from < to ? from : to;
    void *block;
    ALLOCATES(block, _aligned_malloc(from, alignment));
    fill_pattern(block, from, 1);
    ALLOCATES(block, _aligned_realloc(block, to, alignment));
    ALIGNED(block, alignment);
    PATTERN(block, less, 1);
    GIVES(_aligned_msize(block, alignment, 0), to);
    memset(block, 0xFF, to);
    QUIETLY(_aligned_free(block));
}

ROW(A13) {
    for (size_t alignment = 4; alignment <= 64; alignment *= 2) {
        resizes(256, 512, alignment);
    }
    GIVES(_heapchk(), _HEAPOK);
}

ROW(A14) {
    for (size_t alignment = 4; alignment <= 64; alignment *= 2) {
        resizes(256, 128, alignment);
    }
    GIVES(_heapchk(), _HEAPOK);
}

ROW(A15) {
    void *block = fill_pattern(_aligned_malloc(50, 16), 50, 1);
    REFUSES_WITH_NULL(_aligned_realloc(block, 100, 3));
    PATTERN(block, 50, 1);
    GIVES(_aligned_msize(block, 16, 0), 50);
}

ROW(A16) {
    void *block = fill_pattern(_aligned_malloc(50, 16), 50, 1);
    RUNS_OUT(_aligned_realloc(block, MAXREQ + 1, 16));
    RUNS_OUT(_aligned_realloc(block, MAXREQ, 16));
    PATTERN(block, 50, 1);
    GIVES(_aligned_msize(block, 16, 0), 50);
}

ROW(A17) {
    void *block = fill_pattern(_aligned_malloc(50, 16), 50, 1);
    REFUSES_WITH_NULL(_aligned_realloc(block, 100, 0));
    PATTERN(block, 50, 1);
}

ROW(A18) {
    void *block;
    ALLOCATES(block, _aligned_recalloc(NULL, 10, 10, 64));
    ALIGNED(block, 64);
    BYTES(block, 0, 100, 0);
    GIVES(_aligned_msize(block, 64, 0), 100);
}

ROW(A19) {
    void *block = memset(_aligned_malloc(23, 32), 0xAA, 23);
    ALLOCATES(block, _aligned_recalloc(block, 1, 64, 32));
    ALIGNED(block, 32);
    BYTES(block, 0, 23, 0xAA);
    BYTES(block, 23, 64, 0);
}

ROW(A20) {
    void *block = _aligned_malloc(100, 16);
    QUIETLY(SAME(_aligned_recalloc(block, 0, 8, 16), NULL));
    FREED(block);
    block = _aligned_malloc(100, 16);
    QUIETLY(SAME(_aligned_recalloc(block, 8, 0, 16), NULL));
    FREED(block);
}

ROW(A21) {
    void *block = fill_pattern(_aligned_malloc(50, 16), 50, 1);
    RUNS_OUT(_aligned_recalloc(block, SIZE_MAX / 2, 3, 16));
    RUNS_OUT(_aligned_recalloc(block, 1, MAXREQ + 1, 16));
    PATTERN(block, 50, 1);
    GIVES(_aligned_msize(block, 16, 0), 50);
}

ROW(A22) {
    void *block = fill_pattern(_aligned_malloc(50, 16), 50, 1);
    REFUSES_WITH_NULL(_aligned_recalloc(block, 1, 8, 6));
    PATTERN(block, 50, 1);
}

ROW(A23) {
    REFUSES(_aligned_msize(NULL, 16, 0), SIZE_MAX);
}

ROW(A24) {
    GIVES(_aligned_msize(_aligned_malloc(3, 16), 16, 0), 3);
}

ROW(A25) {
    for (size_t alignment = 1; alignment <= 4096; alignment *= 2) {
        for (size_t size = 1; size <= 500; size++) {
            void *block;
            ALLOCATES(block, _aligned_malloc(size, alignment));
            EQUAL_AT((uintptr_t)block % alignment, 0, size);
            GIVES(_aligned_msize(block, alignment, 0), size);
            _aligned_free(block);
        }
    }
}

// As documented; the alignment is checked.
ROW(A26) {
    REFUSES(_aligned_msize(_aligned_offset_malloc(23, 16, 7), 15, 7), SIZE_MAX);
    REFUSES(_aligned_msize(_aligned_malloc(23, 16), 0, 0), SIZE_MAX);
}

ROW(A27) {
    enum { COUNT = 1000 };
    static void *blocks[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        ALLOCATES(blocks[i], _aligned_malloc(24, 256));
        EQUAL_AT((uintptr_t)blocks[i] % 256, 0, i);
        memset(blocks[i], (int)i, 24);
    }
    for (size_t i = 0; i < COUNT; i++) {
        BYTES(blocks[i], 0, 24, i);
        QUIETLY(_aligned_free(blocks[i]));
    }
    for (size_t i = 0; i < COUNT; i += 100) {
        FREED(blocks[i]);
    }
    GIVES(_heapchk(), _HEAPOK);
}

// What grows is zero in all ranges of sizes, at every alignment.
static void zero_when_it_grows(size_t from, size_t to, size_t alignment) {
    const size_t less = from < to ? from : to;
    void *block = memset(_aligned_malloc(from, alignment), 0xAA, from);
    ALLOCATES(block, _aligned_recalloc(block, 1, to, alignment));
    ALIGNED(block, alignment);
    BYTES(block, 0, less, 0xAA);
    BYTES(block, less, to, 0);
    memset(block, 0xBB, to);
    ALLOCATES(block, _aligned_recalloc(block, from, 1, alignment));
    ALIGNED(block, alignment);
    BYTES(block, 0, less, 0xBB);
    BYTES(block, less, from, 0);
    GIVES(_aligned_msize(block, alignment, 0), from);
    _aligned_free(block);
}

ROW(K08) {
    static const size_t sizes[] = {
        1, 15, 100, 1000, 4000, 32 * KIB - 1, 32 * KIB, 32 * KIB + 1, 70 * KIB, MIB + 1, 5 * MIB,
    };
    enum { COUNT = sizeof sizes / sizeof *sizes };
    for (size_t alignment = 1; alignment <= 64 * KIB; alignment *= 8) {
        for (size_t i = 0; i < COUNT; i++) {
            for (size_t j = 0; j < i; j++) {
                zero_when_it_grows(sizes[i], sizes[j], alignment);
            }
        }
    }
}

// Shrunk by _aligned_realloc, zero when it comes back.
ROW(K09) {
    for (size_t alignment = 16; alignment <= 4096; alignment *= 16) {
        for (size_t size = 30; size < 300 * KIB; size *= 9) {
            void *block = memset(_aligned_malloc(size, alignment), 0xAA, size);
            ALLOCATES(block, _aligned_realloc(block, size / 3, alignment));
            ALLOCATES(block, _aligned_recalloc(block, size, 1, alignment));
            BYTES(block, 0, size / 3, 0xAA);
            BYTES(block, size / 3, size, 0);
        }
    }
}

// Every size up to 70,000 bytes.
ROW(K10) {
    unsigned char *kept = NULL;
    for (size_t size = 1; size <= 70000; size++) {
        const size_t alignment = (size_t)1 << (size % 13);
        unsigned char *block = _aligned_malloc(size, alignment);
        EQUAL_AT((uintptr_t)block % alignment, 0, size);
        EQUAL_AT(_aligned_msize(block, alignment, 0), size, size);
        block[0] = block[size - 1] = 1;
        _aligned_free(block);
        kept = size % 2 == 0 ? _aligned_realloc(kept, size, 64) : _aligned_recalloc(kept, 1, size, 64);
        EQUAL_AT((uintptr_t)kept % 64, 0, size);
        EQUAL_AT(_aligned_msize(kept, 64, 0), size, size);
        HOLDS_AT(size == 1 || kept[0] == 0x11, size);
        HOLDS_AT(size < 3 || kept[size - 2] == 0x22, size);
        HOLDS_AT(size % 2 == 0 || kept[size - 1] == 0, size);
        kept[0] = 0x11;
        kept[size - 1] = size == 1 ? 0x11 : 0x22;
    }
    GIVES(_heapchk(), _HEAPOK);
}

// Freed and resized on other threads.
static void *free_on_this_thread(void *block) {
    QUIETLY(_aligned_free(block));
    return NULL;
}

ROW(K11) {
    for (size_t alignment = 1; alignment <= 16 * KIB; alignment *= 4) {
        void *block = _aligned_malloc(100, alignment);
        on_another_thread(free_on_this_thread, block);
        FREED(block);
    }
    GIVES(_heapchk(), _HEAPOK);
}
