// C++ exceptions thrown out of handlers pass through the library, which holds no lock and loses
// nothing.

#include "rows.h"

#include "blocks.h"

struct Unrelated {
    int number;
};

static int calls;

static int throw_a_number(size_t size) {
    calls++;
    throw Unrelated{(int)(size & 0xFF)};
}

static void throw_from_validation(const wchar_t *, const wchar_t *, const wchar_t *, unsigned int, uintptr_t) {
    calls++;
    throw Unrelated{1234};
}

static void *uses_the_heap(void *nothing) {
    for (size_t size = 1; size < 2 * MIB; size *= 3) {
        free(realloc(malloc(size), size * 2));
    }
    EQUAL(_heapchk(), _HEAPOK);
    return nothing;
}

template <typename Call> static int number_thrown(Call call) {
    try {
        call();
    } catch (const Unrelated &unrelated) {
        uses_the_heap(NULL);
        on_another_thread(uses_the_heap, NULL);
        return unrelated.number;
    }
    return -1;
}

ROW(K31) {
    void *block = fill_pattern(malloc(100), 100, 1);
    void *aligned = _aligned_malloc(100, 64);
    const size_t huge = ((size_t)1 << 60) + 7;
    _set_new_handler(throw_a_number);
    _set_new_mode(1);
    EQUAL(number_thrown([&] { malloc(huge); }), 7);
    EQUAL(number_thrown([&] { calloc(1, huge); }), 7);
    EQUAL(number_thrown([&] { realloc(block, huge); }), 7);
    EQUAL(number_thrown([&] { _recalloc(block, 1, huge); }), 7);
    HOLDS(number_thrown([&] { _aligned_malloc(huge, 32); }) >= 0);
    HOLDS(number_thrown([&] { _aligned_realloc(aligned, huge, 64); }) >= 0);
    EQUAL(number_thrown([&] { _callnewh(8); }), 8);
    EQUAL(calls, 7);
    PATTERN(block, 100, 1);
    EQUAL(_msize(block), 100);
    EQUAL(_aligned_msize(aligned, 64, 0), 100);
}

ROW(K32) {
    _set_invalid_parameter_handler(throw_from_validation);
    EQUAL(number_thrown([] { _msize(NULL); }), 1234);
    EQUAL(number_thrown([] { _expand(NULL, 1); }), 1234);
    EQUAL(number_thrown([] { _aligned_malloc(8, 3); }), 1234);
    EQUAL(number_thrown([] { _heapwalk(NULL); }), 1234);
    EQUAL(number_thrown([] { _set_new_mode(7); }), 1234);
    EQUAL(calls, 5);
    EQUAL(*_errno(), EINVAL);
}
