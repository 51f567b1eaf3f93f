/* <errno.h> as Windows programs expect it: the system's, with errno_t, _set_errno, _get_errno,
 * _doserrno and so on.
 *
 * Names and numbers are the system's, and heapmin's functions set the system's errno too. With
 * HEAPMIN_WINDOWS_ERRNO defined, they are Microsoft's; see heapmin/windows_errno.h. */
#pragma GCC system_header
#include_next <errno.h>

#ifndef HEAPMIN_COMPAT_ERRNO_H
#define HEAPMIN_COMPAT_ERRNO_H

#include "../heapmin/crt_errors.h"
#include "../heapmin/keywords.h"

#endif

/* Also for a later #include, with the names defined by then. */
#ifdef HEAPMIN_WINDOWS_ERRNO
#include "../heapmin/windows_errno.h"
#endif
