// HeapAlloc (A01 to A18).

#include "raised.h"
#include "tasks.h"

ROW(A01) {
    HANDLE h = growable_heap();
    void *memory = HeapAlloc(h, 0, 0);
    CHECK(memory != NULL);
    EQUAL(HeapSize(h, 0, memory), 0);
    CHECK(HeapFree(h, 0, memory));
}

ROW(A02) {
    HANDLE h = growable_heap();
    void *memory = HeapAlloc(h, 0, 1);
    CHECK(memory != NULL);
    EQUAL(HeapSize(h, 0, memory), 1);
}

ROW(A03) {
    EQUAL(HeapAlloc(growable_heap(), 0, (SIZE_T)-1), NULL);
}

ROW(A04) {
    FAILS(HeapAlloc(fixed_heap(), 0, 4 * A), NULL, ERROR_NOT_ENOUGH_MEMORY);
}

ROW(A05) {
    HANDLE f = fixed_heap();
    unsigned char *memory = block(f, A);
    EQUAL(HeapSize(f, 0, memory), A);
    FAILS(HeapAlloc(f, 0, 4 * A), NULL, ERROR_NOT_ENOUGH_MEMORY);
}

ROW(A06) {
    HANDLE h = growable_heap();
    CHECK(HeapAlloc(h, 0, 4 * A) != NULL);
    CHECK(HeapAlloc(h, 0, 5 * A + 1) != NULL);
}

// Allocates 128 blocks of a size, aligned, and writes all of them: none lies in another.
static void aligned_blocks(SIZE_T size) {
    HANDLE h = growable_heap();
    unsigned char *blocks[128];
    for (size_t i = 0; i < 128; i++) {
        AT(i);
        blocks[i] = block(h, size);
        CHECK(aligned(blocks[i], 2 * P));
        memset(blocks[i], (int)i, size);
    }
    for (size_t i = 0; i < 128; i++) {
        AT(i);
        CHECK(all(blocks[i], size, (unsigned char)i));
    }
    CHECK(HeapDestroy(h));
}

// That some block is not aligned to more is an artefact.
ROW(A07) {
    aligned_blocks(A);
}

// That all of them are aligned to 8 pointers is an artefact.
ROW(A08) {
    aligned_blocks(4 * A);
}

ROW(A09) {
    HANDLE h = growable_heap();
    SIZE_T sizes[] = {1, A, MIB};
    for (int i = 0; i < 3; i++) {
        AT(sizes[i]);
        void *memory = HeapAlloc(h, HEAP_ZERO_MEMORY, sizes[i]);
        CHECK(memory != NULL);
        EQUAL(HeapSize(h, 0, memory), sizes[i]);
        CHECK(all(memory, sizes[i], 0));
    }
}

ROW(A10) {
    HANDLE h = growable_heap();
    SIZE_T sizes[] = {1, 8, 16, 17, 24, 100, 1000, 4096, 5000, 0x8000, A, 3 * A, 5 * A, 10 * MIB};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        AT(sizes[i]);
        for (int again = 0; again < 5; again++) {
            unsigned char *dirty = block(h, sizes[i]);
            memset(dirty, 0xFF, sizes[i]);
            CHECK(HeapFree(h, 0, dirty));
            void *memory = HeapAlloc(h, HEAP_ZERO_MEMORY, sizes[i]);
            CHECK(memory != NULL);
            CHECK(all(memory, sizes[i], 0));
            memset(memory, 0xFF, sizes[i]);
            CHECK(HeapFree(h, 0, memory));
        }
    }
}

ROW(A11) {
    HANDLE ph = process_heap();
    EQUAL(HeapSize(ph, 0, block(ph, 17)), 17);
    void *zeroed = HeapAlloc(ph, HEAP_ZERO_MEMORY, 17);
    CHECK(zeroed != NULL);
    CHECK(all(zeroed, 17, 0));
}

