// HEAP_GENERATE_EXCEPTIONS and vectored handlers (X60 to X72, X75).

#include "child.h"
#include "raised.h"
#include "tasks.h"

#define GE HEAP_GENERATE_EXCEPTIONS
#define TOO_MUCH ((SIZE_T)-1)

// What the handlers below have seen, in order.
static char seen[64];
static EXCEPTION_RECORD last_record;

static void see(char letter, const EXCEPTION_POINTERS *pointers) {
    seen[strlen(seen)] = letter;
    last_record = *pointers->ExceptionRecord;
}

static LONG CALLBACK handler_a(EXCEPTION_POINTERS *pointers) {
    see('a', pointers);
    return EXCEPTION_CONTINUE_SEARCH;
}

static LONG CALLBACK handler_b(EXCEPTION_POINTERS *pointers) {
    see('b', pointers);
    return EXCEPTION_CONTINUE_SEARCH;
}

static LONG CALLBACK handler_c(EXCEPTION_POINTERS *pointers) {
    see('c', pointers);
    return EXCEPTION_CONTINUE_EXECUTION;
}

ROW(X60) {
    CHECK(AddVectoredExceptionHandler(0, handler_c) != NULL);
    ULONG_PTR arguments[] = {11, 22, (ULONG_PTR)-33};
    RaiseException(0xE0001234, 0, 3, arguments);
    CHECK(strcmp(seen, "c") == 0);
    EQUAL32(last_record.ExceptionCode, 0xE0001234);
    EQUAL32(last_record.ExceptionFlags, 0);
    EQUAL32(last_record.NumberParameters, 3);
    for (int i = 0; i < 3; i++) {
        EQUAL(last_record.ExceptionInformation[i], arguments[i]);
    }
    RaiseException(0xE0001235, 0, 0, NULL);
    EQUAL32(last_record.ExceptionCode, 0xE0001235);
    EQUAL32(last_record.NumberParameters, 0);
}

// First in front of all others, else behind them; one that continues the search passes it on.
ROW(X61) {
    PVOID a = AddVectoredExceptionHandler(0, handler_a);
    PVOID c = AddVectoredExceptionHandler(0, handler_c);
    PVOID b = AddVectoredExceptionHandler(1, handler_b);
    CHECK(a != NULL && b != NULL && c != NULL && a != b && b != c && a != c);
    RaiseException(0xE0000001, 0, 0, NULL);
    CHECK(strcmp(seen, "bac") == 0);
    // One function may be there twice.
    PVOID again = AddVectoredExceptionHandler(1, handler_a);
    CHECK(again != NULL && again != a);
    memset(seen, 0, sizeof seen);
    RaiseException(0xE0000001, 0, 0, NULL);
    CHECK(strcmp(seen, "abac") == 0);
    CHECK(RemoveVectoredExceptionHandler(again) != 0);
    CHECK(RemoveVectoredExceptionHandler(b) != 0);
    memset(seen, 0, sizeof seen);
    RaiseException(0xE0000001, 0, 0, NULL);
    CHECK(strcmp(seen, "ac") == 0);
    // What is no handler any more, or never was, can't be removed.
    EQUAL(RemoveVectoredExceptionHandler(b), 0);
    EQUAL(RemoveVectoredExceptionHandler(NULL), 0);
    EQUAL(RemoveVectoredExceptionHandler(foreign()), 0);
}

// A fixed heap that is full.
static HANDLE full_heap(DWORD options) {
    HANDLE f = HeapCreate(options & ~(DWORD)GE, 0, 0x10000);
    CHECK(f != NULL);
    for (SIZE_T size = 0x4000; size > 0; size /= 2) {
        while (HeapAlloc(f, 0, size) != NULL) {
        }
    }
    return f;
}

ROW(X62) {
    struct attempt attempt = {full_heap(0), GE, NULL, 100, NULL};
    EQUAL32(exception_of(try_alloc, &attempt), 0xC0000017);
    struct attempt large = {fixed_heap(), GE, NULL, 4 * A, NULL};
    EQUAL32(exception_of(try_alloc, &large), 0xC0000017);
    void *memory = block(large.heap, A);
    struct attempt grow = {large.heap, GE, memory, 4 * A, NULL};
    EQUAL32(exception_of(try_realloc, &grow), 0xC0000017);
    // In place only, too.
    struct attempt stay = {process_heap(), GE | HEAP_REALLOC_IN_PLACE_ONLY,
                           block(process_heap(), 100), 5 * A, NULL};
    EQUAL32(exception_of(try_realloc, &stay), 0xC0000017);
    // Calls that succeed raise nothing.
    struct attempt fine = {growable_heap(), GE, NULL, 100, NULL};
    EQUAL32(exception_of(try_alloc, &fine), 0);
    CHECK(fine.result != NULL);
}

