// Handlers that throw (X73, X74).

#include "rows.h"

namespace {

struct out_of_memory {
    DWORD code;
};

LONG CALLBACK throwing_handler(EXCEPTION_POINTERS *pointers) {
    throw out_of_memory{pointers->ExceptionRecord->ExceptionCode};
}

// Counts objects: those on the stack of the call have to be destroyed.
int alive = 0;

struct counted {
    counted() { alive++; }
    ~counted() { alive--; }
};

// Its own function, so that there is a frame between the call and the try block.
__attribute__((noinline)) void *call(HANDLE heap, void *memory, SIZE_T size) {
    counted object;
    return memory == nullptr ? HeapAlloc(heap, HEAP_GENERATE_EXCEPTIONS, size)
                             : HeapReAlloc(heap, HEAP_GENERATE_EXCEPTIONS, memory, size);
}

void expect_thrown(HANDLE heap, void *memory, SIZE_T size, DWORD code) {
    DWORD caught = 0;
    try {
        call(heap, memory, size);
    } catch (const out_of_memory &exception) {
        caught = exception.code;
    }
    EQUAL32(caught, code);
    EQUAL(alive, 0);
}

} // namespace

ROW(X73) {
    CHECK(AddVectoredExceptionHandler(1, throwing_handler) != nullptr);
    HANDLE heaps[] = {growable_heap(), process_heap()};
    for (HANDLE heap : heaps) {
        for (int round = 0; round < 100; round++) {
            void *memory = block(heap, 100);
            paint(memory, 100, 73);
            expect_thrown(heap, nullptr, (SIZE_T)-1, STATUS_NO_MEMORY);
            expect_thrown(heap, memory, (SIZE_T)-1, STATUS_NO_MEMORY);
            CHECK(painted(memory, 100, 73));
            CHECK(HeapFree(heap, 0, memory));
        }
        FAILS(HeapUnlock(heap), FALSE, ERROR_NOT_LOCKED);
        CHECK(HeapValidate(heap, 0, nullptr));
    }
}

ROW(X74) {
    CHECK(AddVectoredExceptionHandler(1, throwing_handler) != nullptr);
    DWORD caught = 0;
    try {
        RaiseException(0xE0000074, 0, 0, nullptr);
    } catch (const out_of_memory &exception) {
        caught = exception.code;
    }
    EQUAL32(caught, 0xE0000074);
    PVOID array[3];
    caught = 0;
    try {
        RtlMultipleAllocateHeap(process_heap(), HEAP_GENERATE_EXCEPTIONS, (SIZE_T)-1, 3, array);
    } catch (const out_of_memory &exception) {
        caught = exception.code;
    }
    EQUAL32(caught, STATUS_NO_MEMORY);
}
