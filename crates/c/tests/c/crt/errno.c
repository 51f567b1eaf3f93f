// errno, _doserrno and the invalid-parameter handlers.

#include "rows.h"

#include <signal.h>
#include <sys/wait.h>

#include "blocks.h"

ROW(X01) {
    static const int values[] = {22, -1, (int)0xDEADBEEF, 0};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        set_up();
        EQUAL(_set_errno(values[i]), 0);
        EQUAL(*_errno(), values[i]);
        EQUAL(handler_calls, 0);
    }
}

ROW(X02) {
    int value = 0;
    GIVES(_get_errno(&value), 0);
    EQUAL(value, SENTINEL);
    _set_errno(-5);
    EQUAL(_get_errno(&value), 0);
    EQUAL(value, -5);
}

// As documented: errno becomes EINVAL as well.
ROW(X03) {
    REFUSES(_get_errno(NULL), EINVAL);
}

ROW(X04) {
    GIVES(_set_doserrno(2), 0);
    EQUAL(*__doserrno(), 2);
    GIVES(_set_doserrno(-1), 0);
    EQUAL(*__doserrno(), (uint32_t)-1);
    EQUAL(sizeof *__doserrno(), 4);
}

ROW(X05) {
    _set_doserrno(77);
    set_up();
    EQUAL(_get_doserrno(NULL), EINVAL);
    EQUAL(*__doserrno(), 77);
    uint32_t value = 0;
    GIVES(_get_doserrno((void *)&value), 0);
    EQUAL(value, 77);
}

static void *fresh_cells(void *nothing) {
    (void)nothing;
    EQUAL(*_errno(), 0);
    EQUAL(*__doserrno(), 0);
    int *cell = _errno();
    free(malloc(100));
    SAME(_errno(), cell);
    return cell;
}

ROW(X06) {
    HOLDS(on_another_thread(fresh_cells, NULL) != _errno());
    SAME(_errno(), _errno());
    SAME(__doserrno(), __doserrno());
    HOLDS((void *)__doserrno() != (void *)_errno());
}

ROW(X07) {
    errno_in_handler = 0;
    REFUSES(_msize(NULL), SIZE_MAX);
    EQUAL(errno_in_handler, EINVAL);
}

static int all_null;

static void look_at_arguments(const wchar_t *expression, const wchar_t *function, const wchar_t *file,
                              unsigned int line, uintptr_t reserved) {
    all_null += expression == NULL && function == NULL && file == NULL && line == 0 && reserved == 0;
}

ROW(X08) {
    _set_invalid_parameter_handler(look_at_arguments);
    EQUAL(_msize(NULL), SIZE_MAX);
    SAME(_aligned_malloc(8, 3), NULL);
    EQUAL(_set_new_mode(2), -1);
    EQUAL(all_null, 3);
}

static int local_calls;

static void count_locally(const wchar_t *expression, const wchar_t *function, const wchar_t *file,
                          unsigned int line, uintptr_t reserved) {
    (void)expression, (void)function, (void)file, (void)line, (void)reserved;
    local_calls++;
}

ROW(X09) {
    _set_thread_local_invalid_parameter_handler(count_locally);
    set_up();
    EQUAL(_msize(NULL), SIZE_MAX);
    EQUAL(local_calls, 1);
    ERRNO_AND_HANDLER("_msize(NULL)", EINVAL, 0);
}

ROW(X19) {
    static const struct {
        unsigned code;
        int number;
    } map[] = {
        {8, 12}, {7, 12}, {9, 12}, {1816, 12}, {87, 22}, {1, 22}, {9999, 22}, {5, 13}, {32, 13}, {6, 9}, {2, 2},
    };
    for (size_t i = 0; i < sizeof map / sizeof *map; i++) {
        set_up();
        _dosmaperr(map[i].code);
        EQUAL_AT(*_errno(), map[i].number, map[i].code);
        EQUAL(*__doserrno(), map[i].code);
    }
}

