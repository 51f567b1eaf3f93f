// The texts of error numbers.

#include "rows.h"

#include <wchar.h>

#include "blocks.h"

ROW(X10) {
    TEXT(strerror(0), "No error");
    TEXT(strerror(2), "No such file or directory");
    TEXT(strerror(42), "Illegal byte sequence");
}

ROW(X11) {
    char unknown[100];
    HOLDS(strerror(-1) != NULL);
    strcpy(unknown, strerror(-1));
    TEXT(unknown, "Unknown error");
    TEXT(strerror(43), unknown);
    TEXT(strerror(INT32_MAX), unknown);
    TEXT(strerror(INT32_MIN), unknown);
}

static void *text_of_two(void *nothing) {
    (void)nothing;
    char *text = strerror(2);
    TEXT(text, "No such file or directory");
    return text;
}

ROW(X12) {
    char *mine = strerror(42);
    char *theirs = on_another_thread(text_of_two, NULL);
    HOLDS(mine != theirs);
    TEXT(mine, "Illegal byte sequence");
}

ROW(X13) {
    char buffer[8] = "kept";
    REFUSES(strerror_s(NULL, 0, 0), EINVAL);
    REFUSES(strerror_s(NULL, 256, 0), EINVAL);
    REFUSES(strerror_s(buffer, 0, 0), EINVAL);
    TEXT(buffer, "kept");
}

ROW(X14) {
    char buffer[16];
    memset(buffer, 'x', sizeof buffer);
    GIVES(strerror_s(buffer, 1, 0), 0);
    TEXT(buffer, "");
    GIVES(strerror_s(buffer, 2, 0), 0);
    TEXT(buffer, "N");
    BYTES(buffer, 2, sizeof buffer, 'x');
    GIVES(strerror_s(buffer, 8, 0), 0);
    TEXT(buffer, "No erro");
    GIVES(strerror_s(buffer, 9, 0), 0);
    TEXT(buffer, "No error");
}

ROW(X15) {
    char buffer[256];
    GIVES(strerror_s(buffer, sizeof buffer, -1), 0);
    TEXT(buffer, strerror(-1));
}

// What a function writes to standard error.
static char *written(void (*write)(const char *), const char *message) {
    static char text[1000];
    FILE *file = tmpfile();
    fflush(stderr);
    const int kept = dup(2);
    dup2(fileno(file), 2);
    write(message);
    fflush(stderr);
    dup2(kept, 2);
    close(kept);
    const ssize_t length = pread(fileno(file), text, sizeof text - 1, 0);
    text[length > 0 ? length : 0] = '\0';
    fclose(file);
    return text;
}

static void write_narrow(const char *message) {
    perror(message);
}

ROW(X16) {
    _set_errno(42);
    TEXT(written(write_narrow, "Oops"), "Oops: Illegal byte sequence\n");
    EQUAL(*_errno(), 42);
}

ROW(X17) {
    _set_errno(42);
    TEXT(written(write_narrow, NULL), "Illegal byte sequence\n");
    TEXT(written(write_narrow, ""), "Illegal byte sequence\n");
}

ROW(X18) {
    EQUAL(EINVAL, 22);
    EQUAL(ENOMEM, 12);
    EQUAL(ENOSYS, 40);
    EQUAL(ERANGE, 34);
    EQUAL(EILSEQ, 42);
    EQUAL(STRUNCATE, 80);
}

// Every name of the documentation has Microsoft's number.
ROW(K83) {
    static const struct {
        int number, expected;
    } names[] = {
        {EPERM, 1}, {EINVAL, 22}, {ENOENT, 2}, {ENFILE, 23}, {ESRCH, 3}, {EMFILE, 24}, {EINTR, 4},
        {ENOTTY, 25}, {EIO, 5}, {EFBIG, 27}, {ENXIO, 6}, {ENOSPC, 28}, {E2BIG, 7}, {ESPIPE, 29}, {ENOEXEC, 8},
        {EROFS, 30}, {EBADF, 9}, {EMLINK, 31}, {ECHILD, 10}, {EPIPE, 32}, {EAGAIN, 11}, {EDOM, 33},
        {ENOMEM, 12}, {ERANGE, 34}, {EACCES, 13}, {EDEADLK, 36}, {EFAULT, 14}, {EDEADLOCK, 36}, {EBUSY, 16},
        {ENAMETOOLONG, 38}, {EEXIST, 17}, {ENOLCK, 39}, {EXDEV, 18}, {ENOSYS, 40}, {ENODEV, 19},
        {ENOTEMPTY, 41}, {ENOTDIR, 20}, {EILSEQ, 42}, {EISDIR, 21}, {STRUNCATE, 80}, {EADDRINUSE, 100},
        {EADDRNOTAVAIL, 101}, {EAFNOSUPPORT, 102}, {EALREADY, 103}, {EBADMSG, 104}, {ECANCELED, 105},
        {ECONNABORTED, 106}, {ECONNREFUSED, 107}, {ECONNRESET, 108}, {EDESTADDRREQ, 109}, {EHOSTUNREACH, 110},
        {EIDRM, 111}, {EINPROGRESS, 112}, {EISCONN, 113}, {ELOOP, 114}, {EMSGSIZE, 115}, {ENETDOWN, 116},
        {ENETRESET, 117}, {ENETUNREACH, 118}, {ENOBUFS, 119}, {ENODATA, 120}, {ENOLINK, 121}, {ENOMSG, 122},
        {ENOPROTOOPT, 123}, {ENOSR, 124}, {ENOSTR, 125}, {ENOTCONN, 126}, {ENOTRECOVERABLE, 127},
        {ENOTSOCK, 128}, {ENOTSUP, 129}, {EOPNOTSUPP, 130}, {EOTHER, 131}, {EOVERFLOW, 132},
        {EOWNERDEAD, 133}, {EPROTO, 134}, {EPROTONOSUPPORT, 135}, {EPROTOTYPE, 136}, {ETIME, 137},
        {ETIMEDOUT, 138}, {ETXTBSY, 139}, {EWOULDBLOCK, 140},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        EQUAL_AT(names[i].number, names[i].expected, i);
    }
}

