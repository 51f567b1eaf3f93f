// The Rtl functions beyond the checklist (X170 to X179).

#include "tasks.h"

ROW(X170) {
    HANDLE h = growable_heap();
    unsigned char *memory = RtlAllocateHeap(h, HEAP_ZERO_MEMORY, 100);
    CHECK(memory != NULL && all(memory, 100, 0));
    paint(memory, 100, 170);
    EQUAL(RtlSizeHeap(h, 0, memory), 100);
    memory = RtlReAllocateHeap(h, HEAP_ZERO_MEMORY, memory, 10000);
    CHECK(memory != NULL && painted(memory, 100, 170) && all(memory + 100, 9900, 0));
    EQUAL(HeapSize(h, 0, memory), 10000);
    CHECK(RtlValidateHeap(h, 0, memory));
    CHECK(RtlValidateHeap(h, 0, NULL));
    CHECK(MARKED(RtlFreeHeap(h, 0, memory)));
    ERROR_KEPT();
    CHECK(RtlFreeHeap(h, 0, NULL));
    FAILS(RtlReAllocateHeap(h, 0, NULL, 10), NULL, NO_ERROR);
    FAILS(RtlAllocateHeap(h, 0, (SIZE_T)-1), NULL, ERROR_NOT_ENOUGH_MEMORY);
    CHECK(RtlCompactHeap(h, 0) > 0);
    EQUAL(RtlDestroyHeap(h), NULL);
    EQUAL(RtlDestroyHeap(process_heap()), process_heap());
}

// The sizes of RtlCreateHeap without HEAP_GROWABLE: what is reserved is all there is.
static SIZE_T capacity(ULONG flags, SIZE_T reserve, SIZE_T commit, SIZE_T limit) {
    HANDLE heap = RtlCreateHeap(flags, NULL, reserve, commit, NULL, NULL);
    CHECK(heap != NULL);
    SIZE_T total = 0;
    while (total < limit && RtlAllocateHeap(heap, 0, 0x400) != NULL) {
        total += 0x400;
    }
    EQUAL(RtlDestroyHeap(heap), NULL);
    return total;
}

ROW(X171) {
    // Both 0: 64 pages.
    SIZE_T got = capacity(0, 0, 0, 4 * MIB);
    CHECK(got > 32 * 0x1000 && got <= 64 * 0x1000);
    // Reserve 0: the commit in units of 16 pages.
    got = capacity(0, 0, 0x11000, 4 * MIB);
    CHECK(got > 16 * 0x1000 && got <= 32 * 0x1000);
    got = capacity(0, 0x80000, 0, 4 * MIB);
    CHECK(got > 0x60000 && got <= 0x80000);
    // More commit than reserve is clipped.
    got = capacity(0, 0x40000, 0x100000, 4 * MIB);
    CHECK(got > 0x30000 && got <= 0x40000);
    EQUAL(capacity(HEAP_GROWABLE, 0x10000, 0, 4 * MIB), 4 * MIB);
    EQUAL(capacity(HEAP_GROWABLE | HEAP_NO_SERIALIZE, 0, 0, 4 * MIB), 4 * MIB);
}

static void lock_and_unlock(void *heap) {
    CHECK(HeapLock(heap));
    CHECK(HeapUnlock(heap));
}

ROW(X172) {
    HANDLE h = growable_heap();
    struct task task;
    CHECK(RtlLockHeap(h));
    CHECK(RtlLockHeap(h));
    start(&task, lock_and_unlock, h);
    CHECK(!ends_within(&task, A_WHILE));
    CHECK(RtlUnlockHeap(h));
    CHECK(!ends_within(&task, A_WHILE));
    CHECK(RtlUnlockHeap(h));
    finish(&task);
    EQUAL(RtlUnlockHeap(h), FALSE);
}

ROW(X173) {
    PVOID of_rtl[64];
    HANDLE of_heap[64];
    growable_heap();
    ULONG count = RtlGetProcessHeaps(64, of_rtl);
    CHECK(count >= 2);
    EQUAL(GetProcessHeaps(64, of_heap), count);
    EQUAL(RtlGetProcessHeaps(0, NULL), count);
    CHECK(memcmp(of_rtl, of_heap, count * sizeof(PVOID)) == 0);
}

// The statuses that map to the errors of HeapQueryInformation and HeapSetInformation.
ROW(X174) {
    HANDLE h = growable_heap(), n = unserialized_heap();
    ULONG value = 99;
    SIZE_T length = 99;
    HEAP_INFORMATION_CLASS class = HeapCompatibilityInformation;
    SetLastError(MARK);
    EQUAL32(RtlQueryHeapInformation(h, class, &value, 4, &length), STATUS_SUCCESS);
    EQUAL(value, 0);
    EQUAL(length, 4);
    EQUAL32(RtlQueryHeapInformation(h, class, NULL, 0, &length), STATUS_BUFFER_TOO_SMALL);
    EQUAL32(RtlQueryHeapInformation(NULL, class, &value, 4, &length), STATUS_ACCESS_VIOLATION);
    value = 2;
    EQUAL32(RtlSetHeapInformation(n, class, &value, 4), STATUS_INVALID_PARAMETER);
    EQUAL32(RtlSetHeapInformation(h, class, &value, 4), STATUS_SUCCESS);
    value = 0;
    EQUAL32(RtlSetHeapInformation(h, class, &value, 4), STATUS_UNSUCCESSFUL);
    EQUAL32(RtlSetHeapInformation(NULL, HeapEnableTerminationOnCorruption, NULL, 0),
            STATUS_SUCCESS);
    // They are statuses, and no last errors.
    ERROR_KEPT();
}

