// The new handler and the new mode.

#include "rows.h"

#include <setjmp.h>
#include <sys/resource.h>

#include "blocks.h"

static int calls;
static int calls_wanted;
static size_t size_seen;

static int give_up(size_t size) {
    calls++;
    size_seen = size;
    return 0;
}

static int retry_then_give_up(size_t size) {
    size_seen = size;
    return ++calls < calls_wanted;
}

static int say_five(size_t size) {
    calls++;
    size_seen = size;
    return 5;
}

static void with_handler(_PNH handler, int mode) {
    calls = 0;
    _set_new_handler(handler);
    _set_new_mode(mode);
}

ROW(N01) {
    GIVES(_query_new_mode(), 0);
}

ROW(N02) {
    QUIETLY(SAME(_query_new_handler(), NULL));
}

ROW(N03) {
    GIVES(_set_new_mode(1), 0);
    GIVES(_query_new_mode(), 1);
    GIVES(_set_new_mode(0), 1);
    GIVES(_query_new_mode(), 0);
}

ROW(N04) {
    _set_new_mode(1);
    REFUSES(_set_new_mode(2), -1);
    REFUSES(_set_new_mode(-1), -1);
    GIVES(_query_new_mode(), 1);
}

ROW(N05) {
    QUIETLY(SAME(_set_new_handler(give_up), NULL));
    QUIETLY(SAME(_query_new_handler(), give_up));
    QUIETLY(SAME(_set_new_handler(say_five), give_up));
    QUIETLY(SAME(_set_new_handler(NULL), say_five));
    QUIETLY(SAME(_query_new_handler(), NULL));
}

ROW(N06) {
    with_handler(give_up, 0);
    RUNS_OUT(malloc(MAXREQ));
    RUNS_OUT(calloc(1, MAXREQ));
    RUNS_OUT(realloc(malloc(8), MAXREQ));
    RUNS_OUT(_recalloc(malloc(8), 1, MAXREQ));
    EQUAL(calls, 0);
}

ROW(N07) {
    with_handler(NULL, 1);
    RUNS_OUT(malloc(MAXREQ));
}

ROW(N08) {
    with_handler(give_up, 1);
    RUNS_OUT(malloc(MAXREQ));
    EQUAL(calls, 1);
}

ROW(N09) {
    with_handler(retry_then_give_up, 1);
    calls_wanted = 4;
    RUNS_OUT(malloc(MAXREQ));
    EQUAL(calls, 4);
}

// A handler that does what handlers are for: it frees a reserve.
static void *reserve;

static int free_the_reserve(size_t size) {
    calls++;
    size_seen = size;
    HOLDS(reserve != NULL);
    free(reserve);
    reserve = NULL;
    return 1;
}

ROW(N10) {
    const struct rlimit limit = {.rlim_cur = 1000 * MIB, .rlim_max = RLIM_INFINITY};
    EQUAL(setrlimit(RLIMIT_AS, &limit), 0);
    ALLOCATES(reserve, malloc(400 * MIB));
    // Fill what the limit leaves, except for less than the block that is asked for below.
    while (malloc(20 * MIB) != NULL) {
    }
    with_handler(free_the_reserve, 1);
    char *block;
    ALLOCATES(block, malloc(200 * MIB));
    EQUAL(calls, 1);
    EQUAL(size_seen, 200 * MIB);
    block[0] = block[200 * MIB - 1] = 1;
}

ROW(N11) {
    with_handler(give_up, 1);
    RUNS_OUT(malloc(MAXREQ));
    EQUAL(size_seen, MAXREQ);
    RUNS_OUT(malloc((size_t)1 << 60));
    EQUAL(size_seen, (size_t)1 << 60);
}

ROW(N12) {
    with_handler(give_up, 1);
    RUNS_OUT(calloc(16, MAXREQ / 32));
    EQUAL(calls, 1);
    EQUAL(size_seen, MAXREQ / 32 * 16);
    void *block = fill_pattern(malloc(100), 100, 1);
    RUNS_OUT(realloc(block, MAXREQ - 1));
    EQUAL(calls, 2);
    EQUAL(size_seen, MAXREQ - 1);
    PATTERN(block, 100, 1);
    GIVES(_msize(block), 100);
    RUNS_OUT(_recalloc(block, 16, MAXREQ / 32));
    EQUAL(calls, 3);
    EQUAL(size_seen, MAXREQ / 32 * 16);
    PATTERN(block, 100, 1);
    GIVES(_msize(block), 100);
    RUNS_OUT(realloc(NULL, MAXREQ));
    RUNS_OUT(_recalloc(NULL, 1, MAXREQ));
    EQUAL(calls, 5);
}

// Not called: to try again would be in vain.
ROW(N13) {
    with_handler(say_five, 1);
    RUNS_OUT(malloc(MAXREQ + 1));
    RUNS_OUT(malloc(SIZE_MAX));
    RUNS_OUT(calloc(SIZE_MAX, 2));
    RUNS_OUT(calloc(1, MAXREQ + 1));
    RUNS_OUT(realloc(malloc(8), MAXREQ + 1));
    RUNS_OUT(_recalloc(malloc(8), SIZE_MAX, 2));
    RUNS_OUT(_aligned_malloc(MAXREQ + 1, 16));
    RUNS_OUT(_aligned_recalloc(NULL, SIZE_MAX, 2, 16));
    EQUAL(calls, 0);
}

