// The debug heap: blocks, their bytes, guards and types.

#include "debug.h"

ROW(D04) {
    void *block;
    ALLOCATES(block, _malloc_dbg(10, _NORMAL_BLOCK, NULL, 0));
    BYTES(block, 0, 10, 0xCD);
}

ROW(D05) {
    void *block = _malloc_dbg(10, _NORMAL_BLOCK, NULL, 0);
    GUARDED(block, 10);
}

ROW(D06) {
    void *block;
    ALLOCATES(block, _calloc_dbg(5, 2, _NORMAL_BLOCK, NULL, 0));
    BYTES(block, 0, 10, 0);
    GUARDED(block, 10);
}

ROW(D07) {
    GIVES(_msize_dbg(_malloc_dbg(160, _NORMAL_BLOCK, NULL, 0), _NORMAL_BLOCK), 160);
}

ROW(D08) {
    listen();
    REFUSES(_msize_dbg(NULL, 1), SIZE_MAX);
}

ROW(D09) {
    listen();
    void *block = fill_pattern(_malloc_dbg(10, _NORMAL_BLOCK, NULL, 0), 10, 1);
    REFUSES_WITH_NULL(_expand_dbg(NULL, 10, _NORMAL_BLOCK, NULL, 0));
    REFUSES_WITH_NULL(_expand_dbg(block, MAXREQ + 1, _NORMAL_BLOCK, NULL, 0));
    PATTERN(block, 10, 1);
    GUARDED(block, 10);
}

ROW(D14) {
    _CrtSetDbgFlag(0);
    TYPE_IS(malloc(10), 3);
    TYPE_IS(_malloc_dbg(10, _CLIENT_BLOCK, NULL, 0), 3);
}

ROW(D15) {
    void *block = _malloc_dbg(10, 4 + (2 << 16), NULL, 0);
    EQUAL(_CrtReportBlockType(block) & 0xFFFF, 4);
    EQUAL(_CrtReportBlockType(block) >> 16, 2);
    EQUAL(_BLOCK_TYPE(_CrtReportBlockType(block)), 4);
    EQUAL(_BLOCK_SUBTYPE(_CrtReportBlockType(block)), 2);
}

ROW(D16) {
    int on_the_stack[100] = {0};
    static int in_data[100];
    TYPE_IS(on_the_stack + 50, -1);
    TYPE_IS(in_data + 50, -1);
    TYPE_IS(NULL, -1);
    TYPE_IS((void *)0x7000, -1);
}

ROW(D17) {
    int any = 0;
    EQUAL(_CrtIsValidPointer(NULL, 1, 1), 0);
    EQUAL(_CrtIsValidPointer(&any, 0, 0), 1);
    EQUAL(_CrtIsValidPointer(&any, 4, 1), 1);
}

ROW(D18) {
    static const char file[] = "somewhere.c";
    int32_t request = -7;
    char *name = NULL;
    int line = -7;
    void *block = _malloc_dbg(10, _NORMAL_BLOCK, file, 123);
    EQUAL(_CrtIsMemoryBlock(block, 10, &request, &name, &line), 1);
    HOLDS(request > 0);
    TEXT(name, file);
    EQUAL(line, 123);
    EQUAL(_CrtIsMemoryBlock(block, 10, NULL, NULL, NULL), 1);
    EQUAL(_CrtIsMemoryBlock(block, 9, &request, &name, &line), 0);
    EQUAL(request, 0);
    SAME(name, NULL);
    EQUAL(line, 0);
    EQUAL(_CrtIsMemoryBlock((char *)block + 1, 9, NULL, NULL, NULL), 0);
    EQUAL(_CrtIsMemoryBlock(NULL, 0, NULL, NULL, NULL), 0);
    EQUAL(_CrtIsMemoryBlock(&line, 4, NULL, NULL, NULL), 0);
}

ROW(D19) {
    void *one = malloc(10);
    void *other = malloc(10);
    EQUAL(request_of(other, 10), request_of(one, 10) + 1);
}

