// Without _DEBUG: the calls of the debug heap vanish, and the _dbg functions are the plain ones.

#include "rows.h"

#include "blocks.h"

#ifdef _DEBUG
#error "this is about programs without _DEBUG"
#endif

static int evaluated;

ROW(K101) {
    EQUAL(_CrtCheckMemory(), 1);
    EQUAL(_CrtIsValidPointer(NULL, 1, 1), 1);
    EQUAL(_CrtIsValidHeapPointer(NULL), 1);
    EQUAL(_CrtIsMemoryBlock(NULL, 0, NULL, NULL, NULL), 1);
    EQUAL(_CrtReportBlockType(NULL), -1);
    EQUAL(_CrtSetDbgFlag(evaluated++), 0);
    EQUAL(_CrtSetBreakAlloc(evaluated++), 0);
    EQUAL(_CrtDumpMemoryLeaks(), 0);
    EQUAL(_CrtMemDifference(NULL, NULL, NULL), 0);
    EQUAL(_CrtSetReportMode(_CRT_WARN, evaluated++), 0);
    EQUAL(_CrtSetDebugFillThreshold(evaluated++), 0);
    SAME(_CrtSetReportFile(_CRT_WARN, NULL), NULL);
    SAME(_CrtSetAllocHook(NULL), NULL);
    SAME(_CrtGetAllocHook(), NULL);
    SAME(_CrtSetDumpClient(NULL), NULL);
    SAME(_CrtSetReportHook(NULL), NULL);
    EQUAL(_crtDbgFlag, 0);
    _CrtMemCheckpoint(NULL);
    _CrtMemDumpStatistics(NULL);
    _CrtMemDumpAllObjectsSince(NULL);
    _CrtDoForAllClientObjects(NULL, NULL);
    _ASSERT(evaluated++);
    _ASSERTE(evaluated++);
    _RPT1(_CRT_WARN, "%d", evaluated++);
    EQUAL(evaluated, 0);
    EQUAL(handler_calls, 0);
}

ROW(K102) {
    void *block;
    ALLOCATES(block, _malloc_dbg(10, _NORMAL_BLOCK, "x.c", 1));
    GIVES(_msize(block), 10);
    LIVE(block);
    ALLOCATES(block, _realloc_dbg(block, 20, _NORMAL_BLOCK, "x.c", 1));
    ALLOCATES(block, _recalloc_dbg(block, 3, 10, _NORMAL_BLOCK, "x.c", 1));
    BYTES(block, 20, 30, 0);
    QUIETLY(SAME(_expand_dbg(block, 30, _NORMAL_BLOCK, "x.c", 1), block));
    GIVES(_msize_dbg(block, _NORMAL_BLOCK), 30);
    QUIETLY(_free_dbg(block, _NORMAL_BLOCK));
    ALLOCATES(block, _calloc_dbg(3, 10, _NORMAL_BLOCK, "x.c", 1));
    BYTES(block, 0, 30, 0);
    QUIETLY(free(block));
    ALLOCATES(block, _aligned_malloc_dbg(10, 64, "x.c", 1));
    ALLOCATES(block, _aligned_realloc_dbg(block, 30, 64, "x.c", 1));
    GIVES(_aligned_msize_dbg(block, 64, 0), 30);
    QUIETLY(_aligned_free_dbg(block));
    GIVES(_heapchk(), _HEAPOK);
}
