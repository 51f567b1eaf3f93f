// The plain names with _DEBUG: they are those of the debug heap.

#include "rule.h"

#include <crtdbg.h>
#include <malloc.h>

RULE(with_debug_plain_names_allocate_on_the_debug_heap) {
    unsigned char *block = malloc(10);
    CHECK_EQUAL(_CrtReportBlockType(block), _NORMAL_BLOCK);
    CHECK_EQUAL(block[0], 0xCD);
    CHECK_EQUAL(block[10], 0xFD);
    block = realloc(block, 20);
    CHECK_EQUAL(_CrtReportBlockType(block), _NORMAL_BLOCK);
    CHECK_EQUAL(_msize(block), 20);
    block = _recalloc(block, 3, 10);
    CHECK_EQUAL(_msize(block), 30);
    CHECK_EQUAL(block[29], 0);
    CHECK(_expand(block, 12) == block);
    free(block);
    block = calloc(4, 5);
    CHECK_EQUAL(_CrtReportBlockType(block), _NORMAL_BLOCK);
    CHECK_EQUAL(block[19], 0);
    CHECK_EQUAL(block[20], 0xFD);
    free(block);
    CHECK_EQUAL(_CrtDumpMemoryLeaks(), 0);
}

RULE(with_debug_pointers_to_plain_names_are_the_debug_heaps) {
    void *(*allocate)(size_t) = malloc;
    void (*release)(void *) = free;
    void *block = allocate(7);
    CHECK_EQUAL(_CrtReportBlockType(block), _NORMAL_BLOCK);
    release(block);
    CHECK_EQUAL(_CrtDumpMemoryLeaks(), 0);
}

RULE(with_debug_aligned_and_stack_blocks_are_the_debug_heaps) {
    _CrtMemState before, after, difference;
    _CrtMemCheckpoint(&before);
    unsigned char *block = _aligned_malloc(100, 64);
    CHECK_EQUAL((uintptr_t)block % 64, 0);
    CHECK_EQUAL(_aligned_msize(block, 64, 0), 100);
    unsigned char *small = _malloca(10);
    _CrtMemCheckpoint(&after);
    CHECK(_CrtMemDifference(&difference, &before, &after));
    CHECK_EQUAL(difference.lCounts[_NORMAL_BLOCK], 2);
    CHECK_EQUAL(small[0], 0xCD);
    _freea(small);
    _freea(NULL);
    _aligned_free(block);
    CHECK(_malloca(SIZE_MAX) == NULL);
    CHECK_EQUAL(_CrtDumpMemoryLeaks(), 0);
}

// Programs for Windows keep request numbers in a long.
static long seen;

static int see(int operation, void *block, size_t size, int type, long request,
               const unsigned char *file, int line) {
    (void)block, (void)size, (void)type, (void)file, (void)line;
    if (operation == _HOOK_ALLOC) seen = request;
    return 1;
}

RULE(request_numbers_fit_into_a_long) {
    long request = -1;
    int32_t number = -1;
    CHECK(_CrtSetAllocHook(see) == NULL);
    void *block = malloc(5);
    _CrtSetAllocHook(NULL);
    CHECK(_CrtIsMemoryBlock(block, 5, &request, NULL, NULL));
    CHECK(_CrtIsMemoryBlock(block, 5, &number, NULL, NULL));
    CHECK(_CrtIsMemoryBlock(block, 5, NULL, NULL, NULL));
    CHECK(request > 0);
    CHECK_EQUAL(request, seen);
    CHECK_EQUAL(request, number);
    CHECK(!_CrtIsMemoryBlock(block, 6, &request, NULL, NULL));
    CHECK_EQUAL(request, 0);
    free(block);
}
