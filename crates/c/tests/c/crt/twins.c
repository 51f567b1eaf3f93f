// The functions whose names begin with _o_: the same heap, with a state of their own.

#include "rows.h"

#include "blocks.h"

ROW(K44) {
    _set_errno(1);
    _set_doserrno(2);
    _o__set_errno(3);
    _o__set_doserrno(4);
    EQUAL(*_errno(), 1);
    EQUAL(*__doserrno(), 2);
    EQUAL(*_o__errno(), 3);
    EQUAL(*_o___doserrno(), 4);
    int value = 0;
    DWORD code = 0;
    EQUAL(_o__get_errno(&value), 0);
    EQUAL(value, 3);
    EQUAL(_o__get_doserrno(&code), 0);
    EQUAL(code, 4);
    set_up();
    SAME(_o_malloc(MAXREQ), NULL);
    EQUAL(*_errno(), SENTINEL);
    EQUAL(*_o__errno(), ENOMEM);
}

// Blocks of one are blocks of the other.
ROW(K107) {
    void *block = _o_malloc(1);
    GIVES(_msize(block), 1);
    block = _o_realloc(realloc(block, 20), 30);
    EQUAL(_o__msize(block), 30);
    block = _o__recalloc(memset(block, 0xAA, 30), 1, 40);
    BYTES(block, 30, 40, 0);
    SAME(_o__expand(block, 10), block);
    QUIETLY(free(block));
    block = _o_calloc(3, 7);
    BYTES(block, 0, 21, 0);
    _o_free(block);
    FREED(block);
    block = _o__aligned_malloc(100, 64);
    block = _o__aligned_realloc(_aligned_realloc(block, 200, 64), 300, 64);
    block = _o__aligned_recalloc(memset(block, 0xAA, 300), 1, 400, 64);
    ALIGNED(block, 64);
    BYTES(block, 300, 400, 0);
    EQUAL(_o__aligned_msize(block, 64, 0), 400);
    _o__aligned_free(block);
    FREED(block);
    block = _o__aligned_offset_malloc(100, 64, 4);
    block = _o__aligned_offset_realloc(block, 200, 64, 4);
    block = _o__aligned_offset_recalloc(block, 1, 300, 64, 4);
    ALIGNED((char *)block + 4, 64);
    _aligned_free(block);
    EQUAL(_o__heapchk(), _HEAPOK);
    EQUAL(_o__heapmin(), 0);
    EQUAL(_o__get_heap_handle(), _get_heap_handle());
}

static int system_calls, new_handler_calls;

static void count_for_the_system(const wchar_t *expression, const wchar_t *function, const wchar_t *file,
                                 unsigned int line, uintptr_t reserved) {
    (void)expression, (void)function, (void)file, (void)line, (void)reserved;
    system_calls++;
}

static int give_up(size_t size) {
    (void)size;
    new_handler_calls++;
    return 0;
}

// Handlers and modes are apart.
ROW(K108) {
    SAME(_o__set_invalid_parameter_handler(count_for_the_system), NULL);
    SAME(_o__get_invalid_parameter_handler(), count_for_the_system);
    SAME(_get_invalid_parameter_handler(), count_and_return);
    set_up();
    EQUAL(_o__msize(NULL), SIZE_MAX);
    SAME(_o__aligned_malloc(8, 3), NULL);
    _o__invalid_parameter_noinfo();
    EQUAL(system_calls, 3);
    ERRNO_AND_HANDLER("_o__msize", SENTINEL, 0);
    EQUAL(*_o__errno(), EINVAL);
    REFUSES(_msize(NULL), SIZE_MAX);
    EQUAL(system_calls, 3);
    SAME(_o__set_thread_local_invalid_parameter_handler(count_and_return), NULL);
    SAME(_o__get_thread_local_invalid_parameter_handler(), count_and_return);
    SAME(_get_thread_local_invalid_parameter_handler(), NULL);
    SAME(_o__set_new_handler(give_up), NULL);
    EQUAL(_o__set_new_mode(1), 0);
    SAME(_query_new_handler(), NULL);
    EQUAL(_query_new_mode(), 0);
    SAME(_o_malloc(MAXREQ), NULL);
    EQUAL(new_handler_calls, 1);
    EQUAL(_o__callnewh(8), 0);
    EQUAL(new_handler_calls, 2);
    EQUAL(_callnewh(8), 0);
    SAME(malloc(MAXREQ), NULL);
    EQUAL(new_handler_calls, 2);
}
