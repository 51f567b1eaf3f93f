/* The kinds of heap that are compared, and how each is called.
 *
 * The calls are direct ones, as programs make them: every use passes the kind as a constant, and
 * everything on the way is inlined. */
#ifndef HEAP_BENCH_HEAPS_H
#define HEAP_BENCH_HEAPS_H

#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

enum heap_kind { MALLOC, PROCESS_HEAP, PRIVATE_HEAP, UNSERIALIZED_HEAP, HEAP_KINDS };

static const char *const heap_names[HEAP_KINDS] = {"malloc", "process", "private", "no-serialize"};

#define INLINED static inline __attribute__((always_inline))

/* `function(kind, ...)` with the kind as a constant. */
#define WITH_CONSTANT_KIND(kind, function, ...)                                                    \
    switch (kind) {                                                                                \
    case MALLOC: function(MALLOC, __VA_ARGS__); break;                                             \
    case UNSERIALIZED_HEAP: function(UNSERIALIZED_HEAP, __VA_ARGS__); break;                       \
    default: function(PROCESS_HEAP, __VA_ARGS__); break;                                           \
    }

static inline void fail(const char *what)
{
    fprintf(stderr, "heap_bench: %s\n", what);
    exit(1);
}

/* The handle of a heap of this kind; NULL for malloc, which has none. */
static inline HANDLE open_heap(enum heap_kind kind)
{
    HANDLE heap = NULL;
    switch (kind) {
    case MALLOC: return NULL;
    case PROCESS_HEAP: heap = GetProcessHeap(); break;
    case PRIVATE_HEAP: heap = HeapCreate(0, 0, 0); break;
    default: heap = HeapCreate(HEAP_NO_SERIALIZE, 0, 0); break;
    }
    if (heap == NULL)
        fail("there is no memory for a heap");
    return heap;
}

static inline void close_heap(enum heap_kind kind, HANDLE heap)
{
    if ((kind == PRIVATE_HEAP || kind == UNSERIALIZED_HEAP) && !HeapDestroy(heap))
        fail("a heap could not be destroyed");
}

INLINED void *take(enum heap_kind kind, HANDLE heap, size_t size)
{
    void *block = kind == MALLOC ? malloc(size) : HeapAlloc(heap, 0, size);
    /* The compiler may neither leave out the block nor know where it came from. */
    __asm__ volatile("" : "+r"(block) : : "memory");
    return block;
}

INLINED void give(enum heap_kind kind, HANDLE heap, void *block)
{
    if (kind == MALLOC)
        free(block);
    else if (!HeapFree(heap, 0, block))
        fail("HeapFree refused a block");
}

#endif
