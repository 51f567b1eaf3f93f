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

/* Why memory is still there after a trim; the parts add up to what is resident. */
struct heapmin_left {
    size_t live;       /* bytes in live blocks */
    size_t fragmented; /* free bytes on pages with a live block */
    size_t cached;     /* free memory, and what other threads have freed or taken meanwhile */
    size_t huge;       /* free pages of huge pages that are mostly live, and stay whole */
    size_t metadata;   /* heapmin's own tables, caches and records */
};

/* What a trim did, to the heap that was trimmed, or to all, and to what heaps share: free memory
 * and metadata. */
struct heapmin_trimmed {
    size_t resident_before;   /* bytes that were in memory before, */
    size_t resident_after;    /* and after */
    size_t released;          /* bytes given back: the difference, or 0 if others took more */
    struct heapmin_left left; /* what is left, and why: the parts of resident_after */
};

/* What heapmin_set_decay takes, and heapmin_decay returns, in place of milliseconds. */
enum heapmin_decay_value {
    HEAPMIN_DECAY_NO_HEAP = -2, /* returned only: the handle is no heap's */
    HEAPMIN_DECAY_NEVER = -1,   /* memory stays until a trim */
    HEAPMIN_DECAY_AT_ONCE = 0   /* memory goes back as soon as it is free */
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

/* The same for any heap, or all (NULL): those left out then that another thread has locked, or that
 * have HEAP_NO_SERIALIZE. Other threads may use the heap meanwhile, and destroy it. report may be
 * NULL. 1; or 0 if heap is no heap, or no longer, then the report is all zero. */
int heapmin_heap_trim(void *heap, struct heapmin_trimmed *report);

/* Says for how long memory that nobody uses stays for reuse before it goes back by itself: in
 * milliseconds up to UINT32_MAX, or one of the values above. NULL: of the process heap, and of all
 * heaps, of now and of later, that were not set by themselves. 1; or 0 if heap is no heap or the
 * time is below -1 or above UINT32_MAX, then nothing has changed. */
int heapmin_set_decay(void *heap, long milliseconds);

/* What was set: milliseconds, or one of the values above. NULL: for heaps that were not set by
 * themselves. */
long heapmin_decay(void *heap);

/* Begins to give memory back whenever the system, or the container, runs short of it (on is not 0),
 * or ends that (0). 1; or 0 if nothing here tells of pressure, or there is no thread to listen. */
int heapmin_set_pressure(int on);

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
