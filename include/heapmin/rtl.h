/* The heap functions of ntdll: those of heapapi.h with NTSTATUS results, and some of their own. */
#ifndef HEAPMIN_RTL_H
#define HEAPMIN_RTL_H

#include "../heapapi.h"
#include "status.h"

/* Flags of RtlAllocateHeap and RtlReAllocateHeap only. */
#define HEAP_SETTABLE_USER_VALUE 0x00000100 /* the block carries a word of the caller's */
#define HEAP_SETTABLE_USER_FLAG1 0x00000200
#define HEAP_SETTABLE_USER_FLAG2 0x00000400
#define HEAP_SETTABLE_USER_FLAG3 0x00000800
#define HEAP_SETTABLE_USER_FLAGS 0x00000E00
#define HEAP_CLASS_0 0x00000000
#define HEAP_CLASS_1 0x00001000
#define HEAP_CLASS_MASK 0x0000F000

/* What RtlWalkHeap found, in RTL_HEAP_WALK_ENTRY.Flags; 0 is a free block. */
#define RTL_HEAP_BUSY 0x0001
#define RTL_HEAP_SEGMENT 0x0002
#define RTL_HEAP_SETTABLE_VALUE 0x0010
#define RTL_HEAP_SETTABLE_FLAG1 0x0020
#define RTL_HEAP_SETTABLE_FLAG2 0x0040
#define RTL_HEAP_SETTABLE_FLAG3 0x0080
#define RTL_HEAP_SETTABLE_FLAGS 0x00E0
#define RTL_HEAP_UNCOMMITTED_RANGE 0x1000
#define RTL_HEAP_PROTECTED_ENTRY 0x2000
#define RTL_HEAP_LARGE_ALLOC 0x4000
#define RTL_HEAP_LFH_ALLOC 0x8000

/* RTL_HEAP_WALK_ENTRY.Block */
typedef struct HEAPMIN_RTL_ENTRY_BLOCK {
    SIZE_T Settable; /* the caller's word */
    USHORT TagIndex;
    USHORT AllocatorBackTraceIndex;
    ULONG Reserved[2];
} HEAPMIN_RTL_ENTRY_BLOCK;

/* RTL_HEAP_WALK_ENTRY.Segment */
typedef struct HEAPMIN_RTL_ENTRY_SEGMENT {
    ULONG CommittedSize;
    ULONG UnCommittedSize;
    PVOID FirstEntry;
    PVOID LastEntry;
} HEAPMIN_RTL_ENTRY_SEGMENT;

/* A part of a heap: what RtlWalkHeap fills in, and its place in the walk. */
typedef struct _RTL_HEAP_WALK_ENTRY {
    PVOID DataAddress; /* NULL starts a walk */
    SIZE_T DataSize;
    UCHAR OverheadBytes;
    UCHAR SegmentIndex;
    USHORT Flags; /* RTL_HEAP_... */
#ifdef __GNUC__
    __extension__
#endif
    union {
        HEAPMIN_RTL_ENTRY_BLOCK Block;
        HEAPMIN_RTL_ENTRY_SEGMENT Segment;
    };
} RTL_HEAP_WALK_ENTRY, *PRTL_HEAP_WALK_ENTRY;

/* Gives memory to a heap in the caller's address space: *CommitSize bytes at *CommitAddress. */
typedef NTSTATUS(NTAPI *PRTL_HEAP_COMMIT_ROUTINE)(PVOID Base, PVOID *CommitAddress,
                                                  PSIZE_T CommitSize);

/* Numbers for RtlCreateHeap, in bytes; 0 stands for the usual value. */
typedef struct _RTL_HEAP_PARAMETERS {
    ULONG Length; /* sizeof(RTL_HEAP_PARAMETERS) */
    SIZE_T SegmentReserve;
    SIZE_T SegmentCommit;
    SIZE_T DeCommitFreeBlockThreshold;
    SIZE_T DeCommitTotalFreeThreshold;
    SIZE_T MaximumAllocationSize;
    SIZE_T VirtualMemoryThreshold;
    SIZE_T InitialCommit;
    SIZE_T InitialReserve;
    PRTL_HEAP_COMMIT_ROUTINE CommitRoutine;
    SIZE_T Reserved[2];
} RTL_HEAP_PARAMETERS, *PRTL_HEAP_PARAMETERS;

