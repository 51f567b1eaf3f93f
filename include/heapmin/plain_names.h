/* malloc, calloc, realloc and free on heapmin: for the headers of include/compat.
 *
 * The names become those of heapmin, or of its debug heap with _DEBUG, in everything that follows.
 * Memory that a function of the system's C library hands out (strdup, getline, ...) then must not
 * be given to this free, unless libheapmin_malloc.so is linked, where there is one heap only. */
#ifndef HEAPMIN_PLAIN_NAMES_H
#define HEAPMIN_PLAIN_NAMES_H

/* First the system's own declarations, under their own names. */
#ifdef __cplusplus
#include <cstdlib>
#endif
#include <stdlib.h>
#ifndef _WIN32
#include <alloca.h>
#endif

#include "../crtheap.h"

#if !defined(_DEBUG)
#define malloc _malloc_base
#define calloc _calloc_base
#define realloc _realloc_base
#define free _free_base
#elif !defined(_CRTDBG_MAP_ALLOC)
#define malloc heapmin_debug_malloc
#define calloc heapmin_debug_calloc
#define realloc heapmin_debug_realloc
#define free heapmin_debug_free
#else
#define malloc(size) _malloc_dbg(size, _NORMAL_BLOCK, __FILE__, __LINE__)
#define calloc(number, size) _calloc_dbg(number, size, _NORMAL_BLOCK, __FILE__, __LINE__)
#define realloc(p, size) _realloc_dbg(p, size, _NORMAL_BLOCK, __FILE__, __LINE__)
#define free(p) _free_dbg(p, _NORMAL_BLOCK)
#endif

#ifdef __cplusplus
/* std::malloc and so on */
namespace std {
#if !defined(_DEBUG)
using ::_calloc_base;
using ::_free_base;
using ::_malloc_base;
using ::_realloc_base;
#elif !defined(_CRTDBG_MAP_ALLOC)
using ::heapmin_debug_calloc;
using ::heapmin_debug_free;
using ::heapmin_debug_malloc;
using ::heapmin_debug_realloc;
#else
using ::_calloc_dbg;
using ::_free_dbg;
using ::_malloc_dbg;
using ::_realloc_dbg;
#endif
}
#endif

#endif