ROW(D38) {
    _CrtMemState state;
    unsigned char *block;
    ALLOCATES(block, _aligned_malloc_dbg(100, 64, "here.c", 5));
    ALIGNED(block, 64);
    BYTES(block, 0, 100, 0xCD);
    _CrtMemCheckpoint(&state);
    unsigned char *base = (unsigned char *)state.pBlockHeader + HEADER;
    HOLDS(base < block && block < base + 300);
    TYPE_IS(base, 1);
    QUIETLY(_aligned_free_dbg(block));
}

// Bytes and guards of blocks of all sizes, of each function.
ROW(K52) {
    unsigned char *kept = malloc(0);
    for (size_t size = 0; size <= 70000; size += size < 300 ? 1 : 97) {
        void *block = malloc(size);
        ALIGNED(block, 16);
        BYTES(block, 0, size, 0xCD);
        GUARDED(block, size);
        EQUAL(_msize_dbg(block, _NORMAL_BLOCK), size);
        free(block);
        block = calloc(1, size);
        BYTES(block, 0, size, 0);
        GUARDED(block, size);
        free(block);
        kept = realloc(kept, size + 1);
        GUARDED(kept, size + 1);
        EQUAL(_msize_dbg(kept, _NORMAL_BLOCK), size + 1);
        block = _aligned_malloc_dbg(size + 1, 64, NULL, 0);
        ALIGNED(block, 64);
        BYTES(block, 0, size + 1, 0xCD);
        EQUAL(_aligned_msize_dbg(block, 64, 0), size + 1);
        _aligned_free_dbg(block);
    }
    EQUAL(_CrtCheckMemory(), 1);
}

// What realloc adds is fresh, what _recalloc adds is zero, and what they cut off is a guard.
ROW(K53) {
    static const size_t sizes[] = {1, 10, 100, 1000, 32 * KIB, 33 * KIB, MIB, 3 * MIB};
    enum { COUNT = sizeof sizes / sizeof *sizes };
    for (size_t i = 0; i < COUNT; i++) {
        for (size_t j = 0; j < COUNT; j++) {
            const size_t less = sizes[i] < sizes[j] ? sizes[i] : sizes[j];
            void *block = fill_pattern(malloc(sizes[i]), sizes[i], 1);
            ALLOCATES(block, _realloc_dbg(block, sizes[j], _NORMAL_BLOCK, NULL, 0));
            PATTERN(block, less, 1);
            BYTES(block, less, sizes[j], 0xCD);
            GUARDED(block, sizes[j]);
            ALLOCATES(block, _recalloc_dbg(block, sizes[i], 1, _NORMAL_BLOCK, NULL, 0));
            PATTERN(block, less, 1);
            BYTES(block, less, sizes[i], 0);
            GUARDED(block, sizes[i]);
            free(block);
        }
    }
    EQUAL(_CrtCheckMemory(), 1);
}

ROW(K54) {
    void *block = fill_pattern(malloc(1000), 1000, 1);
    QUIETLY(SAME(_expand_dbg(block, 300, _NORMAL_BLOCK, "x.c", 1), block));
    PATTERN(block, 300, 1);
    GUARDED(block, 300);
    GIVES(_msize_dbg(block, _NORMAL_BLOCK), 300);
    EQUAL(_CrtIsMemoryBlock(block, 300, NULL, NULL, NULL), 1);
    EQUAL(_CrtCheckMemory(), 1);
    // 160, then 164: the numbers of the documentation's sample.
    block = malloc(160);
    set_up();
    if (_expand_dbg(block, 164, _NORMAL_BLOCK, NULL, 0) != NULL) {
        ERRNO_AND_HANDLER("_expand_dbg", SENTINEL, 0);
        EQUAL(_msize_dbg(block, _NORMAL_BLOCK), 164);
        GUARDED(block, 164);
    } else {
        ERRNO_AND_HANDLER("_expand_dbg in vain", ENOMEM, 0);
        EQUAL(_msize_dbg(block, _NORMAL_BLOCK), 160);
        GUARDED(block, 160);
    }
}

