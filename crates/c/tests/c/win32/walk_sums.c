// Walks that add up (X80 to X90).

#include "tasks.h"
#include "walk.h"

static HEAP_SUMMARY summary_of(HANDLE heap) {
    HEAP_SUMMARY summary = {.cb = sizeof summary};
    CHECK(HeapSummary(heap, 0, &summary));
    return summary;
}

// The bytes of all committed elements with their overhead, and of the uncommitted ones.
static void add_up(const struct walk *walk, SIZE_T *committed, SIZE_T *uncommitted) {
    *committed = *uncommitted = 0;
    for (size_t i = 0; i < walk->count; i++) {
        const PROCESS_HEAP_ENTRY *entry = &walk->entries[i];
        SIZE_T bytes = (SIZE_T)entry->cbData + entry->cbOverhead;
        *(is_uncommitted(entry) ? uncommitted : committed) += bytes;
    }
}

static void expect_sums(HANDLE heap) {
    CHECK(HeapLock(heap));
    struct walk *walk = walk_of(heap);
    HEAP_SUMMARY summary = summary_of(heap);
    CHECK(HeapUnlock(heap));
    SIZE_T committed, uncommitted;
    add_up(walk, &committed, &uncommitted);
    EQUAL(busy_bytes(walk), summary.cbAllocated);
    EQUAL(committed, summary.cbCommitted);
    EQUAL(committed + uncommitted, summary.cbReserved);
    forget(walk);
}

#define KEPT 600
static unsigned char *kept[KEPT];
static SIZE_T kept_sizes[KEPT];

// Allocates and frees at random, and leaves some blocks.
static void use(HANDLE heap, SIZE_T largest) {
    uint32_t random = 80;
    memset(kept, 0, sizeof kept);
    for (int step = 0; step < 6000; step++) {
        size_t i = next_random(&random) % KEPT;
        CHECK(HeapFree(heap, 0, kept[i]));
        kept[i] = NULL;
        if (next_random(&random) % 3 != 0) {
            uint32_t kind = next_random(&random) % 100;
            SIZE_T limit = kind == 0 ? largest : kind < 10 ? 9000 : 300;
            kept_sizes[i] = next_random(&random) % (limit < largest ? limit : largest);
            kept[i] = block(heap, kept_sizes[i]);
        }
    }
}

// Every committed byte is in one element or its overhead, and all of them make the sums of
// HeapSummary: in a fresh heap, in one that is used, and in one that is empty again.
ROW(X80) {
    HANDLE heaps[] = {growable_heap(), unserialized_heap(), process_heap()};
    for (int i = 0; i < 3; i++) {
        AT(i);
        expect_sums(heaps[i]);
        use(heaps[i], 40000);
        expect_sums(heaps[i]);
        for (int j = 0; j < KEPT; j++) {
            CHECK(HeapFree(heaps[i], 0, kept[j]));
        }
        expect_sums(heaps[i]);
    }
}

// The same with blocks of their own mappings.
ROW(X81) {
    HANDLE h = growable_heap();
    use(h, 12 * A);
    block(h, 40 * MIB + 1);
    expect_sums(h);
}

// A walk shows each live block once, with the size that was asked for, and nothing else as
// busy.
ROW(X82) {
    HANDLE heaps[] = {growable_heap(), fixed_heap(), process_heap()};
    for (int i = 0; i < 3; i++) {
        use(heaps[i], i == 1 ? 10000 : 8 * A);
        struct walk *walk = walk_of(heaps[i]);
        size_t live = 0;
        for (int j = 0; j < KEPT; j++) {
            AT(j);
            if (kept[j] != NULL) {
                live++;
                PROCESS_HEAP_ENTRY *entry = element_of(walk, kept[j]);
                CHECK(entry != NULL);
                EQUAL(entry->cbData, kept_sizes[j]);
                EQUAL(entry->wFlags, PROCESS_HEAP_ENTRY_BUSY);
            }
        }
        EQUAL(busy_count(walk), live);
    }
}

