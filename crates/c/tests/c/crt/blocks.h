// What rows ask of blocks and of the heap around them. Include after rows.h.

#ifndef BLOCKS_H
#define BLOCKS_H

#include <pthread.h>

// Bytes that differ from block to block and from place to place.
static unsigned char pattern_at(size_t place, unsigned seed) {
    return (unsigned char)(place * 31 + (place >> 8) + seed + 1);
}

__attribute__((unused)) static void *fill_pattern(void *block, size_t size, unsigned seed) {
    unsigned char *bytes = (unsigned char *)block;
    for (size_t i = 0; i < size; i++) {
        bytes[i] = pattern_at(i, seed);
    }
    return block;
}

// The pattern is still there.
#define PATTERN(block, size, seed)                                               \
    do {                                                                         \
        const unsigned char *pattern_ = (const unsigned char *)(block);          \
        for (size_t i_ = 0; i_ < (size_t)(size); i_++) {                         \
            if (pattern_[i_] != pattern_at(i_, seed)) {                          \
                FAIL("%s[%zu] is 0x%02X, not 0x%02X (of %zu)", #block, i_,       \
                     pattern_[i_], pattern_at(i_, seed), (size_t)(size));        \
            }                                                                    \
        }                                                                        \
    } while (0)

// Walks the heap; `found` counts the used entries that hold the byte at `place`, or all of them
// if `place` is NULL.
__attribute__((unused)) static size_t used_entries_at(const void *place) {
    _HEAPINFO entry;
    memset(&entry, 0, sizeof entry);
    size_t found = 0;
    int status;
    while ((status = _heapwalk(&entry)) == _HEAPOK) {
        const uintptr_t start = (uintptr_t)entry._pentry;
        const uintptr_t at = (uintptr_t)place;
        const bool here = at == start || (at > start && at - start < entry._size);
        found += entry._useflag == _USEDENTRY && (place == NULL || here);
    }
    EQUAL(status, _HEAPEND);
    return found;
}

// The block at this place is live, or was freed.
#define LIVE(place) EQUAL(used_entries_at(place), 1)
#define FREED(place) EQUAL(used_entries_at(place), 0)

// Runs a function on another thread, to its end.
__attribute__((unused)) static void *on_another_thread(void *(*body)(void *), void *argument) {
    pthread_t thread;
    void *result = NULL;
    EQUAL(pthread_create(&thread, NULL, body, argument), 0);
    EQUAL(pthread_join(thread, &result), 0);
    return result;
}

#endif
