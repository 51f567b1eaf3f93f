// What is in blocks, and how large they are (X20 to X29).

#include "rows.h"

#define ZM HEAP_ZERO_MEMORY
#define IPO HEAP_REALLOC_IN_PLACE_ONLY

ROW(X20) {
    HANDLE h = growable_heap();
    uintptr_t lowest = UINTPTR_MAX;
    static void *blocks[1000];
    for (int i = 0; i < 1000; i++) {
        blocks[i] = block(h, 0);
        EQUAL(HeapSize(h, 0, blocks[i]), 0);
        lowest = (uintptr_t)blocks[i] < lowest ? (uintptr_t)blocks[i] : lowest;
        for (int j = 0; j < i; j++) {
            CHECK(blocks[i] != blocks[j]);
        }
    }
    CHECK(lowest != 0);
    for (int i = 0; i < 1000; i++) {
        AT(i);
        CHECK(HeapValidate(h, 0, blocks[i]));
        CHECK(HeapFree(h, 0, blocks[i]));
    }
}

static const SIZE_T sizes[] = {0,    1,    7,     8,      9,     15,    16,  17,    23,   24,  25,
                               31,   32,   33,    40,     64,    100,   127, 128,   500,  501, 1000,
                               4000, 5000, 32768, 100000, A - 8, 3 * A, MIB, 5 * A, 4 * MIB};
#define SIZES (sizeof sizes / sizeof sizes[0])

// For all pairs of sizes: what is kept, what is zero, and the exact size. The block lies in
// memory that is not zero.
static void resize_all_pairs(HANDLE heap, DWORD alloc_flags, DWORD realloc_flags) {
    for (size_t i = 0; i < SIZES; i++) {
        for (size_t j = 0; j < SIZES; j++) {
            SIZE_T from = sizes[i], to = sizes[j], kept = from < to ? from : to;
            AT(from << 32 | to);
            unsigned char *dirty = block(heap, from > to ? from : to);
            memset(dirty, 0xEE, from > to ? from : to);
            CHECK(HeapFree(heap, 0, dirty));
            unsigned char *memory = HeapAlloc(heap, alloc_flags, from);
            CHECK(memory != NULL);
            paint(memory, from, 1);
            unsigned char *result = HeapReAlloc(heap, realloc_flags, memory, to);
            if ((realloc_flags & IPO) != 0 && result == NULL) {
                EQUAL(HeapSize(heap, 0, memory), from);
                CHECK(painted(memory, from, 1));
                CHECK(HeapFree(heap, 0, memory));
                continue;
            }
            CHECK(result != NULL);
            EQUAL(HeapSize(heap, 0, result), to);
            CHECK(painted(result, kept, 1));
            if ((realloc_flags & ZM) != 0 && to > from) {
                CHECK(all(result + from, to - from, 0));
            }
            CHECK(HeapValidate(heap, 0, result));
            CHECK(HeapFree(heap, 0, result));
        }
    }
    CHECK(HeapValidate(heap, 0, NULL));
}

ROW(X21) {
    resize_all_pairs(growable_heap(), 0, ZM);
    resize_all_pairs(process_heap(), 0, ZM);
}

ROW(X22) {
    resize_all_pairs(growable_heap(), 0, 0);
    resize_all_pairs(unserialized_heap(), 0, 0);
}

// In place, the growth is bytes that the block itself had before.
ROW(X23) {
    HANDLE h = growable_heap();
    for (SIZE_T large = 1; large < 600; large++) {
        for (SIZE_T small = 0; small < large; small += 1 + large / 20) {
            AT(large << 32 | small);
            unsigned char *memory = block(h, large);
            memset(memory, 0xEE, large);
            memory = HeapReAlloc(h, ZM, memory, small);
            CHECK(memory != NULL);
            // Shrinking zeroes nothing.
            CHECK(all(memory, small, 0xEE));
            memory = HeapReAlloc(h, ZM, memory, large);
            CHECK(memory != NULL);
            CHECK(all(memory, small, 0xEE));
            CHECK(all(memory + small, large - small, 0));
            CHECK(HeapFree(h, 0, memory));
        }
    }
}

// Whether growth is zeroed doesn't depend on how the block was allocated.
ROW(X24) {
    resize_all_pairs(growable_heap(), ZM, ZM);
    resize_all_pairs(growable_heap(), ZM, 0);
}

