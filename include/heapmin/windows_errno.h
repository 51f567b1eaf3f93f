/* Microsoft's errno: the numbers of its <errno.h>, the cell of _errno(), and its messages.
 *
 * By default EINVAL, errno, strerror and perror are the system's, which also suits what heapmin
 * sets. This header replaces all of them at once: then errno is what heapmin's functions set, and
 * failures of the system's own functions (fopen, ...) don't show in it. For programs that depend on
 * the numbers: include it last, or define HEAPMIN_WINDOWS_ERRNO and include <errno.h> of
 * include/compat. */
#ifndef HEAPMIN_WINDOWS_ERRNO_H
#define HEAPMIN_WINDOWS_ERRNO_H

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "crt_errors.h"

#undef errno
#define errno (*_errno())
#undef strerror
#define strerror heapmin_strerror
#undef perror
#define perror heapmin_perror

#ifdef __cplusplus
/* std::strerror and std::perror */
namespace std {
using ::heapmin_perror;
using ::heapmin_strerror;
}
#endif

#undef EPERM
#define EPERM 1
#undef ENOENT
#define ENOENT 2
#undef ESRCH
#define ESRCH 3
#undef EINTR
#define EINTR 4
#undef EIO
#define EIO 5
#undef ENXIO
#define ENXIO 6
#undef E2BIG
#define E2BIG 7
#undef ENOEXEC
#define ENOEXEC 8
#undef EBADF
#define EBADF 9
#undef ECHILD
#define ECHILD 10
#undef EAGAIN
#define EAGAIN 11
#undef ENOMEM
#define ENOMEM 12
#undef EACCES
#define EACCES 13
#undef EFAULT
#define EFAULT 14
#undef EBUSY
#define EBUSY 16
#undef EEXIST
#define EEXIST 17
#undef EXDEV
#define EXDEV 18
#undef ENODEV
#define ENODEV 19
#undef ENOTDIR
#define ENOTDIR 20
#undef EISDIR
#define EISDIR 21
#undef EINVAL
#define EINVAL 22
#undef ENFILE
#define ENFILE 23
#undef EMFILE
#define EMFILE 24
#undef ENOTTY
#define ENOTTY 25
#undef EFBIG
#define EFBIG 27
#undef ENOSPC
#define ENOSPC 28
#undef ESPIPE
#define ESPIPE 29
#undef EROFS
#define EROFS 30
#undef EMLINK
#define EMLINK 31
#undef EPIPE
#define EPIPE 32
#undef EDOM
#define EDOM 33
#undef ERANGE
#define ERANGE 34
#undef EDEADLK
#define EDEADLK 36
#undef EDEADLOCK
#define EDEADLOCK 36
#undef ENAMETOOLONG
#define ENAMETOOLONG 38
#undef ENOLCK
#define ENOLCK 39
#undef ENOSYS
#define ENOSYS 40
#undef ENOTEMPTY
#define ENOTEMPTY 41
#undef EILSEQ
#define EILSEQ 42
#undef STRUNCATE
#define STRUNCATE 80
#undef EADDRINUSE
#define EADDRINUSE 100
#undef EADDRNOTAVAIL
#define EADDRNOTAVAIL 101
#undef EAFNOSUPPORT
#define EAFNOSUPPORT 102
#undef EALREADY
#define EALREADY 103
#undef EBADMSG
#define EBADMSG 104
#undef ECANCELED
#define ECANCELED 105
#undef ECONNABORTED
#define ECONNABORTED 106
#undef ECONNREFUSED
#define ECONNREFUSED 107
#undef ECONNRESET
#define ECONNRESET 108
#undef EDESTADDRREQ
#define EDESTADDRREQ 109
#undef EHOSTUNREACH
#define EHOSTUNREACH 110
#undef EIDRM
#define EIDRM 111
#undef EINPROGRESS
#define EINPROGRESS 112
#undef EISCONN
#define EISCONN 113
#undef ELOOP
#define ELOOP 114
#undef EMSGSIZE
#define EMSGSIZE 115
#undef ENETDOWN
#define ENETDOWN 116
#undef ENETRESET
#define ENETRESET 117
#undef ENETUNREACH
#define ENETUNREACH 118
#undef ENOBUFS
#define ENOBUFS 119
#undef ENODATA
#define ENODATA 120
#undef ENOLINK
#define ENOLINK 121
#undef ENOMSG
#define ENOMSG 122
#undef ENOPROTOOPT
#define ENOPROTOOPT 123
#undef ENOSR
#define ENOSR 124
#undef ENOSTR
#define ENOSTR 125
#undef ENOTCONN
#define ENOTCONN 126
#undef ENOTRECOVERABLE
#define ENOTRECOVERABLE 127
#undef ENOTSOCK
#define ENOTSOCK 128
#undef ENOTSUP
#define ENOTSUP 129
#undef EOPNOTSUPP
#define EOPNOTSUPP 130
#undef EOTHER
#define EOTHER 131
#undef EOVERFLOW
#define EOVERFLOW 132
#undef EOWNERDEAD
#define EOWNERDEAD 133
#undef EPROTO
#define EPROTO 134
#undef EPROTONOSUPPORT
#define EPROTONOSUPPORT 135
#undef EPROTOTYPE
#define EPROTOTYPE 136
#undef ETIME
#define ETIME 137
#undef ETIMEDOUT
#define ETIMEDOUT 138
#undef ETXTBSY
#define ETXTBSY 139
#undef EWOULDBLOCK
#define EWOULDBLOCK 140

#endif
