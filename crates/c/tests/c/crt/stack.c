// _malloca and _freea, _alloca, _resetstkoflw.

#include "rows.h"

#include "blocks.h"

static uint32_t marker_of(const void *block) {
    return *(const uint32_t *)((const char *)block - _ALLOCA_S_MARKER_SIZE);
}

ROW(S01) {
    QUIETLY(_freea(NULL));
}

ROW(S02) {
    void *block;
    ALLOCATES(block, _malloca(100));
    memset(block, 0xFF, 100);
    HOLDS(marker_of(block) == 0xCCCC || marker_of(block) == 0xDDDD);
    QUIETLY(_freea(block));
    GIVES(_heapchk(), _HEAPOK);
}

ROW(S03) {
    void *block;
    ALLOCATES(block, _malloca(5000));
    memset(block, 0xFF, 5000);
    EQUAL(marker_of(block), 0xDDDD);
    LIVE(block);
    QUIETLY(_freea(block));
    FREED(block);
    GIVES(_heapchk(), _HEAPOK);
}

ROW(S04) {
    void *block;
    ALLOCATES(block, _malloca(0));
    QUIETLY(_freea(block));
}

ROW(S05) {
    static const size_t sizes[] = {0, 1, 7, 100, 1000, 1008, 1009, 1024, 1025, 5001};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        void *block;
        ALLOCATES(block, _malloca(sizes[i]));
        ALIGNED(block, 16);
        memset(block, 0xFF, sizes[i]);
        QUIETLY(_freea(block));
    }
}

// The border between the stack and the heap.
ROW(K33) {
    EQUAL(_ALLOCA_S_THRESHOLD, 1024);
    EQUAL(_ALLOCA_S_STACK_MARKER, 0xCCCC);
    EQUAL(_ALLOCA_S_HEAP_MARKER, 0xDDDD);
    EQUAL(_ALLOCA_S_MARKER_SIZE, 16);
    void *last_on_the_stack, *first_on_the_heap;
    ALLOCATES(last_on_the_stack, _malloca(1008));
    ALLOCATES(first_on_the_heap, _malloca(1009));
    EQUAL(marker_of(last_on_the_stack), 0xCCCC);
    EQUAL(marker_of(first_on_the_heap), 0xDDDD);
    QUIETLY(_freea(last_on_the_stack));
    QUIETLY(_freea(first_on_the_heap));
    SAME(_malloca(MAXREQ), NULL);
    SAME(_malloca(SIZE_MAX), NULL);
    SAME(_malloca(SIZE_MAX - 15), NULL);
}

ROW(K34) {
    char *block = _alloca(0);
    HOLDS(block != NULL);
    block = _alloca(100);
    ALIGNED(block, 16);
    memset(block, 1, 100);
    BYTES(block, 0, 100, 1);
}

// Any other word in front of a block: nothing is released.
ROW(K109) {
    _Alignas(16) unsigned char memory[64] = {0};
    QUIETLY(_freea(memory + _ALLOCA_S_MARKER_SIZE));
    memory[0] = 0xDD;
    QUIETLY(_freea(memory + _ALLOCA_S_MARKER_SIZE));
    SAME(_MarkAllocaS(NULL, _ALLOCA_S_HEAP_MARKER), NULL);
    SAME(_MarkAllocaS(memory, _ALLOCA_S_STACK_MARKER), memory + _ALLOCA_S_MARKER_SIZE);
    EQUAL(marker_of(memory + _ALLOCA_S_MARKER_SIZE), 0xCCCC);
    GIVES(_heapchk(), _HEAPOK);
}

// Guard pages are permanent here: there is nothing to arm again, which is a success.
ROW(K35) {
    QUIETLY(HOLDS(_resetstkoflw() != 0));
}
