// The Rtl functions (N01 to N20).

#include "raised.h"
#include "walk.h"

#define SETTABLE_VALUE 0x100
#define IPO HEAP_REALLOC_IN_PLACE_ONLY

ROW(N01) {
    HANDLE heap = RtlCreateHeap(0, NULL, 0, 0, NULL, NULL);
    CHECK(heap != NULL);
    CHECK(RtlFreeHeap(heap, 0, RtlAllocateHeap(heap, 0, 100)));
    EQUAL(RtlDestroyHeap(heap), NULL);
}

ROW(N02) {
    RTL_HEAP_PARAMETERS parameters;
    memset(&parameters, 0, sizeof parameters);
    HANDLE heap = RtlCreateHeap(0, NULL, 0, 0, NULL, &parameters);
    CHECK(heap != NULL);
    CHECK(RtlAllocateHeap(heap, 0, 100) != NULL);
    parameters.Length = 1;
    heap = RtlCreateHeap(0, NULL, 0, 0, NULL, &parameters);
    CHECK(heap != NULL);
    CHECK(RtlAllocateHeap(heap, 0, 100) != NULL);
}

// Caller's memory for a heap, and what its commit routine was told.
static char *reservation;
static PVOID committed_base;
static SIZE_T committed_size;
static int commits;

#define RESERVED 0x100000

static NTSTATUS NTAPI commit(PVOID base, PVOID *address, SIZE_T *size) {
    commits++;
    committed_base = base;
    committed_size = *size;
    char *start = *address;
    if (start < reservation || start + *size > reservation + RESERVED) {
        return (NTSTATUS)STATUS_NO_MEMORY;
    }
    start = (char *)((uintptr_t)start & ~(uintptr_t)0xFFF);
    *size = (*size + ((uintptr_t)*address & 0xFFF) + 0xFFF) & ~(SIZE_T)0xFFF;
    *address = start;
    return mprotect(start, *size, PROT_READ | PROT_WRITE) == 0 ? 0 : (NTSTATUS)STATUS_NO_MEMORY;
}

ROW(N03) {
    RTL_HEAP_PARAMETERS parameters;
    memset(&parameters, 0, sizeof parameters);
    parameters.Length = sizeof parameters;
    parameters.CommitRoutine = commit;
    EQUAL(RtlCreateHeap(0, NULL, 0, 0, NULL, &parameters), NULL);
}

