// HeapWalk (W01 to W19).

#include "walk.h"

ROW(W01) {
    PROCESS_HEAP_ENTRY entry;
    memset(&entry, 0xCD, sizeof entry);
    entry.lpData = NULL;
    CHECK(HeapWalk(growable_heap(), &entry));
}

ROW(W02) {
    HANDLE h = growable_heap();
    PROCESS_HEAP_ENTRY entry = {0};
    while (MARKED(HeapWalk(h, &entry))) {
        ERROR_KEPT();
    }
    ERROR_IS(ERROR_NO_MORE_ITEMS);
}

ROW(W03) {
    HANDLE h = growable_heap();
    PROCESS_HEAP_ENTRY *entry = &walk_of(h)->entries[0];
    EQUAL(entry->wFlags, PROCESS_HEAP_REGION);
    EQUAL(entry->lpData, h);
    EQUAL(entry->cbOverhead, 0);
    EQUAL(entry->iRegionIndex, 0);
}

// Three, namely region, free, uncommitted, is an artefact.
ROW(W04) {
    struct walk *walk = walk_of(growable_heap());
    CHECK(walk->count >= 1);
    EQUAL(busy_count(walk), 0);
}

// That the two make 0x10000 is an artefact.
ROW(W05) {
    PROCESS_HEAP_ENTRY *entry = &walk_of(growable_heap())->entries[0];
    SIZE_T span = (SIZE_T)entry->Region.dwCommittedSize + entry->Region.dwUnCommittedSize;
    CHECK(entry->Region.dwCommittedSize > 0);
    EQUAL(span % 0x1000, 0);
    CHECK((char *)entry->lpData + span >= (char *)entry->Region.lpLastBlock);
}

// The uncommitted element of a fresh heap.
static PROCESS_HEAP_ENTRY *uncommitted_of(struct walk *walk) {
    PROCESS_HEAP_ENTRY *found = NULL;
    for (size_t i = 0; i < walk->count; i++) {
        if (is_uncommitted(&walk->entries[i])) {
            CHECK(found == NULL);
            found = &walk->entries[i];
        }
    }
    CHECK(found != NULL);
    return found;
}

ROW(W06) {
    struct walk *walk = walk_of(growable_heap());
    PROCESS_HEAP_ENTRY *uncommitted = uncommitted_of(walk);
    EQUAL(walk->entries[0].Region.lpLastBlock, (char *)uncommitted->lpData + uncommitted->cbData);
}

ROW(W07) {
    HANDLE h = growable_heap();
    struct walk *walk = walk_of(h);
    PROCESS_HEAP_ENTRY *uncommitted = uncommitted_of(walk);
    EQUAL(uncommitted->wFlags, PROCESS_HEAP_UNCOMMITTED_RANGE);
    EQUAL(uncommitted->lpData, (char *)h + walk->entries[0].Region.dwCommittedSize);
    EQUAL(uncommitted->cbOverhead, 0);
    EQUAL(uncommitted->iRegionIndex, 0);
}

// A block that the walk shows, and nothing else that is busy.
static void expect_busy(PROCESS_HEAP_ENTRY *entry, const void *memory, DWORD size) {
    CHECK(entry != NULL);
    EQUAL(entry->wFlags, PROCESS_HEAP_ENTRY_BUSY);
    EQUAL(entry->lpData, memory);
    EQUAL(entry->cbData, size);
}

ROW(W08) {
    HANDLE h = growable_heap();
    void *memory = HeapAlloc(h, HEAP_ZERO_MEMORY, 123);
    struct walk *walk = walk_of(h);
    EQUAL(busy_count(walk), 1);
    PROCESS_HEAP_ENTRY *entry = element_of(walk, memory);
    expect_busy(entry, memory, 123);
    CHECK(entry->cbOverhead != 0);
    EQUAL(entry->iRegionIndex, 0);
}

ROW(W09) {
    HANDLE h = growable_heap();
    void *first = HeapAlloc(h, HEAP_ZERO_MEMORY, 123);
    struct walk *before = walk_of(h);
    void *second = HeapAlloc(h, HEAP_ZERO_MEMORY, 456);
    struct walk *after = walk_of(h);
    EQUAL(busy_count(after), 2);
    size_t place = place_of(after, second);
    expect_busy(element_of(after, second), second, 456);
    expect_busy(element_of(after, first), first, 123);
    CHECK(place > place_of(after, first));
    // All elements up to the first block are as before.
    EQUAL(place_of(after, first), place_of(before, first));
    for (size_t i = 0; i <= place_of(after, first); i++) {
        AT(i);
        CHECK(memcmp(&before->entries[i], &after->entries[i], sizeof after->entries[i]) == 0);
    }
}

