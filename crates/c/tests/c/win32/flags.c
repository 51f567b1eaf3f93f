// Every flag where it is documented, and where it is not (X40 to X49).

#include "child.h"
#include "walk.h"

ROW(X40) {
    for (int bit = 0; bit < 32; bit++) {
        AT(bit);
        DWORD flag = (DWORD)1 << bit;
        HANDLE heap = HeapCreate(flag, 0, 0);
        CHECK(heap != NULL);
        unsigned char *memory = block(heap, 100);
        paint(memory, 100, 40);
        memory = HeapReAlloc(heap, 0, memory, 5000);
        CHECK(memory != NULL && painted(memory, 100, 40));
        EQUAL(HeapSize(heap, 0, memory), 5000);
        CHECK(HeapValidate(heap, 0, NULL));
        CHECK(HeapFree(heap, 0, memory));
        CHECK(HeapDestroy(heap));
    }
    HANDLE heap = HeapCreate(0xFFFFFFFF & ~(DWORD)HEAP_CREATE_ENABLE_EXECUTE, 0, 0);
    CHECK(heap != NULL);
    CHECK(HeapDestroy(heap));
}

// Bits that a call does not have are ignored; those of the caller's own are no such bits.
ROW(X41) {
    HANDLE h = growable_heap();
    DWORD others = 0xFFFFFFFF & ~(DWORD)(HEAP_GENERATE_EXCEPTIONS | HEAP_REALLOC_IN_PLACE_ONLY |
                                         HEAP_ZERO_MEMORY | 0xF00);
    for (int bit = 0; bit < 32; bit++) {
        AT(bit);
        DWORD flag = (DWORD)1 << bit & others;
        unsigned char *memory = HeapAlloc(h, flag, 100);
        CHECK(memory != NULL);
        EQUAL(HeapSize(h, flag, memory), 100);
        memset(memory, 0x41, 100);
        memory = HeapReAlloc(h, flag, memory, 300);
        CHECK(memory != NULL);
        CHECK(all(memory, 100, 0x41));
        CHECK(HeapValidate(h, flag, memory));
        CHECK(HeapValidate(h, flag, NULL));
        CHECK(HeapFree(h, flag, memory));
    }
}

ROW(X42) {
    HANDLE h = growable_heap();
    for (DWORD tag = 0; tag <= HEAP_MAXIMUM_TAG; tag += 91) {
        AT(tag);
        DWORD flags = HEAP_MAKE_TAG_FLAGS(0, tag);
        void *memory = HeapAlloc(h, flags | HEAP_ZERO_MEMORY, 50);
        CHECK(memory != NULL);
        CHECK(all(memory, 50, 0));
        EQUAL(HeapSize(h, 0, memory), 50);
        CHECK(HeapFree(h, 0, memory));
    }
}

// An initial size above the maximum is clipped to it.
ROW(X43) {
    HANDLE heap = HeapCreate(0, 0x100000, 0x10000);
    CHECK(heap != NULL);
    CHECK(HeapAlloc(heap, 0, 0x1000) != NULL);
    FAILS(HeapAlloc(heap, 0, 0x10000), NULL, ERROR_NOT_ENOUGH_MEMORY);
}

static void execute(void *memory) {
    unsigned char *code = memory;
#if defined(__x86_64__) || defined(__i386__)
    code[0] = 0xC3;
#elif defined(__aarch64__)
    memcpy(code, (unsigned char[]){0xC0, 0x03, 0x5F, 0xD6}, 4);
#endif
    void (*function)(void);
    memcpy(&function, &code, sizeof function);
    function();
}

// Without the flag, code in blocks does not run.
ROW(X44) {
    HANDLE heaps[] = {growable_heap(), fixed_heap(), process_heap()};
    for (int i = 0; i < 3; i++) {
        AT(i);
        struct ending ending = in_child(execute, block(heaps[i], 100));
        CHECK(WIFSIGNALED(ending.status) && WTERMSIG(ending.status) == SIGSEGV);
        ending = in_child(execute, block(heaps[i], 3 * A));
        CHECK(WIFSIGNALED(ending.status) && WTERMSIG(ending.status) == SIGSEGV);
    }
}

