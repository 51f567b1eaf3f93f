// The debug heap: hooks for allocations and for client blocks, breaks at an allocation.

#include "debug.h"

#include <setjmp.h>
#include <signal.h>

// What the hook was called with last, and how often.
static struct {
    int calls, operation, type, line;
    void *block;
    size_t size;
    long request;
    const unsigned char *file;
} seen;

static int remember(int operation, void *block, size_t size, int type, long request,
                    const unsigned char *file, int line) {
    if (_BLOCK_TYPE(type) != _CRT_BLOCK) {
        seen.calls++;
        seen.operation = operation;
        seen.block = block;
        seen.size = size;
        seen.type = type;
        seen.request = request;
        seen.file = file;
        seen.line = line;
    }
    return 1;
}

static int refuse(int operation, void *block, size_t size, int type, long request,
                  const unsigned char *file, int line) {
    remember(operation, block, size, type, request, file, line);
    return _BLOCK_TYPE(type) == _CRT_BLOCK;
}

ROW(D21) {
    listen();
    void *block = fill_pattern(malloc(10), 10, 1);
    _CrtSetAllocHook(refuse);
    RUNS_OUT(malloc(10));
    RUNS_OUT(calloc(1, 10));
    RUNS_OUT(realloc(block, 20));
    RUNS_OUT(realloc(block, 5));
    RUNS_OUT(_recalloc(block, 1, 20));
    EQUAL(seen.calls, 5);
    _CrtSetAllocHook(NULL);
    PATTERN(block, 10, 1);
    GIVES(_msize(block), 10);
    EQUAL(_CrtCheckMemory(), 1);
}

ROW(D22) {
    void *block;
    _CrtSetAllocHook(remember);
    ALLOCATES(block, _malloc_dbg(10, _NORMAL_BLOCK, "one.c", 1));
    EQUAL(seen.calls, 1);
    EQUAL(seen.operation, 1);
    SAME(seen.block, NULL);
    EQUAL(seen.size, 10);
    EQUAL(seen.type, _NORMAL_BLOCK);
    EQUAL(seen.request, request_of(block, 10));
    TEXT((const char *)seen.file, "one.c");
    EQUAL(seen.line, 1);
    void *before = block;
    ALLOCATES(block, _realloc_dbg(block, 5000, _NORMAL_BLOCK, "two.c", 2));
    EQUAL(seen.calls, 2);
    EQUAL(seen.operation, 2);
    HOLDS(seen.block == NULL || seen.block == before);
    EQUAL(seen.size, 5000);
    TEXT((const char *)seen.file, "two.c");
    EQUAL(seen.line, 2);
    _free_dbg(block, _NORMAL_BLOCK);
    EQUAL(seen.calls, 3);
    EQUAL(seen.operation, 3);
    SAME(seen.block, block);
    EQUAL(seen.type, _NORMAL_BLOCK);
}

ROW(D23) {
    SAME(_CrtGetAllocHook(), NULL);
    SAME(_CrtSetAllocHook(remember), NULL);
    SAME(_CrtGetAllocHook(), remember);
    SAME(_CrtSetAllocHook(refuse), remember);
    SAME(_CrtGetAllocHook(), refuse);
    _CrtSetAllocHook(NULL);
    SAME(_CrtGetAllocHook(), NULL);
}

ROW(D34) {
    listen();
    set_up();
    _CrtDoForAllClientObjects(NULL, &seen);
    ERRNO_AND_HANDLER("_CrtDoForAllClientObjects(NULL, ..)", EINVAL, 1);
}

static void *visited[10];
static size_t visits;

static void visit(void *block, void *context) {
    SAME(context, &visits);
    visited[visits++] = block;
}

ROW(D35) {
    void *clients[3];
    for (int i = 0; i < 3; i++) {
        clients[i] = _malloc_dbg(10, _CLIENT_BLOCK | i << 16, NULL, 0);
        malloc(10);
    }
    QUIETLY(_CrtDoForAllClientObjects(visit, &visits));
    EQUAL(visits, 3);
    SAME(visited[0], clients[2]);
    SAME(visited[1], clients[1]);
    SAME(visited[2], clients[0]);
    _free_dbg(clients[1], _CLIENT_BLOCK);
    visits = 0;
    QUIETLY(_CrtDoForAllClientObjects(visit, &visits));
    EQUAL(visits, 2);
}

ROW(D36) {
    HOLDS(_malloc_dbg(10, _CLIENT_BLOCK, NULL, 0) != NULL);
    _CrtSetDbgFlag(0);
    QUIETLY(_CrtDoForAllClientObjects(visit, &visits));
    EQUAL(visits, 0);
}

// Each function has its operation.
ROW(K72) {
    _CrtSetAllocHook(remember);
    void *block = calloc(3, 5);
    EQUAL(seen.operation, _HOOK_ALLOC);
    EQUAL(seen.size, 15);
    block = _recalloc(block, 4, 5);
    EQUAL(seen.operation, _HOOK_REALLOC);
    EQUAL(seen.size, 20);
    block = _expand(block, 17);
    EQUAL(seen.operation, _HOOK_REALLOC);
    EQUAL(seen.size, 17);
    EQUAL(seen.calls, 3);
    block = realloc(block, 0);
    SAME(block, NULL);
    EQUAL(seen.operation, _HOOK_FREE);
    EQUAL(seen.calls, 4);
    HOLDS(realloc(NULL, 7) != NULL);
    EQUAL(seen.operation, _HOOK_ALLOC);
    EQUAL(seen.size, 7);
    EQUAL(seen.calls, 5);
    free(NULL);
    EQUAL(seen.calls, 5);
    block = _aligned_malloc(100, 64);
    EQUAL(seen.operation, _HOOK_ALLOC);
    HOLDS(seen.size >= 100);
    _aligned_free(block);
    EQUAL(seen.operation, _HOOK_FREE);
    EQUAL(seen.calls, 7);
    HOLDS(_malloc_dbg(9, _CLIENT_BLOCK | 7 << 16, NULL, 0) != NULL);
    EQUAL(seen.type, _CLIENT_BLOCK | 7 << 16);
}

