/* The debug heap of Microsoft's C run-time library.
 *
 * With _DEBUG defined, blocks carry who allocated them, guard bytes around them and fill bytes
 * in them, and can be listed, counted, checked and watched; _msize, _expand, _recalloc and the
 * _aligned_ functions then take and give blocks of the debug heap, and so do malloc and its
 * relatives with include/compat. With _CRTDBG_MAP_ALLOC as well, blocks also know the file and
 * line they were allocated in. Compile all files of a program with or all without _DEBUG.
 *
 * Without _DEBUG the calls vanish, and leave the documented values; see crtdbg_release.h.
 *
 *   |<------ header, 48 bytes ------>|<----- size bytes ----->|<- 4 ->|
 *   | size, file, ...      | 4 x FD  | CD at first            | FD    |
 *                                    ^ what the caller gets
 *
 * Sizes are in bytes, without header and guards. */
#ifndef HEAPMIN_CRTDBG_H
#define HEAPMIN_CRTDBG_H

#include <stdarg.h>

#include "types.h"

/* Types of blocks. The low 16 bits are the type, the high ones a subtype of the caller's. */
#define _FREE_BLOCK 0   /* freed, and kept to see whether it is written to */
#define _NORMAL_BLOCK 1 /* what malloc gives */
#define _CRT_BLOCK 2    /* of the library itself */
#define _IGNORE_BLOCK 3 /* made while _CRTDBG_ALLOC_MEM_DF was off: not reported */
#define _CLIENT_BLOCK 4 /* of the caller's own type */
#define _MAX_BLOCKS 5
#define _BLOCK_TYPE(block) ((block) & 0xFFFF)
#define _BLOCK_SUBTYPE(block) (((block) >> 16) & 0xFFFF)

/* Flags of _CrtSetDbgFlag. The high 16 bits say after how many calls the heap is checked. */
#define _CRTDBG_ALLOC_MEM_DF 0x01      /* new blocks are tracked; on at first */
#define _CRTDBG_DELAY_FREE_MEM_DF 0x02 /* freed blocks are kept, filled with 0xDD */
#define _CRTDBG_CHECK_ALWAYS_DF 0x04   /* the heap is checked at each call */
#define _CRTDBG_RESERVED_DF 0x08
#define _CRTDBG_CHECK_CRT_DF 0x10  /* blocks of the library itself count as well */
#define _CRTDBG_LEAK_CHECK_DF 0x20 /* _CrtDumpMemoryLeaks when the process ends */
#define _CRTDBG_CHECK_EVERY_16_DF 0x00100000
#define _CRTDBG_CHECK_EVERY_128_DF 0x00800000
#define _CRTDBG_CHECK_EVERY_1024_DF 0x04000000
#define _CRTDBG_CHECK_DEFAULT_DF 0
#define _CRTDBG_REPORT_FLAG (-1) /* asks for the flags */

/* What an allocation hook is called for. */
#define _HOOK_ALLOC 1
#define _HOOK_REALLOC 2
#define _HOOK_FREE 3

/* Types of reports. */
#define _CRT_WARN 0
#define _CRT_ERROR 1
#define _CRT_ASSERT 2
#define _CRT_ERRCNT 3

/* Where reports go, of _CrtSetReportMode. */
#define _CRTDBG_MODE_FILE 0x1  /* the file of _CrtSetReportFile */
#define _CRTDBG_MODE_DEBUG 0x2 /* standard error, in lines that begin with "debug: " */
#define _CRTDBG_MODE_WNDW 0x4  /* the same: there are no windows here */
#define _CRTDBG_REPORT_MODE (-1) /* asks for the mode */

/* The file of reports: (_HFILE)(intptr_t)descriptor, or one of these. Not a FILE *. */
typedef void *_HFILE;
#define _CRTDBG_INVALID_HFILE ((_HFILE)(intptr_t)-1)
#define _CRTDBG_HFILE_ERROR ((_HFILE)(intptr_t)-2)
#define _CRTDBG_FILE_STDOUT ((_HFILE)(intptr_t)-4)
#define _CRTDBG_FILE_STDERR ((_HFILE)(intptr_t)-5)
#define _CRTDBG_REPORT_FILE ((_HFILE)(intptr_t)-6)

#define _CRT_RPTHOOK_INSTALL 0
#define _CRT_RPTHOOK_REMOVE 1

/* Sees each report before it goes out. Nonzero: it was handled; *result 1 then breaks. */
typedef int (*_CRT_REPORT_HOOK)(int type, char *message, int *result);

/* Sees each allocation (block NULL), resize and free before it is done; 0 makes it fail. It has to
 * let blocks of type _CRT_BLOCK pass. */
typedef int (*_CRT_ALLOC_HOOK)(int operation, void *block, size_t size, int type, long request,
                               const unsigned char *file, int line);

/* Writes what a client block contains, when one is dumped. */
typedef void (*_CRT_DUMP_CLIENT)(void *block, size_t size);

/* The header of a block; private. */
typedef struct _CrtMemBlockHeader _CrtMemBlockHeader;

/* The heap at one moment: what _CrtMemCheckpoint fills in. */
typedef struct _CrtMemState {
    _CrtMemBlockHeader *pBlockHeader; /* the newest block */
    size_t lCounts[_MAX_BLOCKS];      /* how many blocks of each type */
    size_t lSizes[_MAX_BLOCKS];       /* how many bytes in them */
    size_t lHighWaterCount;           /* the most bytes there were at one time */
    size_t lTotalCount;               /* the bytes of all allocations so far */
} _CrtMemState;

HEAPMIN_LAYOUT(mem_state, sizeof(_CrtMemState) == HEAPMIN_BY_WIDTH(104, 52));
HEAPMIN_LAYOUT(mem_state_sizes, offsetof(_CrtMemState, lSizes) == HEAPMIN_BY_WIDTH(48, 24));
HEAPMIN_LAYOUT(mem_state_high,
               offsetof(_CrtMemState, lHighWaterCount) == HEAPMIN_BY_WIDTH(88, 44));

#ifdef _DEBUG
#include "crtdbg_debug.h"
#else
#include "crtdbg_release.h"
#endif

#endif