/* What blocks of a tag there were. */
typedef struct _RTL_HEAP_TAG_INFO {
    ULONG NumberOfAllocations;
    ULONG NumberOfFrees;
    SIZE_T BytesAllocated;
} RTL_HEAP_TAG_INFO, *PRTL_HEAP_TAG_INFO;

/* Called by RtlEnumProcessHeaps for each heap; anything but success ends the enumeration. */
typedef NTSTATUS(NTAPI *PRTL_ENUM_HEAPS_ROUTINE)(PVOID HeapHandle, PVOID Parameter);

HEAPMIN_LAYOUT(rtl_entry, sizeof(RTL_HEAP_WALK_ENTRY) == HEAPMIN_BY_WIDTH(48, 28));
HEAPMIN_LAYOUT(rtl_entry_flags, offsetof(RTL_HEAP_WALK_ENTRY, Flags) == HEAPMIN_BY_WIDTH(18, 10));
HEAPMIN_LAYOUT(rtl_entry_settable,
               offsetof(RTL_HEAP_WALK_ENTRY, Block.Settable) == HEAPMIN_BY_WIDTH(24, 12));
HEAPMIN_LAYOUT(rtl_entry_tag,
               offsetof(RTL_HEAP_WALK_ENTRY, Block.TagIndex) == HEAPMIN_BY_WIDTH(32, 16));
HEAPMIN_LAYOUT(rtl_entry_reserved,
               offsetof(RTL_HEAP_WALK_ENTRY, Block.Reserved) == HEAPMIN_BY_WIDTH(36, 20));
HEAPMIN_LAYOUT(rtl_entry_first,
               offsetof(RTL_HEAP_WALK_ENTRY, Segment.FirstEntry) == HEAPMIN_BY_WIDTH(32, 20));
HEAPMIN_LAYOUT(rtl_entry_last,
               offsetof(RTL_HEAP_WALK_ENTRY, Segment.LastEntry) == HEAPMIN_BY_WIDTH(40, 24));
HEAPMIN_LAYOUT(rtl_parameters, sizeof(RTL_HEAP_PARAMETERS) == HEAPMIN_BY_WIDTH(96, 48));
HEAPMIN_LAYOUT(rtl_tag_info, sizeof(RTL_HEAP_TAG_INFO) == HEAPMIN_BY_WIDTH(16, 12));
HEAPMIN_LAYOUT(rtl_parameters_commit,
               offsetof(RTL_HEAP_PARAMETERS, CommitRoutine) == HEAPMIN_BY_WIDTH(72, 36));