// A heap in a reservation of this program, of which little is committed.
static HANDLE heap_in_reservation(void) {
    // At a multiple of 64 KiB, as VirtualAlloc reserves.
    char *memory = mmap(NULL, RESERVED + 0x10000, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(memory != MAP_FAILED);
    reservation = (char *)(((uintptr_t)memory + 0xFFFF) & ~(uintptr_t)0xFFFF);
    CHECK(mprotect(reservation, 0x2000, PROT_READ | PROT_WRITE) == 0);
    RTL_HEAP_PARAMETERS parameters;
    memset(&parameters, 0, sizeof parameters);
    parameters.Length = sizeof parameters;
    parameters.InitialCommit = 0x2000;
    parameters.InitialReserve = RESERVED;
    parameters.CommitRoutine = commit;
    HANDLE heap = RtlCreateHeap(0, reservation, 0, 0, NULL, &parameters);
    CHECK(heap != NULL);
    return heap;
}

ROW(N04) {
    HANDLE heap = heap_in_reservation();
    char *memory = RtlAllocateHeap(heap, 0, 0x4000);
    CHECK(memory != NULL);
    memset(memory, 0x5A, 0x4000);
    EQUAL(RtlSizeHeap(heap, 0, memory), 0x4000);
    CHECK(commits >= 1);
    EQUAL(committed_base, reservation);
    CHECK(committed_size != 0);
}

ROW(N05) {
    HANDLE heap = heap_in_reservation();
    CHECK(RtlAllocateHeap(heap, 0, 0x4000) != NULL);
    EQUAL(RtlDestroyHeap(heap), NULL);
    // Still the caller's: pages that were never committed are reserved, and all can be released.
    CHECK(mprotect(reservation, RESERVED, PROT_READ | PROT_WRITE) == 0);
    memset(reservation, 0x5A, RESERVED);
    CHECK(munmap(reservation, RESERVED) == 0);
}

ROW(N06) {
    static _Alignas(0x10000) unsigned char bogus[0x10000];
    memset(bogus, 0x41, sizeof bogus);
    EQUAL(RtlDestroyHeap((HANDLE)bogus), bogus);
    CHECK(all(bogus, sizeof bogus, 0x41));
    EQUAL(RtlDestroyHeap((HANDLE)(bogus + 8)), bogus + 8);
}

ROW(N07) {
    EQUAL(RtlCreateHeap(0, NULL, 0, 0, NULL, unmapped()), NULL);
    EQUAL(RtlCreateHeap(0, NULL, 0, 0, NULL, (PRTL_HEAP_PARAMETERS)8), NULL);
}

static void expect_user_info(HANDLE heap, PVOID memory, PVOID value, ULONG flags) {
    PVOID actual_value = (PVOID)0x11;
    ULONG actual_flags = 0x22;
    CHECK(RtlGetUserInfoHeap(heap, 0, memory, &actual_value, &actual_flags));
    EQUAL(actual_value, value);
    EQUAL(actual_flags, flags);
}

ROW(N08) {
    HANDLE ph = process_heap();
    PVOID memory = RtlAllocateHeap(ph, SETTABLE_VALUE | 0x400, 0x100);
    CHECK(memory != NULL);
    EQUAL(RtlSizeHeap(ph, 0, memory), 0x100);
    expect_user_info(ph, memory, NULL, 0x400);
    CHECK(RtlFreeHeap(ph, 0, memory));
}

ROW(N09) {
    HANDLE ph = process_heap();
    PVOID memory = RtlAllocateHeap(ph, SETTABLE_VALUE | 0x400, 0x100);
    CHECK(RtlSetUserFlagsHeap(ph, 0, memory, 0x600, 0x800));
    expect_user_info(ph, memory, NULL, 0x800);
}

ROW(N10) {
    HANDLE ph = process_heap();
    PVOID memory = RtlAllocateHeap(ph, SETTABLE_VALUE | 0xC00, 0x100);
    expect_user_info(ph, memory, NULL, 0xC00);
    CHECK(RtlSetUserFlagsHeap(ph, 0, memory, 0x400, 0x200));
    expect_user_info(ph, memory, NULL, 0xA00);
}

ROW(N11) {
    HANDLE ph = process_heap();
    PVOID memory = RtlAllocateHeap(ph, SETTABLE_VALUE | 0x400, 0x100);
    FAILS(RtlSetUserFlagsHeap(ph, 0, memory, 0, 0x1000), FALSE, ERROR_INVALID_PARAMETER);
    FAILS(RtlSetUserFlagsHeap(ph, 0, memory, 0x100, 0), FALSE, ERROR_INVALID_PARAMETER);
    FAILS(RtlSetUserFlagsHeap(ph, 0, memory, 0x400, 0x201), FALSE, ERROR_INVALID_PARAMETER);
    expect_user_info(ph, memory, NULL, 0x400);
}

ROW(N12) {
    HANDLE heaps[] = {process_heap(), growable_heap(), fixed_heap()};
    SIZE_T sizes[] = {0, 1, 8, 16, 100, 5000, 3 * A};
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 7; j++) {
            AT(sizes[j]);
            unsigned char *memory = RtlAllocateHeap(heaps[i], SETTABLE_VALUE | 0x200, sizes[j]);
            CHECK(memory != NULL);
            memset(memory, 0x5A, sizes[j]);
            CHECK(RtlSetUserValueHeap(heaps[i], 0, memory, (PVOID)(uintptr_t)0x12345678));
            expect_user_info(heaps[i], memory, (PVOID)(uintptr_t)0x12345678, 0x200);
            // Beside the block's bytes, not in them.
            EQUAL(RtlSizeHeap(heaps[i], 0, memory), sizes[j]);
            CHECK(all(memory, sizes[j], 0x5A));
            CHECK(RtlValidateHeap(heaps[i], 0, memory));
        }
        CHECK(RtlValidateHeap(heaps[i], 0, NULL));
    }
}

ROW(N13) {
    HANDLE heaps[] = {process_heap(), growable_heap()};
    for (int i = 0; i < 2; i++) {
        expect_user_info(heaps[i], block(heaps[i], 100), (PVOID)0x11, 0);
    }
}

ROW(N14) {
    HANDLE ph = process_heap();
    PVOID value = (PVOID)(uintptr_t)0x1234;
    PVOID memory = RtlAllocateHeap(ph, SETTABLE_VALUE | 0x800, 0x100);
    CHECK(memory != NULL);
    CHECK(RtlSetUserValueHeap(ph, 0, memory, value));
    EQUAL(RtlReAllocateHeap(ph, IPO | SETTABLE_VALUE | 0x400, memory, 0xF0), memory);
    EQUAL(RtlSizeHeap(ph, 0, memory), 0xF0);
    expect_user_info(ph, memory, value, 0x800);
    EQUAL(RtlReAllocateHeap(ph, IPO | SETTABLE_VALUE | 0x200, memory, 0x100), memory);
    EQUAL(RtlSizeHeap(ph, 0, memory), 0x100);
    expect_user_info(ph, memory, value, 0x200);
}

