/* Walks through a heap and prints all its parts.
 *
 * A heap consists of regions of address space; each has blocks, in use or free, and a rest that
 * has no memory yet. Blocks too large for a region stand alone. HeapWalk shows one part per
 * call. */
#include <stdio.h>
#include <tchar.h>
#include <windows.h>

/* What kind of part an entry describes. */
static const TCHAR *kind(const PROCESS_HEAP_ENTRY *entry) {
    if (entry->wFlags & PROCESS_HEAP_REGION) return TEXT("region");
    if (entry->wFlags & PROCESS_HEAP_UNCOMMITTED_RANGE) return TEXT("uncommitted");
    if (entry->wFlags & PROCESS_HEAP_ENTRY_BUSY) return TEXT("in use");
    return TEXT("free");
}

int __cdecl _tmain(void) {
    static const SIZE_T sizes[] = {24, 100, 5000, 3 * 1024 * 1024};
    PROCESS_HEAP_ENTRY entry;
    LPVOID blocks[ARRAYSIZE(sizes)];
    DWORD in_use = 0, error;
    HANDLE heap;
    size_t i;

    heap = HeapCreate(0, 0, 0);
    if (heap == NULL) {
        _ftprintf(stderr, TEXT("HeapCreate: error %u\n"), (unsigned)GetLastError());
        return 1;
    }
    for (i = 0; i < ARRAYSIZE(sizes); i++) {
        blocks[i] = HeapAlloc(heap, 0, sizes[i]);
        if (blocks[i] == NULL) return 1;
    }

    /* Keep other threads out of the heap meanwhile. This program has none; yet that's the way. */
    if (!HeapLock(heap)) {
        _ftprintf(stderr, TEXT("HeapLock: error %u\n"), (unsigned)GetLastError());
        return 1;
    }

    /* The walk begins where lpData is NULL. The entry is also the place in the walk: don't change
     * it between the calls. */
    entry.lpData = NULL;
    while (HeapWalk(heap, &entry)) {
        _tprintf(TEXT("%-11s at %p: %u bytes"), kind(&entry), entry.lpData, (unsigned)entry.cbData);
        if (entry.wFlags & PROCESS_HEAP_REGION) {
            /* What cbData says of a region is the size of its header. */
            _tprintf(TEXT(" of header, %u committed, %u not, blocks from %p to %p"),
                     (unsigned)entry.Region.dwCommittedSize,
                     (unsigned)entry.Region.dwUnCommittedSize, entry.Region.lpFirstBlock,
                     entry.Region.lpLastBlock);
        } else if (entry.wFlags & PROCESS_HEAP_ENTRY_BUSY) {
            in_use++;
            _tprintf(TEXT(" + %u overhead, region %u"), (unsigned)entry.cbOverhead,
                     (unsigned)entry.iRegionIndex);
        }
        _tprintf(TEXT("\n"));
    }

    /* HeapWalk ends with FALSE, and the last error says whether that was the end. */
    error = GetLastError();
    HeapUnlock(heap);
    if (error != ERROR_NO_MORE_ITEMS) {
        _ftprintf(stderr, TEXT("HeapWalk: error %u\n"), (unsigned)error);
        return 1;
    }
    _tprintf(TEXT("%u blocks in use\n"), (unsigned)in_use);
    if (!HeapDestroy(heap)) {
        _ftprintf(stderr, TEXT("HeapDestroy: error %u\n"), (unsigned)GetLastError());
        return 1;
    }
    return 0;
}