// The whole table: what isn't listed is EINVAL.
static int mapped(unsigned code) {
    switch (code) {
    case 2: case 3: case 15: case 18: case 53: case 67: case 161: case 206: return 2;
    case 10: return 7;
    case 11: return 8;
    case 6: case 114: case 130: return 9;
    case 128: case 129: return 10;
    case 89: case 164: case 215: return 11;
    case 7: case 8: case 9: case 1816: return 12;
    case 5: case 16: case 65: case 82: case 83: case 108: case 132: case 158: case 167: return 13;
    case 80: case 183: return 17;
    case 17: return 18;
    case 4: return 24;
    case 112: return 28;
    case 109: return 32;
    case 145: return 41;
    }
    return code >= 19 && code <= 36 ? 13 : code >= 188 && code <= 202 ? 8 : 22;
}

ROW(K36) {
    for (unsigned code = 1; code <= 17000; code++) {
        // Known to newer libraries only, and not the same in all of them.
        if (code != 1113) {
            _dosmaperr(code);
            EQUAL_AT(*_errno(), mapped(code), code);
        }
    }
    _dosmaperr(UINT32_MAX);
    EQUAL(*_errno(), 22);
}

// Handlers: both NULL at first; setting one gives the previous one and leaves the other.
ROW(K37) {
    _set_invalid_parameter_handler(NULL);
    SAME(_get_thread_local_invalid_parameter_handler(), NULL);
    SAME(_set_invalid_parameter_handler(count_and_return), NULL);
    SAME(_get_invalid_parameter_handler(), count_and_return);
    SAME(_get_thread_local_invalid_parameter_handler(), NULL);
    SAME(_set_thread_local_invalid_parameter_handler(count_locally), NULL);
    SAME(_get_thread_local_invalid_parameter_handler(), count_locally);
    SAME(_get_invalid_parameter_handler(), count_and_return);
    SAME(_set_invalid_parameter_handler(look_at_arguments), count_and_return);
    SAME(_set_thread_local_invalid_parameter_handler(NULL), count_locally);
    SAME(_get_thread_local_invalid_parameter_handler(), NULL);
    SAME(_set_invalid_parameter_handler(NULL), look_at_arguments);
    SAME(_get_invalid_parameter_handler(), NULL);
}

static void *sees_only_the_global_one(void *nothing) {
    SAME(_get_thread_local_invalid_parameter_handler(), NULL);
    SAME(_get_invalid_parameter_handler(), count_and_return);
    set_up();
    EQUAL(_msize(NULL), SIZE_MAX);
    EQUAL(local_calls, 0);
    EQUAL(handler_calls, 1);
    return nothing;
}

ROW(K38) {
    _set_thread_local_invalid_parameter_handler(count_locally);
    on_another_thread(sees_only_the_global_one, NULL);
    SAME(_get_thread_local_invalid_parameter_handler(), count_locally);
}

static void *another_thread_fails(void *nothing) {
    RUNS_OUT(malloc(MAXREQ));
    REFUSES(_msize(NULL), SIZE_MAX);
    _set_errno(3);
    _set_doserrno(4);
    return nothing;
}

ROW(K39) {
    _set_doserrno(5);
    _set_errno(6);
    on_another_thread(another_thread_fails, NULL);
    EQUAL(*_errno(), 6);
    EQUAL(*__doserrno(), 5);
}

// _doserrno is left alone by failures of the heap.
ROW(K40) {
    _set_doserrno(99);
    RUNS_OUT(malloc(MAXREQ));
    REFUSES(_msize(NULL), SIZE_MAX);
    REFUSES_WITH_NULL(_aligned_malloc(8, 3));
    EQUAL(*__doserrno(), 99);
}

// The host's errno says the same, in the host's numbers; success leaves it.
ROW(K41) {
    int *host = __errno_location();
    *host = SENTINEL;
    void *block = realloc(malloc(10), 100);
    QUIETLY(_msize(block));
    EQUAL(*host, SENTINEL);
    RUNS_OUT(malloc(MAXREQ));
    EQUAL(*host, 12);
    REFUSES(_msize(NULL), SIZE_MAX);
    EQUAL(*host, 22);
    set_up();
    EQUAL(_heapadd(NULL, 0), -1);
    EQUAL(*_errno(), 40);
    EQUAL(*host, 38);
}

// Runs a function in a child; gives how it ended, and its standard error in `said`.
static char said[4096];