// Over the limit: with what is added to each block, too.
ROW(K55) {
    listen();
    void *block = fill_pattern(malloc(10), 10, 1);
    RUNS_OUT(_malloc_dbg(MAXREQ + 1, _NORMAL_BLOCK, NULL, 0));
    RUNS_OUT(_malloc_dbg(MAXREQ, _NORMAL_BLOCK, NULL, 0));
    RUNS_OUT(_malloc_dbg(MAXREQ - 10, _NORMAL_BLOCK, NULL, 0));
    RUNS_OUT(_malloc_dbg(SIZE_MAX, _NORMAL_BLOCK, NULL, 0));
    RUNS_OUT(_realloc_dbg(block, MAXREQ - 10, _NORMAL_BLOCK, NULL, 0));
    RUNS_OUT(_realloc_dbg(block, SIZE_MAX, _NORMAL_BLOCK, NULL, 0));
    RUNS_OUT(_aligned_malloc_dbg(MAXREQ - 10, 64, NULL, 0));
    RUNS_OUT(_aligned_offset_recalloc_dbg(NULL, SIZE_MAX, 2, 64, 0, NULL, 0));
    PATTERN(block, 10, 1);
    GUARDED(block, 10);
}

// For these EINVAL is documented where the plain functions have ENOMEM; both are accepted.
static void refused(const void *result) {
    SAME(result, NULL);
    HOLDS_AT(*_errno() == EINVAL || *_errno() == ENOMEM, *_errno());
    HOLDS_AT(handler_calls <= (*_errno() == EINVAL), handler_calls);
    set_up();
}

ROW(K56) {
    listen();
    void *block = fill_pattern(malloc(10), 10, 1);
    set_up();
    refused(_calloc_dbg(SIZE_MAX / 2, 3, _NORMAL_BLOCK, NULL, 0));
    refused(_calloc_dbg(1, MAXREQ + 1, _NORMAL_BLOCK, NULL, 0));
    refused(_calloc_dbg(1, MAXREQ - 10, _NORMAL_BLOCK, NULL, 0));
    refused(_recalloc_dbg(block, SIZE_MAX / 2, 3, _NORMAL_BLOCK, NULL, 0));
    refused(_recalloc_dbg(block, 1, MAXREQ - 10, _NORMAL_BLOCK, NULL, 0));
    refused(_aligned_recalloc_dbg(NULL, SIZE_MAX, 2, 16, NULL, 0));
    PATTERN(block, 10, 1);
    GIVES(_msize_dbg(block, _NORMAL_BLOCK), 10);
}

// The rules of the plain functions hold for sizes of 0 and for NULL.
ROW(K57) {
    listen();
    void *block;
    ALLOCATES(block, _malloc_dbg(0, _NORMAL_BLOCK, NULL, 0));
    GUARDED(block, 0);
    GIVES(_msize_dbg(block, _NORMAL_BLOCK), 0);
    QUIETLY(SAME(_realloc_dbg(block, 0, _NORMAL_BLOCK, NULL, 0), NULL));
    ALLOCATES(block, _realloc_dbg(NULL, 0, _NORMAL_BLOCK, NULL, 0));
    QUIETLY(SAME(_recalloc_dbg(block, 3, 0, _NORMAL_BLOCK, NULL, 0), NULL));
    ALLOCATES(block, _recalloc_dbg(NULL, 3, 7, _NORMAL_BLOCK, NULL, 0));
    BYTES(block, 0, 21, 0);
    QUIETLY(_free_dbg(block, _NORMAL_BLOCK));
    QUIETLY(_free_dbg(NULL, _NORMAL_BLOCK));
    QUIETLY(free(NULL));
    QUIETLY(_aligned_free_dbg(NULL));
    EQUAL(_CrtDumpMemoryLeaks(), 0);
}

