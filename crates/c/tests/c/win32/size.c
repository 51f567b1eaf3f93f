// HeapSize (S01 to S04).

#include "rows.h"

ROW(S01) {
    HANDLE h = growable_heap();
    for (SIZE_T size = 0; size < 3000; size++) {
        EQUAL(HeapSize(h, 0, block(h, size)), size);
    }
    SIZE_T large[] = {4096, 5000, 0x8000, 0xFFFF, A, A + 1, 4 * A, 5 * A + 1, 30 * MIB + 3};
    for (size_t i = 0; i < sizeof large / sizeof large[0]; i++) {
        EQUAL(HeapSize(h, 0, block(h, large[i])), large[i]);
    }
}

ROW(S02) {
    HANDLE h = growable_heap();
    SIZE_T sizes[] = {100, 99, 7, 0, 1, 20, 100, 5000, 4999, A, 5 * A, 5 * A - 1, A, 100, 0, 31};
    unsigned char *memory = block(h, 50);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        AT(i);
        memory = HeapReAlloc(h, 0, memory, sizes[i]);
        CHECK(memory != NULL);
        EQUAL(HeapSize(h, 0, memory), sizes[i]);
    }
}

ROW(S03) {
    HANDLE h = growable_heap();
    EQUAL(HeapSize(h, HEAP_NO_SERIALIZE, block(h, 5)), 5);
}

ROW(S04) {
    HANDLE h = growable_heap();
    SIZE_T sizes[] = {0, 10, 5000, A};
    for (int i = 0; i < 4; i++) {
        AT(sizes[i]);
        unsigned char *memory = block(h, sizes[i]);
        CHECK(HeapFree(h, 0, memory));
        FAILS(HeapSize(h, 0, memory), (SIZE_T)-1, MARK);
    }
    FAILS(HeapSize(h, 0, foreign()), (SIZE_T)-1, MARK);
    FAILS(HeapSize(h, 0, &h), (SIZE_T)-1, MARK);
    FAILS(HeapSize(h, 0, NULL), (SIZE_T)-1, MARK);
}