static int in_a_child(void (*body)(void)) {
    int ends[2], status = 0;
    EQUAL(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], 2);
        body();
        _exit(0);
    }
    close(ends[1]);
    size_t length = 0;
    ssize_t part;
    while ((part = read(ends[0], said + length, sizeof said - 1 - length)) > 0) {
        length += (size_t)part;
    }
    said[length] = '\0';
    close(ends[0]);
    EQUAL(waitpid(child, &status, 0), child);
    return status;
}

static void invalid_without_a_handler(void) {
    _set_invalid_parameter_handler(NULL);
    _msize(NULL);
}

// The default ends the process and says which function was called wrongly.
ROW(K42) {
    const int status = in_a_child(invalid_without_a_handler);
    HOLDS(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    HOLDS(strstr(said, "_msize") != NULL);
    EQUAL(WIFEXITED(in_a_child(set_up)), 1);
}

static void free_a_stranger(void) {
    static char stranger[100];
    free(stranger + 16);
}

static void free_twice(void) {
    void *block = malloc(100);
    free(block);
    free(block);
}

static void resize_freed(void) {
    void *block = malloc(100);
    free(block);
    realloc(block, 200);
}

static void free_an_inside(void) {
    free((char *)malloc(100) + 16);
}

static void size_of_a_stranger(void) {
    static char stranger[100];
    _msize(stranger + 16);
}

static void free_an_unmapped_address(void) {
    free((void *)0x7000);
}

static void free_an_aligned_stranger(void) {
    static char stranger[100];
    _aligned_free(stranger + 16);
}

static void free_aligned_twice(void) {
    void *block = _aligned_malloc(100, 64);
    _aligned_free(block);
    _aligned_free(block);
}

static void resize_an_aligned_inside(void) {
    _aligned_realloc((char *)_aligned_malloc(1000, 64) + 64, 2000, 64);
}

static void free_an_overrun_block(void) {
    char *block = malloc(100);
    block[100] ^= 0xFF;
    free(block);
}

static void resize_an_overrun_block(void) {
    char *block = malloc(100);
    block[100] ^= 0xFF;
    realloc(block, 1000);
}

// A pointer that is no block of the heap, or one whose end was overwritten, ends the process, as on
// current Windows, and is named.
ROW(K43) {
    void (*const misuses[])(void) = {
        free_a_stranger,          free_twice,         resize_freed,             free_an_inside,
        size_of_a_stranger,       free_an_unmapped_address, free_an_aligned_stranger, free_aligned_twice,
        resize_an_aligned_inside, free_an_overrun_block,    resize_an_overrun_block,
    };
    for (size_t i = 0; i < sizeof misuses / sizeof *misuses; i++) {
        const int status = in_a_child(misuses[i]);
        HOLDS_AT(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT, i);
        HOLDS_AT(strncmp(said, "heapmin: ", 9) == 0 && strstr(said, "0x") != NULL, i);
    }
}

// Code that checks its own parameters sets errno itself and calls the handler in the same way.
ROW(K106) {
    set_up();
    _invalid_parameter_noinfo();
    ERRNO_AND_HANDLER("_invalid_parameter_noinfo", SENTINEL, 1);
    _set_thread_local_invalid_parameter_handler(count_locally);
    _invalid_parameter_noinfo();
    EQUAL(local_calls, 1);
    EQUAL(handler_calls, 1);
}

// Nothing that succeeds changes the host's errno either, however large the blocks are.
ROW(K110) {
    for (size_t size = 1; size < 300 * MIB; size = size * 3 + 1) {
        *__errno_location() = SENTINEL;
        void *block = malloc(size);
        block = realloc(block, size * 2);
        block = _recalloc(block, 1, size / 2 + 1);
        free(calloc(1, size));
        free(block);
        _aligned_free(_aligned_realloc(_aligned_malloc(size, 4096), size * 2, 4096));
        EQUAL(_heapchk(), _HEAPOK);
        EQUAL(used_entries_at(&block), 0);
        EQUAL(_heapmin(), 0);
        EQUAL_AT(*__errno_location(), SENTINEL, size);
        EQUAL_AT(*_errno(), SENTINEL, size);
    }
}
