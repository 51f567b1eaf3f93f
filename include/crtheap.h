/* heapmin: the heap functions of Microsoft's C run-time library.
 *
 *   crtheap.h               allocation, aligned blocks, the heap's state, stack allocation
 *   heapmin/crt_errors.h    errno, messages, the new handler, the invalid-parameter handler
 *   heapmin/crt_system.h    the twins whose names begin with _o_
 *   heapmin/crtdbg.h        the debug heap; without _DEBUG its calls vanish
 *
 * All of them come with this one. The C run-time heap is the process heap: GetProcessHeap().
 *
 * malloc, calloc, realloc and free belong to the system's C library, so they are called
 * _malloc_base and so on here; include/compat/malloc.h gives them their plain names. With _DEBUG
 * defined, the others (_msize, _expand, _recalloc, _aligned_malloc, ...) work on the debug heap,
 * as they do on Windows.
 *
 * Sizes are in bytes. Requests above _HEAP_MAXREQ, and those there is no memory for, fail with
 * ENOMEM (first the new handler is asked, see _set_new_mode). "Invalid parameter" means that the
 * invalid-parameter handler is called, which ends the process unless set otherwise; if it
 * returns, so does the function, with EINVAL. Success leaves errno alone. A pointer that is no
 * live block ends the process with a message. All functions may be called from any thread. */
#ifndef HEAPMIN_CRTHEAP_H
#define HEAPMIN_CRTHEAP_H

#include "heapmin/crt_errors.h"
#include "heapmin/types.h"

/* The largest request. */
#if UINTPTR_MAX > 0xFFFFFFFFu
#define _HEAP_MAXREQ 0xFFFFFFFFFFFFFFE0
#else
#define _HEAP_MAXREQ 0xFFFFFFE0
#endif

/* Results of _heapchk, _heapset and _heapwalk. */
#define _HEAPEMPTY (-1)    /* there is no heap yet */
#define _HEAPOK (-2)       /* intact; for _heapwalk: an entry was filled in */
#define _HEAPBADBEGIN (-3) /* the heap's own record is damaged */
#define _HEAPBADNODE (-4)  /* a block or the heap's bookkeeping is damaged */
#define _HEAPEND (-5)      /* the end of a walk */
#define _HEAPBADPTR (-6)   /* _pentry is no entry of the heap */

/* _HEAPINFO._useflag */
#define _FREEENTRY 0
#define _USEDENTRY 1

/* A block, free or used: what _heapwalk fills in, and its place in the walk. */
typedef struct _heapinfo {
    int *_pentry; /* its address; NULL starts a walk */
    size_t _size; /* its bytes; of a used one those asked for */
    int _useflag; /* _FREEENTRY or _USEDENTRY */
} _HEAPINFO;

HEAPMIN_LAYOUT(heapinfo, sizeof(_HEAPINFO) == HEAPMIN_BY_WIDTH(24, 12));
HEAPMIN_LAYOUT(heapinfo_size, offsetof(_HEAPINFO, _size) == HEAPMIN_BY_WIDTH(8, 4));
HEAPMIN_LAYOUT(heapinfo_useflag, offsetof(_HEAPINFO, _useflag) == HEAPMIN_BY_WIDTH(16, 8));

