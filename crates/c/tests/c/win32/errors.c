// GetLastError and SetLastError (E01 to E03).

#include "tasks.h"

ROW(E01) {
    DWORD values[] = {0, 1, 8, 0x20000000, 0x7FFFFFFF, 0x80000000, MARK, 0xFFFFFFFF};
    for (int i = 0; i < 8; i++) {
        SetLastError(values[i]);
        EQUAL32(GetLastError(), values[i]);
    }
    for (int bit = 0; bit < 32; bit++) {
        SetLastError((DWORD)1 << bit);
        EQUAL32(GetLastError(), (DWORD)1 << bit);
    }
}

static void set_another_value(void *unused) {
    (void)unused;
    // A new thread begins with none.
    ERROR_IS(0);
    SetLastError(77);
    pause_for(20);
    ERROR_IS(77);
}

ROW(E02) {
    struct task task;
    SetLastError(MARK);
    start(&task, set_another_value, NULL);
    ERROR_KEPT();
    SetLastError(78);
    finish(&task);
    ERROR_IS(78);
}

static void fail_with_8(void *heap) {
    FAILS(HeapAlloc(heap, 0, (SIZE_T)-1), NULL, ERROR_NOT_ENOUGH_MEMORY);
}

ROW(E03) {
    HANDLE h = growable_heap();
    SetLastError(MARK);
    elsewhere(fail_with_8, h);
    ERROR_KEPT();
}