ROW(X25) {
    HANDLE heaps[] = {growable_heap(), unserialized_heap(), fixed_heap(), process_heap()};
    for (int i = 0; i < 4; i++) {
        unsigned char *small = block(heaps[i], 100), *large = block(heaps[i], A);
        paint(small, 100, 25);
        paint(large, A, 25);
        for (SIZE_T below = 1; below < 0x40000; below = below * 2 + (below % 3)) {
            AT(below);
            SIZE_T size = (SIZE_T)0 - below;
            FAILS(HeapAlloc(heaps[i], 0, size), NULL, ERROR_NOT_ENOUGH_MEMORY);
            FAILS(HeapAlloc(heaps[i], ZM, size / 2 + 1), NULL, ERROR_NOT_ENOUGH_MEMORY);
            FAILS(HeapReAlloc(heaps[i], 0, small, size), NULL, ERROR_NOT_ENOUGH_MEMORY);
            FAILS(HeapReAlloc(heaps[i], ZM, large, size), NULL, ERROR_NOT_ENOUGH_MEMORY);
            FAILS(HeapReAlloc(heaps[i], IPO, large, size), NULL, ERROR_NOT_ENOUGH_MEMORY);
        }
        EQUAL(HeapSize(heaps[i], 0, small), 100);
        EQUAL(HeapSize(heaps[i], 0, large), A);
        CHECK(painted(small, 100, 25));
        CHECK(painted(large, A, 25));
        CHECK(HeapValidate(heaps[i], 0, NULL));
    }
}

ROW(X26) {
    HANDLE heaps[] = {growable_heap(), HeapCreate(HEAP_CREATE_ALIGN_16, 0, 0), process_heap()};
    for (int i = 0; i < 3; i++) {
        for (SIZE_T size = 0; size < 70000; size += 1 + size / 40) {
            AT(size);
            unsigned char *memory = block(heaps[i], size);
            CHECK(aligned(memory, MEMORY_ALLOCATION_ALIGNMENT));
            memory = HeapReAlloc(heaps[i], 0, memory, size * 3);
            CHECK(aligned(memory, MEMORY_ALLOCATION_ALIGNMENT));
        }
    }
}

// The blocks of a fixed heap never need more than its maximum, and what is freed serves again.
ROW(X27) {
    SIZE_T maximum = 0x80000;
    HANDLE f = HeapCreate(0, 0, maximum);
    CHECK(f != NULL);
    SIZE_T block_sizes[] = {1, 100, 1000, 5000, 60000};
    static unsigned char *blocks[0x80000];
    SIZE_T counts[5] = {0};
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 5; i++) {
            AT(block_sizes[i]);
            SIZE_T count = 0;
            SetLastError(MARK);
            while ((blocks[count] = HeapAlloc(f, 0, block_sizes[i])) != NULL) {
                memset(blocks[count], 0x5A, block_sizes[i]);
                count++;
                CHECK(count * block_sizes[i] < maximum);
            }
            ERROR_IS(ERROR_NOT_ENOUGH_MEMORY);
            // Most of it can be had.
            CHECK(block_sizes[i] < 100 || count * block_sizes[i] >= maximum * 3 / 4);
            CHECK(HeapValidate(f, 0, NULL));
            while (count > 0) {
                CHECK(HeapFree(f, 0, blocks[--count]));
                counts[i]++;
            }
        }
    }
    CHECK(counts[0] > counts[4]);
}

// However large a fixed heap is, its blocks are below about 1 MiB (512 KiB with 32 bits).
ROW(X28) {
    HANDLE f = HeapCreate(0, 0, 64 * MIB);
    CHECK(f != NULL);
    SIZE_T threshold = P == 8 ? 0xFF000 : 0x7F000;
    unsigned char *memory = block(f, threshold - 0x2000);
    memset(memory, 0x5A, threshold - 0x2000);
    FAILS(HeapAlloc(f, 0, threshold), NULL, ERROR_NOT_ENOUGH_MEMORY);
    FAILS(HeapAlloc(f, 0, 4 * A), NULL, ERROR_NOT_ENOUGH_MEMORY);
    FAILS(HeapReAlloc(f, 0, memory, threshold), NULL, ERROR_NOT_ENOUGH_MEMORY);
    EQUAL(HeapSize(f, 0, memory), threshold - 0x2000);
    CHECK(HeapAlloc(growable_heap(), 0, threshold) != NULL);
}

ROW(X29) {
    resize_all_pairs(growable_heap(), 0, IPO | ZM);
    resize_all_pairs(process_heap(), 0, IPO | ZM);
}
