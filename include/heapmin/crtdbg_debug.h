/* The functions of the debug heap. Only for crtdbg.h to include, with _DEBUG. */
#include "crtdbg.h"

#if !defined(HEAPMIN_CRTDBG_DEBUG_H) && defined(_DEBUG)
#define HEAPMIN_CRTDBG_DEBUG_H

#include <string.h>

#include "../crtheap.h"

#ifdef __cplusplus
extern "C" {
#endif

/* -- Allocation, with the type of the block, and the file and line to report; the file may be NULL.
 * They fail as the functions without _dbg do, and _expand_dbg also with an invalid parameter for
 * sizes above _HEAP_MAXREQ. */

void *_malloc_dbg(size_t size, int type, const char *file, int line);
void *_calloc_dbg(size_t number, size_t size, int type, const char *file, int line);
void *_realloc_dbg(void *memblock, size_t size, int type, const char *file, int line);
void *_recalloc_dbg(void *memblock, size_t number, size_t size, int type, const char *file,
                    int line);
void *_expand_dbg(void *memblock, size_t size, int type, const char *file, int line);
size_t _msize_dbg(void *memblock, int type);

/* Frees a block of that type; checks its guards first, and reports damage. */
void _free_dbg(void *memblock, int type);

void *_aligned_malloc_dbg(size_t size, size_t alignment, const char *file, int line);
void *_aligned_realloc_dbg(void *memblock, size_t size, size_t alignment, const char *file,
                           int line);
void *_aligned_recalloc_dbg(void *memblock, size_t number, size_t size, size_t alignment,
                            const char *file, int line);
void *_aligned_offset_malloc_dbg(size_t size, size_t alignment, size_t offset, const char *file,
                                 int line);
void *_aligned_offset_realloc_dbg(void *memblock, size_t size, size_t alignment, size_t offset,
                                  const char *file, int line);
void *_aligned_offset_recalloc_dbg(void *memblock, size_t number, size_t size, size_t alignment,
                                   size_t offset, const char *file, int line);
void _aligned_free_dbg(void *memblock);
size_t _aligned_msize_dbg(void *memblock, size_t alignment, size_t offset);

/* The functions without heapmin_debug_ stand for these with _DEBUG: they fill the rest of the buffer
 * with 0xFE, up to the threshold. */
errno_t heapmin_debug_strerror_s(char *buffer, size_t size, int number);
errno_t heapmin_debug__strerror_s(char *buffer, size_t size, const char *message);
errno_t heapmin_debug__wcserror_s(wchar_t *buffer, size_t size, int number);
errno_t heapmin_debug___wcserror_s(wchar_t *buffer, size_t size, const wchar_t *message);

/* What the plain names stand for with _DEBUG: the same without type, file and line. */
void *heapmin_debug_malloc(size_t size);
void *heapmin_debug_calloc(size_t number, size_t size);
void *heapmin_debug_realloc(void *memblock, size_t size);
void *heapmin_debug_recalloc(void *memblock, size_t number, size_t size);
void *heapmin_debug_expand(void *memblock, size_t size);
void heapmin_debug_free(void *memblock);
size_t heapmin_debug_msize(void *memblock);
void *heapmin_debug_aligned_malloc(size_t size, size_t alignment);
void *heapmin_debug_aligned_realloc(void *memblock, size_t size, size_t alignment);
void *heapmin_debug_aligned_recalloc(void *memblock, size_t number, size_t size,
                                     size_t alignment);
void *heapmin_debug_aligned_offset_malloc(size_t size, size_t alignment, size_t offset);
void *heapmin_debug_aligned_offset_realloc(void *memblock, size_t size, size_t alignment,
                                           size_t offset);
void *heapmin_debug_aligned_offset_recalloc(void *memblock, size_t number, size_t size,
                                            size_t alignment, size_t offset);
void heapmin_debug_aligned_free(void *memblock);
size_t heapmin_debug_aligned_msize(void *memblock, size_t alignment, size_t offset);

/* -- State and checks. */

/* Sets the flags. Returns those before. Unknown bits are an invalid parameter and change
 * nothing. */
int _CrtSetDbgFlag(int flags);
int *__p__crtDbgFlag(void);

/* Sets the number of the allocation to break at, -1 for none. Returns the one before. */
int32_t _CrtSetBreakAlloc(int32_t request);
int32_t *__p__crtBreakAlloc(void);

/* Stops in the debugger; without one, the process ends by SIGTRAP. */
void _CrtDbgBreak(void);

/* Whether the heap, the headers and guards of all blocks and the fill of freed ones are intact;
 * reports what isn't. Always 1 while _CRTDBG_ALLOC_MEM_DF is off. */
int _CrtCheckMemory(void);

/* Whether a pointer isn't NULL; the size and the kind of access don't matter. */
int _CrtIsValidPointer(const void *address, unsigned int size, int access);

/* Whether a pointer points into the heap. */
int _CrtIsValidHeapPointer(const void *address);

/* Whether a pointer is a block of exactly that size. Stores its request number, file and line, or
 * 0, NULL and 0, where the pointers for them aren't NULL. */
int _CrtIsMemoryBlock(const void *address, unsigned int size, int32_t *request, char **file,
                      int *line);

/* The type of a block, with its subtype; -1 if it is none. */
int _CrtReportBlockType(const void *block);

/* How much of a buffer functions such as strerror_s fill with 0xFE. Returns the value before. */
size_t _CrtSetDebugFillThreshold(size_t threshold);
size_t _CrtGetDebugFillThreshold(void);

/* -- Hooks: NULL for none. Setting returns the one before. */

_CRT_ALLOC_HOOK _CrtSetAllocHook(_CRT_ALLOC_HOOK hook);
_CRT_ALLOC_HOOK _CrtGetAllocHook(void);
_CRT_DUMP_CLIENT _CrtSetDumpClient(_CRT_DUMP_CLIENT dump);
_CRT_DUMP_CLIENT _CrtGetDumpClient(void);

/* Calls a function for each client block, the newest first. */
void _CrtDoForAllClientObjects(void (*visit)(void *block, void *context), void *context);

/* -- The heap at different moments. NULL states are invalid parameters. */

/* Fills in the state as it is now. */
void _CrtMemCheckpoint(_CrtMemState *state);

/* Stores newer minus older, and tells whether any type that counts differs. */
int _CrtMemDifference(_CrtMemState *difference, const _CrtMemState *older,
                      const _CrtMemState *newer);

/* Reports a state: counts and bytes of each type, in seven lines. */
void _CrtMemDumpStatistics(const _CrtMemState *state);

/* Reports the blocks allocated since a state, or all for NULL, the newest first. */
void _CrtMemDumpAllObjectsSince(const _CrtMemState *state);

/* Reports the blocks that are left, if any, and tells whether there are. */
int _CrtDumpMemoryLeaks(void);

/* -- Reports. */

/* Sets where reports of a type go, a sum of _CRTDBG_MODE_. Returns the mode before; -1 for bad
 * ones, which are invalid parameters. */
int _CrtSetReportMode(int type, int mode);

/* Sets the file for _CRTDBG_MODE_FILE. Returns the one before. */
_HFILE _CrtSetReportFile(int type, _HFILE file);

/* Set and remove hooks: one, or one more in a list (_CRT_RPTHOOK_INSTALL, _CRT_RPTHOOK_REMOVE). */
_CRT_REPORT_HOOK _CrtSetReportHook(_CRT_REPORT_HOOK hook);
_CRT_REPORT_HOOK _CrtGetReportHook(void);
int _CrtSetReportHook2(int mode, _CRT_REPORT_HOOK hook);

/* Makes a report in the way of printf; file, module and format may be NULL. 0 to go on, 1 to
 * break, -1 if it failed. */
int _CrtDbgReportV(int type, const char *file, int line, const char *module, const char *format,
                   va_list arguments);

#ifdef __cplusplus
}
#endif

