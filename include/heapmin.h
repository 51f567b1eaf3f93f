/* heapmin's own functions: what Windows has no name for.
 *
 * A heap is the HANDLE of HeapCreate or GetProcessHeap; where it may be NULL, that means all heaps
 * of the process together. Sizes are in bytes. None of these functions touches errno or the last
 * error; all may be called at any time, from any thread. */
#ifndef HEAPMIN_H
#define HEAPMIN_H

#include <stddef.h>

/* The version of this header; heapmin_version() tells that of the library. */
#define HEAPMIN_VERSION "0.1.0"

/* What a trim did. */
struct heapmin_trimmed {
    size_t resident_before; /* bytes of all heaps that were in memory before, */
    size_t resident_after;  /* and after */
    size_t released;        /* bytes given back to the system */
};

/* What a heap holds at one moment. */
struct heapmin_summary {
    size_t heaps;        /* heaps counted: 1, or for NULL all */
    size_t blocks;       /* live blocks */
    size_t allocated;    /* bytes asked for in them */
    size_t committed;    /* bytes the heaps hold */
    size_t reserved;     /* bytes of address space, the committed ones included */
    size_t largest_free; /* bytes of the largest free block */
};

/* What is wrong with a heap. */
enum heapmin_damage_kind {
    HEAPMIN_NO_HEAP = -1,     /* the handle is no heap's */
    HEAPMIN_INTACT = 0,
    HEAPMIN_OVERRUN = 1,      /* bytes behind a block were overwritten */
    HEAPMIN_METADATA = 2,     /* the heap's bookkeeping contradicts itself */
    HEAPMIN_HEADER = 3,       /* the heap's own record was overwritten */
    HEAPMIN_DOUBLE_LISTED = 4 /* a block is on two lists, or twice on one */
};

struct heapmin_damage {
    void *heap;    /* the damaged heap */
    void *address; /* the block, or the place in the bookkeeping */
    size_t size;   /* the block's bytes */
    int kind;      /* enum heapmin_damage_kind */
};

#ifdef __cplusplus
extern "C" {
#endif

/* The version of the library: "MAJOR.MINOR.PATCH". */
const char *heapmin_version(void);

/* Gives back to the system what nobody uses of the process heap, the caches of all threads
 * included. Returns the bytes given back. */
size_t heapmin_trim(void);

/* The same for any heap, or all (NULL). report may be NULL. 1; or 0 if heap is no heap, then the
 * report is all zero. */
int heapmin_heap_trim(void *heap, struct heapmin_trimmed *report);

/* Fills in what a heap, or all (NULL), holds. 1; or 0 if heap is no heap, then the summary is all
 * zero. */
int heapmin_heap_summary(void *heap, struct heapmin_summary *summary);

/* Checks a heap, or all (NULL), and names the first damage found. Returns its kind: HEAPMIN_INTACT
 * (0) for none. damage may be NULL. */
int heapmin_validate(void *heap, struct heapmin_damage *damage);

/* Writes a damage as an English sentence into text, which has room for size bytes; cut if need be,
 * and always ended by a zero byte if size isn't 0. Returns the length of the whole sentence, as
 * snprintf does: with size 0, text may be NULL. */
size_t heapmin_damage_text(const struct heapmin_damage *damage, char *text, size_t size);

#ifdef __cplusplus
}
#endif

#endif