ROW(N15) {
    HANDLE ph = process_heap();
    PVOID array[3] = {NULL, NULL, NULL};
    EQUAL(RtlMultipleAllocateHeap(ph, 0, 1, 3, array), 3);
    for (int i = 0; i < 3; i++) {
        AT(i);
        CHECK(array[i] != NULL);
        EQUAL(HeapSize(ph, 0, array[i]), 1);
    }
    CHECK(array[0] != array[1] && array[1] != array[2] && array[0] != array[2]);
    EQUAL(RtlMultipleFreeHeap(ph, 0, 3, array), 3);
}

ROW(N16) {
    HANDLE ph = process_heap();
    PVOID array[1] = {NULL};
    EQUAL(RtlMultipleAllocateHeap(ph, 0, 0, 1, array), 1);
    CHECK(array[0] != NULL);
    EQUAL(HeapSize(ph, 0, array[0]), 0);
    EQUAL(RtlMultipleAllocateHeap(ph, 0, 1, 0, NULL), 0);
}

// Three blocks that a 32-bit process has no space for; here, a size for which nobody has.
static void allocate_too_much(void *flags) {
    PVOID array[3] = {NULL, NULL, NULL};
    SIZE_T size = P == 4 ? 0x5FFFFFFF : ~(SIZE_T)0 / 2;
    ULONG got = RtlMultipleAllocateHeap(process_heap(), *(ULONG *)flags, size, 3, array);
    CHECK(got < 3);
    ERROR_IS(ERROR_NOT_ENOUGH_MEMORY);
}

ROW(N17) {
    ULONG flags = 0;
    SetLastError(MARK);
    EQUAL32(exception_of(allocate_too_much, &flags), 0);
    flags = HEAP_GENERATE_EXCEPTIONS;
    EQUAL32(exception_of(allocate_too_much, &flags), 0xC0000017);
}

ROW(N18) {
    PVOID array[3] = {NULL, NULL, NULL};
    EQUAL(MARKED(RtlMultipleFreeHeap(process_heap(), 0, 3, array)), 3);
    ERROR_KEPT();
}

ROW(N19) {
    HANDLE ph = process_heap();
    PVOID array[3] = {block(ph, 100), foreign(), NULL};
    FAILS(RtlMultipleFreeHeap(ph, 0, 2, array), 1, ERROR_INVALID_PARAMETER);
    // It stops there.
    array[0] = foreign();
    array[1] = block(ph, 100);
    FAILS(RtlMultipleFreeHeap(ph, HEAP_GENERATE_EXCEPTIONS, 2, array), 0, ERROR_INVALID_PARAMETER);
    CHECK(HeapValidate(ph, 0, array[1]));
}

// The flags of RtlWalkHeap for an element that HeapWalk shows.
static USHORT expected_flags(const PROCESS_HEAP_ENTRY *entry) {
    return is_region(entry) ? 0x0002 : is_uncommitted(entry) ? 0x1000 : is_busy(entry) ? 0x0001 : 0;
}

ROW(N20) {
    HANDLE h = growable_heap();
    for (SIZE_T size = 0; size < 3000; size += 333) {
        block(h, size);
        CHECK(HeapFree(h, 0, block(h, size)));
    }
    block(h, 5 * A);
    struct walk *walk = walk_of(h);
    RTL_HEAP_WALK_ENTRY entry;
    memset(&entry, 0xCD, sizeof entry);
    entry.DataAddress = NULL;
    for (size_t i = 0; i < walk->count; i++) {
        AT(i);
        PROCESS_HEAP_ENTRY *expected = &walk->entries[i];
        EQUAL32(RtlWalkHeap(h, &entry), STATUS_SUCCESS);
        EQUAL(entry.DataAddress, expected->lpData);
        EQUAL(entry.DataSize, expected->cbData);
        EQUAL(entry.OverheadBytes, expected->cbOverhead);
        EQUAL(entry.SegmentIndex, expected->iRegionIndex);
        EQUAL(entry.Flags & (0x0001 | 0x0002 | 0x1000), expected_flags(expected));
        EQUAL((entry.Flags & 0x4000) != 0, is_busy(expected) && expected->iRegionIndex == 64);
        if (is_region(expected)) {
            EQUAL(entry.Segment.CommittedSize, expected->Region.dwCommittedSize);
            EQUAL(entry.Segment.UnCommittedSize, expected->Region.dwUnCommittedSize);
            EQUAL(entry.Segment.FirstEntry, expected->Region.lpFirstBlock);
            EQUAL(entry.Segment.LastEntry, expected->Region.lpLastBlock);
        }
    }
    EQUAL32(RtlWalkHeap(h, &entry), STATUS_NO_MORE_ENTRIES);
}
