// A program of rows: each ROW is a function, row_ID, that returns if its row of
// docs/conformance/crt.md holds. Without an argument the program lists its rows; with the name of
// one it runs that row, in the set-up that all rows share: an invalid-parameter handler that counts
// and returns, and errno at a value that no function gives.

#ifndef ROWS_H
#define ROWS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crtheap.h"
#include "heapmin/plain_names.h"
#include "heapmin/windows_errno.h"

#define KIB ((size_t)1 << 10)
#define MIB ((size_t)1 << 20)

#define MAXREQ ((size_t)_HEAP_MAXREQ)

// What errno is before each call.
enum { SENTINEL = 0x5EAD };

struct row {
    const char *name;
    void (*body)(void);
    struct row *next;
};

static struct row *first_row;
static const char *running = "no row";

#define ROW(id)                                                                  \
    static void row_##id(void);                                                  \
    static struct row entry_##id = {#id, row_##id, NULL};                        \
    __attribute__((constructor)) static void enlist_##id(void) {                 \
        entry_##id.next = first_row;                                             \
        first_row = &entry_##id;                                                 \
    }                                                                            \
    static void row_##id(void)

// Says which row, where and why, and ends the program.
#define FAIL(...)                                                                \
    do {                                                                         \
        dprintf(2, "row %s: %s:%d: ", running, __FILE__, __LINE__);              \
        dprintf(2, __VA_ARGS__);                                                 \
        dprintf(2, "\n");                                                        \
        _exit(1);                                                                \
    } while (0)