static inline int _CrtDbgReport(int type, const char *file, int line, const char *module,
                                const char *format, ...) {
    va_list arguments;
    int result;
    va_start(arguments, format);
    result = _CrtDbgReportV(type, file, line, module, format, arguments);
    va_end(arguments);
    return result;
}

#define _crtDbgFlag (*__p__crtDbgFlag())
#define _crtBreakAlloc (*__p__crtBreakAlloc())

#define HEAPMIN_REPORT(...) ((void)((1 == _CrtDbgReport(__VA_ARGS__)) && (_CrtDbgBreak(), 0)))
#define _ASSERT_EXPR(expression, ...) \
    ((void)(!!(expression) || \
            (HEAPMIN_REPORT(_CRT_ASSERT, __FILE__, __LINE__, NULL, __VA_ARGS__), 0)))
#define _ASSERT(expression) _ASSERT_EXPR(expression, NULL)
#define _ASSERTE(expression) _ASSERT_EXPR(expression, "%s", #expression)
#define _RPT0(type, message) HEAPMIN_REPORT(type, NULL, 0, NULL, "%s", message)
#define _RPTN(type, ...) HEAPMIN_REPORT(type, NULL, 0, NULL, __VA_ARGS__)
#define _RPT1(type, ...) _RPTN(type, __VA_ARGS__)
#define _RPT2(type, ...) _RPTN(type, __VA_ARGS__)
#define _RPT3(type, ...) _RPTN(type, __VA_ARGS__)
#define _RPT4(type, ...) _RPTN(type, __VA_ARGS__)
#define _RPT5(type, ...) _RPTN(type, __VA_ARGS__)
#define _RPTF0(type, message) HEAPMIN_REPORT(type, __FILE__, __LINE__, NULL, "%s", message)
#define _RPTFN(type, ...) HEAPMIN_REPORT(type, __FILE__, __LINE__, NULL, __VA_ARGS__)
#define _RPTF1(type, ...) _RPTFN(type, __VA_ARGS__)
#define _RPTF2(type, ...) _RPTFN(type, __VA_ARGS__)
#define _RPTF3(type, ...) _RPTFN(type, __VA_ARGS__)
#define _RPTF4(type, ...) _RPTFN(type, __VA_ARGS__)
#define _RPTF5(type, ...) _RPTFN(type, __VA_ARGS__)