// Wide and narrow are the same words.
static void same_words(const wchar_t *wide, const char *narrow) {
    HOLDS(wide != NULL && narrow != NULL);
    EQUAL(wcslen(wide), strlen(narrow));
    for (size_t i = 0; narrow[i] != '\0'; i++) {
        EQUAL_AT(wide[i], narrow[i], i);
    }
}

ROW(K45) {
    for (int number = -2; number <= 150; number++) {
        same_words(_wcserror(number), strerror(number));
        HOLDS_AT(strerror(number)[0] != '\0', number);
    }
}

// The buffer is the thread's own, and the next call writes over it.
ROW(K46) {
    char *first = strerror(2);
    SAME(strerror(42), first);
    TEXT(first, "Illegal byte sequence");
    wchar_t *wide = _wcserror(2);
    SAME(_wcserror(42), wide);
    same_words(wide, "Illegal byte sequence");
}

// A message of the caller's in front; a newline may follow the text.
static void with_message(const char *got, const char *expected) {
    char line[200];
    snprintf(line, sizeof line, "%s\n", expected);
    if (strcmp(got, expected) != 0) {
        TEXT(got, line);
    }
}

ROW(K47) {
    _set_errno(42);
    with_message(_strerror("Oops"), "Oops: Illegal byte sequence");
    with_message(_strerror(NULL), "Illegal byte sequence");
    EQUAL(*_errno(), 42);
    char long_message[95];
    memset(long_message, 'm', 94);
    long_message[94] = '\0';
    const char *text = _strerror(long_message);
    EQUAL(strncmp(text, long_message, 94), 0);
    EQUAL(strncmp(text + 94, ": Illegal byte sequence", 23), 0);
}

ROW(K48) {
    _set_errno(2);
    const wchar_t *text = __wcserror(L"Oops");
    EQUAL(wcsncmp(text, L"Oops: No such file or directory", 31), 0);
    HOLDS(text[31] == L'\0' || wcscmp(text + 31, L"\n") == 0);
    text = __wcserror(NULL);
    EQUAL(wcsncmp(text, L"No such file or directory", 25), 0);
}

// The forms with a buffer: cut to what fits, refused without a buffer.
ROW(K49) {
    char buffer[100];
    wchar_t wide[100];
    _set_errno(42);
    EQUAL(_strerror_s(buffer, sizeof buffer, "Oops"), 0);
    with_message(buffer, "Oops: Illegal byte sequence");
    EQUAL(_strerror_s(buffer, 7, "Oops"), 0);
    TEXT(buffer, "Oops: ");
    EQUAL(_strerror_s(buffer, sizeof buffer, NULL), 0);
    with_message(buffer, "Illegal byte sequence");
    EQUAL(__wcserror_s(wide, 5, L"Oops"), 0);
    same_words(wide, "Oops");
    EQUAL(_wcserror_s(wide, 100, 2), 0);
    same_words(wide, "No such file or directory");
    EQUAL(_wcserror_s(wide, 3, 2), 0);
    same_words(wide, "No");
    strcpy(buffer, "kept");
    REFUSES(_strerror_s(NULL, 10, "Oops"), EINVAL);
    REFUSES(_strerror_s(buffer, 0, "Oops"), EINVAL);
    TEXT(buffer, "kept");
    REFUSES(_wcserror_s(NULL, 10, 2), EINVAL);
    REFUSES(_wcserror_s(wide, 0, 2), EINVAL);
    REFUSES(__wcserror_s(NULL, 10, L"Oops"), EINVAL);
    REFUSES(__wcserror_s(wide, 0, L"Oops"), EINVAL);
    same_words(wide, "No");
}

static void write_wide(const char *message) {
    wchar_t wide[100];
    mbstowcs(wide, message, 100);
    _wperror(message[0] == '?' ? NULL : wide);
}

ROW(K50) {
    _set_errno(42);
    TEXT(written(write_wide, "Oops"), "Oops: Illegal byte sequence\n");
    TEXT(written(write_wide, ""), "Illegal byte sequence\n");
    TEXT(written(write_wide, "?"), "Illegal byte sequence\n");
    _set_errno(-7);
    TEXT(written(write_narrow, "Oops"), "Oops: Unknown error\n");
}

// The table itself: 43 texts, those of strerror, and a writable count.
ROW(K51) {
    EQUAL(*__sys_nerr(), 43);
    for (int number = 0; number < *__sys_nerr(); number++) {
        TEXT(strerror(number), __sys_errlist()[number]);
    }
    TEXT(_sys_errlist[42], "Illegal byte sequence");
    EQUAL(_sys_nerr, 43);
    SAME(__sys_nerr(), __sys_nerr());
    SAME(__sys_errlist(), __sys_errlist());
}
