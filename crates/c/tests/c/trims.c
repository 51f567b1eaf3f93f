// Trims by every function that trims: what they give back.

#include "trims.h"

#include <fcntl.h>
#include <sys/prctl.h>

static size_t resident(void) {
    char text[256] = "";
    size_t whole = 0, pages = 0;
    int file = open("/proc/self/statm", O_RDONLY);
    CHECK(file >= 0 && read(file, text, sizeof text - 1) > 0);
    close(file);
    sscanf(text, "%zu %zu", &whole, &pages);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

// Only trims give back here, and a page that was never touched isn't resident.
static void begin(void) {
    alarm(40);
    CHECK(prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0) == 0);
    CHECK(heapmin_set_decay(NULL, HEAPMIN_DECAY_NEVER) == 1);
}

// Blocks of a heap, of which one in twenty stays.
enum { SMALL = 30000, LARGE = 20, EVERY = 20 };
static unsigned char *small[SMALL], *large[LARGE];

static size_t fill_and_free(HANDLE heap) {
    size_t freed = 0;
    for (int i = 0; i < SMALL; i++) {
        small[i] = HeapAlloc(heap, 0, 900);
        CHECK(small[i] != NULL);
        memset(small[i], i & 0xff, 900);
    }
    for (int i = 0; i < LARGE; i++) {
        large[i] = HeapAlloc(heap, 0, MIB);
        CHECK(large[i] != NULL);
        memset(large[i], i, MIB);
    }
    for (int i = 0; i < SMALL; i++) {
        if (i % EVERY != 0) {
            CHECK(HeapFree(heap, 0, small[i]));
            freed += 900;
        }
    }
    for (int i = 1; i < LARGE; i++) {
        CHECK(HeapFree(heap, 0, large[i]));
        freed += MIB;
    }
    return freed;
}

static void check_and_free_the_rest(HANDLE heap) {
    for (int i = 0; i < SMALL; i += EVERY) {
        CHECK_AT(all(small[i], 900, (unsigned char)i) && HeapSize(heap, 0, small[i]) == 900, i);
        CHECK(HeapFree(heap, 0, small[i]));
    }
    CHECK(all(large[0], MIB, 0));
    CHECK(HeapFree(heap, 0, large[0]));
    CHECK(HeapValidate(heap, 0, NULL));
}

static void compact(HANDLE heap) {
    CHECK(HeapCompact(heap, 0) > 0);
}

static void optimize_one(HANDLE heap) {
    CHECK(optimize(heap));
}

static void optimize_all(HANDLE heap) {
    (void)heap;
    CHECK(optimize(NULL));
}

static void trim_one(HANDLE heap) {
    CHECK_EQUAL(heapmin_heap_trim(heap, NULL), 1);
}

static void trim_all(HANDLE heap) {
    (void)heap;
    CHECK_EQUAL(heapmin_heap_trim(NULL, NULL), 1);
}

static void heapmin(HANDLE heap) {
    (void)heap;
    CHECK_EQUAL(_heapmin(), 0);
}

static void trim_process(HANDLE heap) {
    (void)heap;
    heapmin_trim();
}

static void gives_back(HANDLE heap, void (*trim)(HANDLE)) {
    size_t freed = fill_and_free(heap), full = resident();
    SetLastError(MARK);
    errno = 77;
    trim(heap);
    CHECK_EQUAL(GetLastError(), MARK);
    CHECK_EQUAL(errno, 77);
    size_t went = full - resident();
    CHECK_AT(resident() < full && went >= freed / 10 * 8, went);
    check_and_free_the_rest(heap);
}

RULE(every_trim_of_a_heap_gives_back) {
    void (*const trims[])(HANDLE) = {compact, optimize_one, optimize_all, trim_one, trim_all};
    begin();
    for (int i = 0; i < 5; i++) {
        HANDLE heap = HeapCreate(0, 0, 0);
        gives_back(heap, trims[i]);
        CHECK(HeapDestroy(heap));
    }
}

RULE(every_trim_of_the_process_heap_gives_back) {
    void (*const trims[])(HANDLE) = {compact,  optimize_one, optimize_all, trim_one,
                                     trim_all, heapmin,      trim_process};
    begin();
    for (int i = 0; i < 7; i++) {
        gives_back(GetProcessHeap(), trims[i]);
    }
}

RULE(trims_of_heaps_without_a_lock_give_back) {
    begin();
    HANDLE heap = HeapCreate(HEAP_NO_SERIALIZE, 0, 0);
    gives_back(heap, compact);
    gives_back(heap, trim_one);
    CHECK(HeapDestroy(heap));
}

// The largest free element of a walk that is committed.
static SIZE_T largest_free(HANDLE heap) {
    PROCESS_HEAP_ENTRY entry = {0};
    SIZE_T largest = 0;
    while (HeapWalk(heap, &entry)) {
        if (entry.wFlags == 0 && entry.cbData > largest) {
            largest = entry.cbData;
        }
    }
    return largest;
}

RULE(compacting_returns_the_largest_committed_free_block) {
    begin();
    HANDLE heap = HeapCreate(0, 0, 0);
    CHECK_EQUAL(HeapCompact(heap, 0), largest_free(heap));
    for (SIZE_T size = 10; size < 200 * KIB; size = size * 3 + 1) {
        void *blocks[40];
        for (int i = 0; i < 40; i++) {
            blocks[i] = HeapAlloc(heap, 0, size);
            CHECK(blocks[i] != NULL);
            CHECK_AT(HeapCompact(heap, 0) == largest_free(heap), size);
        }
        for (int i = 0; i < 40; i++) {
            CHECK(HeapFree(heap, 0, blocks[i * 7 % 40]));
            SIZE_T largest = HeapCompact(heap, 0);
            CHECK_AT(largest == largest_free(heap), size);
            // It is there: a block that long takes no more than the heap has.
            CHECK_AT(largest < 16 * MIB, largest);
        }
    }
    CHECK(HeapDestroy(heap));
}

// By itself: nobody calls anything while the program sleeps.
RULE(freed_memory_goes_back_while_the_program_sleeps) {
    CHECK(prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0) == 0);
    CHECK_EQUAL(heapmin_set_decay(NULL, 100), 1);
    HANDLE heaps[] = {HeapCreate(0, 0, 0), GetProcessHeap()};
    for (int i = 0; i < 2; i++) {
        size_t freed = fill_and_free(heaps[i]), full = resident();
        int waited = 0;
        while (full - resident() < freed / 10 * 7 || resident() > full) {
            CHECK_AT(waited++ < 800, full - resident());
            usleep(10000);
        }
        check_and_free_the_rest(heaps[i]);
    }
}
