/* Lists all heaps of the process.
 *
 * Every process has one heap, GetProcessHeap(), and may create more: for a part of a program
 * whose memory is to be freed as a whole, or to be limited or watched by itself. This program
 * creates two, asks for all heaps, and prints what each one holds. */
#include <intsafe.h>
#include <stdio.h>
#include <tchar.h>
#include <windows.h>

/* Prints what a heap holds. HeapSummary wants to know which version of the structure it gets,
 * so its size goes into `cb` first. */
static int print_heap(DWORD number, HANDLE heap) {
    HEAP_SUMMARY summary;

    ZeroMemory(&summary, sizeof(summary));
    summary.cb = sizeof(summary);
    if (!HeapSummary(heap, 0, &summary)) {
        _ftprintf(stderr, TEXT("HeapSummary: error %u\n"), (unsigned)GetLastError());
        return 0;
    }
    _tprintf(TEXT("heap %u%s: %u bytes in use\n"), (unsigned)number,
             heap == GetProcessHeap() ? TEXT(" (the process heap)") : TEXT(""),
             (unsigned)summary.cbAllocated);
    return 1;
}

int __cdecl _tmain(void) {
    HANDLE pictures, limited;
    PHANDLE heaps;
    SIZE_T bytes;
    DWORD count, stored, i;

    /* A heap that grows as needed, and one that never takes more than 1 MiB. */
    pictures = HeapCreate(0, 0, 0);
    limited = HeapCreate(0, 0, 1024 * 1024);
    if (pictures == NULL || limited == NULL) {
        _ftprintf(stderr, TEXT("HeapCreate: error %u\n"), (unsigned)GetLastError());
        return 1;
    }
    if (HeapAlloc(pictures, HEAP_ZERO_MEMORY, 640 * 480) == NULL) return 1;
    if (HeapAlloc(limited, 0, 1000) == NULL || HeapAlloc(limited, 0, 234) == NULL) return 1;

    /* Ask how many heaps there are, make room for their handles, ask again for the handles. The
     * product is checked: a size that wraps around would be too small. */
    count = GetProcessHeaps(0, NULL);
    if (SizeTMult(count, sizeof(*heaps), &bytes) != S_OK) return 1;
    heaps = (PHANDLE)HeapAlloc(GetProcessHeap(), 0, bytes);
    if (heaps == NULL) {
        _ftprintf(stderr, TEXT("no memory for %u handles\n"), (unsigned)count);
        return 1;
    }

    /* Another thread may have created a heap in between: then there are more than fit. */
    stored = GetProcessHeaps(count, heaps);
    if (stored == 0 || stored > count) {
        _ftprintf(stderr, TEXT("the number of heaps changed; try again\n"));
        return 1;
    }
    _tprintf(TEXT("%u heaps\n"), (unsigned)stored);
    for (i = 0; i < stored; i++) {
        if (!print_heap(i, heaps[i])) return 1;
    }
    HeapFree(GetProcessHeap(), 0, heaps);

    /* A heap goes with all its blocks: none has to be freed before. */
    HeapDestroy(limited);
    HeapDestroy(pictures);
    _tprintf(TEXT("after HeapDestroy: %u\n"), (unsigned)GetProcessHeaps(0, NULL));
    return 0;
}
