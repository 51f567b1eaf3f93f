/* How the C run-time functions fail: errno, messages, the new handler and the
 * invalid-parameter handler.
 *
 * Two cells per thread hold the number of the last failure: the one of _errno(), with
 * Microsoft's numbers, and the system's own errno, with the system's. ENOMEM (12) and EINVAL (22)
 * are the same in both, ENOSYS is not (40 and, on Linux, 38). The names EINVAL and so on are the
 * system's; heapmin/windows_errno.h replaces them by Microsoft's. */
#ifndef HEAPMIN_CRT_ERRORS_H
#define HEAPMIN_CRT_ERRORS_H

#include "types.h"

#ifndef _ERRCODE_DEFINED
#define _ERRCODE_DEFINED
typedef int errno_t;
#endif

/* Called when an allocation of that many bytes failed: nonzero to try again. It may throw. */
typedef int (*_PNH)(size_t);

/* Called for a bad argument. The texts are NULL and the line 0, as in Microsoft's release
 * libraries; errno is EINVAL already. If it returns, the function fails as documented. */
typedef void (*_invalid_parameter_handler)(const wchar_t *expression, const wchar_t *function,
                                           const wchar_t *file, unsigned int line,
                                           uintptr_t reserved);

#ifdef __cplusplus
extern "C" {
#endif

/* -- errno */

/* This thread's cell with Microsoft's number of the last failure. */
#ifndef __MINGW32__ /* whose headers declare it already */
int *_errno(void);
#endif

/* This thread's cell with the operating system's number of the last failure. */
DWORD *__doserrno(void);

/* Store and read the two cells. 0, or EINVAL for a NULL pointer, which is an invalid parameter. */
errno_t _set_errno(int value);
errno_t _get_errno(int *value);
errno_t _set_doserrno(DWORD value);
errno_t _get_doserrno(DWORD *value);

/* Sets both cells for an error code of Windows, as GetLastError gives it: the _errno() cell to
 * the number that the code maps to. */
void _dosmaperr(DWORD code);

/* -- Messages for Microsoft's numbers. The buffers belong to the thread and hold until its next
 * call. */

/* The text for a number, "Unknown error" if there is none. strerror of the system's C library
 * takes the system's numbers. */
char *heapmin_strerror(int number);
wchar_t *_wcserror(int number);

/* "message: text" for the number in _errno(), of message at most 94 characters; message may be
 * NULL. */
char *_strerror(const char *message);
wchar_t *__wcserror(const wchar_t *message);

/* The same into a buffer of size characters, cut if need be. 0, or EINVAL for NULL or size 0,
 * which is an invalid parameter. */
errno_t strerror_s(char *buffer, size_t size, int number);
errno_t _wcserror_s(wchar_t *buffer, size_t size, int number);
errno_t _strerror_s(char *buffer, size_t size, const char *message);
errno_t __wcserror_s(wchar_t *buffer, size_t size, const wchar_t *message);

/* Writes "message: text" and a line feed to standard error, without message only the text. */
void heapmin_perror(const char *message);
void _wperror(const wchar_t *message);

/* The table of texts, and how many it has. */
char **__sys_errlist(void);
int *__sys_nerr(void);

/* -- The new handler: what to do when memory is short. Both are the process's. */

/* Installs a handler, NULL for none. Returns the one before. */
_PNH _set_new_handler(_PNH handler);
_PNH _query_new_handler(void);

/* Mode 1 calls the handler also for malloc and its relatives; 0, the default, doesn't. Returns the
 * mode before. Another mode is an invalid parameter: -1. */
int _set_new_mode(int mode);
int _query_new_mode(void);

/* Calls the handler, whatever the mode. 1: it wants to try again. 0: it doesn't, or there is
 * none. */
int _callnewh(size_t size);

/* -- The invalid-parameter handler: the thread's if set, else the process's, else the process ends
 * with a message. Setting returns the one before; NULL for none. */

_invalid_parameter_handler _set_invalid_parameter_handler(_invalid_parameter_handler handler);
_invalid_parameter_handler _get_invalid_parameter_handler(void);
_invalid_parameter_handler
_set_thread_local_invalid_parameter_handler(_invalid_parameter_handler handler);
_invalid_parameter_handler _get_thread_local_invalid_parameter_handler(void);

/* Calls the handler, for code that checks its own parameters. Returns if the handler does. */
void _invalid_parameter_noinfo(void);

#ifdef __cplusplus
}
#endif

#define _doserrno (*__doserrno())
#define _sys_errlist (__sys_errlist())
#define _sys_nerr (*__sys_nerr())

#endif