ROW(A12) {
    HANDLE ph = process_heap();
    SIZE_T size = 3000 * 1024 + 37;
    unsigned char *memory = block(ph, size);
    EQUAL(HeapSize(ph, 0, memory), size);
    CHECK(HeapValidate(ph, 0, memory));
    CHECK(HeapValidate(ph, 0, NULL));
}

ROW(A13) {
    struct attempt attempt = {growable_heap(), HEAP_GENERATE_EXCEPTIONS, NULL, (SIZE_T)-1, NULL};
    EQUAL32(exception_of(try_alloc, &attempt), 0xC0000017);
}

ROW(A14) {
    HANDLE heap = HeapCreate(HEAP_GENERATE_EXCEPTIONS, 0, 0);
    CHECK(heap != NULL);
    struct attempt attempt = {heap, 0, NULL, (SIZE_T)-1, NULL};
    EQUAL32(exception_of(try_alloc, &attempt), 0xC0000017);
}

ROW(A15) {
    HANDLE h = growable_heap();
    for (SIZE_T size = 0; size <= 64; size++) {
        EQUAL(HeapSize(h, 0, block(h, size)), size);
        EQUAL(HeapSize(process_heap(), 0, block(process_heap(), size)), size);
    }
}

struct churn {
    HANDLE heap;
    uint32_t seed;
};

// Keeps 64 blocks of random sizes, and looks whether they are left alone.
static void churn(void *pointer) {
    struct churn *churn = pointer;
    uint32_t random = churn->seed;
    unsigned char *blocks[64] = {0};
    SIZE_T sizes[64] = {0};
    for (int step = 0; step < 20000; step++) {
        size_t i = next_random(&random) % 64;
        AT(step);
        if (blocks[i] != NULL) {
            CHECK(painted(blocks[i], sizes[i], i + churn->seed));
            EQUAL(HeapSize(churn->heap, 0, blocks[i]), sizes[i]);
            CHECK(HeapFree(churn->heap, 0, blocks[i]));
        }
        uint32_t kind = next_random(&random) % 1000;
        sizes[i] = next_random(&random) % (kind == 0 ? 2 * MIB : kind < 30 ? 40000 : 600);
        blocks[i] = block(churn->heap, sizes[i]);
        paint(blocks[i], sizes[i], i + churn->seed);
    }
    for (size_t i = 0; i < 64; i++) {
        CHECK(HeapFree(churn->heap, 0, blocks[i]));
    }
}

ROW(A16) {
    HANDLE h = growable_heap();
    struct task tasks[8];
    struct churn churns[8];
    for (uint32_t i = 0; i < 8; i++) {
        churns[i] = (struct churn){h, i * 77 + 1};
        start(&tasks[i], churn, &churns[i]);
    }
    for (int i = 0; i < 8; i++) {
        CHECK(ends_within(&tasks[i], 4 * PATIENCE));
        finish(&tasks[i]);
    }
    CHECK(HeapValidate(h, 0, NULL));
    HEAP_SUMMARY summary = {.cb = sizeof summary};
    CHECK(HeapSummary(h, 0, &summary));
    EQUAL(summary.cbAllocated, 0);
    CHECK(HeapDestroy(h));
}

ROW(A17) {
    HANDLE heaps[] = {growable_heap(), unserialized_heap(), fixed_heap(), process_heap()};
    for (int i = 0; i < 4; i++) {
        AT(i);
        CHECK(MARKED(HeapAlloc(heaps[i], 0, 10)) != NULL);
        ERROR_KEPT();
        CHECK(MARKED(HeapAlloc(heaps[i], HEAP_ZERO_MEMORY, 3 * A)) != NULL);
        ERROR_KEPT();
    }
    CHECK(MARKED(HeapAlloc(heaps[0], 0, 40 * MIB)) != NULL);
    ERROR_KEPT();
}

ROW(A18) {
    HANDLE h = growable_heap();
    for (SIZE_T k = 1; k <= 4096; k++) {
        memset(block(h, k), (int)k | 0x80, k);
    }
    CHECK(HeapValidate(h, 0, NULL));
}
