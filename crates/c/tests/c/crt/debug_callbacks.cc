// The debug heap: functions of the caller's that it calls may use it, and may be left by an exception.

#include "debug.h"

struct Unrelated {
    int number;
};

static int calls;

static void use_the_heap() {
    void *block = malloc(100);
    block = realloc(block, 5000);
    HOLDS(_CrtIsMemoryBlock(block, 5000, NULL, NULL, NULL));
    free(block);
}

static void *check_on_this_thread(void *nothing) {
    use_the_heap();
    EQUAL(_CrtCheckMemory(), 1);
    return nothing;
}

static int report_and_use_the_heap(int, char *, int *result) {
    calls++;
    use_the_heap();
    on_another_thread(check_on_this_thread, NULL);
    *result = 0;
    return 1;
}

static void dump_and_use_the_heap(void *block, size_t size) {
    calls++;
    EQUAL(_CrtIsMemoryBlock(block, (unsigned)size, NULL, NULL, NULL), 1);
    use_the_heap();
    on_another_thread(check_on_this_thread, NULL);
}

static void visit_and_use_the_heap(void *block, void *context) {
    calls++;
    SAME(context, NULL);
    TYPE_IS(block, _CLIENT_BLOCK);
    use_the_heap();
    on_another_thread(check_on_this_thread, NULL);
}

ROW(K115) {
    HOLDS(malloc(10) != NULL);
    HOLDS(_malloc_dbg(11, _CLIENT_BLOCK, NULL, 0) != NULL);
    HOLDS(_malloc_dbg(12, _CLIENT_BLOCK, NULL, 0) != NULL);
    _CrtSetReportHook(report_and_use_the_heap);
    EQUAL(_CrtDumpMemoryLeaks(), 1);
    HOLDS(calls >= 4);
    calls = 0;
    listen();
    _CrtSetDumpClient(dump_and_use_the_heap);
    EQUAL(_CrtDumpMemoryLeaks(), 1);
    EQUAL(calls, 2);
    calls = 0;
    _CrtDoForAllClientObjects(visit_and_use_the_heap, NULL);
    EQUAL(calls, 2);
}

// A visitor may free the block that it is shown.
static void free_it(void *block, void *) {
    calls++;
    _free_dbg(block, _CLIENT_BLOCK);
}

ROW(K116) {
    for (size_t i = 0; i < 5; i++) {
        HOLDS(_malloc_dbg(i, _CLIENT_BLOCK, NULL, 0) != NULL);
    }
    _CrtDoForAllClientObjects(free_it, NULL);
    EQUAL(calls, 5);
    listen();
    EQUAL(_CrtDumpMemoryLeaks(), 0);
    EQUAL(_CrtCheckMemory(), 1);
}

static int report_and_throw(int, char *, int *) {
    calls++;
    throw Unrelated{1};
}

static void dump_and_throw(void *, size_t) {
    calls++;
    throw Unrelated{2};
}

static void visit_and_throw(void *, void *) {
    calls++;
    throw Unrelated{3};
}

static int hook_and_throw(int operation, void *, size_t, int, long, const unsigned char *, int) {
    calls++;
    throw Unrelated{100 + operation};
}

template <typename Call> static int number_thrown(Call call) {
    try {
        call();
    } catch (const Unrelated &unrelated) {
        return unrelated.number;
    }
    return -1;
}

ROW(K117) {
    void *block = fill_pattern(malloc(10), 10, 1);
    HOLDS(_malloc_dbg(11, _CLIENT_BLOCK, NULL, 0) != NULL);
    _CrtSetReportHook(report_and_throw);
    EQUAL(number_thrown([] { _CrtDumpMemoryLeaks(); }), 1);
    EQUAL(number_thrown([] { _CrtDbgReport(_CRT_WARN, NULL, 0, NULL, "x"); }), 1);
    listen();
    _CrtSetDumpClient(dump_and_throw);
    EQUAL(number_thrown([] { _CrtDumpMemoryLeaks(); }), 2);
    _CrtSetDumpClient(NULL);
    EQUAL(number_thrown([] { _CrtDoForAllClientObjects(visit_and_throw, NULL); }), 3);
    _CrtSetAllocHook(hook_and_throw);
    EQUAL(number_thrown([] { malloc(10); }), 101);
    EQUAL(number_thrown([&] { realloc(block, 20); }), 102);
    EQUAL(number_thrown([&] { free(block); }), 103);
    EQUAL(calls, 7);
    _CrtSetAllocHook(NULL);
    PATTERN(block, 10, 1);
    EQUAL(_CrtIsMemoryBlock(block, 10, NULL, NULL, NULL), 1);
    check_on_this_thread(NULL);
    on_another_thread(check_on_this_thread, NULL);
    EQUAL(_CrtDumpMemoryLeaks(), 1);
}