#ifdef __cplusplus
extern "C" {
#endif

/* -- Allocation. All but the aligned family: blocks are aligned to 16 (32-bit programs: 8). */

/* malloc: a block of size bytes; 0 bytes make a block too. NULL: ENOMEM. */
void *_malloc_base(size_t size);

/* calloc: a block of number * size zero bytes. NULL: ENOMEM, also when the product overflows. */
void *_calloc_base(size_t number, size_t size);

/* realloc: makes a block size bytes long, moving it if need be. A NULL block: malloc. Size 0: free,
 * and NULL. NULL with ENOMEM otherwise; the block stays as it was. */
void *_realloc_base(void *memblock, size_t size);

/* free: NULL is fine. */
void _free_base(void *memblock);

/* realloc to num * size bytes that zeroes what is new, exactly from the size asked for before. */
void *_recalloc(void *memblock, size_t num, size_t size);

/* Makes a block size bytes long without moving it. NULL with ENOMEM if that can't be; the block
 * stays as it was. A NULL block is an invalid parameter. */
void *_expand(void *memblock, size_t size);

/* The bytes asked for. NULL is an invalid parameter: (size_t)-1. */
size_t _msize(void *memblock);

/* -- Aligned blocks. They are freed by _aligned_free only. alignment is a power of two, anything
 * else an invalid parameter; the offset forms align the byte at offset instead of the first, and
 * an offset that isn't 0 has to lie inside of the block. Resize with the same alignment and
 * offset as before. Size 0 is an invalid parameter for _aligned_malloc, and frees the block in
 * the others. */

void *_aligned_malloc(size_t size, size_t alignment);
void *_aligned_realloc(void *memblock, size_t size, size_t alignment);
void *_aligned_recalloc(void *memblock, size_t num, size_t size, size_t alignment);
void *_aligned_offset_malloc(size_t size, size_t alignment, size_t offset);
void *_aligned_offset_realloc(void *memblock, size_t size, size_t alignment, size_t offset);
void *_aligned_offset_recalloc(void *memblock, size_t num, size_t size, size_t alignment,
                               size_t offset);

/* Frees an aligned block; NULL is fine. */
void _aligned_free(void *memblock);

/* The bytes asked for. A NULL block and a bad alignment are invalid parameters: (size_t)-1. */
size_t _aligned_msize(void *memblock, size_t alignment, size_t offset);

/* -- The heap as a whole. */

/* Checks the heap: _HEAPOK, _HEAPBADNODE or _HEAPBADBEGIN. */
int _heapchk(void);

/* Gives what nobody uses back to the system. 0 on success, else -1 with errno. */
int _heapmin(void);

/* Fills in the next block of the heap. Set _pentry to NULL for the first, then pass the structure
 * back as it is. _HEAPOK; _HEAPEND at the end; _HEAPBADPTR and the like for a bad _pentry. NULL is
 * an invalid parameter: _HEAPBADPTR. Other threads may not use the heap meanwhile: lock it with
 * HeapLock(GetProcessHeap()). */
int _heapwalk(_HEAPINFO *entryinfo);

/* Checks the heap as _heapchk and sets each byte of each free block to the low byte of fill. */
int _heapset(unsigned int fill);

/* Gave memory of the caller's to the heap, on DOS. -1 with ENOSYS. */
int _heapadd(void *memblock, size_t size);

/* Of old: told the bytes in use and those committed. 0 with ENOSYS. */
size_t _heapused(size_t *used, size_t *commit);

/* Of old: up to which size blocks came from a heap for small ones. 0: there is none. */
int _set_sbh_threshold(size_t threshold);
size_t _get_sbh_threshold(void);

/* The process heap's handle, as a number. */
intptr_t _get_heap_handle(void);

/* -- Blocks on the stack. */

/* The largest block of _malloca on the stack, and what precedes each. */
#define _ALLOCA_S_THRESHOLD 1024
#define _ALLOCA_S_STACK_MARKER 0xCCCC
#define _ALLOCA_S_HEAP_MARKER 0xDDDD
#if UINTPTR_MAX > 0xFFFFFFFFu
#define _ALLOCA_S_MARKER_SIZE 16
#else
#define _ALLOCA_S_MARKER_SIZE 8
#endif

/* Stores a marker at the start of raw memory and returns what follows it; NULL stays NULL. */
void *_MarkAllocaS(void *raw, unsigned int marker);

/* A block of size bytes: small ones on the stack until the function returns, others on the heap.
 * NULL: ENOMEM. Free it with _freea before the function returns. As a function: on the heap. */
void *_malloca(size_t size);

/* Frees a block of _malloca; NULL is fine. */
void _freea(void *memblock);

/* Re-arms the guard page after a stack overflow was caught; nothing to do here: nonzero. */
int _resetstkoflw(void);

#ifdef __cplusplus
}
#endif

/* A block on the stack until the function returns. */
#ifndef _alloca
#define _alloca(size) __builtin_alloca(size)
#endif

#define HEAPMIN_MALLOCA_ON_STACK(size) \
    ((size_t)(size) <= _ALLOCA_S_THRESHOLD - _ALLOCA_S_MARKER_SIZE)

/* Evaluates size more than once, as Microsoft's does. */
#ifndef _DEBUG
#define _malloca(size)                                                                       \
    (HEAPMIN_MALLOCA_ON_STACK(size)                                                          \
         ? _MarkAllocaS(_alloca((size_t)(size) + _ALLOCA_S_MARKER_SIZE), _ALLOCA_S_STACK_MARKER) \
         : (_malloca)(size))
#endif

#include "heapmin/crt_system.h"
#include "heapmin/crtdbg.h"

#endif
