// Walks of a heap, kept in an array.

#ifndef WALK_H
#define WALK_H

#include "rows.h"

#define WALK_LIMIT 200000

struct walk {
    size_t count;
    PROCESS_HEAP_ENTRY entries[WALK_LIMIT];
};

// Walks a heap from its first element to its end. What is in the record before the first call
// must not matter, so it is filled.
static inline struct walk *walk_again(HANDLE heap, struct walk *walk) {
    PROCESS_HEAP_ENTRY entry;
    memset(&entry, 0xCD, sizeof entry);
    entry.lpData = NULL;
    walk->count = 0;
    SetLastError(MARK);
    while (HeapWalk(heap, &entry)) {
        CHECK(walk->count < WALK_LIMIT);
        walk->entries[walk->count++] = entry;
    }
    ERROR_IS(ERROR_NO_MORE_ITEMS);
    return walk;
}

// A walk in storage of its own.
static inline struct walk *walk_of(HANDLE heap) {
    struct walk *walk = mmap(NULL, sizeof(struct walk), PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    CHECK(walk != MAP_FAILED);
    return walk_again(heap, walk);
}

static inline void forget(struct walk *walk) {
    CHECK(munmap(walk, sizeof *walk) == 0);
}

static inline bool is_busy(const PROCESS_HEAP_ENTRY *entry) {
    return (entry->wFlags & PROCESS_HEAP_ENTRY_BUSY) != 0;
}

static inline bool is_region(const PROCESS_HEAP_ENTRY *entry) {
    return (entry->wFlags & PROCESS_HEAP_REGION) != 0;
}

static inline bool is_uncommitted(const PROCESS_HEAP_ENTRY *entry) {
    return (entry->wFlags & PROCESS_HEAP_UNCOMMITTED_RANGE) != 0;
}

static inline size_t busy_count(const struct walk *walk) {
    size_t count = 0;
    for (size_t i = 0; i < walk->count; i++) {
        count += is_busy(&walk->entries[i]);
    }
    return count;
}

static inline size_t busy_bytes(const struct walk *walk) {
    size_t bytes = 0;
    for (size_t i = 0; i < walk->count; i++) {
        bytes += is_busy(&walk->entries[i]) ? walk->entries[i].cbData : 0;
    }
    return bytes;
}

// The place of the element of an address; the count if there is none.
static inline size_t place_of(const struct walk *walk, const void *address) {
    for (size_t i = 0; i < walk->count; i++) {
        if (walk->entries[i].lpData == address && is_busy(&walk->entries[i])) {
            return i;
        }
    }
    return walk->count;
}

static inline PROCESS_HEAP_ENTRY *element_of(struct walk *walk, const void *address) {
    size_t place = place_of(walk, address);
    return place < walk->count ? &walk->entries[place] : NULL;
}

static inline bool same_walk(const struct walk *a, const struct walk *b) {
    return a->count == b->count &&
           memcmp(a->entries, b->entries, a->count * sizeof a->entries[0]) == 0;
}

#endif