// The aligned family.
ROW(K58) {
    listen();
    void *block;
    ALLOCATES(block, _aligned_offset_malloc_dbg(100, 32, 7, "a.c", 1));
    ALIGNED((char *)block + 7, 32);
    GIVES(_aligned_msize_dbg(block, 32, 7), 100);
    fill_pattern(block, 100, 1);
    ALLOCATES(block, _aligned_offset_realloc_dbg(block, 5000, 32, 7, "a.c", 2));
    ALIGNED((char *)block + 7, 32);
    PATTERN(block, 100, 1);
    ALLOCATES(block, _aligned_offset_recalloc_dbg(block, 1, 9000, 32, 7, "a.c", 3));
    PATTERN(block, 100, 1);
    BYTES(block, 5000, 9000, 0);
    EQUAL(_CrtCheckMemory(), 1);
    QUIETLY(_aligned_free_dbg(block));
    ALLOCATES(block, _aligned_recalloc_dbg(NULL, 10, 10, 64, NULL, 0));
    BYTES(block, 0, 100, 0);
    ALLOCATES(block, _aligned_realloc_dbg(block, 50, 64, NULL, 0));
    GIVES(_aligned_msize_dbg(block, 64, 0), 50);
    QUIETLY(SAME(_aligned_realloc_dbg(block, 0, 64, NULL, 0), NULL));
    REFUSES_WITH_NULL(_aligned_malloc_dbg(100, 3, NULL, 0));
    REFUSES_WITH_NULL(_aligned_malloc_dbg(100, 0, NULL, 0));
    REFUSES_WITH_NULL(_aligned_offset_malloc_dbg(100, 8, 100, NULL, 0));
    REFUSES(_aligned_msize_dbg(NULL, 16, 0), SIZE_MAX);
    REFUSES(_aligned_msize_dbg(_aligned_malloc_dbg(8, 16, NULL, 0), 15, 0), SIZE_MAX);
}

// The plain names work on the debug heap as well, all of them.
ROW(K59) {
    listen();
    void *block = malloc(10);
    TYPE_IS(block, _NORMAL_BLOCK);
    GIVES(_msize(block), 10);
    ALLOCATES(block, _recalloc(block, 1, 20));
    BYTES(block, 0, 10, 0xCD);
    BYTES(block, 10, 20, 0);
    GUARDED(block, 20);
    ALLOCATES(block, _expand(block, 15));
    GUARDED(block, 15);
    QUIETLY(free(block));
    ALLOCATES(block, _aligned_malloc(10, 64));
    BYTES(block, 0, 10, 0xCD);
    ALLOCATES(block, _aligned_recalloc(block, 1, 30, 64));
    BYTES(block, 10, 30, 0);
    GIVES(_aligned_msize(block, 64, 0), 30);
    QUIETLY(_aligned_free(block));
    ALLOCATES(block, _malloca(10));
    BYTES(block, 0, 10, 0xCD);
    EQUAL(*(uint32_t *)((char *)block - _ALLOCA_S_MARKER_SIZE), _ALLOCA_S_HEAP_MARKER);
    EQUAL(_CrtDumpMemoryLeaks(), 1);
    QUIETLY(_freea(block));
    EQUAL(_CrtDumpMemoryLeaks(), 0);
    EQUAL(_CrtCheckMemory(), 1);
}

// The new handler is called for debug blocks, too.
static int new_handler_calls;

static int once_more(size_t size) {
    (void)size;
    return ++new_handler_calls % 3 != 0;
}

ROW(K60) {
    void *block = fill_pattern(malloc(10), 10, 1);
    _set_new_handler(once_more);
    RUNS_OUT(_malloc_dbg((size_t)1 << 60, _NORMAL_BLOCK, NULL, 0));
    EQUAL(new_handler_calls, 0);
    _set_new_mode(1);
    RUNS_OUT(_malloc_dbg((size_t)1 << 60, _NORMAL_BLOCK, NULL, 0));
    EQUAL(new_handler_calls, 3);
    RUNS_OUT(_realloc_dbg(block, (size_t)1 << 60, _NORMAL_BLOCK, NULL, 0));
    EQUAL(new_handler_calls, 6);
    PATTERN(block, 10, 1);
    EQUAL(_CrtCheckMemory(), 1);
}

// A marker that is none is an assertion, and releases nothing.
ROW(K114) {
    _Alignas(16) unsigned char memory[64] = {0};
    listen();
    _freea(memory + _ALLOCA_S_MARKER_SIZE);
    EQUAL(reports[_CRT_ASSERT], 1);
    listen();
    void *block = _malloca(5000);
    _freea(block);
    _freea(NULL);
    SILENT();
    EQUAL(_CrtDumpMemoryLeaks(), 0);
}
