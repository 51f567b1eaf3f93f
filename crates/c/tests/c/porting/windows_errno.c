// HEAPMIN_WINDOWS_ERRNO: errno, its numbers and its messages are Microsoft's.

#include "rule.h"

#define HEAPMIN_WINDOWS_ERRNO
#include <errno.h>
#include <malloc.h>

RULE(windows_errno_has_microsofts_numbers) {
    CHECK_EQUAL(EINVAL, 22);
    CHECK_EQUAL(ENOMEM, 12);
    CHECK_EQUAL(ERANGE, 34);
    CHECK_EQUAL(EDEADLK, 36);
    CHECK_EQUAL(ENAMETOOLONG, 38);
    CHECK_EQUAL(ENOSYS, 40);
    CHECK_EQUAL(EILSEQ, 42);
    CHECK_EQUAL(STRUNCATE, 80);
    CHECK_EQUAL(EWOULDBLOCK, 140);
}

RULE(windows_errno_is_what_heapmin_sets) {
    errno = 0;
    CHECK_EQUAL(_heapadd(NULL, 0), -1);
    CHECK_EQUAL(errno, ENOSYS);
    CHECK_EQUAL(_set_errno(ENAMETOOLONG), 0);
    CHECK_EQUAL(errno, 38);
    CHECK(&errno == _errno());
}

RULE(windows_errno_has_microsofts_messages) {
    CHECK(strcmp(strerror(0), "No error") == 0);
    CHECK(strcmp(strerror(ENOENT), "No such file or directory") == 0);
    CHECK(strcmp(strerror(EILSEQ), "Illegal byte sequence") == 0);
    errno = EILSEQ;
    perror("it went wrong");
}