static int by_address(const void *a, const void *b) {
    uintptr_t first = (uintptr_t)((const PROCESS_HEAP_ENTRY *)a)->lpData;
    uintptr_t second = (uintptr_t)((const PROCESS_HEAP_ENTRY *)b)->lpData;
    return first < second ? -1 : first > second;
}

// No two elements have a byte in common.
ROW(X83) {
    HANDLE h = growable_heap();
    use(h, 8 * A);
    struct walk *walk = walk_of(h);
    qsort(walk->entries, walk->count, sizeof walk->entries[0], by_address);
    for (size_t i = 0; i + 1 < walk->count; i++) {
        AT(i);
        char *end = (char *)walk->entries[i].lpData + walk->entries[i].cbData;
        CHECK(end <= (char *)walk->entries[i + 1].lpData);
    }
}

// Elements lie in the region that came before them: first what is committed, then what is not,
// each in the order of its addresses. The region's figures are their sums, with the region's
// header where that lies in it.
ROW(X84) {
    HANDLE h = growable_heap();
    use(h, 8 * A);
    struct walk *walk = walk_of(h);
    PROCESS_HEAP_ENTRY *region = NULL;
    SIZE_T committed = 0, uncommitted = 0;
    char *end = NULL;
    bool behind = false;
    for (size_t i = 0; i <= walk->count; i++) {
        AT(i);
        PROCESS_HEAP_ENTRY *entry = i < walk->count ? &walk->entries[i] : NULL;
        bool apart = entry == NULL || is_region(entry) || entry->iRegionIndex == 64;
        if (region != NULL && apart) {
            EQUAL(committed, region->Region.dwCommittedSize);
            EQUAL(uncommitted, region->Region.dwUnCommittedSize);
            region = NULL;
        }
        if (entry == NULL || entry->iRegionIndex == 64) {
            continue;
        }
        if (is_region(entry)) {
            region = entry;
            end = entry->Region.lpFirstBlock;
            committed = (char *)entry->lpData + entry->cbData == end ? entry->cbData : 0;
            uncommitted = 0;
            behind = false;
            continue;
        }
        CHECK(region != NULL);
        if (is_uncommitted(entry) && !behind) {
            behind = true;
            end = region->Region.lpFirstBlock;
        }
        EQUAL(is_uncommitted(entry), behind);
        EQUAL(entry->iRegionIndex, region->iRegionIndex);
        CHECK((char *)entry->lpData >= end);
        end = (char *)entry->lpData + entry->cbData + entry->cbOverhead;
        CHECK(end <= (char *)region->Region.lpLastBlock);
        *(is_uncommitted(entry) ? &uncommitted : &committed) += entry->cbData + entry->cbOverhead;
    }
}

// A cursor that is none is refused, and never followed to where nothing is. One at an address
// inside the heap's own memory may still be taken.
ROW(X85) {
    HANDLE h = growable_heap();
    void *memory = block(h, 100);
    PROCESS_HEAP_ENTRY entry = {0};
    void *bad[] = {foreign(), &entry, (void *)1, (void *)-1, (void *)0x8000000000000000,
                   (char *)memory + 16, block(growable_heap(), 100)};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        for (unsigned flags = 0; flags < 256; flags++) {
            AT(i << 8 | flags);
            memset(&entry, 0xCD, sizeof entry);
            entry.lpData = bad[i];
            entry.cbData = 100;
            entry.iRegionIndex = flags % 3 == 0 ? 64 : 0;
            entry.wFlags = (WORD)(flags < 64 ? flags : flags << 8);
            SetLastError(MARK);
            BOOL walked = HeapWalk(h, &entry);
            CHECK(!walked || bad[i] == (char *)memory + 16);
            CHECK(walked || GetLastError() == ERROR_INVALID_PARAMETER);
        }
    }
    CHECK(HeapValidate(h, 0, NULL));
}