// With the flag it does, in every block of the heap, and in those of another heap it still
// does not.
ROW(X45) {
    HANDLE executable = HeapCreate(HEAP_CREATE_ENABLE_EXECUTE, 0, 8 * A);
    CHECK(executable != NULL);
    for (SIZE_T size = 1; size < 3 * A; size *= 3) {
        AT(size);
        struct ending ending = in_child(execute, block(executable, size));
        CHECK(returned(&ending));
    }
    struct ending ending = in_child(execute, block(growable_heap(), 100));
    CHECK(!returned(&ending));
}

ROW(X46) {
    HANDLE h = growable_heap();
    block(h, 1000);
    HEAP_SUMMARY plain = {.cb = sizeof plain}, flagged = {.cb = sizeof flagged};
    CHECK(HeapSummary(h, 0, &plain));
    CHECK(HeapSummary(h, 0xFFFFFFFF, &flagged));
    CHECK(memcmp(&plain, &flagged, sizeof plain) == 0);
    // Growable: as much as it has. Fixed: its maximum.
    EQUAL(plain.cbMaxReserve, plain.cbReserved);
    HANDLE f = HeapCreate(0, 0, 0x100000);
    HEAP_SUMMARY fixed = {.cb = sizeof fixed};
    CHECK(HeapSummary(f, 0, &fixed));
    EQUAL(fixed.cbMaxReserve, 0x100000);
}

// The information classes' choices for what the documentation leaves open.
ROW(X47) {
    ULONG value = 2, length = 4;
    HANDLE f = fixed_heap();
    FAILS(HeapSetInformation(f, HeapCompatibilityInformation, &value, length), FALSE,
          ERROR_INVALID_PARAMETER);
    HANDLE h = growable_heap();
    FAILS(HeapSetInformation(h, HeapCompatibilityInformation, &value, 3), FALSE,
          ERROR_INSUFFICIENT_BUFFER);
    for (value = 0; value < 2; value++) {
        FAILS(HeapSetInformation(h, HeapCompatibilityInformation, &value, length), FALSE,
              ERROR_GEN_FAILURE);
    }
    CHECK(HeapQueryInformation(h, HeapCompatibilityInformation, &value, length, NULL));
    EQUAL(value, 0);
    for (int class = 4; class < 12; class++) {
        AT(class);
        HEAP_INFORMATION_CLASS unknown = (HEAP_INFORMATION_CLASS)class;
        FAILS(HeapQueryInformation(h, unknown, &value, length, NULL), FALSE,
              ERROR_INVALID_PARAMETER);
        FAILS(HeapSetInformation(h, unknown, &value, length), FALSE, ERROR_INVALID_PARAMETER);
    }
}

// Whether corruption ends the process can be read: 0 at first, 1 once it is set.
ROW(X48) {
    ULONG value = 99;
    SIZE_T length = 0;
    CHECK(HeapQueryInformation(process_heap(), HeapEnableTerminationOnCorruption, &value, 4,
                               &length));
    EQUAL(value, 0);
    EQUAL(length, 4);
    CHECK(HeapSetInformation(NULL, HeapEnableTerminationOnCorruption, NULL, 0));
    CHECK(HeapQueryInformation(growable_heap(), HeapEnableTerminationOnCorruption, &value, 4,
                               NULL));
    EQUAL(value, 1);
}

// The initial size is committed at the start.
ROW(X49) {
    for (SIZE_T initial = 0x1000; initial <= 0x400000; initial *= 4) {
        AT(initial);
        HANDLE heaps[] = {HeapCreate(0, initial, 0), HeapCreate(0, initial, initial)};
        for (int i = 0; i < 2; i++) {
            HEAP_SUMMARY summary = {.cb = sizeof summary};
            CHECK(HeapSummary(heaps[i], 0, &summary));
            EQUAL(summary.cbAllocated, 0);
            CHECK(summary.cbCommitted >= initial);
            CHECK(summary.cbReserved >= summary.cbCommitted);
        }
    }
}
