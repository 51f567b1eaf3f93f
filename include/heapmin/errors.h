/* The last error of the calling thread, and the codes that the heap functions set. */
#ifndef HEAPMIN_ERRORS_H
#define HEAPMIN_ERRORS_H

#include "types.h"

#define ERROR_SUCCESS 0
#define NO_ERROR 0
#define ERROR_INVALID_FUNCTION 1
#define ERROR_FILE_NOT_FOUND 2
#define ERROR_ACCESS_DENIED 5
#define ERROR_INVALID_HANDLE 6        /* no heap, or no moveable object, has this handle */
#define ERROR_ARENA_TRASHED 7
#define ERROR_NOT_ENOUGH_MEMORY 8     /* no memory, or the heap's limit is reached */
#define ERROR_INVALID_BLOCK 9
#define ERROR_INVALID_DATA 13
#define ERROR_BAD_LENGTH 24
#define ERROR_GEN_FAILURE 31
#define ERROR_SHARING_VIOLATION 32
#define ERROR_NOT_SUPPORTED 50
#define ERROR_INVALID_PARAMETER 87
#define ERROR_CALL_NOT_IMPLEMENTED 120
#define ERROR_INSUFFICIENT_BUFFER 122
#define ERROR_DISCARDED 157           /* a moveable object without memory */
#define ERROR_NOT_LOCKED 158
#define ERROR_NO_MORE_ITEMS 259       /* the end of a walk */
#define ERROR_MR_MID_NOT_FOUND 317    /* an NTSTATUS without a counterpart */
#define ERROR_INVALID_ADDRESS 487
#define ERROR_ARITHMETIC_OVERFLOW 534
#define ERROR_NOACCESS 998            /* nothing is mapped at the address */
#define ERROR_COMMITMENT_LIMIT 1455
#define ERROR_NOT_ENOUGH_QUOTA 1816

#ifdef __cplusplus
extern "C" {
#endif

/* The code that the last failing function of this thread left; 0 in a new thread.
 * Functions change it only where their documentation says so, hardly any on success. */
DWORD WINAPI GetLastError(void);

/* Stores any 32-bit value as the last error of this thread. */
void WINAPI SetLastError(DWORD dwErrCode);

#ifdef __cplusplus
}
#endif

#endif
