// HeapReAlloc (R01 to R19).

#include "raised.h"

#define ZM HEAP_ZERO_MEMORY
#define IPO HEAP_REALLOC_IN_PLACE_ONLY

ROW(R01) {
    FAILS(HeapReAlloc(growable_heap(), 0, NULL, 1), NULL, NO_ERROR);
}

ROW(R02) {
    EQUAL(HeapReAlloc(process_heap(), ZM, NULL, 0x100), NULL);
}

ROW(R03) {
    HANDLE h = growable_heap();
    void *memory = HeapReAlloc(h, 0, block(h, 1), 0);
    CHECK(memory != NULL);
    EQUAL(HeapSize(h, 0, memory), 0);
    CHECK(HeapFree(h, 0, memory));
}

ROW(R04) {
    HANDLE h = growable_heap();
    void *memory = block(h, 0);
    EQUAL(HeapReAlloc(h, 0, memory, (SIZE_T)-8), NULL);
    CHECK(HeapValidate(h, 0, memory));
    EQUAL(HeapReAlloc(h, 0, memory, (SIZE_T)-1), NULL);
    CHECK(HeapValidate(h, 0, memory));
    CHECK(HeapFree(h, 0, memory));
}

ROW(R05) {
    HANDLE h = growable_heap();
    void *memory = HeapAlloc(h, ZM, A);
    CHECK(memory != NULL);
    memory = HeapReAlloc(h, ZM, memory, 3 * A);
    CHECK(memory != NULL);
    EQUAL(HeapSize(h, 0, memory), 3 * A);
    CHECK(all(memory, 3 * A, 0));
}

ROW(R06) {
    HANDLE h = growable_heap();
    SIZE_T sizes[] = {1, 3, 8, 16, 17, 24, 33, 100, 500, 1000, 4000, 5000, 40000, A, 3 * A, 5 * A};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        SIZE_T k = sizes[i];
        AT(k);
        // Memory that was written before, so that nothing is zero by chance.
        unsigned char *dirty = block(h, 2 * k);
        memset(dirty, 0xEE, 2 * k);
        CHECK(HeapFree(h, 0, dirty));
        unsigned char *memory = block(h, k);
        memset(memory, 0xCC, k);
        memory = HeapReAlloc(h, ZM, memory, 2 * k);
        CHECK(memory != NULL);
        CHECK(all(memory, k, 0xCC));
        CHECK(all(memory + k, k, 0));
    }
}

ROW(R07) {
    HANDLE h = growable_heap();
    unsigned char *memory = block(h, 3 * A);
    memset(memory, 0x77, 3 * A);
    memory = HeapReAlloc(h, ZM, memory, 1);
    CHECK(memory != NULL);
    EQUAL(HeapSize(h, 0, memory), 1);
    EQUAL(memory[0], 0x77);
}

ROW(R08) {
    HANDLE h = growable_heap();
    unsigned char *memory = block(h, 1);
    memory[0] = 0x77;
    memory = HeapReAlloc(h, ZM, memory, MIB);
    CHECK(memory != NULL);
    EQUAL(HeapSize(h, 0, memory), MIB);
    EQUAL(memory[0], 0x77);
    CHECK(all(memory + 1, MIB - 1, 0));
}

// Expects growth in place: the same pointer, or NULL with error 8 and nothing changed.
static void grow_in_place(HANDLE heap, unsigned char *memory, SIZE_T from, SIZE_T to) {
    SetLastError(MARK);
    void *grown = HeapReAlloc(heap, IPO, memory, to);
    if (grown == NULL) {
        ERROR_IS(ERROR_NOT_ENOUGH_MEMORY);
        EQUAL(HeapSize(heap, 0, memory), from);
    } else {
        EQUAL(grown, memory);
        EQUAL(HeapSize(heap, 0, memory), to);
        paint(memory, to, 1);
    }
    CHECK(painted(memory, from, 1));
    CHECK(HeapValidate(heap, 0, memory));
}

// Expects shrinking in place to work.
static void shrink_in_place(HANDLE heap, unsigned char *memory, SIZE_T to) {
    EQUAL(HeapReAlloc(heap, IPO, memory, to), memory);
    EQUAL(HeapSize(heap, 0, memory), to);
    CHECK(painted(memory, to, 1));
    CHECK(HeapValidate(heap, 0, memory));
}

// That the growth works is an artefact.
ROW(R09) {
    HANDLE h = growable_heap();
    unsigned char *memory = block(h, 3 * A);
    paint(memory, 3 * A, 1);
    shrink_in_place(h, memory, 3 * A / 2);
    grow_in_place(h, memory, 3 * A / 2, 2 * A);
}

ROW(R10) {
    HANDLE h = growable_heap();
    unsigned char *memory = block(h, MIB);
    paint(memory, MIB, 1);
    shrink_in_place(h, memory, 3 * A / 2);
}

// That the growth fails is an artefact.
ROW(R11) {
    HANDLE h = growable_heap();
    unsigned char *memory = block(h, MIB);
    paint(memory, MIB, 1);
    shrink_in_place(h, memory, 3 * A / 2);
    grow_in_place(h, memory, 3 * A / 2, 2 * A);
}