#define HOLDS(condition)                                                         \
    do {                                                                         \
        if (!(condition)) {                                                      \
            FAIL("not so: %s", #condition);                                      \
        }                                                                        \
    } while (0)

// As HOLDS, with a number that shows which case failed.
#define HOLDS_AT(condition, at)                                                  \
    do {                                                                         \
        if (!(condition)) {                                                      \
            FAIL("not so: %s, at %zu", #condition, (size_t)(at));                \
        }                                                                        \
    } while (0)

// Integers are equal.
#define EQUAL(got, expected)                                                     \
    do {                                                                         \
        const long long got_ = (long long)(got);                                 \
        const long long expected_ = (long long)(expected);                       \
        if (got_ != expected_) {                                                 \
            FAIL("%s is %lld (0x%llx), not %lld", #got, got_, got_, expected_);  \
        }                                                                        \
    } while (0)

// As EQUAL, with a number that shows which case failed.
#define EQUAL_AT(got, expected, at)                                              \
    do {                                                                         \
        const long long got_ = (long long)(got);                                 \
        const long long expected_ = (long long)(expected);                       \
        if (got_ != expected_) {                                                 \
            FAIL("%s is %lld (0x%llx), not %lld, at %zu", #got, got_, got_,      \
                 expected_, (size_t)(at));                                       \
        }                                                                        \
    } while (0)

// Pointers are the same.
#define SAME(got, expected)                                                      \
    do {                                                                         \
        const void *got_ = (const void *)(got);                                  \
        const void *expected_ = (const void *)(expected);                        \
        if (got_ != expected_) {                                                 \
            FAIL("%s is %p, not %p", #got, got_, expected_);                     \
        }                                                                        \
    } while (0)

// Texts are the same.
#define TEXT(got, expected)                                                      \
    do {                                                                         \
        const char *text_ = (got);                                               \
        const char *wanted_ = (expected);                                        \
        if (text_ == NULL || strcmp(text_, wanted_) != 0) {                      \
            FAIL("%s is \"%s\", not \"%s\"", #got, text_ ? text_ : "(null)",     \
                 wanted_);                                                       \
        }                                                                        \
    } while (0)

// Bytes from..to (not included) of a block have this value.
#define BYTES(block, from, to, value)                                            \
    do {                                                                         \
        const unsigned char *bytes_ = (const unsigned char *)(block);            \
        for (size_t i_ = (from); i_ < (size_t)(to); i_++) {                      \
            if (bytes_[i_] != (unsigned char)(value)) {                          \
                FAIL("%s[%zu] is 0x%02X, not 0x%02X (%zu..%zu)", #block, i_,     \
                     bytes_[i_], (unsigned char)(value), (size_t)(from),         \
                     (size_t)(to));                                              \
            }                                                                    \
        }                                                                        \
    } while (0)

// The handler of the set-up, and what it saw.
static int handler_calls;
static int errno_in_handler;

static void count_and_return(const wchar_t *expression, const wchar_t *function,
                             const wchar_t *file, unsigned int line, uintptr_t reserved) {
    (void)expression, (void)function, (void)file, (void)line, (void)reserved;
    handler_calls++;
    errno_in_handler = *_errno();
}

// The set-up of every call.
static void set_up(void) {
    _set_invalid_parameter_handler(count_and_return);
    *_errno() = SENTINEL;
    handler_calls = 0;
}

// errno and the number of calls of the handler, after a call.
#define ERRNO_AND_HANDLER(call, number, calls)                                   \
    do {                                                                         \
        const int errno_ = *_errno();                                            \
        if (errno_ != (number)) {                                                \
            FAIL("after %s errno is %d, not %d", call, errno_, (number));        \
        }                                                                        \
        if (handler_calls != (calls)) {                                          \
            FAIL("%s called the handler %d times, not %d", call, handler_calls,  \
                 (calls));                                                       \
        }                                                                        \
    } while (0)

// A call that succeeds: errno unchanged, handler not called.
#define QUIETLY(call)                                                            \
    do {                                                                         \
        set_up();                                                                \
        call;                                                                    \
        ERRNO_AND_HANDLER(#call, SENTINEL, 0);                                   \
    } while (0)

// A call that has this integer for a result and changes nothing else.
#define GIVES(call, result)                                                      \
    do {                                                                         \
        set_up();                                                                \
        EQUAL(call, result);                                                     \
        ERRNO_AND_HANDLER(#call, SENTINEL, 0);                                   \
    } while (0)

// An allocation that succeeds: its block in `block`, errno unchanged, handler not called.
#define ALLOCATES(block, call)                                                   \
    do {                                                                         \
        set_up();                                                                \
        (block) = (call);                                                        \
        if ((block) == NULL) {                                                   \
            FAIL("%s is NULL, errno %d", #call, *_errno());                      \
        }                                                                        \
        ERRNO_AND_HANDLER(#call, SENTINEL, 0);                                   \
    } while (0)

// An allocation that fails: NULL, ENOMEM, handler not called.
#define RUNS_OUT(call)                                                           \
    do {                                                                         \
        set_up();                                                                \
        SAME(call, NULL);                                                        \
        ERRNO_AND_HANDLER(#call, ENOMEM, 0);                                  \
    } while (0)

// A call with an argument that is refused: this integer, EINVAL, the handler called once.
#define REFUSES(call, result)                                                    \
    do {                                                                         \
        set_up();                                                                \
        EQUAL(call, result);                                                     \
        ERRNO_AND_HANDLER(#call, EINVAL, 1);                                  \
    } while (0)

// The same for a call whose result is a pointer.
#define REFUSES_WITH_NULL(call)                                                  \
    do {                                                                         \
        set_up();                                                                \
        SAME(call, NULL);                                                        \
        ERRNO_AND_HANDLER(#call, EINVAL, 1);                                  \
    } while (0)

// A pointer is a multiple of this.
#define ALIGNED(pointer, alignment)                                              \
    EQUAL_AT((uintptr_t)(pointer) % (alignment), 0, alignment)

int main(int count, char **arguments) {
    for (struct row *row = first_row; row != NULL; row = row->next) {
        if (count < 2) {
            printf("%s\n", row->name);
        } else if (strcmp(row->name, arguments[1]) == 0) {
            running = row->name;
            set_up();
            row->body();
            return 0;
        }
    }
    if (count < 2) {
        return 0;
    }
    dprintf(2, "no such row: %s\n", arguments[1]);
    return 2;
}

#endif
