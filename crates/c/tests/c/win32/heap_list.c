// The list of heaps, while heaps come and go (X50 to X52).

#include "tasks.h"

static void make_and_destroy(void *unused) {
    (void)unused;
    for (int i = 0; i < 200; i++) {
        HANDLE heaps[4];
        for (int j = 0; j < 4; j++) {
            heaps[j] = growable_heap();
            block(heaps[j], 100);
        }
        for (int j = 0; j < 4; j++) {
            CHECK(HeapDestroy(heaps[(j + i) % 4]));
        }
    }
}

// A heap that goes leaves the order of the others as it is.
ROW(X50) {
    HANDLE made[6], listed[64];
    for (int i = 0; i < 6; i++) {
        made[i] = growable_heap();
    }
    DWORD before = GetProcessHeaps(64, listed);
    CHECK(HeapDestroy(made[1]));
    CHECK(HeapDestroy(made[4]));
    HANDLE last = growable_heap();
    EQUAL(GetProcessHeaps(64, listed), before - 1);
    HANDLE expected[] = {made[0], made[2], made[3], made[5], last};
    for (int i = 0; i < 5; i++) {
        AT(i);
        EQUAL(listed[before - 1 - 5 + (DWORD)i], expected[i]);
    }
    EQUAL(listed[0], GetProcessHeap());
}

ROW(X51) {
    HANDLE kept[2] = {growable_heap(), growable_heap()};
    DWORD before = GetProcessHeaps(0, NULL);
    struct task tasks[3];
    for (int i = 0; i < 3; i++) {
        start(&tasks[i], make_and_destroy, NULL);
    }
    HANDLE listed[64];
    while (!ends_within(&tasks[0], 1) || !ends_within(&tasks[1], 1)) {
        DWORD count = GetProcessHeaps(64, listed);
        CHECK(count >= before && count <= before + 12);
        EQUAL(listed[0], GetProcessHeap());
        EQUAL(listed[before - 2], kept[0]);
        EQUAL(listed[before - 1], kept[1]);
        for (DWORD i = 0; i < count; i++) {
            CHECK(listed[i] != NULL && aligned(listed[i], 0x10000));
        }
    }
    for (int i = 0; i < 3; i++) {
        finish(&tasks[i]);
    }
    EQUAL(GetProcessHeaps(64, listed), before);
}

// Blocks of a destroyed heap are no blocks, and memory of it that serves again is clean.
ROW(X52) {
    for (int i = 0; i < 100; i++) {
        AT(i);
        HANDLE h = growable_heap();
        unsigned char *small = block(h, 100), *large = block(h, 3 * A);
        memset(small, 0xFF, 100);
        memset(large, 0xFF, 3 * A);
        CHECK(HeapDestroy(h));
        HANDLE next = growable_heap();
        CHECK(HeapValidate(next, 0, NULL));
        EQUAL(HeapValidate(next, 0, small), FALSE);
        EQUAL(HeapValidate(process_heap(), 0, large), FALSE);
        EQUAL(HeapFree(next, 0, small), FALSE);
        CHECK(all(HeapAlloc(next, HEAP_ZERO_MEMORY, 3 * A), 3 * A, 0));
        CHECK(HeapDestroy(next));
    }
}