// A free that the hook refuses isn't done.
ROW(K73) {
    listen();
    void *block = fill_pattern(malloc(10), 10, 1);
    _CrtSetAllocHook(refuse);
    free(block);
    _CrtSetAllocHook(NULL);
    PATTERN(block, 10, 1);
    TYPE_IS(block, _NORMAL_BLOCK);
    free(block);
    EQUAL(_CrtIsMemoryBlock(block, 10, NULL, NULL, NULL), 0);
    EQUAL(_CrtCheckMemory(), 1);
}

// A hook may use the heap itself, and be left by longjmp.
static jmp_buf back;
static int depth;

static int use_the_heap(int operation, void *block, size_t size, int type, long request,
                        const unsigned char *file, int line) {
    if (depth == 0) {
        depth++;
        free(realloc(malloc(10), 20));
        depth--;
    }
    return remember(operation, block, size, type, request, file, line);
}

static int jump(int operation, void *block, size_t size, int type, long request,
                const unsigned char *file, int line) {
    remember(operation, block, size, type, request, file, line);
    longjmp(back, 1);
}

static void *allocate_on_this_thread(void *nothing) {
    free(realloc(malloc(10), 20));
    EQUAL(_CrtCheckMemory(), 1);
    return nothing;
}

ROW(K74) {
    _CrtSetAllocHook(use_the_heap);
    void *block = malloc(10);
    EQUAL(seen.calls, 4);
    block = realloc(block, 20);
    free(block);
    EQUAL(seen.calls, 12);
    block = malloc(10);
    _CrtSetAllocHook(jump);
    seen.calls = 0;
    for (volatile int operation = 1; operation <= 3; operation++) {
        if (setjmp(back) == 0) {
            if (operation == 1) {
                malloc(10);
            } else if (operation == 2) {
                realloc(block, 20);
            } else {
                free(block);
            }
            FAIL("operation %d returned", operation);
        }
        EQUAL(seen.operation, operation);
    }
    EQUAL(seen.calls, 3);
    _CrtSetAllocHook(NULL);
    on_another_thread(allocate_on_this_thread, NULL);
    EQUAL(_CrtIsMemoryBlock(block, 10, NULL, NULL, NULL), 1);
}

// Just before the allocation with that number is made, the process breaks.
static volatile int breaks;

static void count_breaks(int signal) {
    (void)signal;
    breaks++;
}

ROW(K75) {
    signal(SIGTRAP, count_breaks);
    _CrtSetAllocHook(remember);
    const int32_t now = request_of(malloc(10), 10);
    EQUAL(_CrtSetBreakAlloc(now + 3), -1);
    malloc(10);
    malloc(10);
    EQUAL(breaks, 0);
    void *block = malloc(10);
    EQUAL(breaks, 1);
    EQUAL(request_of(block, 10), now + 3);
    malloc(10);
    EQUAL(breaks, 1);
    _crtBreakAlloc = now + 6;
    calloc(1, 1);
    EQUAL(breaks, 1);
    calloc(1, 1);
    EQUAL(breaks, 2);
}

// A resize counts as a request, too.
ROW(K76) {
    void *block = malloc(10);
    const int32_t first = request_of(block, 10);
    block = realloc(block, 3000);
    EQUAL(request_of(block, 3000), first + 1);
    EQUAL(request_of(malloc(1), 1), first + 2);
}

static void *one_request(void *nothing) {
    (void)nothing;
    return malloc(10);
}

// Requests are numbered over all threads, and hooks see those of all.
ROW(K77) {
    _CrtSetAllocHook(remember);
    const int32_t first = request_of(malloc(10), 10);
    void *theirs = on_another_thread(one_request, NULL);
    EQUAL(request_of(theirs, 10), first + 1);
    EQUAL(seen.calls, 2);
    EQUAL(request_of(malloc(10), 10), first + 2);
    free(theirs);
}

// Many threads at once.
static void *churn(void *seed) {
    void *blocks[40] = {0};
    uint32_t random = (uint32_t)(uintptr_t)seed;
    for (int i = 0; i < 4000; i++) {
        random = random * 1664525 + 1013904223;
        void **block = &blocks[random >> 8 & 31];
        *block = random & 0x80000000 ? realloc(*block, random >> 4 & 0xFFF)
                                     : (free(*block), malloc(random >> 16 & 0xFF));
    }
    for (int i = 0; i < 40; i++) {
        free(blocks[i]);
    }
    return NULL;
}

ROW(K78) {
    listen();
    pthread_t threads[4];
    for (uintptr_t i = 0; i < 4; i++) {
        EQUAL(pthread_create(&threads[i], NULL, churn, (void *)(i + 1)), 0);
    }
    for (int i = 0; i < 100; i++) {
        EQUAL(_CrtCheckMemory(), 1);
    }
    for (int i = 0; i < 4; i++) {
        EQUAL(pthread_join(threads[i], NULL), 0);
    }
    EQUAL(_CrtCheckMemory(), 1);
    EQUAL(_CrtDumpMemoryLeaks(), 0);
    SILENT();
}
