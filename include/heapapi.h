/* heapmin: the heap that Windows documents. This header is its Win32 part.
 *
 *   heapapi.h               heaps: HeapCreate, HeapAlloc, HeapWalk, ...
 *   heapmin/errors.h        GetLastError and the ERROR_ codes
 *   heapmin/exceptions.h    what HEAP_GENERATE_EXCEPTIONS raises
 *   heapmin/moveable.h      LocalAlloc, GlobalAlloc, ...
 *   heapmin/rtl.h           RtlCreateHeap, RtlAllocateHeap, ...
 *
 * All of them come with this one. Link libheapmin.so, or libheapmin_malloc.so, which is also
 * the program's malloc.
 *
 * Sizes are in bytes. A heap is named by its HANDLE; handles of heaps that never were, or are
 * no more, are refused with ERROR_INVALID_HANDLE. All functions may be called from any thread,
 * except on heaps made with HEAP_NO_SERIALIZE, which the caller has to serialise. */
#ifndef HEAPMIN_HEAPAPI_H
#define HEAPMIN_HEAPAPI_H

#include "heapmin/errors.h"
#include "heapmin/exceptions.h"
#include "heapmin/types.h"

/* Options of a heap, and flags of a single call. A call has those of its heap as well. */
#define HEAP_NO_SERIALIZE 0x00000001             /* no lock */
#define HEAP_GROWABLE 0x00000002                 /* RtlCreateHeap only */
#define HEAP_GENERATE_EXCEPTIONS 0x00000004      /* raise instead of returning NULL */
#define HEAP_ZERO_MEMORY 0x00000008              /* zero what is new in the block */
#define HEAP_REALLOC_IN_PLACE_ONLY 0x00000010    /* resize without moving, or fail */
#define HEAP_TAIL_CHECKING_ENABLED 0x00000020    /* accepted; the check is always on */
#define HEAP_FREE_CHECKING_ENABLED 0x00000040    /* accepted, no effect */
#define HEAP_DISABLE_COALESCE_ON_FREE 0x00000080 /* accepted, no effect */
#define HEAP_CREATE_SEGMENT_HEAP 0x00000100      /* accepted, no effect */
#define HEAP_CREATE_HARDENED 0x00000200          /* accepted, no effect */
#define HEAP_CREATE_ALIGN_16 0x00010000          /* accepted; blocks always are */
#define HEAP_CREATE_ENABLE_TRACING 0x00020000    /* accepted, no effect */
#define HEAP_CREATE_ENABLE_EXECUTE 0x00040000    /* code in blocks may run */

/* Tags of blocks, of old; they have no effect. */
#define HEAP_MAXIMUM_TAG 0x0FFF
#define HEAP_PSEUDO_TAG_FLAG 0x8000
#define HEAP_TAG_SHIFT 18
#define HEAP_MAKE_TAG_FLAGS(TagBase, Tag) \
    ((DWORD)((DWORD)(TagBase) + ((DWORD)(Tag) << HEAP_TAG_SHIFT)))

/* What HeapWalk found, in PROCESS_HEAP_ENTRY.wFlags; 0 is a free block. */
#define PROCESS_HEAP_REGION 0x0001            /* the start of a region; see Region */
#define PROCESS_HEAP_UNCOMMITTED_RANGE 0x0002 /* address space without memory */
#define PROCESS_HEAP_ENTRY_BUSY 0x0004        /* a live block */
#define PROCESS_HEAP_SEG_ALLOC 0x0008
#define PROCESS_HEAP_ENTRY_MOVEABLE 0x0010 /* with BUSY: of LocalAlloc or GlobalAlloc; see Block */
#define PROCESS_HEAP_ENTRY_DDESHARE 0x0020 /* with BUSY: of GlobalAlloc with GMEM_DDESHARE */

/* PROCESS_HEAP_ENTRY.Block */
typedef struct HEAPMIN_ENTRY_BLOCK {
    HANDLE hMem; /* the handle of a moveable block */
    DWORD dwReserved[3];
} HEAPMIN_ENTRY_BLOCK;

