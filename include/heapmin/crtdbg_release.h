/* What the debug heap's calls leave behind without _DEBUG. Only for crtdbg.h to include. */
#include "crtdbg.h"

#if !defined(HEAPMIN_CRTDBG_RELEASE_H) && !defined(_DEBUG)
#define HEAPMIN_CRTDBG_RELEASE_H

#include "../crtheap.h"

#define _malloc_dbg(size, type, file, line) _malloc_base(size)
#define _calloc_dbg(number, size, type, file, line) _calloc_base(number, size)
#define _realloc_dbg(p, size, type, file, line) _realloc_base(p, size)
#define _recalloc_dbg(p, number, size, type, file, line) _recalloc(p, number, size)
#define _expand_dbg(p, size, type, file, line) _expand(p, size)
#define _free_dbg(p, type) _free_base(p)
#define _msize_dbg(p, type) _msize(p)
#define _aligned_malloc_dbg(size, alignment, file, line) _aligned_malloc(size, alignment)
#define _aligned_realloc_dbg(p, size, alignment, file, line) _aligned_realloc(p, size, alignment)
#define _aligned_recalloc_dbg(p, number, size, alignment, file, line) \
    _aligned_recalloc(p, number, size, alignment)
#define _aligned_offset_malloc_dbg(size, alignment, offset, file, line) \
    _aligned_offset_malloc(size, alignment, offset)
#define _aligned_offset_realloc_dbg(p, size, alignment, offset, file, line) \
    _aligned_offset_realloc(p, size, alignment, offset)
#define _aligned_offset_recalloc_dbg(p, number, size, alignment, offset, file, line) \
    _aligned_offset_recalloc(p, number, size, alignment, offset)
#define _aligned_free_dbg(p) _aligned_free(p)
#define _aligned_msize_dbg(p, alignment, offset) _aligned_msize(p, alignment, offset)

/* No file and no hooks. (Functions, because compilers warn of a mere NULL that nobody takes.) */
static inline _HFILE heapmin_no_file(void) { return NULL; }
static inline _CRT_ALLOC_HOOK heapmin_no_alloc_hook(void) { return NULL; }
static inline _CRT_REPORT_HOOK heapmin_no_report_hook(void) { return NULL; }
static inline _CRT_DUMP_CLIENT heapmin_no_dump_client(void) { return NULL; }

#define _crtDbgFlag ((int)0)
#define _crtBreakAlloc ((int32_t)0)
#define _CrtSetDbgFlag(flags) ((int)0)
#define _CrtSetBreakAlloc(request) ((int32_t)0)
#define _CrtDbgBreak() ((void)0)
#define _CrtCheckMemory() ((int)1)
#define _CrtIsValidPointer(address, size, access) ((int)1)
#define _CrtIsValidHeapPointer(address) ((int)1)
#define _CrtIsMemoryBlock(address, size, request, file, line) ((int)1)
#define _CrtReportBlockType(block) ((int)-1)
#define _CrtSetDebugFillThreshold(threshold) ((size_t)0)
#define _CrtGetDebugFillThreshold() ((size_t)0)

#define _CrtSetAllocHook(hook) heapmin_no_alloc_hook()
#define _CrtGetAllocHook() heapmin_no_alloc_hook()
#define _CrtSetDumpClient(dump) heapmin_no_dump_client()
#define _CrtGetDumpClient() heapmin_no_dump_client()
#define _CrtDoForAllClientObjects(visit, context) ((void)0)

#define _CrtMemCheckpoint(state) ((void)0)
#define _CrtMemDifference(difference, older, newer) ((int)0)
#define _CrtMemDumpStatistics(state) ((void)0)
#define _CrtMemDumpAllObjectsSince(state) ((void)0)
#define _CrtDumpMemoryLeaks() ((int)0)

#define _CrtSetReportMode(type, mode) ((int)0)
#define _CrtSetReportFile(type, file) heapmin_no_file()
#define _CrtSetReportHook(hook) heapmin_no_report_hook()
#define _CrtGetReportHook() heapmin_no_report_hook()
#define _CrtSetReportHook2(mode, hook) ((int)0)
#define _CrtDbgReportV(type, file, line, module, format, arguments) ((int)0)
#define _CrtDbgReport(...) ((int)0)

#define _ASSERT_EXPR(...) ((void)0)
#define _ASSERT(expression) ((void)0)
#define _ASSERTE(expression) ((void)0)
#define _RPT0(...) ((void)0)
#define _RPT1(...) ((void)0)
#define _RPT2(...) ((void)0)
#define _RPT3(...) ((void)0)
#define _RPT4(...) ((void)0)
#define _RPT5(...) ((void)0)
#define _RPTN(...) ((void)0)
#define _RPTF0(...) ((void)0)
#define _RPTF1(...) ((void)0)
#define _RPTF2(...) ((void)0)
#define _RPTF3(...) ((void)0)
#define _RPTF4(...) ((void)0)
#define _RPTF5(...) ((void)0)
#define _RPTFN(...) ((void)0)

#endif