static PVOID enumerated[64];
static ULONG enumerated_count;

static NTSTATUS NTAPI enumerate(PVOID heap, PVOID limit) {
    enumerated[enumerated_count++] = heap;
    return enumerated_count == *(ULONG *)limit ? STATUS_UNSUCCESSFUL : STATUS_SUCCESS;
}

ROW(X175) {
    PVOID heaps[64];
    growable_heap();
    growable_heap();
    ULONG count = RtlGetProcessHeaps(64, heaps), limit = 64;
    EQUAL32(RtlEnumProcessHeaps(enumerate, &limit), STATUS_SUCCESS);
    EQUAL(enumerated_count, count);
    CHECK(memcmp(heaps, enumerated, count * sizeof(PVOID)) == 0);
    // A failing callback ends it.
    enumerated_count = 0;
    limit = 2;
    EQUAL32(RtlEnumProcessHeaps(enumerate, &limit), STATUS_UNSUCCESSFUL);
    EQUAL(enumerated_count, 2);
}

// All heaps at once.
ROW(X176) {
    HANDLE h = growable_heap();
    unsigned char *memory = block(h, 100), saved = memory[100];
    CHECK(RtlValidateProcessHeaps());
    CHECK(RtlValidateHeap(NULL, 0, NULL));
    memory[100] = (unsigned char)~saved;
    CHECK(!RtlValidateProcessHeaps());
    CHECK(!RtlValidateHeap(NULL, 0, NULL));
    CHECK(RtlValidateHeap(process_heap(), 0, NULL));
    memory[100] = saved;
    CHECK(RtlValidateProcessHeaps());
}

// The value and the flags go with a block that moves; other blocks have none to set.
ROW(X177) {
    HANDLE h = growable_heap();
    PVOID value = NULL, memory = RtlAllocateHeap(h, HEAP_SETTABLE_USER_VALUE | 0x600, 100);
    ULONG flags = 0;
    CHECK(RtlSetUserValueHeap(h, 0, memory, (PVOID)(uintptr_t)0x55));
    for (SIZE_T size = 200; size < 6 * A; size *= 3) {
        AT(size);
        paint(memory, 100, 177);
        memory = RtlReAllocateHeap(h, HEAP_SETTABLE_USER_VALUE | 0x200, memory, size);
        CHECK(memory != NULL);
        CHECK(RtlGetUserInfoHeap(h, 0, memory, &value, &flags));
        EQUAL(value, 0x55);
        EQUAL(flags, 0x200);
        EQUAL(RtlSizeHeap(h, 0, memory), size);
        CHECK(painted(memory, 100, 177));
    }
    // The word can be asked for with either pointer missing.
    CHECK(RtlGetUserInfoHeap(h, 0, memory, NULL, &flags));
    CHECK(RtlGetUserInfoHeap(h, 0, memory, &value, NULL));
    unsigned char *plain = block(h, 100);
    EQUAL(RtlSetUserValueHeap(h, 0, plain, (PVOID)(uintptr_t)0x66), FALSE);
    CHECK(HeapValidate(h, 0, plain));
}

// A caller's lock, and what excludes one.
ROW(X178) {
    EQUAL(RtlCreateHeap(HEAP_NO_SERIALIZE | HEAP_GROWABLE, NULL, 0, 0, foreign(), NULL), NULL);
    HANDLE heap = RtlCreateHeap(HEAP_GROWABLE, NULL, 0, 0, NULL, NULL);
    CHECK(heap != NULL);
    DWORD count = GetProcessHeaps(0, NULL);
    HANDLE heaps[64];
    CHECK(count <= 64);
    GetProcessHeaps(64, heaps);
    EQUAL(heaps[count - 1], heap);
    EQUAL(RtlDestroyHeap(heap), NULL);
    EQUAL(GetProcessHeaps(0, NULL), count - 1);
    EQUAL(RtlDestroyHeap(heap), heap);
}

// Tags, of old: there are none without the system's flag for them.
ROW(X179) {
    WCHAR prefix[] = {'h', 0}, names[] = {'a', 0, 'b', 0, 0};
    EQUAL(RtlCreateTagHeap(process_heap(), 0, prefix, names), 0);
    EQUAL(RtlQueryTagHeap(process_heap(), 0, 1, FALSE, NULL), NULL);
}
