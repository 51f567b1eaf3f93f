// Uses heaps, prints what their own walks give, and waits until its input ends.
//
// A line an element: address, size, overhead, region, flags, and what goes with the flags; after all
// elements of a heap its handle.

#include <heapapi.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static uint32_t state = 80;

static uint32_t next_random(void) {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

// Allocates and frees at random, and leaves some blocks.
static void use(HANDLE heap, SIZE_T largest) {
    enum { KEPT = 600 };
    void *kept[KEPT] = {NULL};
    for (int step = 0; step < 6000; step++) {
        size_t i = next_random() % KEPT;
        HeapFree(heap, 0, kept[i]);
        kept[i] = NULL;
        if (next_random() % 3 != 0) {
            uint32_t kind = next_random() % 100;
            SIZE_T limit = kind == 0 ? largest : kind < 10 ? 9000 : 300;
            kept[i] = HeapAlloc(heap, 0, next_random() % limit);
        }
    }
}

static void print_walk(HANDLE heap) {
    PROCESS_HEAP_ENTRY entry;
    entry.lpData = NULL;
    while (HeapWalk(heap, &entry)) {
        printf("%llx %u %u %u %x ", (unsigned long long)(uintptr_t)entry.lpData, (unsigned)entry.cbData,
               entry.cbOverhead, entry.iRegionIndex, entry.wFlags);
        if (entry.wFlags & PROCESS_HEAP_REGION) {
            printf("%x %x %llx %llx\n", (unsigned)entry.Region.dwCommittedSize,
                   (unsigned)entry.Region.dwUnCommittedSize,
                   (unsigned long long)(uintptr_t)entry.Region.lpFirstBlock,
                   (unsigned long long)(uintptr_t)entry.Region.lpLastBlock);
        } else {
            int moveable = (entry.wFlags & PROCESS_HEAP_ENTRY_MOVEABLE) != 0;
            printf("%llx 0 0 0\n",
                   (unsigned long long)(uintptr_t)(moveable ? entry.Block.hMem : NULL));
        }
    }
    printf("heap %llx\n", (unsigned long long)(uintptr_t)heap);
}

int main(void) {
    // Its buffer is no part of the heaps.
    static char buffer[1 << 16];
    setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
    HANDLE heaps[] = {GetProcessHeap(), HeapCreate(0, 0, 0), HeapCreate(0, 300000, 0),
                      HeapCreate(HEAP_NO_SERIALIZE, 0, 0), HeapCreate(0, 0, 1 << 20)};
    int count = sizeof heaps / sizeof heaps[0];
    for (int i = 0; i < count; i++) {
        use(heaps[i], i == 4 ? 30000 : 300000);
    }
    use(GetProcessHeap(), 2000000);
    GlobalLock(GlobalAlloc(GMEM_MOVEABLE, 100));
    GlobalAlloc(GMEM_MOVEABLE | GMEM_DDESHARE, 70000);
    HeapAlloc(heaps[1], 0, 0);
    HeapAlloc(heaps[1], 0, 10 << 20);
    HeapReAlloc(heaps[1], HEAP_REALLOC_IN_PLACE_ONLY, HeapAlloc(heaps[1], 0, 100000), 0);
    for (int i = 0; i < count; i++) {
        print_walk(heaps[i]);
    }
    fflush(stdout);
    char end;
    return read(0, &end, 1) == 0 ? 0 : 1;
}
