// The words around the heap functions that programs for Windows use.

#include "rule.h"

#include <heapapi.h>
#include <intsafe.h>
#include <ntstatus.h>
#include <tchar.h>
#include <winbase.h>
#include <windows.h>
#include <winnt.h>
#include <winternl.h>

RULE(sums_and_products_of_sizes_are_checked) {
    SIZE_T result = 0;
    CHECK(SIZETMult(6, 7, &result) == S_OK);
    CHECK_EQUAL(result, 42);
    CHECK(SizeTMult(SIZE_MAX / 2 + 1, 2, &result) == INTSAFE_E_ARITHMETIC_OVERFLOW);
    CHECK_EQUAL(result, SIZE_MAX);
    CHECK(SizeTMult(SIZE_MAX, 0, &result) == S_OK);
    CHECK_EQUAL(result, 0);
    CHECK(SIZETAdd(SIZE_MAX - 1, 1, &result) == S_OK);
    CHECK_EQUAL(result, SIZE_MAX);
    CHECK(FAILED(SizeTAdd(SIZE_MAX, 1, &result)));
}

RULE(memory_is_filled_copied_and_compared) {
    CHAR text[8] = TEXT("heap");
    TCHAR copy[ARRAYSIZE(text)];
    FillMemory(copy, sizeof(copy), 0xFF);
    CHECK_EQUAL(copy[7], (CHAR)0xFF);
    CopyMemory(copy, text, sizeof(text));
    CHECK(_tcscmp(copy, _T("heap")) == 0);
    MoveMemory(copy + 1, copy, 5);
    CHECK(_tcscmp(copy, _T("hheap")) == 0);
    ZeroMemory(copy, sizeof(copy));
    CHECK_EQUAL(_tcslen(copy), 0);
    CHECK_EQUAL(_countof(copy), 8);
    CHECK_EQUAL(min(3, 4) + max(3, 4), 7);
}

RULE(the_process_has_a_number_and_can_wait) {
    CHECK_EQUAL(GetCurrentProcessId(), getpid());
    Sleep(1);
}

RULE(statuses_and_results_tell_success) {
    CHECK(NT_SUCCESS(STATUS_SUCCESS));
    CHECK(!NT_SUCCESS(STATUS_NO_MORE_ENTRIES));
    CHECK(SUCCEEDED(S_OK) && SUCCEEDED(S_FALSE) && FAILED(E_OUTOFMEMORY));
    DWORD code = 0xC0000017;
    CHECK(code == STATUS_NO_MEMORY);
    CHECK_EQUAL(RtlNtStatusToDosError((NTSTATUS)STATUS_NO_MEMORY), ERROR_NOT_ENOUGH_MEMORY);
    CHECK_EQUAL(HEAP_MAKE_TAG_FLAGS(0x1000, 3), 0x000C1000);
}

RULE(the_process_can_be_ended) {
    ExitProcess(0);
    CHECK(!"reached");
}