// Continuing means that the function returns NULL.
ROW(X63) {
    CHECK(AddVectoredExceptionHandler(1, handler_c) != NULL);
    HANDLE h = HeapCreate(GE, 0, 0);
    EQUAL(HeapAlloc(h, 0, TOO_MUCH), NULL);
    unsigned char *memory = block(h, 100);
    paint(memory, 100, 63);
    EQUAL(HeapReAlloc(h, 0, memory, TOO_MUCH), NULL);
    CHECK(strcmp(seen, "cc") == 0);
    EQUAL32(last_record.ExceptionCode, STATUS_NO_MEMORY);
    CHECK(painted(memory, 100, 63));
    CHECK(HeapFree(h, 0, memory));
}

static void use_heap(void *heap) {
    CHECK(HeapLock(heap));
    CHECK(HeapFree(heap, 0, block(heap, 100)));
    CHECK(HeapUnlock(heap));
}

// After a jump out of the handler no lock is left, and the heap works in all threads.
ROW(X64) {
    HANDLE heaps[] = {growable_heap(), process_heap()};
    for (int i = 0; i < 2; i++) {
        for (int round = 0; round < 50; round++) {
            struct attempt attempt = {heaps[i], GE, NULL, TOO_MUCH, NULL};
            EQUAL32(exception_of(try_alloc, &attempt), 0xC0000017);
            attempt.memory = block(heaps[i], 10);
            EQUAL32(exception_of(try_realloc, &attempt), 0xC0000017);
            CHECK(HeapFree(heaps[i], 0, attempt.memory));
        }
        FAILS(HeapUnlock(heaps[i]), FALSE, ERROR_NOT_LOCKED);
        elsewhere(use_heap, heaps[i]);
        CHECK(HeapValidate(heaps[i], 0, NULL));
    }
}

static HANDLE handlers_heap;

static LONG CALLBACK handler_that_uses_the_heap(EXCEPTION_POINTERS *pointers) {
    see('h', pointers);
    use_heap(handlers_heap);
    elsewhere(use_heap, handlers_heap);
    return EXCEPTION_CONTINUE_EXECUTION;
}

// No lock is held while a handler runs.
ROW(X65) {
    CHECK(AddVectoredExceptionHandler(1, handler_that_uses_the_heap) != NULL);
    HANDLE heaps[] = {growable_heap(), process_heap()};
    for (int i = 0; i < 2; i++) {
        handlers_heap = heaps[i];
        EQUAL(HeapAlloc(heaps[i], GE, TOO_MUCH), NULL);
        EQUAL(HeapReAlloc(heaps[i], GE, block(heaps[i], 10), TOO_MUCH), NULL);
    }
    CHECK(strcmp(seen, "hhhh") == 0);
}

static void unhandled_alloc(void *unused) {
    (void)unused;
    HeapAlloc(growable_heap(), GE, 0x7FFFFFFFFFFFFFF0);
}

static void unhandled_realloc(void *unused) {
    (void)unused;
    HANDLE h = growable_heap();
    HeapReAlloc(h, GE, block(h, 10), TOO_MUCH);
}

static void unhandled_own(void *unused) {
    (void)unused;
    CHECK(AddVectoredExceptionHandler(1, handler_a) != NULL);
    RaiseException(0xE0ABCDEF, 0, 0, NULL);
}

// Unhandled, the process ends with a message that names the exception and the call.
ROW(X66) {
    ABORTS(unhandled_alloc, NULL, "heapmin: HeapAlloc(");
    ABORTS(unhandled_alloc, NULL, "STATUS_NO_MEMORY");
    ABORTS(unhandled_alloc, NULL, "0xC0000017");
    ABORTS(unhandled_realloc, NULL, "heapmin: HeapReAlloc(");
    ABORTS(unhandled_realloc, NULL, "STATUS_NO_MEMORY");
}

ROW(X67) {
    ABORTS(unhandled_own, NULL, "heapmin: RaiseException");
    ABORTS(unhandled_own, NULL, "0xE0ABCDEF");
}