/* PROCESS_HEAP_ENTRY.Region */
typedef struct HEAPMIN_ENTRY_REGION {
    DWORD dwCommittedSize;   /* bytes with memory behind them */
    DWORD dwUnCommittedSize; /* bytes of address space only */
    LPVOID lpFirstBlock;
    LPVOID lpLastBlock; /* the first address behind the region */
} HEAPMIN_ENTRY_REGION;

/* A part of a heap: what HeapWalk fills in, and its place in the walk. */
typedef struct _PROCESS_HEAP_ENTRY {
    PVOID lpData;      /* where the part begins; NULL starts a walk */
    DWORD cbData;      /* bytes; of a live block those asked for; 0xFFFFFFFF for 4 GiB and more */
    BYTE cbOverhead;   /* bytes the heap itself needs for the part */
    BYTE iRegionIndex; /* which region the part belongs to; 64 for blocks outside of regions */
    WORD wFlags;       /* PROCESS_HEAP_... */
#ifdef __GNUC__
    __extension__
#endif
    union {
        HEAPMIN_ENTRY_BLOCK Block;   /* with PROCESS_HEAP_ENTRY_MOVEABLE */
        HEAPMIN_ENTRY_REGION Region; /* with PROCESS_HEAP_REGION */
    };
} PROCESS_HEAP_ENTRY, *LPPROCESS_HEAP_ENTRY, *PPROCESS_HEAP_ENTRY;

/* The sums that HeapSummary fills in, in bytes. */
typedef struct _HEAP_SUMMARY {
    DWORD cb;            /* to be set to sizeof(HEAP_SUMMARY) */
    SIZE_T cbAllocated;  /* of live blocks, as asked for */
    SIZE_T cbCommitted;  /* with memory behind them */
    SIZE_T cbReserved;   /* of address space */
    SIZE_T cbMaxReserve; /* the most that cbReserved may become */
} HEAP_SUMMARY, *PHEAP_SUMMARY, *LPHEAP_SUMMARY;

typedef enum _HEAP_INFORMATION_CLASS {
    HeapCompatibilityInformation = 0,       /* a ULONG: 0 or 2, the low-fragmentation heap */
    HeapEnableTerminationOnCorruption = 1,  /* bad pointers end the process from now on */
    HeapOptimizeResources = 3,              /* a HEAP_OPTIMIZE_RESOURCES_INFORMATION: trims */
    HeapTag = 7
} HEAP_INFORMATION_CLASS;

#define HEAP_OPTIMIZE_RESOURCES_CURRENT_VERSION 1

typedef struct _HEAP_OPTIMIZE_RESOURCES_INFORMATION {
    DWORD Version; /* HEAP_OPTIMIZE_RESOURCES_CURRENT_VERSION */
    DWORD Flags;   /* 0 */
} HEAP_OPTIMIZE_RESOURCES_INFORMATION, *PHEAP_OPTIMIZE_RESOURCES_INFORMATION;

HEAPMIN_LAYOUT(heap_entry, sizeof(PROCESS_HEAP_ENTRY) == HEAPMIN_BY_WIDTH(40, 28));
HEAPMIN_LAYOUT(heap_entry_size, offsetof(PROCESS_HEAP_ENTRY, cbData) == HEAPMIN_BY_WIDTH(8, 4));
HEAPMIN_LAYOUT(heap_entry_overhead,
               offsetof(PROCESS_HEAP_ENTRY, cbOverhead) == HEAPMIN_BY_WIDTH(12, 8));
HEAPMIN_LAYOUT(heap_entry_index,
               offsetof(PROCESS_HEAP_ENTRY, iRegionIndex) == HEAPMIN_BY_WIDTH(13, 9));
HEAPMIN_LAYOUT(heap_entry_flags,
               offsetof(PROCESS_HEAP_ENTRY, wFlags) == HEAPMIN_BY_WIDTH(14, 10));
