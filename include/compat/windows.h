/* <windows.h> as far as programs need it that are about heaps: the heap functions, the types, and
 * a few words around them.
 *
 * Compile with -Iinclude/compat and link libheapmin.so (see malloc.h for when to take
 * libheapmin_malloc.so). Texts are of char: compile without UNICODE. */
#pragma GCC system_header
#ifndef HEAPMIN_COMPAT_WINDOWS_H
#define HEAPMIN_COMPAT_WINDOWS_H

#if defined(UNICODE) || defined(_UNICODE)
#error "only texts of char are supported: compile without UNICODE and _UNICODE"
#endif

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../heapapi.h"
#include "../heapmin/keywords.h"
#include "../heapmin/process.h"

typedef CHAR TCHAR;
typedef TCHAR *LPTSTR;
typedef TCHAR *PTSTR;
typedef const TCHAR *LPCTSTR;
typedef const TCHAR *PCTSTR;

#ifndef TEXT
#define TEXT(text) text
#endif

#define S_OK ((HRESULT)0)
#define S_FALSE ((HRESULT)1)
#define E_OUTOFMEMORY ((HRESULT)0x8007000E)
#define E_INVALIDARG ((HRESULT)0x80070057)
#define SUCCEEDED(result) (((HRESULT)(result)) >= 0)
#define FAILED(result) (((HRESULT)(result)) < 0)

#define INVALID_HANDLE_VALUE ((HANDLE)(LONG_PTR)-1)

#define RtlZeroMemory(destination, size) memset((destination), 0, (size))
#define RtlFillMemory(destination, size, byte) memset((destination), (byte), (size))
#define RtlCopyMemory(destination, source, size) memcpy((destination), (source), (size))
#define RtlMoveMemory(destination, source, size) memmove((destination), (source), (size))
#define ZeroMemory RtlZeroMemory
#define FillMemory RtlFillMemory
#define CopyMemory RtlCopyMemory
#define MoveMemory RtlMoveMemory

#ifndef UNREFERENCED_PARAMETER
#define UNREFERENCED_PARAMETER(parameter) ((void)(parameter))
#endif
#ifndef ARRAYSIZE
#define ARRAYSIZE(array) (sizeof(array) / sizeof((array)[0]))
#endif
#ifndef _countof
#define _countof(array) ARRAYSIZE(array)
#endif

#if !defined(__cplusplus) && !defined(NOMINMAX)
#ifndef min
#define min(a, b) (((a) < (b)) ? (a) : (b))
#endif
#ifndef max
#define max(a, b) (((a) > (b)) ? (a) : (b))
#endif
#endif

#endif