ROW(N14) {
    GIVES(_callnewh(8), 0);
}

ROW(N15) {
    with_handler(give_up, 1);
    GIVES(_callnewh(8), 0);
    EQUAL(size_seen, 8);
    with_handler(say_five, 1);
    GIVES(_callnewh(8), 1);
    EQUAL(size_seen, 8);
    EQUAL(calls, 1);
}

// Called in both modes.
ROW(N16) {
    with_handler(say_five, 0);
    GIVES(_callnewh(9), 1);
    EQUAL(calls, 1);
    EQUAL(size_seen, 9);
}

static int allocate_and_give_up(size_t size) {
    (void)size;
    calls++;
    free(malloc(16));
    free(_aligned_malloc(16, 16) == NULL ? NULL : malloc(40 * KIB));
    HOLDS(_heapchk() == _HEAPOK);
    return 0;
}

ROW(N17) {
    with_handler(allocate_and_give_up, 1);
    RUNS_OUT(malloc(MAXREQ));
    RUNS_OUT(realloc(malloc(8), MAXREQ));
    EQUAL(calls, 2);
}

// The aligned family rests on malloc, so the handler is called for it as well.
ROW(K27) {
    with_handler(retry_then_give_up, 1);
    const size_t huge = (size_t)1 << 60;
    calls_wanted = 2;
    RUNS_OUT(_aligned_malloc(huge, 64));
    EQUAL(calls, 2);
    HOLDS(size_seen >= huge);
    void *block = fill_pattern(_aligned_malloc(100, 64), 100, 1);
    with_handler(retry_then_give_up, 1);
    RUNS_OUT(_aligned_realloc(block, huge, 64));
    EQUAL(calls, 2);
    with_handler(retry_then_give_up, 1);
    RUNS_OUT(_aligned_recalloc(block, 1, huge, 64));
    EQUAL(calls, 2);
    PATTERN(block, 100, 1);
    with_handler(retry_then_give_up, 1);
    RUNS_OUT(_aligned_offset_malloc(huge, 64, 4));
    RUNS_OUT(_aligned_offset_realloc(NULL, huge, 64, 4));
    RUNS_OUT(_aligned_offset_recalloc(NULL, 1, huge, 64, 4));
    EQUAL(calls, 4);
}

// Read anew in each round: a handler may put another in its place, or take itself away.
static int replace_itself(size_t size) {
    (void)size;
    calls += 100;
    _set_new_handler(retry_then_give_up);
    return 1;
}

static int remove_itself(size_t size) {
    (void)size;
    calls++;
    _set_new_handler(NULL);
    return 1;
}

static int change_the_mode(size_t size) {
    (void)size;
    calls++;
    _set_new_mode(0);
    return 1;
}

ROW(K28) {
    calls_wanted = 102;
    with_handler(replace_itself, 1);
    RUNS_OUT(malloc(MAXREQ));
    EQUAL(calls, 102);
    with_handler(remove_itself, 1);
    RUNS_OUT(malloc(MAXREQ));
    EQUAL(calls, 1);
    with_handler(change_the_mode, 1);
    RUNS_OUT(malloc(MAXREQ));
    EQUAL(calls, 1);
}

// One handler and one mode for all threads.
static void *sees_them(void *nothing) {
    SAME(_query_new_handler(), give_up);
    EQUAL(_query_new_mode(), 1);
    RUNS_OUT(malloc(MAXREQ));
    SAME(_set_new_handler(say_five), give_up);
    EQUAL(_set_new_mode(0), 1);
    return nothing;
}

ROW(K29) {
    with_handler(give_up, 1);
    on_another_thread(sees_them, NULL);
    EQUAL(calls, 1);
    SAME(_query_new_handler(), say_five);
    EQUAL(_query_new_mode(), 0);
}

// longjmp out of the handler: no lock is held, nothing is lost.
static jmp_buf back;

static int jump(size_t size) {
    (void)size;
    calls++;
    longjmp(back, 1);
}

static void *uses_the_heap(void *nothing) {
    for (size_t size = 1; size < 2 * MIB; size *= 3) {
        void *block;
        ALLOCATES(block, malloc(size));
        ALLOCATES(block, realloc(block, size * 2));
        QUIETLY(free(block));
    }
    GIVES(_heapchk(), _HEAPOK);
    GIVES(_heapmin(), 0);
    return nothing;
}

static void jumps_out(int function, void *block) {
    if (setjmp(back) != 0) {
        return;
    }
    switch (function) {
    case 0: malloc(MAXREQ); break;
    case 1: calloc(1, MAXREQ); break;
    case 2: realloc(block, MAXREQ); break;
    case 3: _recalloc(block, 1, MAXREQ); break;
    case 4: _aligned_malloc((size_t)1 << 60, 32); break;
    case 5: _callnewh(8); break;
    }
    FAIL("function %d returned", function);
}

ROW(K30) {
    void *block = fill_pattern(malloc(100), 100, 1);
    with_handler(jump, 1);
    for (int function = 0; function < 6; function++) {
        jumps_out(function, block);
        EQUAL(calls, function + 1);
        uses_the_heap(NULL);
        on_another_thread(uses_the_heap, NULL);
        PATTERN(block, 100, 1);
        GIVES(_msize(block), 100);
    }
}