static void other_functions(void *heap) {
    CHECK(!HeapFree(heap, GE, foreign()));
    EQUAL(HeapSize(heap, GE, foreign()), (SIZE_T)-1);
    CHECK(!HeapValidate(heap, GE, foreign()));
    HeapCompact(heap, GE);
    PVOID bad = foreign();
    EQUAL(RtlMultipleFreeHeap(heap, GE, 1, &bad), 0);
    CHECK(!RtlFreeHeap(heap, GE, bad));
}

// Only HeapAlloc and HeapReAlloc raise.
ROW(X68) {
    HANDLE raising = HeapCreate(GE, 0, 0);
    CHECK(raising != NULL);
    EQUAL32(exception_of(other_functions, raising), 0);
    EQUAL32(exception_of(other_functions, growable_heap()), 0);
}

ROW(X69) {
    struct attempt attempt = {growable_heap(), GE, NULL, 100, (LPVOID)1};
    SetLastError(MARK);
    EQUAL32(exception_of(try_realloc, &attempt), 0);
    EQUAL(attempt.result, NULL);
    ERROR_IS(NO_ERROR);
}

static void create_too_large(void *result) {
    *(HANDLE *)result = HeapCreate(GE, TOO_MUCH / 2, 0);
}

ROW(X70) {
    HANDLE result = (HANDLE)1;
    SetLastError(MARK);
    EQUAL32(exception_of(create_too_large, &result), 0);
    EQUAL(result, NULL);
    ERROR_IS(ERROR_NOT_ENOUGH_MEMORY);
}

static LONG CALLBACK handler_of_the_thread(EXCEPTION_POINTERS *pointers) {
    raised_code = pointers->ExceptionRecord->ExceptionCode;
    longjmp(raised_target, 1);
}

static void raise_often(void *pointer) {
    DWORD code = *(DWORD *)pointer;
    for (volatile int i = 0; i < 2000; i++) {
        raised_code = 0;
        if (setjmp(raised_target) == 0) {
            if (i % 2 == 0) {
                HeapAlloc(process_heap(), GE, TOO_MUCH);
            } else {
                RaiseException(code, 0, 0, NULL);
            }
            CHECK(!"the exception was not raised");
        }
        EQUAL32(raised_code, i % 2 == 0 ? STATUS_NO_MEMORY : code);
    }
}

// Each thread has its own exception.
ROW(X71) {
    CHECK(AddVectoredExceptionHandler(1, handler_of_the_thread) != NULL);
    struct task tasks[4];
    DWORD codes[4] = {0xE0000001, 0xE0000002, 0xE0000003, 0xE0000004};
    for (int i = 0; i < 4; i++) {
        start(&tasks[i], raise_often, &codes[i]);
    }
    for (int i = 0; i < 4; i++) {
        finish(&tasks[i]);
    }
}

static PVOID own_handle;

static LONG CALLBACK handler_that_goes(EXCEPTION_POINTERS *pointers) {
    see('g', pointers);
    CHECK(RemoveVectoredExceptionHandler(own_handle) != 0);
    CHECK(AddVectoredExceptionHandler(0, handler_c) != NULL);
    return EXCEPTION_CONTINUE_EXECUTION;
}

// A handler may remove itself and add others.
ROW(X72) {
    own_handle = AddVectoredExceptionHandler(1, handler_that_goes);
    CHECK(own_handle != NULL);
    RaiseException(0xE0000001, 0, 0, NULL);
    RaiseException(0xE0000002, 0, 0, NULL);
    CHECK(strcmp(seen, "gc") == 0);
    EQUAL32(last_record.ExceptionCode, 0xE0000002);
}

// Bad pointers are no want of memory: they raise an access violation.
ROW(X75) {
    HANDLE heaps[] = {growable_heap(), HeapCreate(GE, 0, 0), process_heap()};
    for (int i = 0; i < 3; i++) {
        AT(i);
        void *freed = block(heaps[i], 100);
        CHECK(HeapFree(heaps[i], 0, freed));
        void *bad[] = {freed, foreign(), block(heaps[i], 100) + 16, (void *)16};
        for (int j = 0; j < 4; j++) {
            struct attempt attempt = {heaps[i], GE, bad[j], 200, NULL};
            EQUAL32(exception_of(try_realloc, &attempt), STATUS_ACCESS_VIOLATION);
        }
    }
}