// That the distance is two pointers more than size and overhead is an artefact.
ROW(W10) {
    HANDLE h = growable_heap();
    void *memory = block(h, 123);
    struct walk *walk = walk_of(h);
    size_t place = place_of(walk, memory);
    CHECK(place + 1 < walk->count);
    PROCESS_HEAP_ENTRY *entry = &walk->entries[place];
    char *end = (char *)entry->lpData + entry->cbData + entry->cbOverhead;
    CHECK((char *)walk->entries[place + 1].lpData >= end);
}

static void expect_large(PROCESS_HEAP_ENTRY *entry, const void *memory) {
    expect_busy(entry, memory, 5 * A);
    EQUAL(entry->cbOverhead, 0);
    EQUAL(entry->iRegionIndex, 64);
}

ROW(W11) {
    HANDLE h = growable_heap();
    void *memory = block(h, 5 * A);
    struct walk *walk = walk_of(h);
    EQUAL(busy_count(walk), 1);
    expect_large(&walk->entries[walk->count - 1], memory);
}

ROW(W12) {
    HANDLE h = growable_heap();
    block(h, 100);
    struct walk *before = walk_of(h);
    void *first = block(h, 5 * A);
    void *second = block(h, 5 * A);
    struct walk *after = walk_of(h);
    CHECK(memcmp(before->entries, after->entries, before->count * sizeof before->entries[0]) == 0);
    EQUAL(busy_count(after), 3);
    expect_large(element_of(after, first), first);
    expect_large(element_of(after, second), second);
    CHECK(place_of(after, first) >= before->count);
    CHECK(place_of(after, second) > place_of(after, first));
}

ROW(W13) {
    HANDLE heaps[] = {growable_heap(), unserialized_heap(), fixed_heap(), process_heap()};
    for (int i = 0; i < 4; i++) {
        AT(i);
        for (SIZE_T size = 0; size < 10000; size = size * 3 / 2 + 10) {
            block(heaps[i], size);
            CHECK(HeapFree(heaps[i], 0, block(heaps[i], size)));
        }
        block(heaps[i], 3 * A);
        CHECK(same_walk(walk_of(heaps[i]), walk_of(heaps[i])));
    }
}

ROW(W14) {
    HANDLE h = growable_heap();
    SIZE_T sizes[] = {0, 1, 100, 5000, A, 5 * A};
    void *blocks[6];
    for (int i = 0; i < 6; i++) {
        blocks[i] = block(h, sizes[i]);
    }
    for (int i = 0; i < 6; i++) {
        CHECK(HeapFree(h, 0, blocks[i]));
    }
    EQUAL(busy_count(walk_of(h)), 0);
}

ROW(W15) {
    HANDLE h = growable_heap();
    size_t sum = 0;
    for (SIZE_T size = 0; size < 6 * A; size = size * 5 / 4 + 3) {
        block(h, size);
        CHECK(HeapFree(h, 0, block(h, size)));
        sum += size;
    }
    HEAP_SUMMARY summary = {.cb = sizeof summary};
    CHECK(HeapSummary(h, 0, &summary));
    EQUAL(busy_bytes(walk_of(h)), summary.cbAllocated);
    EQUAL(summary.cbAllocated, sum);
}

ROW(W16) {
    HANDLE ph = process_heap();
    void *memory = block(ph, 321);
    CHECK(HeapLock(ph));
    struct walk *walk = walk_of(ph);
    CHECK(HeapUnlock(ph));
    expect_busy(element_of(walk, memory), memory, 321);
}

// No element of the process heap has one of these flags.
static void no_element_with(WORD flags) {
    struct walk *walk = walk_of(process_heap());
    for (size_t i = 0; i < walk->count; i++) {
        AT(i);
        EQUAL(walk->entries[i].wFlags & flags, 0);
    }
}

ROW(W17) {
    for (size_t i = 0; i < 65536; i++) {
        AT(i);
        CHECK(GlobalAlloc(GMEM_MOVEABLE, 0) != NULL);
    }
    no_element_with(PROCESS_HEAP_ENTRY_MOVEABLE | PROCESS_HEAP_ENTRY_DDESHARE);
}

ROW(W18) {
    HGLOBAL memory = GlobalAlloc(GMEM_DDESHARE, 100);
    CHECK(memory != NULL);
    CHECK(element_of(walk_of(process_heap()), memory) != NULL);
    no_element_with(PROCESS_HEAP_ENTRY_DDESHARE);
}

ROW(W19) {
    HANDLE heaps[] = {fixed_heap(), unserialized_heap()};
    for (int i = 0; i < 2; i++) {
        AT(i);
        void *memory = block(heaps[i], 1000);
        struct walk *walk = walk_of(heaps[i]);
        CHECK(is_region(&walk->entries[0]));
        expect_busy(element_of(walk, memory), memory, 1000);
    }
}
