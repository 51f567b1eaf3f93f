// HeapCompact (K01 to K03).

#include "walk.h"

ROW(K01) {
    CHECK(HeapCompact(growable_heap(), 0) > 0);
    // Without free space: 0, and the last error says so.
    SetLastError(MARK);
    if (HeapCompact(process_heap(), 0) == 0) {
        ERROR_IS(NO_ERROR);
    } else {
        ERROR_KEPT();
    }
}

// The largest free element, the committed ones only.
static SIZE_T largest_free(HANDLE heap) {
    struct walk *walk = walk_of(heap);
    SIZE_T largest = 0;
    for (size_t i = 0; i < walk->count; i++) {
        if (walk->entries[i].wFlags == 0 && walk->entries[i].cbData > largest) {
            largest = walk->entries[i].cbData;
        }
    }
    forget(walk);
    return largest;
}

ROW(K02) {
    HANDLE h = growable_heap();
    CHECK(HeapCompact(h, 0) <= largest_free(h));
    unsigned char *blocks[500];
    for (SIZE_T i = 0; i < 500; i++) {
        blocks[i] = block(h, i * 37 % 9000);
    }
    CHECK(HeapCompact(h, 0) <= largest_free(h));
    for (SIZE_T i = 0; i < 500; i += 2) {
        CHECK(HeapFree(h, 0, blocks[i]));
    }
    CHECK(HeapCompact(h, 0) <= largest_free(h));
    // What lives is left alone.
    for (SIZE_T i = 1; i < 500; i += 2) {
        EQUAL(HeapSize(h, 0, blocks[i]), i * 37 % 9000);
        CHECK(HeapFree(h, 0, blocks[i]));
    }
    CHECK(HeapCompact(h, 0) <= largest_free(h));
}

ROW(K03) {
    CHECK(HeapCompact(growable_heap(), HEAP_NO_SERIALIZE) > 0);
    CHECK(HeapCompact(unserialized_heap(), 0) > 0);
}
