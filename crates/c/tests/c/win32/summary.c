// HeapSummary (H01 to H04).

#include "rows.h"

ROW(H01) {
    HANDLE h = growable_heap();
    HEAP_SUMMARY summary;
    DWORD wrong[] = {0, 1, sizeof summary - 1, sizeof summary + 1, 0xFFFFFFFF};
    for (int i = 0; i < 5; i++) {
        AT(wrong[i]);
        memset(&summary, 0x5A, sizeof summary);
        summary.cb = wrong[i];
        FAILS(HeapSummary(h, 0, &summary), FALSE, ERROR_INVALID_PARAMETER);
        EQUAL(summary.cb, wrong[i]);
        CHECK(all(&summary.cbAllocated, 4 * P, 0x5A));
    }
}

// Blocks of which 0x60300 bytes are live.
static HEAP_SUMMARY used(void) {
    HANDLE h = growable_heap();
    block(h, 0x100);
    block(h, 0x200);
    void *freed = block(h, 0x300);
    block(h, 0x60000);
    CHECK(HeapFree(h, 0, freed));
    HEAP_SUMMARY summary;
    memset(&summary, 0x5A, sizeof summary);
    summary.cb = sizeof summary;
    CHECK(MARKED(HeapSummary(h, 0, &summary)));
    ERROR_KEPT();
    EQUAL(summary.cb, sizeof summary);
    return summary;
}

ROW(H02) {
    EQUAL(used().cbAllocated, 0x60300);
}

ROW(H03) {
    HEAP_SUMMARY summary = used();
    CHECK(summary.cbCommitted >= summary.cbAllocated);
    CHECK(summary.cbReserved >= summary.cbCommitted);
}

ROW(H04) {
    HEAP_SUMMARY summary = {.cb = sizeof summary};
    CHECK(HeapSummary(growable_heap(), 0, &summary));
    EQUAL(summary.cbAllocated, 0);
}