// A block of more than 32 bits can tell shows the most that they can.
ROW(X86) {
    if (P == 8) {
        HANDLE h = growable_heap();
        void *memory = HeapAlloc(h, 0, (SIZE_T)5 << 30);
        CHECK(memory != NULL);
        EQUAL(HeapSize(h, 0, memory), (SIZE_T)5 << 30);
        PROCESS_HEAP_ENTRY *entry = element_of(walk_of(h), memory);
        CHECK(entry != NULL);
        EQUAL(entry->cbData, 0xFFFFFFFF);
        RTL_HEAP_WALK_ENTRY wide;
        memset(&wide, 0, sizeof wide);
        do {
            EQUAL32(RtlWalkHeap(h, &wide), STATUS_SUCCESS);
        } while (wide.DataAddress != memory);
        EQUAL(wide.DataSize, (SIZE_T)5 << 30);
        EQUAL(summary_of(h).cbAllocated, (SIZE_T)5 << 30);
    }
}

static atomic_bool enough;

static void churn(void *heap) {
    void *blocks[64] = {NULL};
    uint32_t random = 87;
    while (!atomic_load(&enough)) {
        size_t i = next_random(&random) % 64;
        CHECK(HeapFree(heap, 0, blocks[i]));
        blocks[i] = block(heap, next_random(&random) % (i == 0 ? 6 * A : 3000));
    }
    for (int i = 0; i < 64; i++) {
        CHECK(HeapFree(heap, 0, blocks[i]));
    }
}

// While other threads use the heap, walks under the lock are whole, and their sums agree.
ROW(X87) {
    HANDLE heaps[] = {growable_heap(), process_heap()};
    for (int i = 0; i < 2; i++) {
        struct task tasks[2];
        atomic_store(&enough, false);
        start(&tasks[0], churn, heaps[i]);
        start(&tasks[1], churn, heaps[i]);
        for (int round = 0; round < 50; round++) {
            AT(round);
            pause_for(1);
            expect_sums(heaps[i]);
        }
        atomic_store(&enough, true);
        finish(&tasks[0]);
        finish(&tasks[1]);
        expect_sums(heaps[i]);
    }
}

// Moveable blocks show as documented, with their handle.
ROW(X88) {
    HGLOBAL moveable = GlobalAlloc(GMEM_MOVEABLE, 100);
    HGLOBAL shared = GlobalAlloc(GMEM_MOVEABLE | GMEM_DDESHARE, 100);
    HLOCAL of_local = LocalAlloc(LMEM_MOVEABLE, 100);
    void *data[] = {GlobalLock(moveable), GlobalLock(shared), LocalLock(of_local)};
    HANDLE handles[] = {moveable, shared, of_local};
    struct walk *walk = walk_of(process_heap());
    for (int i = 0; i < 3; i++) {
        AT(i);
        PROCESS_HEAP_ENTRY *entry = element_of(walk, data[i]);
        CHECK(entry != NULL);
        WORD flags = PROCESS_HEAP_ENTRY_BUSY | PROCESS_HEAP_ENTRY_MOVEABLE;
        EQUAL(entry->wFlags, i == 1 ? flags | PROCESS_HEAP_ENTRY_DDESHARE : flags);
        EQUAL(entry->Block.hMem, handles[i]);
        EQUAL(entry->cbData, 100);
    }
}

// Many blocks, in many regions: 64 MiB of them.
ROW(X89) {
    HANDLE h = growable_heap();
    for (int i = 0; i < 65536; i++) {
        block(h, 1000);
    }
    struct walk *walk = walk_of(h);
    EQUAL(busy_count(walk), 65536);
    EQUAL(busy_bytes(walk), 65536000);
    forget(walk);
    expect_sums(h);
    CHECK(HeapValidate(h, 0, NULL));
}

// A walk does not change the heap, and needs no walk before it: each element is found from the
// record alone, also from a copy of it.
ROW(X90) {
    HANDLE h = growable_heap();
    use(h, 5000);
    struct walk *walk = walk_of(h);
    for (size_t i = walk->count - 1; i-- > 0;) {
        AT(i);
        PROCESS_HEAP_ENTRY entry = walk->entries[i];
        CHECK(HeapWalk(h, &entry));
        CHECK(memcmp(&entry, &walk->entries[i + 1], sizeof entry) == 0);
    }
    CHECK(same_walk(walk, walk_of(h)));
}
