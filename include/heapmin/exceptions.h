/* Structured exceptions, as far as HEAP_GENERATE_EXCEPTIONS needs them.
 *
 * There are no __try and __except outside Microsoft's compilers. An exception is offered to
 * the handlers that AddVectoredExceptionHandler set, first to last; a handler may leave by
 * longjmp or by a C++ exception (no lock of the heap is held). If none takes it, the process
 * ends with a message that names the exception and the call. */
#ifndef HEAPMIN_EXCEPTIONS_H
#define HEAPMIN_EXCEPTIONS_H

#include "status.h"
#include "types.h"

/* What a handler returns. For an exception of HeapAlloc or HeapReAlloc, continuing means that
 * the function returns NULL. */
#define EXCEPTION_EXECUTE_HANDLER 1
#define EXCEPTION_CONTINUE_SEARCH 0
#define EXCEPTION_CONTINUE_EXECUTION (-1)

#define EXCEPTION_ACCESS_VIOLATION STATUS_ACCESS_VIOLATION

#define EXCEPTION_NONCONTINUABLE 0x1
#define EXCEPTION_MAXIMUM_PARAMETERS 15

/* What happened. */
typedef struct _EXCEPTION_RECORD {
    DWORD ExceptionCode;  /* STATUS_NO_MEMORY, STATUS_ACCESS_VIOLATION, or the caller's own */
    DWORD ExceptionFlags; /* 0 or EXCEPTION_NONCONTINUABLE */
    struct _EXCEPTION_RECORD *ExceptionRecord;
    PVOID ExceptionAddress;
    DWORD NumberParameters; /* how many of ExceptionInformation are set */
    ULONG_PTR ExceptionInformation[EXCEPTION_MAXIMUM_PARAMETERS];
} EXCEPTION_RECORD, *PEXCEPTION_RECORD;

/* The processor's registers: never given here. */
typedef struct _CONTEXT CONTEXT, *PCONTEXT;

typedef struct _EXCEPTION_POINTERS {
    PEXCEPTION_RECORD ExceptionRecord;
    PCONTEXT ContextRecord; /* always NULL */
} EXCEPTION_POINTERS, *PEXCEPTION_POINTERS, *LPEXCEPTION_POINTERS;

typedef LONG(CALLBACK *PVECTORED_EXCEPTION_HANDLER)(EXCEPTION_POINTERS *ExceptionInfo);

HEAPMIN_LAYOUT(exception_record, sizeof(EXCEPTION_RECORD) == HEAPMIN_BY_WIDTH(152, 80));
HEAPMIN_LAYOUT(exception_information,
               offsetof(EXCEPTION_RECORD, ExceptionInformation) == HEAPMIN_BY_WIDTH(32, 20));

#ifdef __cplusplus
extern "C" {
#endif

/* Adds a handler: with First nonzero in front of all others, else behind them. Returns a
 * handle to remove it with, or NULL when there is no memory. */
PVOID WINAPI AddVectoredExceptionHandler(ULONG First, PVECTORED_EXCEPTION_HANDLER Handler);

/* Removes a handler by what AddVectoredExceptionHandler returned. Returns 0 if there is none. */
ULONG WINAPI RemoveVectoredExceptionHandler(PVOID Handle);

/* Raises an exception with up to 15 arguments. Returns when a handler asks to continue, which
 * EXCEPTION_NONCONTINUABLE in dwExceptionFlags forbids. */
void WINAPI RaiseException(DWORD dwExceptionCode, DWORD dwExceptionFlags,
                           DWORD nNumberOfArguments, const ULONG_PTR *lpArguments);

#ifdef __cplusplus
}
#endif

#endif
