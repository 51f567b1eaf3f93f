// Memory that really is short.

#include "rows.h"

#include <sys/resource.h>

#include "blocks.h"

// Takes all memory under a limit; the blocks are a list.
static void **taken;

static void take_all(size_t size) {
    void **block;
    set_up();
    while ((block = malloc(size)) != NULL) {
        *block = taken;
        taken = block;
    }
    ERRNO_AND_HANDLER("malloc", ENOMEM, 0);
}

static void give_back(void) {
    while (taken != NULL) {
        void **next = *taken;
        QUIETLY(free(taken));
        taken = next;
    }
}

static void limit_to(size_t bytes) {
    const struct rlimit limit = {.rlim_cur = bytes, .rlim_max = RLIM_INFINITY};
    EQUAL(setrlimit(RLIMIT_AS, &limit), 0);
}

// Every function says ENOMEM and leaves the block; afterwards everything works again.
ROW(K111) {
    limit_to(600 * MIB);
    void *small = fill_pattern(malloc(100), 100, 1);
    void *large = fill_pattern(malloc(MIB), MIB, 2);
    void *aligned = fill_pattern(_aligned_malloc(100, 64), 100, 3);
    for (int round = 0; round < 3; round++) {
        take_all(20 * MIB);
        take_all(MIB);
        RUNS_OUT(malloc(40 * MIB));
        RUNS_OUT(calloc(40, MIB));
        RUNS_OUT(realloc(small, 40 * MIB));
        RUNS_OUT(_recalloc(small, 40, MIB));
        RUNS_OUT(realloc(large, 40 * MIB));
        RUNS_OUT(_expand(small, 40 * MIB));
        RUNS_OUT(_aligned_malloc(40 * MIB, 64));
        RUNS_OUT(_aligned_realloc(aligned, 40 * MIB, 64));
        RUNS_OUT(_aligned_recalloc(aligned, 40, MIB, 64));
        RUNS_OUT(_aligned_offset_malloc(40 * MIB, 64, 4));
        PATTERN(small, 100, 1);
        PATTERN(large, MIB, 2);
        PATTERN(aligned, 100, 3);
        GIVES(_heapchk(), _HEAPOK);
        give_back();
        void *block;
        ALLOCATES(block, malloc(40 * MIB));
        QUIETLY(free(block));
    }
}

// Small blocks to the last, several threads at once.
static void *take_and_give_back(void *nothing) {
    void **mine = NULL, **block;
    while ((block = malloc(1000)) != NULL) {
        *block = mine;
        mine = block;
    }
    EQUAL(*_errno(), ENOMEM);
    while (mine != NULL) {
        void **next = *mine;
        free(mine);
        mine = next;
    }
    return nothing;
}

ROW(K112) {
    limit_to(300 * MIB);
    pthread_t threads[3];
    for (int i = 0; i < 3; i++) {
        EQUAL(pthread_create(&threads[i], NULL, take_and_give_back, NULL), 0);
    }
    for (int i = 0; i < 3; i++) {
        EQUAL(pthread_join(threads[i], NULL), 0);
    }
    void *block;
    ALLOCATES(block, malloc(1000));
    GIVES(_heapchk(), _HEAPOK);
}

// To make a block smaller takes no memory, so it succeeds when there is none left.
ROW(K118) {
    static const size_t sizes[][2] = {
        {5 * MIB, 100}, {MIB, 40000}, {40000, 1000}, {33000, 10}, {5000, 20}, {100, 1},
    };
    enum { COUNT = sizeof sizes / sizeof *sizes };
    void *blocks[2][COUNT];
    limit_to(300 * MIB);
    for (size_t i = 0; i < COUNT; i++) {
        blocks[0][i] = fill_pattern(malloc(sizes[i][0]), sizes[i][0], (unsigned)i);
        blocks[1][i] = fill_pattern(malloc(sizes[i][0]), sizes[i][0], (unsigned)i);
    }
    for (size_t size = 20 * MIB; size >= sizeof(void *); size /= 8) {
        take_all(size);
    }
    for (size_t i = 0; i < COUNT; i++) {
        void *block;
        ALLOCATES(block, realloc(blocks[0][i], sizes[i][1]));
        PATTERN(block, sizes[i][1], (unsigned)i);
        GIVES(_msize(block), sizes[i][1]);
        ALLOCATES(block, _recalloc(blocks[1][i], 1, sizes[i][1]));
        PATTERN(block, sizes[i][1], (unsigned)i);
        take_all(sizeof(void *));
    }
    GIVES(_heapchk(), _HEAPOK);
}