#ifdef __cplusplus
extern "C" {
#endif

/* Makes a heap. Flags: HEAP_GROWABLE, HEAP_NO_SERIALIZE, HEAP_GENERATE_EXCEPTIONS. Without
 * HEAP_GROWABLE, ReserveSize bytes are all it will ever have (0: 64 pages). With a HeapBase the
 * heap lives in the caller's address space, which Parameters describe. NULL on failure. */
PVOID NTAPI RtlCreateHeap(ULONG Flags, PVOID HeapBase, SIZE_T ReserveSize, SIZE_T CommitSize,
                          PVOID Lock, PRTL_HEAP_PARAMETERS Parameters);

/* Frees a heap with all its blocks. NULL on success, else the handle. */
PVOID NTAPI RtlDestroyHeap(PVOID HeapHandle);

/* As HeapAlloc and HeapReAlloc, last error included, and with the HEAP_SETTABLE_ flags. */
PVOID NTAPI RtlAllocateHeap(PVOID HeapHandle, ULONG Flags, SIZE_T Size);
PVOID NTAPI RtlReAllocateHeap(PVOID HeapHandle, ULONG Flags, PVOID BaseAddress, SIZE_T Size);

/* As HeapFree, HeapSize, HeapCompact, HeapLock, HeapUnlock and HeapValidate. RtlValidateHeap of
 * a NULL heap is RtlValidateProcessHeaps: whether all heaps are intact. */
LOGICAL NTAPI RtlFreeHeap(PVOID HeapHandle, ULONG Flags, PVOID BaseAddress);
SIZE_T NTAPI RtlSizeHeap(PVOID HeapHandle, ULONG Flags, PVOID BaseAddress);
SIZE_T NTAPI RtlCompactHeap(PVOID HeapHandle, ULONG Flags);
BOOLEAN NTAPI RtlLockHeap(PVOID HeapHandle);
BOOLEAN NTAPI RtlUnlockHeap(PVOID HeapHandle);
BOOLEAN NTAPI RtlValidateHeap(PVOID HeapHandle, ULONG Flags, PVOID BaseAddress);
BOOLEAN NTAPI RtlValidateProcessHeaps(void);

/* Fills in the next part of a heap, as HeapWalk. STATUS_NO_MORE_ENTRIES at the end. */
NTSTATUS NTAPI RtlWalkHeap(PVOID HeapHandle, PRTL_HEAP_WALK_ENTRY Entry);

/* As GetProcessHeaps. */
ULONG NTAPI RtlGetProcessHeaps(ULONG NumberOfHeaps, PVOID *ProcessHeaps);

/* Calls a function for each heap. Returns what it returned last: the first failure, or success. */
NTSTATUS NTAPI RtlEnumProcessHeaps(PRTL_ENUM_HEAPS_ROUTINE EnumRoutine, PVOID Parameter);

/* As HeapQueryInformation and HeapSetInformation, with the status that belongs to the error. */
NTSTATUS NTAPI RtlQueryHeapInformation(PVOID HeapHandle,
                                       HEAP_INFORMATION_CLASS HeapInformationClass,
                                       PVOID HeapInformation, SIZE_T HeapInformationLength,
                                       PSIZE_T ReturnLength);
NTSTATUS NTAPI RtlSetHeapInformation(PVOID HeapHandle, HEAP_INFORMATION_CLASS HeapInformationClass,
                                     PVOID HeapInformation, SIZE_T HeapInformationLength);

/* The word and the flags of a block made with HEAP_SETTABLE_USER_VALUE. For other blocks
 * *UserValue stays as it is and *UserFlags becomes 0. FALSE if there is no such block. */
BOOLEAN NTAPI RtlGetUserInfoHeap(PVOID HeapHandle, ULONG Flags, PVOID BaseAddress,
                                 PVOID *UserValue, PULONG UserFlags);

/* Sets the word of such a block. */
BOOLEAN NTAPI RtlSetUserValueHeap(PVOID HeapHandle, ULONG Flags, PVOID BaseAddress,
                                  PVOID UserValue);

/* Clears and sets flags of such a block. FALSE with ERROR_INVALID_PARAMETER for bits outside
 * HEAP_SETTABLE_USER_FLAGS. */
BOOLEAN NTAPI RtlSetUserFlagsHeap(PVOID HeapHandle, ULONG Flags, PVOID BaseAddress,
                                  ULONG UserFlagsReset, ULONG UserFlagsSet);

/* Makes Count blocks of Size bytes and stores their addresses. Returns how many it made; it stops
 * at the first failure, with ERROR_NOT_ENOUGH_MEMORY or an exception. */
ULONG NTAPI RtlMultipleAllocateHeap(PVOID HeapHandle, ULONG Flags, SIZE_T Size, ULONG Count,
                                    PVOID *Array);

/* Frees blocks; NULL is fine. Returns how many it freed; it stops at the first that is no block,
 * with ERROR_INVALID_PARAMETER. */
ULONG NTAPI RtlMultipleFreeHeap(PVOID HeapHandle, ULONG Flags, ULONG Count, PVOID *Array);

/* Tags count allocations where the system's heap tagging is on; here it never is. 0 and NULL. */
ULONG NTAPI RtlCreateTagHeap(PVOID HeapHandle, ULONG Flags, PWSTR TagPrefix, PWSTR TagNames);
PWSTR NTAPI RtlQueryTagHeap(PVOID HeapHandle, ULONG Flags, USHORT TagIndex, BOOLEAN ResetCounters,
                            PRTL_HEAP_TAG_INFO HeapTagInfo);

/* The ERROR_ code that belongs to a status; ERROR_MR_MID_NOT_FOUND if there is none. */
ULONG NTAPI RtlNtStatusToDosError(NTSTATUS Status);

#ifdef __cplusplus
}
#endif

#endif
