// The process heap and the list of heaps (P01 to P08).

#include "tasks.h"

#define MANY 64

static void take_process_heap(void *pointer) {
    *(HANDLE *)pointer = GetProcessHeap();
}

ROW(P01) {
    HANDLE first = GetProcessHeap();
    HANDLE other = NULL;
    elsewhere(take_process_heap, &other);
    CHECK(first != NULL);
    EQUAL(GetProcessHeap(), first);
    EQUAL(other, first);
}

ROW(P02) {
    CHECK(GetProcessHeaps(0, NULL) >= 1);
}

ROW(P03) {
    DWORD before = GetProcessHeaps(0, NULL);
    growable_heap();
    EQUAL(GetProcessHeaps(0, NULL), before + 1);
    unserialized_heap();
    fixed_heap();
    EQUAL(GetProcessHeaps(0, NULL), before + 3);
}

ROW(P04) {
    DWORD before = GetProcessHeaps(0, NULL);
    HANDLE first = growable_heap();
    HANDLE second = fixed_heap();
    CHECK(HeapDestroy(first));
    EQUAL(GetProcessHeaps(0, NULL), before + 1);
    CHECK(HeapDestroy(second));
    EQUAL(GetProcessHeaps(0, NULL), before);
}

ROW(P05) {
    HANDLE heaps[MANY];
    CHECK(GetProcessHeaps(MANY, heaps) >= 1);
    EQUAL(heaps[0], GetProcessHeap());
}

ROW(P06) {
    HANDLE heaps[MANY];
    HANDLE h1 = growable_heap();
    HANDLE h2 = growable_heap();
    DWORD count = GetProcessHeaps(MANY, heaps);
    CHECK(count >= 3 && count <= MANY);
    EQUAL(heaps[count - 2], h1);
    EQUAL(heaps[count - 1], h2);
}

ROW(P07) {
    HANDLE heaps[MANY];
    memset(heaps, 0xFF, sizeof heaps);
    growable_heap();
    DWORD count = GetProcessHeaps(0, NULL);
    CHECK(count >= 2);
    EQUAL(GetProcessHeaps(1, heaps), count);
    EQUAL(heaps[0], GetProcessHeap());
    EQUAL(heaps[1], (UINT_PTR)-1);
    // Slots beyond the last heap are left alone, too.
    EQUAL(GetProcessHeaps(MANY, heaps), count);
    EQUAL(heaps[count], (UINT_PTR)-1);
}

ROW(P08) {
    HANDLE heaps[MANY];
    growable_heap();
    unserialized_heap();
    DWORD count = GetProcessHeaps(MANY, heaps);
    for (DWORD i = 0; i < count; i++) {
        AT(i);
        CHECK(heaps[i] != NULL);
    }
}
