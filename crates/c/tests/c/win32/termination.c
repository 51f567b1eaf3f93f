// HeapEnableTerminationOnCorruption (X120 to X124).

#include "child.h"

// What is given to the functions after termination was enabled.

static void *freed(HANDLE heap) {
    void *memory = block(heap, 100);
    CHECK(HeapFree(heap, 0, memory));
    return memory;
}

static void *interior(HANDLE heap) {
    return block(heap, 100) + 16;
}

static void *foreign_memory(HANDLE heap) {
    (void)heap;
    return foreign();
}

static void *nowhere(HANDLE heap) {
    (void)heap;
    return unmapped();
}

static void *of_another_heap(HANDLE heap) {
    (void)heap;
    return block(growable_heap(), 100);
}

static void *overrun(HANDLE heap) {
    unsigned char *memory = block(heap, 100);
    memory[100] = (unsigned char)~memory[100];
    return memory;
}

static void *(*const corruptions[])(HANDLE) = {freed, interior, foreign_memory,
                                               nowhere, of_another_heap, overrun};
#define CORRUPTIONS (sizeof corruptions / sizeof corruptions[0])

static HANDLE terminating_heap(void) {
    CHECK(HeapSetInformation(NULL, HeapEnableTerminationOnCorruption, NULL, 0));
    return growable_heap();
}

static void free_it(void *bad) {
    HANDLE h = terminating_heap();
    HeapFree(h, 0, (*(void *(*const *)(HANDLE))bad)(h));
}

static void reallocate_it(void *bad) {
    HANDLE h = terminating_heap();
    HeapReAlloc(h, 0, (*(void *(*const *)(HANDLE))bad)(h), 200);
}

static void validate_it(void *bad) {
    HANDLE h = terminating_heap();
    CHECK(!HeapValidate(h, 0, (*(void *(*const *)(HANDLE))bad)(h)));
}

ROW(X120) {
    for (size_t i = 0; i < CORRUPTIONS; i++) {
        AT(i);
        ABORTS(free_it, (void *)&corruptions[i], "heapmin: HeapFree(0x");
    }
    ABORTS(free_it, (void *)&corruptions[0], "double free");
}

ROW(X121) {
    for (size_t i = 0; i < CORRUPTIONS; i++) {
        AT(i);
        ABORTS(reallocate_it, (void *)&corruptions[i], "heapmin: HeapReAlloc(0x");
    }
}

// HeapValidate is the safe probe: it never ends the process.
ROW(X122) {
    for (size_t i = 0; i < CORRUPTIONS; i++) {
        AT(i);
        struct ending ending = in_child(validate_it, (void *)&corruptions[i]);
        CHECK(returned(&ending));
    }
}

// What is no corruption doesn't end it either.
ROW(X123) {
    HANDLE h = terminating_heap();
    CHECK(HeapFree(h, 0, NULL));
    EQUAL(HeapReAlloc(h, 0, NULL, 10), NULL);
    EQUAL(HeapAlloc(h, 0, (SIZE_T)-1), NULL);
    EQUAL(HeapReAlloc(h, 0, block(h, 10), (SIZE_T)-1), NULL);
    CHECK(HeapValidate(h, 0, NULL));
    for (SIZE_T size = 0; size < 10000; size += 77) {
        void *memory = HeapReAlloc(h, 0, block(h, size), size * 2);
        CHECK(HeapFree(h, 0, memory));
    }
    // Heaps made before it are covered as well: see X124. It can't be undone.
    CHECK(HeapSetInformation(h, HeapEnableTerminationOnCorruption, NULL, 0));
    ULONG value = 0;
    CHECK(HeapQueryInformation(h, HeapEnableTerminationOnCorruption, &value, 4, NULL));
    EQUAL(value, 1);
}

static void free_twice_in_process_heap(void *unused) {
    (void)unused;
    void *memory = block(process_heap(), 100);
    HANDLE older = growable_heap();
    CHECK(HeapFree(process_heap(), 0, memory));
    CHECK(!HeapFree(process_heap(), 0, memory));
    CHECK(HeapSetInformation(older, HeapEnableTerminationOnCorruption, NULL, 0));
    HeapFree(process_heap(), 0, memory);
}

// It is set for the process, through whichever heap: off before, on from then.
ROW(X124) {
    ABORTS(free_twice_in_process_heap, NULL, "heapmin: HeapFree(0x");
}
