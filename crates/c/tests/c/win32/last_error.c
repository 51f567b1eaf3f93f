// Which calls leave the last error alone (X180 to X182).

#include "rows.h"

// A call that succeeds, and keeps the last error.
#define KEEPS(call)                                                              \
    do {                                                                         \
        SetLastError(MARK);                                                      \
        CHECK(call);                                                             \
        ERROR_KEPT();                                                            \
    } while (0)

// Successes of all functions.
ROW(X180) {
    HANDLE h = NULL, array[8];
    KEEPS((h = HeapCreate(0, 0, 0)) != NULL);
    KEEPS(GetProcessHeap() != NULL);
    KEEPS(GetProcessHeaps(8, array) >= 2);
    void *memory = NULL;
    KEEPS((memory = HeapAlloc(h, 0, 100)) != NULL);
    KEEPS((memory = HeapReAlloc(h, 0, memory, 5000)) != NULL);
    KEEPS((memory = HeapReAlloc(h, HEAP_REALLOC_IN_PLACE_ONLY, memory, 4000)) != NULL);
    KEEPS((memory = HeapReAlloc(h, HEAP_ZERO_MEMORY, memory, 5 * A)) != NULL);
    KEEPS(HeapSize(h, 0, memory) == 5 * A);
    KEEPS(HeapValidate(h, 0, memory));
    KEEPS(HeapValidate(h, 0, NULL));
    KEEPS(HeapCompact(h, 0) > 0);
    KEEPS(HeapLock(h));
    KEEPS(HeapUnlock(h));
    PROCESS_HEAP_ENTRY entry = {0};
    KEEPS(HeapWalk(h, &entry));
    HEAP_SUMMARY summary = {.cb = sizeof summary};
    KEEPS(HeapSummary(h, 0, &summary));
    ULONG value = 2;
    KEEPS(HeapSetInformation(h, HeapCompatibilityInformation, &value, 4));
    KEEPS(HeapQueryInformation(h, HeapCompatibilityInformation, &value, 4, NULL));
    KEEPS(HeapFree(h, 0, memory));
    KEEPS(HeapDestroy(h));
    HANDLE handle = NULL;
    KEEPS((handle = GlobalAlloc(GMEM_MOVEABLE, 10)) != NULL);
    KEEPS(GlobalLock(handle) != NULL);
    KEEPS(GlobalFlags(handle) == 1);
    KEEPS(GlobalSize(handle) == 10);
    KEEPS((handle = GlobalReAlloc(handle, 20, GMEM_MOVEABLE)) != NULL);
    KEEPS(GlobalFree(handle) == NULL);
    KEEPS((handle = LocalAlloc(LMEM_FIXED, 10)) != NULL);
    KEEPS(LocalLock(handle) == handle);
    KEEPS(LocalHandle(handle) == handle);
    KEEPS(LocalFree(handle) == NULL);
}

// Many successes, among them those that need memory from the system.
ROW(X181) {
    HANDLE h = growable_heap();
    SetLastError(MARK);
    uint32_t random = 181;
    void *blocks[100] = {NULL};
    for (int step = 0; step < 30000; step++) {
        size_t i = next_random(&random) % 100;
        CHECK(HeapFree(h, 0, blocks[i]));
        blocks[i] = HeapAlloc(h, 0, next_random(&random) % (step % 100 == 0 ? 4 * MIB : 5000));
        CHECK(blocks[i] != NULL);
    }
    CHECK(HeapDestroy(h));
    ERROR_KEPT();
}

// Before main, when no heap was used yet.
static DWORD at_the_start = 99;

__attribute__((constructor(101))) static void before_main(void) {
    at_the_start = GetLastError();
    SetLastError(182);
}

ROW(X182) {
    EQUAL(at_the_start, 0);
    ERROR_IS(182);
}
