// What a heap takes from the system, and gives back (X55 to X57).

#include "rows.h"

// The sizes of the process in bytes: its address space, and what is in memory of it.
static void process_sizes(size_t *space, size_t *resident) {
    FILE *file = fopen("/proc/self/statm", "r");
    CHECK(file != NULL && fscanf(file, "%zu %zu", space, resident) == 2);
    fclose(file);
    *space *= (size_t)sysconf(_SC_PAGESIZE);
    *resident *= (size_t)sysconf(_SC_PAGESIZE);
}

// The address space of freed large blocks serves again, or goes back.
ROW(X55) {
    HANDLE h = growable_heap();
    size_t before, after, resident;
    CHECK(HeapFree(h, 0, block(h, 64 * MIB)));
    process_sizes(&before, &resident);
    for (SIZE_T i = 0; i < 2000; i++) {
        CHECK(HeapFree(h, 0, block(h, 64 * MIB + i * 4096)));
    }
    process_sizes(&after, &resident);
    CHECK(after <= before + 512 * MIB);
}

// Memory of freed blocks goes back to the system when resources are to be optimised: of one heap
// or of all.
ROW(X56) {
    HANDLE heaps[] = {growable_heap(), process_heap()};
    for (int i = 0; i < 2; i++) {
        AT(i);
        static void *blocks[20000];
        size_t space, before, used, after;
        process_sizes(&space, &before);
        for (int j = 0; j < 20000; j++) {
            blocks[j] = block(heaps[i], 4000);
            memset(blocks[j], 1, 4000);
        }
        process_sizes(&space, &used);
        CHECK(used >= before + 70 * MIB);
        for (int j = 0; j < 20000; j++) {
            CHECK(HeapFree(heaps[i], 0, blocks[j]));
        }
        HEAP_OPTIMIZE_RESOURCES_INFORMATION information = {1, 0};
        CHECK(HeapSetInformation(i == 0 ? heaps[i] : NULL, HeapOptimizeResources, &information,
                                 sizeof information));
        process_sizes(&space, &after);
        CHECK(after <= before + 8 * MIB);
        HEAP_SUMMARY summary = {.cb = sizeof summary};
        CHECK(HeapSummary(heaps[i], 0, &summary));
        CHECK(summary.cbCommitted <= 8 * MIB);
    }
}

// A block takes memory when it is written, not when it is made.
ROW(X57) {
    HANDLE h = growable_heap();
    size_t space, before, after;
    process_sizes(&space, &before);
    for (int i = 0; i < 8; i++) {
        block(h, 256 * MIB);
        CHECK(HeapAlloc(h, HEAP_ZERO_MEMORY, 256 * MIB) != NULL);
    }
    process_sizes(&space, &after);
    CHECK(after <= before + 16 * MIB);
}