ROW(R12) {
    HANDLE h = growable_heap();
    SIZE_T sizes[] = {16, 100, 1000, 5000, 40000, A, 5 * A};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        SIZE_T size = sizes[i];
        AT(size);
        unsigned char *lower = block(h, size), *upper = block(h, size);
        if (lower > upper) {
            unsigned char *swapped = lower;
            lower = upper;
            upper = swapped;
        }
        paint(lower, size, 1);
        paint(upper, size, 2);
        // One byte of the block above would be needed.
        SIZE_T too_much = (SIZE_T)(upper - lower) + 1;
        FAILS(HeapReAlloc(h, IPO, lower, too_much), NULL, ERROR_NOT_ENOUGH_MEMORY);
        FAILS(HeapReAlloc(h, IPO | ZM, lower, too_much), NULL, ERROR_NOT_ENOUGH_MEMORY);
        EQUAL(HeapSize(h, 0, lower), size);
        CHECK(painted(lower, size, 1));
        CHECK(painted(upper, size, 2));
        CHECK(HeapValidate(h, 0, lower));
    }
}

ROW(R13) {
    HANDLE h = growable_heap();
    uint32_t random = 13;
    int worked = 0;
    for (int i = 0; i < 3000; i++) {
        AT(i);
        SIZE_T limit = i % 50 == 0 ? 6 * A : i % 10 == 0 ? 50000 : 700;
        SIZE_T from = next_random(&random) % limit, to = next_random(&random) % limit;
        unsigned char *memory = block(h, from);
        paint(memory, from, 1);
        SetLastError(MARK);
        unsigned char *result = HeapReAlloc(h, IPO, memory, to);
        if (result != NULL) {
            worked++;
            EQUAL(result, memory);
            EQUAL(HeapSize(h, 0, memory), to);
            ERROR_KEPT();
        } else {
            EQUAL(HeapSize(h, 0, memory), from);
            ERROR_IS(ERROR_NOT_ENOUGH_MEMORY);
        }
        CHECK(painted(memory, from < to || result == NULL ? from : to, 1));
        if (next_random(&random) % 2 == 0) {
            CHECK(HeapFree(h, 0, memory));
        }
    }
    CHECK(worked > 1000);
    CHECK(HeapValidate(h, 0, NULL));
}

ROW(R14) {
    HANDLE f = fixed_heap();
    unsigned char *memory = block(f, A);
    memset(memory, 0xCC, A);
    memory = HeapReAlloc(f, ZM, memory, 2 * A);
    CHECK(memory != NULL);
    EQUAL(HeapSize(f, 0, memory), 2 * A);
    CHECK(all(memory, A, 0xCC));
    CHECK(all(memory + A, A, 0));
}

// That the growth works is an artefact.
ROW(R15) {
    HANDLE f = fixed_heap();
    unsigned char *memory = block(f, 2 * A);
    paint(memory, 2 * A, 1);
    shrink_in_place(f, memory, 3 * A / 2);
    grow_in_place(f, memory, 3 * A / 2, 2 * A);
}

ROW(R16) {
    HANDLE ph = process_heap();
    unsigned char *memory = HeapAlloc(ph, ZM, 0x100);
    CHECK(memory != NULL);
    memset(memory, 0x6A, 0x100);
    SIZE_T size = 0x100;
    for (SIZE_T next = 0x78000; next <= 0x90000; next += 0x100) {
        AT(next);
        memory = HeapReAlloc(ph, ZM, memory, next);
        CHECK(memory != NULL);
        EQUAL(HeapSize(ph, 0, memory), next);
        CHECK(all(memory, size, 0x6A));
        CHECK(all(memory + size, next - size, 0));
        memset(memory + size, 0x6A, next - size);
        size = next;
    }
    for (SIZE_T next = 0x90000; next >= 0x78000; next -= 0x100) {
        AT(next);
        memory = HeapReAlloc(ph, ZM, memory, next);
        CHECK(memory != NULL);
        EQUAL(HeapSize(ph, 0, memory), next);
        CHECK(all(memory, next, 0x6A));
    }
    memory = HeapReAlloc(ph, ZM, memory, 0x100);
    CHECK(memory != NULL);
    EQUAL(HeapSize(ph, 0, memory), 0x100);
    CHECK(all(memory, 0x100, 0x6A));
    CHECK(HeapFree(ph, 0, memory));
}

ROW(R17) {
    HANDLE f = fixed_heap();
    unsigned char *memory = block(f, A);
    paint(memory, A, 17);
    FAILS(HeapReAlloc(f, 0, memory, 4 * A), NULL, ERROR_NOT_ENOUGH_MEMORY);
    EQUAL(HeapSize(f, 0, memory), A);
    CHECK(painted(memory, A, 17));
    CHECK(HeapValidate(f, 0, memory));
    CHECK(HeapFree(f, 0, memory));
}

ROW(R18) {
    HANDLE h = growable_heap();
    unsigned char *memory = block(h, 100);
    paint(memory, 100, 18);
    struct attempt attempt = {h, HEAP_GENERATE_EXCEPTIONS, memory, (SIZE_T)-1, NULL};
    EQUAL32(exception_of(try_realloc, &attempt), 0xC0000017);
    EQUAL(HeapSize(h, 0, memory), 100);
    CHECK(painted(memory, 100, 18));
    CHECK(HeapValidate(h, 0, memory));
    CHECK(HeapFree(h, 0, memory));
}

ROW(R19) {
    HANDLE h = growable_heap();
    unsigned char *memory = block(h, A);
    paint(memory, A, 19);
    block(h, A);
    memory = HeapReAlloc(h, 0, memory, 5 * A);
    CHECK(memory != NULL);
    EQUAL(HeapSize(h, 0, memory), 5 * A);
    CHECK(painted(memory, A, 19));
}
