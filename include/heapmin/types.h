/* The scalar types of the Windows headers, with the widths they have there.
 *
 * DWORD, ULONG and LONG have 32 bits: `long`, which they are on Windows, has 64 on most
 * other systems, so they are `int` there. Print a DWORD with %u and a SIZE_T with %zu.
 * WCHAR is the system's wchar_t: 32 bits on Linux. */
#ifndef HEAPMIN_TYPES_H
#define HEAPMIN_TYPES_H

#include <stddef.h>
#include <stdint.h>

/* Fails to compile when `condition` is false; `name` tells where. */
#if defined(__cplusplus)
#define HEAPMIN_LAYOUT(name, condition) static_assert(condition, #name)
#elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
#define HEAPMIN_LAYOUT(name, condition) _Static_assert(condition, #name)
#else
#define HEAPMIN_LAYOUT(name, condition) typedef char heapmin_layout_##name[(condition) ? 1 : -1]
#endif

/* A number that depends on the width of a pointer. */
#define HEAPMIN_BY_WIDTH(bits64, bits32) ((size_t)(sizeof(void *) == 8 ? (bits64) : (bits32)))

/* Calling conventions: nothing but the system's own. */
#ifndef WINAPI
#define WINAPI
#endif
#ifndef NTAPI
#define NTAPI
#endif
#ifndef CALLBACK
#define CALLBACK
#endif
#ifndef APIENTRY
#define APIENTRY
#endif

#if defined(_WIN32)
typedef unsigned long DWORD;
typedef unsigned long ULONG;
typedef long LONG;
#else
typedef unsigned int DWORD;
typedef unsigned int ULONG;
typedef int LONG;
#endif

typedef int BOOL;
typedef int INT;
typedef unsigned int UINT;
typedef ULONG LOGICAL;
typedef unsigned char BYTE;
typedef unsigned char UCHAR;
typedef BYTE BOOLEAN;
typedef unsigned short WORD;
typedef unsigned short USHORT;
typedef short SHORT;
typedef char CHAR;
typedef wchar_t WCHAR;
typedef float FLOAT;

typedef int32_t INT32;
typedef uint32_t UINT32;
typedef uint32_t DWORD32;
typedef int64_t INT64;
typedef uint64_t UINT64;
typedef uint64_t DWORD64;
typedef int64_t LONGLONG;
typedef uint64_t ULONGLONG;
typedef uint64_t DWORDLONG;

typedef size_t SIZE_T;
typedef ptrdiff_t SSIZE_T;
typedef intptr_t INT_PTR;
typedef uintptr_t UINT_PTR;
typedef intptr_t LONG_PTR;
typedef uintptr_t ULONG_PTR;
typedef uintptr_t DWORD_PTR;

typedef void *PVOID;
typedef void *LPVOID;
typedef const void *LPCVOID;
typedef void *HANDLE;
typedef HANDLE HLOCAL;
typedef HANDLE HGLOBAL;

typedef BOOL *PBOOL;
typedef BOOL *LPBOOL;
typedef BYTE *PBYTE;
typedef BYTE *LPBYTE;
typedef UCHAR *PUCHAR;
typedef BOOLEAN *PBOOLEAN;
typedef WORD *PWORD;
typedef WORD *LPWORD;
typedef USHORT *PUSHORT;
typedef DWORD *PDWORD;
typedef DWORD *LPDWORD;
typedef ULONG *PULONG;
typedef LONG *PLONG;
typedef LONG *LPLONG;
typedef INT *PINT;
typedef INT *LPINT;
typedef UINT *PUINT;
typedef SIZE_T *PSIZE_T;
typedef ULONG_PTR *PULONG_PTR;
typedef HANDLE *PHANDLE;
typedef HANDLE *LPHANDLE;

typedef CHAR *PCHAR;
typedef CHAR *PSTR;
typedef CHAR *LPSTR;
typedef const CHAR *PCSTR;
typedef const CHAR *LPCSTR;
typedef WCHAR *PWCHAR;
typedef WCHAR *PWSTR;
typedef WCHAR *LPWSTR;
typedef const WCHAR *PCWSTR;
typedef const WCHAR *LPCWSTR;

/* Results of functions whose names begin with Rtl: 0 and above are success. */
typedef LONG NTSTATUS;
typedef NTSTATUS *PNTSTATUS;

/* Results of the functions of <intsafe.h>: 0 and above are success. */
typedef LONG HRESULT;

#ifndef VOID
#define VOID void
#endif
#ifndef CONST
#define CONST const
#endif
#ifndef FALSE
#define FALSE 0
#endif
#ifndef TRUE
#define TRUE 1
#endif

/* What every block of a heap is aligned to, in bytes. */
#if UINTPTR_MAX > 0xFFFFFFFFu
#define MEMORY_ALLOCATION_ALIGNMENT 16
#else
#define MEMORY_ALLOCATION_ALIGNMENT 8
#endif

HEAPMIN_LAYOUT(width_of_dword, sizeof(DWORD) == 4);
HEAPMIN_LAYOUT(width_of_ulong, sizeof(ULONG) == 4);
HEAPMIN_LAYOUT(width_of_long, sizeof(LONG) == 4);
HEAPMIN_LAYOUT(width_of_word, sizeof(WORD) == 2);
HEAPMIN_LAYOUT(width_of_boolean, sizeof(BOOLEAN) == 1);
HEAPMIN_LAYOUT(width_of_size_t, sizeof(SIZE_T) == sizeof(void *));
HEAPMIN_LAYOUT(width_of_ntstatus, sizeof(NTSTATUS) == 4);

#endif