/* Windows programs keep request numbers in a `long`, which has more than 32 bits here. */
#if !defined(_WIN32) && (defined(__cplusplus) || __STDC_VERSION__ >= 201112L)
static inline int heapmin_is_memory_block(const void *address, unsigned int size, long *request,
                                          char **file, int *line) {
    int32_t number = 0;
    int is_block = _CrtIsMemoryBlock(address, size, &number, file, line);
    if (request != NULL) *request = number;
    return is_block;
}
#ifdef __cplusplus
/* A template, since NULL would suit two functions equally well. */
extern "C++" {
static inline long *heapmin_request_number(long *request) { return request; }
static inline long *heapmin_request_number(long) { return nullptr; }
static inline long *heapmin_request_number(decltype(nullptr)) { return nullptr; }
template <typename Request>
inline int _CrtIsMemoryBlock(const void *address, unsigned int size, Request request, char **file,
                             int *line) {
    return heapmin_is_memory_block(address, size, heapmin_request_number(request), file, line);
}
}
#else
#define _CrtIsMemoryBlock(address, size, request, file, line)                          \
    _Generic((request), long *: heapmin_is_memory_block, default: (_CrtIsMemoryBlock))( \
        address, size, request, file, line)
#endif
#endif

/* _malloca and _freea: always on the heap, as in Microsoft's debug libraries. */
static inline void *heapmin_debug_malloca(size_t size, const char *file, int line) {
    size_t whole = size + _ALLOCA_S_MARKER_SIZE;
    if (whole < size) whole = size; /* too much in any case */
    return _MarkAllocaS(_malloc_dbg(whole, _NORMAL_BLOCK, file, line), _ALLOCA_S_HEAP_MARKER);
}

static inline void heapmin_debug_freea(void *memblock) {
    char *raw = (char *)memblock - (memblock != NULL ? _ALLOCA_S_MARKER_SIZE : 0);
    unsigned int marker = _ALLOCA_S_STACK_MARKER;
    if (raw != NULL) memcpy(&marker, raw, sizeof(marker));
    _ASSERTE(marker == _ALLOCA_S_HEAP_MARKER || marker == _ALLOCA_S_STACK_MARKER);
    if (marker == _ALLOCA_S_HEAP_MARKER) _free_dbg(raw, _NORMAL_BLOCK);
}

#define strerror_s heapmin_debug_strerror_s
#define _strerror_s heapmin_debug__strerror_s
#define _wcserror_s heapmin_debug__wcserror_s
#define __wcserror_s heapmin_debug___wcserror_s

#define _freea heapmin_debug_freea
#ifdef _CRTDBG_MAP_ALLOC
#define _malloca(size) heapmin_debug_malloca(size, __FILE__, __LINE__)
#else
#define _malloca(size) heapmin_debug_malloca(size, NULL, 0)
#endif

/* The names of the other headers, on the debug heap. */
#ifdef _CRTDBG_MAP_ALLOC
#define _recalloc(p, n, s) _recalloc_dbg(p, n, s, _NORMAL_BLOCK, __FILE__, __LINE__)
#define _expand(p, s) _expand_dbg(p, s, _NORMAL_BLOCK, __FILE__, __LINE__)
#define _msize(p) _msize_dbg(p, _NORMAL_BLOCK)
#define _aligned_malloc(s, a) _aligned_malloc_dbg(s, a, __FILE__, __LINE__)
#define _aligned_realloc(p, s, a) _aligned_realloc_dbg(p, s, a, __FILE__, __LINE__)
#define _aligned_recalloc(p, n, s, a) _aligned_recalloc_dbg(p, n, s, a, __FILE__, __LINE__)
#define _aligned_offset_malloc(s, a, o) _aligned_offset_malloc_dbg(s, a, o, __FILE__, __LINE__)
#define _aligned_offset_realloc(p, s, a, o) \
    _aligned_offset_realloc_dbg(p, s, a, o, __FILE__, __LINE__)
#define _aligned_offset_recalloc(p, n, s, a, o) \
    _aligned_offset_recalloc_dbg(p, n, s, a, o, __FILE__, __LINE__)
#define _aligned_free(p) _aligned_free_dbg(p)
#define _aligned_msize(p, a, o) _aligned_msize_dbg(p, a, o)
#else
#define _recalloc heapmin_debug_recalloc
#define _expand heapmin_debug_expand
#define _msize heapmin_debug_msize
#define _aligned_malloc heapmin_debug_aligned_malloc
#define _aligned_realloc heapmin_debug_aligned_realloc
#define _aligned_recalloc heapmin_debug_aligned_recalloc
#define _aligned_offset_malloc heapmin_debug_aligned_offset_malloc
#define _aligned_offset_realloc heapmin_debug_aligned_offset_realloc
#define _aligned_offset_recalloc heapmin_debug_aligned_offset_recalloc
#define _aligned_free heapmin_debug_aligned_free
#define _aligned_msize heapmin_debug_aligned_msize
#endif

#endif
