// HeapFree (F01 to F07).

#include "child.h"
#include "walk.h"

ROW(F01) {
    CHECK(HeapFree(growable_heap(), 0, NULL));
    CHECK(HeapFree(process_heap(), 0, NULL));
}

ROW(F02) {
    CHECK(HeapFree(NULL, 0, NULL));
}

static const SIZE_T sizes[] = {0, 1, 100, 5000, A, 4 * A, 5 * A + 1};

ROW(F03) {
    HANDLE h = growable_heap();
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        AT(sizes[i]);
        CHECK(HeapFree(h, 0, block(h, sizes[i])));
    }
}

ROW(F04) {
    HANDLE h = growable_heap();
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        AT(sizes[i]);
        CHECK(HeapFree(h, HEAP_NO_SERIALIZE, block(h, sizes[i])));
    }
}

// That the elements are those of a fresh heap is an artefact.
ROW(F05) {
    HANDLE h = growable_heap();
    unsigned char *first = block(h, 5 * A);
    unsigned char *second = block(h, 5 * A);
    CHECK(HeapFree(h, 0, first));
    CHECK(HeapFree(h, 0, second));
    struct walk *walk = walk_of(h);
    EQUAL(busy_count(walk), 0);
    CHECK(walk->count >= 1);
}

static void free_twice(void *size) {
    CHECK(HeapSetInformation(NULL, HeapEnableTerminationOnCorruption, NULL, 0));
    HANDLE h = growable_heap();
    unsigned char *memory = block(h, *(SIZE_T *)size);
    CHECK(HeapFree(h, 0, memory));
    HeapFree(h, 0, memory);
}

ROW(F06) {
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        AT(sizes[i]);
        ABORTS(free_twice, (void *)&sizes[i], "HeapFree(0x");
    }
}

ROW(F07) {
    HANDLE heaps[] = {growable_heap(), unserialized_heap(), process_heap()};
    for (int i = 0; i < 3; i++) {
        AT(i);
        unsigned char *small = block(heaps[i], 10);
        unsigned char *large = block(heaps[i], 5 * A);
        CHECK(MARKED(HeapFree(heaps[i], 0, small)));
        ERROR_KEPT();
        CHECK(MARKED(HeapFree(heaps[i], 0, large)));
        ERROR_KEPT();
        CHECK(MARKED(HeapFree(heaps[i], 0, NULL)));
        ERROR_KEPT();
    }
}
