// Exceptions, caught by a vectored handler that jumps out.

#ifndef RAISED_H
#define RAISED_H

#include "rows.h"

#include <setjmp.h>

static __thread jmp_buf raised_target;
static __thread DWORD raised_code;

static LONG CALLBACK raised_handler(PEXCEPTION_POINTERS pointers) {
    raised_code = pointers->ExceptionRecord->ExceptionCode;
    longjmp(raised_target, 1);
}

// Calls a function; the exception that it raises, or 0 if it returns.
static inline DWORD exception_of(void (*call)(void *), void *argument) {
    PVOID handler = AddVectoredExceptionHandler(1, raised_handler);
    CHECK(handler != NULL);
    raised_code = 0;
    if (setjmp(raised_target) == 0) {
        call(argument);
    }
    CHECK(RemoveVectoredExceptionHandler(handler) != 0);
    return raised_code;
}

// Arguments and result of a call to HeapAlloc or HeapReAlloc.
struct attempt {
    HANDLE heap;
    DWORD flags;
    LPVOID memory;
    SIZE_T size;
    LPVOID result;
};

static inline void try_alloc(void *pointer) {
    struct attempt *attempt = pointer;
    attempt->result = HeapAlloc(attempt->heap, attempt->flags, attempt->size);
}

static inline void try_realloc(void *pointer) {
    struct attempt *attempt = pointer;
    attempt->result = HeapReAlloc(attempt->heap, attempt->flags, attempt->memory, attempt->size);
}

#endif
