// malloc, calloc, realloc and free.

#include "rows.h"

#include "blocks.h"

ROW(M01) {
    void *block;
    ALLOCATES(block, malloc(1));
    ALIGNED(block, 16);
}

ROW(M02) {
    void *block;
    ALLOCATES(block, malloc(0));
    QUIETLY(free(block));
}

ROW(M03) {
    void *one, *other;
    ALLOCATES(one, malloc(0));
    ALLOCATES(other, malloc(0));
    HOLDS(one != other);
}

ROW(M04) {
    for (size_t size = 1; size <= 4096; size++) {
        void *block;
        ALLOCATES(block, malloc(size));
        EQUAL_AT((uintptr_t)block % 16, 0, size);
    }
}

ROW(M05) {
    RUNS_OUT(malloc(MAXREQ + 1));
}

ROW(M06) {
    RUNS_OUT(malloc(SIZE_MAX));
}

ROW(M07) {
    RUNS_OUT(malloc(MAXREQ));
}

ROW(M08) {
    void *block;
    ALLOCATES(block, malloc(100));
    memset(block, 0xFF, 100);
    QUIETLY(free(block));
    GIVES(_heapchk(), _HEAPOK);
}

ROW(M09) {
    void *block;
    ALLOCATES(block, calloc(40, 4));
    BYTES(block, 0, 160, 0);
}

ROW(M10) {
    void *none, *of_none, *none_of_none;
    ALLOCATES(none, calloc(0, 1));
    ALLOCATES(of_none, calloc(1, 0));
    ALLOCATES(none_of_none, calloc(0, 0));
    HOLDS(none != of_none && none != none_of_none && of_none != none_of_none);
    QUIETLY(free(none));
    QUIETLY(free(of_none));
    QUIETLY(free(none_of_none));
}

ROW(M11) {
    RUNS_OUT(calloc(SIZE_MAX / 2, SIZE_MAX / 2));
}

ROW(M12) {
    RUNS_OUT(calloc(2, SIZE_MAX / 2 + 1));
}

ROW(M13) {
    RUNS_OUT(calloc(1, MAXREQ + 1));
    RUNS_OUT(calloc(MAXREQ + 1, 1));
    RUNS_OUT(calloc(1, MAXREQ));
}

ROW(M14) {
    static const size_t sizes[] = {1, 24, 1000, 32 * KIB, 32 * KIB + 1, 300 * KIB, 5 * MIB};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        void *block;
        ALLOCATES(block, malloc(sizes[i]));
        memset(block, 0xAA, sizes[i]);
        free(block);
        ALLOCATES(block, calloc(1, sizes[i]));
        BYTES(block, 0, sizes[i], 0);
    }
}

ROW(M15) {
    void *block;
    ALLOCATES(block, realloc(NULL, 10));
    GIVES(_msize(block), 10);
}

ROW(M16) {
    void *block;
    ALLOCATES(block, realloc(NULL, 0));
    QUIETLY(free(block));
}

ROW(M17) {
    void *block = malloc(10);
    LIVE(block);
    set_up();
    SAME(realloc(block, 0), NULL);
    EQUAL(handler_calls, 0);
    FREED(block);
}

ROW(M18) {
    void *block = malloc(10);
    QUIETLY(SAME(realloc(block, 0), NULL));
}

ROW(M19) {
    void *block = fill_pattern(malloc(10), 10, 1);
    ALLOCATES(block, realloc(block, 20));
    PATTERN(block, 10, 1);
    GIVES(_msize(block), 20);
}

ROW(M20) {
    void *block = fill_pattern(malloc(4000), 4000, 1);
    GIVES(_msize(block), 4000);
    ALLOCATES(block, realloc(block, 8000));
    PATTERN(block, 4000, 1);
    GIVES(_msize(block), 8000);
}

ROW(M21) {
    static const size_t sizes[] = {20, 5000, 40 * KIB, 3 * MIB};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        for (size_t part = 2; part <= 16; part *= 2) {
            void *block = fill_pattern(malloc(sizes[i]), sizes[i], 1);
            ALLOCATES(block, realloc(block, sizes[i] / part));
            PATTERN(block, sizes[i] / part, 1);
            GIVES(_msize(block), sizes[i] / part);
        }
    }
}

ROW(M22) {
    void *block = fill_pattern(malloc(100), 100, 1);
    RUNS_OUT(realloc(block, MAXREQ + 1));
    PATTERN(block, 100, 1);
    GIVES(_msize(block), 100);
}

ROW(M23) {
    void *block = malloc(100);
    RUNS_OUT(realloc(block, SIZE_MAX));
    RUNS_OUT(realloc(block, MAXREQ));
    LIVE(block);
    QUIETLY(free(block));
    FREED(block);
}

ROW(M24) {
    QUIETLY(free(NULL));
}

ROW(M25) {
    static const size_t sizes[] = {0, 1, 1000, 100 * KIB, 10 * MIB};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        void *block = malloc(sizes[i]);
        QUIETLY(free(block));
        FREED(block);
    }
}

static void *free_on_this_thread(void *block) {
    set_up();
    free(block);
    ERRNO_AND_HANDLER("free on another thread", SENTINEL, 0);
    return NULL;
}

ROW(M26) {
    for (size_t size = 1; size < 100 * KIB; size = size * 3 + 1) {
        void *block = fill_pattern(malloc(size), size, 1);
        on_another_thread(free_on_this_thread, block);
        FREED(block);
    }
    GIVES(_heapchk(), _HEAPOK);
}

static void *run_out_on_this_thread(void *nothing) {
    EQUAL(*_errno(), 0);
    RUNS_OUT(malloc(MAXREQ));
    return nothing;
}

ROW(M27) {
    *_errno() = SENTINEL;
    on_another_thread(run_out_on_this_thread, NULL);
    EQUAL(*_errno(), SENTINEL);
}

ROW(M28) {
    void *block;
    ALLOCATES(block, calloc(3, 7));
    QUIETLY(free(block));
    ALLOCATES(block, realloc(malloc(3), 700));
    QUIETLY(free(block));
    ALLOCATES(block, _recalloc(malloc(3), 5, 70));
    QUIETLY(free(block));
    ALLOCATES(block, _expand(malloc(30), 20));
    QUIETLY(free(block));
    GIVES(_heapchk(), _HEAPOK);
}