HEAPMIN_LAYOUT(heap_entry_block, offsetof(PROCESS_HEAP_ENTRY, Block) == HEAPMIN_BY_WIDTH(16, 12));
HEAPMIN_LAYOUT(heap_entry_region,
               offsetof(PROCESS_HEAP_ENTRY, Region) == HEAPMIN_BY_WIDTH(16, 12));
HEAPMIN_LAYOUT(heap_entry_reserved,
               offsetof(PROCESS_HEAP_ENTRY, Block.dwReserved) == HEAPMIN_BY_WIDTH(24, 16));
HEAPMIN_LAYOUT(heap_entry_uncommitted,
               offsetof(PROCESS_HEAP_ENTRY, Region.dwUnCommittedSize) == HEAPMIN_BY_WIDTH(20, 16));
HEAPMIN_LAYOUT(heap_entry_first,
               offsetof(PROCESS_HEAP_ENTRY, Region.lpFirstBlock) == HEAPMIN_BY_WIDTH(24, 20));
HEAPMIN_LAYOUT(heap_entry_last,
               offsetof(PROCESS_HEAP_ENTRY, Region.lpLastBlock) == HEAPMIN_BY_WIDTH(32, 24));
HEAPMIN_LAYOUT(heap_summary, sizeof(HEAP_SUMMARY) == HEAPMIN_BY_WIDTH(40, 20));
HEAPMIN_LAYOUT(heap_summary_allocated,
               offsetof(HEAP_SUMMARY, cbAllocated) == HEAPMIN_BY_WIDTH(8, 4));
HEAPMIN_LAYOUT(heap_summary_maximum,
               offsetof(HEAP_SUMMARY, cbMaxReserve) == HEAPMIN_BY_WIDTH(32, 16));
HEAPMIN_LAYOUT(heap_information_class, sizeof(HEAP_INFORMATION_CLASS) == 4);
HEAPMIN_LAYOUT(heap_optimize, sizeof(HEAP_OPTIMIZE_RESOURCES_INFORMATION) == 8);

