// HeapValidate (V01 to V10).

#include "walk.h"

static const SIZE_T sizes[] = {0, 1, 16, 100, 5000, A, 5 * A};
#define SIZES (sizeof sizes / sizeof sizes[0])

ROW(V01) {
    HANDLE heaps[] = {growable_heap(), unserialized_heap(), fixed_heap(), process_heap()};
    for (int i = 0; i < 4; i++) {
        AT(i);
        CHECK(MARKED(HeapValidate(heaps[i], 0, NULL)));
        ERROR_KEPT();
        unsigned char *kept = block(heaps[i], 100);
        CHECK(HeapFree(heaps[i], 0, block(heaps[i], 100)));
        CHECK(HeapFree(heaps[i], 0, block(heaps[i], 3 * A)));
        CHECK(MARKED(HeapValidate(heaps[i], 0, NULL)));
        ERROR_KEPT();
        CHECK(MARKED(HeapValidate(heaps[i], HEAP_NO_SERIALIZE, kept)));
        ERROR_KEPT();
    }
}

ROW(V02) {
    HANDLE h = growable_heap();
    FAILS(HeapValidate(h, 0, foreign()), FALSE, MARK);
    FAILS(HeapValidate(h, 0, (char *)foreign() + 3), FALSE, MARK);
}

ROW(V03) {
    HANDLE h = growable_heap();
    for (size_t i = 0; i + 1 < SIZES; i++) {
        AT(sizes[i]);
        unsigned char *memory = block(h, sizes[i]);
        CHECK(HeapFree(h, 0, memory));
        FAILS(HeapValidate(h, 0, memory), FALSE, MARK);
    }
}

ROW(V04) {
    HANDLE h = growable_heap();
    unsigned char *memory = block(h, 0);
    EQUAL(HeapReAlloc(h, 0, memory, (SIZE_T)-1), NULL);
    CHECK(HeapValidate(h, 0, memory));
}

ROW(V05) {
    HANDLE h = growable_heap();
    CHECK(HeapValidate(h, 0, block(h, 5 * A)));
    CHECK(HeapValidate(h, 0, block(h, 30 * MIB)));
}

ROW(V06) {
    HANDLE h = growable_heap();
    for (size_t i = 2; i < SIZES; i++) {
        unsigned char *memory = block(h, sizes[i]);
        for (SIZE_T inside = 1; inside < sizes[i]; inside += inside < 64 ? 1 : 1000) {
            AT(inside);
            CHECK(!HeapValidate(h, 0, memory + inside));
        }
        CHECK(!HeapValidate(h, 0, memory + 2 * P));
    }
}

ROW(V07) {
    HANDLE h1 = growable_heap();
    HANDLE h2 = growable_heap();
    for (size_t i = 0; i < SIZES; i++) {
        AT(sizes[i]);
        CHECK(!HeapValidate(h1, 0, block(h2, sizes[i])));
        CHECK(!HeapValidate(h1, 0, block(process_heap(), sizes[i])));
        CHECK(!HeapValidate(process_heap(), 0, block(h1, sizes[i])));
    }
}

// A heap with blocks of all sizes, some of them freed.
static HANDLE used_heap(void) {
    HANDLE h = growable_heap();
    for (SIZE_T size = 0; size < 5000; size += 50) {
        block(h, size);
        CHECK(HeapFree(h, 0, block(h, size)));
    }
    block(h, A);
    block(h, 5 * A);
    return h;
}

ROW(V08) {
    HANDLE h = used_heap();
    struct walk *walk = walk_of(h);
    EQUAL(busy_count(walk), 102);
    for (size_t i = 0; i < walk->count; i++) {
        AT(i);
        if (is_busy(&walk->entries[i])) {
            CHECK(HeapValidate(h, 0, walk->entries[i].lpData));
        }
    }
}

ROW(V09) {
    HANDLE h = used_heap();
    struct walk *walk = walk_of(h);
    size_t others = 0;
    for (size_t i = 0; i < walk->count; i++) {
        AT(i);
        if (!is_busy(&walk->entries[i])) {
            others++;
            CHECK(!HeapValidate(h, 0, walk->entries[i].lpData));
        }
    }
    CHECK(others >= 1);
}

ROW(V10) {
    FAILS(HeapValidate(growable_heap(), 0, unmapped()), FALSE, ERROR_NOACCESS);
}
