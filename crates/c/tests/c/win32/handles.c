// Handles that are no heap (X10 to X14): each function refuses them, and touches nothing.

#include "rows.h"

// Calls every function of heapapi.h that takes a heap.
static void refused(HANDLE bad) {
    char *memory = (char *)block(process_heap(), 10);
    paint(memory, 10, 10);
    FAILS(HeapAlloc(bad, 0, 10), NULL, ERROR_INVALID_HANDLE);
    FAILS(HeapAlloc(bad, HEAP_NO_SERIALIZE | HEAP_ZERO_MEMORY, 10), NULL, ERROR_INVALID_HANDLE);
    FAILS(HeapReAlloc(bad, 0, memory, 20), NULL, ERROR_INVALID_HANDLE);
    FAILS(HeapFree(bad, 0, memory), FALSE, ERROR_INVALID_HANDLE);
    EQUAL(HeapSize(bad, 0, memory), (SIZE_T)-1);
    EQUAL(HeapValidate(bad, 0, memory), FALSE);
    EQUAL(HeapValidate(bad, 0, NULL), FALSE);
    FAILS(HeapCompact(bad, 0), 0, ERROR_INVALID_HANDLE);
    FAILS(HeapLock(bad), FALSE, ERROR_INVALID_HANDLE);
    FAILS(HeapUnlock(bad), FALSE, ERROR_INVALID_HANDLE);
    FAILS(HeapDestroy(bad), FALSE, ERROR_INVALID_HANDLE);
    PROCESS_HEAP_ENTRY entry = {0};
    FAILS(HeapWalk(bad, &entry), FALSE, ERROR_INVALID_HANDLE);
    HEAP_SUMMARY summary = {.cb = sizeof summary};
    FAILS(HeapSummary(bad, 0, &summary), FALSE, ERROR_INVALID_HANDLE);
    ULONG value = 2;
    EQUAL(HeapSetInformation(bad, HeapCompatibilityInformation, &value, 4), FALSE);
    EQUAL(HeapQueryInformation(bad, HeapCompatibilityInformation, &value, 4, NULL), FALSE);
    EQUAL(value, 2);
    CHECK(painted(memory, 10, 10));
    EQUAL(HeapSize(process_heap(), 0, memory), 10);
}

ROW(X10) {
    refused(NULL);
    // What is allowed all the same.
    CHECK(HeapFree(NULL, 0, NULL));
}

ROW(X11) {
    HANDLE heap = growable_heap();
    void *memory = block(heap, 10);
    CHECK(HeapDestroy(heap));
    refused(heap);
    EQUAL(HeapFree(heap, 0, memory), FALSE);
    HANDLE fixed = fixed_heap();
    CHECK(HeapDestroy(fixed));
    refused(fixed);
    // Another heap in its place, if it comes there, works.
    for (int i = 0; i < 10; i++) {
        HANDLE next = growable_heap();
        CHECK(HeapFree(next, 0, block(next, 10)));
        CHECK(HeapDestroy(next));
        refused(next);
    }
}

ROW(X12) {
    HANDLE h = growable_heap();
    char *memory = (char *)block(h, 5000);
    void *no_pages = mmap(NULL, 0x10000, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    void *bad[] = {
        foreign(), &h, memory, memory + 1, (char *)h + 1, (char *)h + 16, (char *)h + 0x10000,
        (char *)h - 0x10000, (char *)process_heap() + 0x10000, (char *)process_heap() - 0x10000,
        (char *)process_heap() + 8, no_pages, (void *)1, (void *)8, (void *)0x10000,
        (void *)(uintptr_t)0xDEADBEEF, (void *)0x7FFFFFFF0000, (void *)0x8000000000000000,
        (void *)0x123456789ABC0000, (void *)-1, (void *)-0x10000, (void *)(uintptr_t)refused,
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        AT(i);
        refused(bad[i]);
    }
    refused(unmapped());
    CHECK(HeapValidate(h, 0, NULL));
}

ROW(X13) {
    HANDLE destroyed = growable_heap();
    CHECK(HeapDestroy(destroyed));
    HANDLE bad[] = {NULL, foreign(), destroyed, (HANDLE)-1};
    for (int i = 0; i < 4; i++) {
        AT(i);
        void *memory = block(process_heap(), 10);
        FAILS(RtlAllocateHeap(bad[i], 0, 10), NULL, ERROR_INVALID_HANDLE);
        EQUAL(RtlReAllocateHeap(bad[i], 0, memory, 10), NULL);
        EQUAL(RtlFreeHeap(bad[i], 0, memory), FALSE);
        EQUAL(RtlSizeHeap(bad[i], 0, memory), (SIZE_T)-1);
        EQUAL(RtlCompactHeap(bad[i], 0), 0);
        EQUAL(RtlLockHeap(bad[i]), FALSE);
        EQUAL(RtlUnlockHeap(bad[i]), FALSE);
        EQUAL(RtlValidateHeap(bad[i], 0, memory), FALSE);
        EQUAL(RtlDestroyHeap(bad[i]), bad[i]);
        RTL_HEAP_WALK_ENTRY entry;
        memset(&entry, 0, sizeof entry);
        CHECK(!NT_SUCCESS(RtlWalkHeap(bad[i], &entry)));
        PVOID value;
        ULONG flags;
        EQUAL(RtlGetUserInfoHeap(bad[i], 0, memory, &value, &flags), FALSE);
        EQUAL(RtlSetUserValueHeap(bad[i], 0, memory, NULL), FALSE);
        EQUAL(RtlSetUserFlagsHeap(bad[i], 0, memory, 0, 0), FALSE);
        EQUAL(RtlMultipleAllocateHeap(bad[i], 0, 10, 1, &value), 0);
        EQUAL(RtlMultipleFreeHeap(bad[i], 0, 1, &memory), 0);
        ULONG compatibility;
        CHECK(!NT_SUCCESS(RtlQueryHeapInformation(bad[i], HeapCompatibilityInformation,
                                                  &compatibility, 4, NULL)));
        EQUAL(HeapSize(process_heap(), 0, memory), 10);
    }
}

// A copy of a heap's own memory, at an address that a heap could have, is no heap.
ROW(X14) {
    HANDLE h = growable_heap();
    PROCESS_HEAP_ENTRY entry = {0};
    CHECK(HeapWalk(h, &entry));
    char *memory = mmap(NULL, 0x20000, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(memory != MAP_FAILED);
    char *forged = (char *)(((uintptr_t)memory + 0xFFFF) & ~(uintptr_t)0xFFFF);
    SIZE_T size = entry.Region.dwCommittedSize < 0x1000 ? entry.Region.dwCommittedSize : 0x1000;
    memcpy(forged, h, size);
    refused(forged);
    CHECK(memcmp(forged, h, 64) == 0);
}