#ifdef __cplusplus
extern "C" {
#endif

/* Makes a heap. flOptions: HEAP_NO_SERIALIZE, HEAP_GENERATE_EXCEPTIONS,
 * HEAP_CREATE_ENABLE_EXECUTE; others are ignored. dwInitialSize: bytes to have memory for at
 * once. dwMaximumSize: 0 for a heap that grows as needed; else it never takes more than these
 * bytes, its own needs included, nor single blocks of about 1 MiB (512 KiB in 32-bit programs)
 * and more. Returns NULL when there is no memory: ERROR_NOT_ENOUGH_MEMORY. */
HANDLE WINAPI HeapCreate(DWORD flOptions, SIZE_T dwInitialSize, SIZE_T dwMaximumSize);

/* Frees a heap with all its blocks. Nobody may be using it. FALSE with ERROR_INVALID_HANDLE for
 * the process heap and for what is no heap. */
BOOL WINAPI HeapDestroy(HANDLE hHeap);

/* The heap that every process has, the same for all threads. */
HANDLE WINAPI GetProcessHeap(void);

/* Stores up to NumberOfHeaps handles: the process heap first, the others in the order they were
 * made. Returns how many heaps there are; (0, NULL) only counts. */
DWORD WINAPI GetProcessHeaps(DWORD NumberOfHeaps, PHANDLE ProcessHeaps);

/* A block of at least dwBytes, aligned to MEMORY_ALLOCATION_ALIGNMENT; 0 bytes make a block too.
 * dwFlags: HEAP_NO_SERIALIZE, HEAP_ZERO_MEMORY, HEAP_GENERATE_EXCEPTIONS. Without memory: NULL
 * and ERROR_NOT_ENOUGH_MEMORY, or the exception STATUS_NO_MEMORY. */
LPVOID WINAPI HeapAlloc(HANDLE hHeap, DWORD dwFlags, SIZE_T dwBytes);

/* Makes a block dwBytes long; its contents move along. dwFlags as for HeapAlloc:
 * HEAP_ZERO_MEMORY zeroes what is new; and HEAP_REALLOC_IN_PLACE_ONLY. On failure (as HeapAlloc)
 * the block stays as it was. Not like realloc: lpMem NULL gives NULL and the last error 0, and
 * dwBytes 0 gives a block of 0 bytes. */
LPVOID WINAPI HeapReAlloc(HANDLE hHeap, DWORD dwFlags, LPVOID lpMem, SIZE_T dwBytes);

/* Frees a block; NULL is fine. dwFlags: HEAP_NO_SERIALIZE. What is no live block of this heap is
 * refused: FALSE with ERROR_INVALID_PARAMETER, or ERROR_NOACCESS where nothing is mapped; after
 * HeapEnableTerminationOnCorruption the process ends instead. */
BOOL WINAPI HeapFree(HANDLE hHeap, DWORD dwFlags, LPVOID lpMem);

/* The bytes asked for when the block was made or last resized, or (SIZE_T)-1 if there is no such
 * block. The last error stays. */
SIZE_T WINAPI HeapSize(HANDLE hHeap, DWORD dwFlags, LPCVOID lpMem);

/* With lpMem NULL, whether the whole heap is intact, else whether lpMem is a live block of it and
 * intact. Never ends the process and does not set the last error, except to ERROR_NOACCESS where
 * nothing is mapped and ERROR_INVALID_HANDLE. */
BOOL WINAPI HeapValidate(HANDLE hHeap, DWORD dwFlags, LPCVOID lpMem);

/* The size of the largest free block, in bytes. 0 with the last error 0: nothing is free; 0 with
 * another: it failed. */
SIZE_T WINAPI HeapCompact(HANDLE hHeap, DWORD dwFlags);

/* Keeps all other threads out of the heap until HeapUnlock; counts, so a thread may nest them. TRUE
 * without effect on heaps made with HEAP_NO_SERIALIZE. */
BOOL WINAPI HeapLock(HANDLE hHeap);

/* Undoes one HeapLock. FALSE with ERROR_NOT_LOCKED if this thread has no lock. */
BOOL WINAPI HeapUnlock(HANDLE hHeap);

/* Fills in the next part of the heap. Set lpData to NULL for the first, then pass the structure
 * back as it is. Keep the heap locked meanwhile if other threads use it. FALSE at the end, with
 * ERROR_NO_MORE_ITEMS. */
BOOL WINAPI HeapWalk(HANDLE hHeap, LPPROCESS_HEAP_ENTRY lpEntry);

/* Fills in the sums of a heap. Set lpSummary->cb first; dwFlags is 0. FALSE with
 * ERROR_INVALID_PARAMETER if cb is wrong. */
BOOL WINAPI HeapSummary(HANDLE hHeap, DWORD dwFlags, LPHEAP_SUMMARY lpSummary);

/* Reads a property of a heap into a buffer; ReturnLength, which may be NULL, gets its length. FALSE
 * with ERROR_INSUFFICIENT_BUFFER, ERROR_INVALID_PARAMETER for an unknown class, ERROR_NOACCESS for
 * a NULL heap. */
BOOL WINAPI HeapQueryInformation(HANDLE HeapHandle, HEAP_INFORMATION_CLASS HeapInformationClass,
                                 PVOID HeapInformation, SIZE_T HeapInformationLength,
                                 PSIZE_T ReturnLength);

/* Sets a property of a heap. HeapEnableTerminationOnCorruption (NULL, 0) and HeapOptimizeResources
 * also take NULL for the heap: then they are for all. FALSE with ERROR_INVALID_PARAMETER,
 * ERROR_GEN_FAILURE if the value can't be set any more, ERROR_INSUFFICIENT_BUFFER. */
BOOL WINAPI HeapSetInformation(HANDLE HeapHandle, HEAP_INFORMATION_CLASS HeapInformationClass,
                               PVOID HeapInformation, SIZE_T HeapInformationLength);

#ifdef __cplusplus
}
#endif

#include "heapmin/moveable.h"
#include "heapmin/rtl.h"

#endif
