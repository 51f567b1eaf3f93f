// Pointers that are no blocks (X110 to X119).

#include "tasks.h"
#include "walk.h"

static const SIZE_T sizes[] = {0, 1, 16, 24, 100, 1000, 5000, 40000, A, 4 * A, 5 * A, 10 * MIB};
#define SIZES (sizeof sizes / sizeof sizes[0])

// The heap hands out a number of blocks, and none lies in another.
static void expect_distinct(HANDLE heap, SIZE_T size) {
    static unsigned char *blocks[64];
    int count = size > A ? 4 : 64;
    for (int i = 0; i < count; i++) {
        blocks[i] = block(heap, size);
        memset(blocks[i], i, size);
        for (int j = 0; j < i; j++) {
            CHECK(blocks[i] != blocks[j]);
        }
    }
    for (int i = 0; i < count; i++) {
        CHECK(all(blocks[i], size, (unsigned char)i));
        CHECK(HeapFree(heap, 0, blocks[i]));
    }
}

// Expects each function to refuse a pointer, with one of two errors where an error is set.
static void refused(HANDLE heap, void *bad, DWORD error, DWORD or_error) {
    DWORD flags[] = {0, HEAP_NO_SERIALIZE};
    for (int i = 0; i < 2; i++) {
        SetLastError(MARK);
        EQUAL(HeapFree(heap, flags[i], bad), FALSE);
        CHECK(GetLastError() == error || GetLastError() == or_error);
        SetLastError(MARK);
        EQUAL(HeapReAlloc(heap, flags[i], bad, 50), NULL);
        CHECK(GetLastError() == error || GetLastError() == or_error);
        SetLastError(MARK);
        EQUAL(HeapReAlloc(heap, flags[i] | HEAP_REALLOC_IN_PLACE_ONLY, bad, 1), NULL);
        CHECK(GetLastError() == error || GetLastError() == or_error);
        FAILS(HeapSize(heap, flags[i], bad), (SIZE_T)-1, MARK);
        EQUAL(HeapValidate(heap, flags[i], bad), FALSE);
    }
}

// Freed blocks. Large ones may have left the address space, so that nothing is there.
static void freed_is_refused(HANDLE heap, void *freed, SIZE_T size) {
    refused(heap, freed, ERROR_INVALID_PARAMETER,
            size > 0x8000 ? ERROR_NOACCESS : ERROR_INVALID_PARAMETER);
}

ROW(X110) {
    HANDLE heaps[] = {growable_heap(), unserialized_heap(), process_heap()};
    for (int i = 0; i < 3; i++) {
        for (size_t j = 0; j < SIZES; j++) {
            AT(sizes[j]);
            unsigned char *memory = block(heaps[i], sizes[j]);
            CHECK(HeapFree(heaps[i], 0, memory));
            freed_is_refused(heaps[i], memory, sizes[j]);
            expect_distinct(heaps[i], sizes[j]);
        }
        CHECK(HeapValidate(heaps[i], 0, NULL));
    }
}

struct freed {
    HANDLE heap;
    void *memory;
    SIZE_T size;
    BOOL result;
    atomic_int *barrier;
};

static void free_again(void *pointer) {
    struct freed *freed = pointer;
    freed_is_refused(freed->heap, freed->memory, freed->size);
}

static void free_first(void *pointer) {
    struct freed *freed = pointer;
    CHECK(HeapFree(freed->heap, 0, freed->memory));
}

// Freed by one thread, and again by another.
ROW(X111) {
    HANDLE heaps[] = {growable_heap(), process_heap()};
    for (int i = 0; i < 2; i++) {
        for (size_t j = 0; j < SIZES; j++) {
            AT(sizes[j]);
            struct freed freed = {heaps[i], block(heaps[i], sizes[j]), sizes[j], FALSE, NULL};
            CHECK(HeapFree(heaps[i], 0, freed.memory));
            elsewhere(free_again, &freed);
            expect_distinct(heaps[i], sizes[j]);
            freed.memory = block(heaps[i], sizes[j]);
            elsewhere(free_first, &freed);
            free_again(&freed);
            elsewhere(free_again, &freed);
            expect_distinct(heaps[i], sizes[j]);
        }
        CHECK(HeapValidate(heaps[i], 0, NULL));
    }
}

static void free_at_once(void *pointer) {
    struct freed *freed = pointer;
    atomic_fetch_add(freed->barrier, 1);
    while (atomic_load(freed->barrier) < 2) {
    }
    freed->result = HeapFree(freed->heap, 0, freed->memory);
}

// Freed by two threads at the same moment: the block is not handed out twice.
ROW(X112) {
    HANDLE heaps[] = {growable_heap(), process_heap()};
    for (int i = 0; i < 2; i++) {
        for (int round = 0; round < 300; round++) {
            AT(round);
            SIZE_T size = sizes[(size_t)round % 9];
            atomic_int barrier = 0;
            struct freed first = {heaps[i], block(heaps[i], size), size, FALSE, &barrier};
            struct freed second = first;
            struct task task;
            start(&task, free_at_once, &first);
            free_at_once(&second);
            finish(&task);
            CHECK(first.result || second.result);
            expect_distinct(heaps[i], size);
        }
        CHECK(HeapValidate(heaps[i], 0, NULL));
    }
}

// The old address of a block that was moved.
ROW(X113) {
    HANDLE heaps[] = {growable_heap(), process_heap()};
    for (int i = 0; i < 2; i++) {
        for (size_t j = 0; j + 1 < SIZES; j++) {
            AT(sizes[j]);
            unsigned char *memory = block(heaps[i], sizes[j]);
            block(heaps[i], sizes[j]);
            unsigned char *moved = HeapReAlloc(heaps[i], 0, memory, sizes[j] * 2 + 200);
            CHECK(moved != NULL);
            if (moved != memory) {
                freed_is_refused(heaps[i], memory, sizes[j]);
            }
            EQUAL(HeapSize(heaps[i], 0, moved), sizes[j] * 2 + 200);
        }
    }
}

// Addresses in blocks, and in free ones.
ROW(X114) {
    HANDLE heaps[] = {growable_heap(), process_heap()};
    for (int i = 0; i < 2; i++) {
        for (size_t j = 2; j < SIZES; j++) {
            unsigned char *memory = block(heaps[i], sizes[j]);
            paint(memory, sizes[j], j);
            for (SIZE_T inside = 1; inside < sizes[j]; inside = inside * 2 + (inside == 8 ? 0 : 1)) {
                AT(inside);
                refused(heaps[i], memory + inside, ERROR_INVALID_PARAMETER,
                        ERROR_INVALID_PARAMETER);
            }
            for (SIZE_T inside = 16; inside < sizes[j]; inside *= 4) {
                refused(heaps[i], memory + inside, ERROR_INVALID_PARAMETER,
                        ERROR_INVALID_PARAMETER);
            }
            CHECK(painted(memory, sizes[j], j));
            EQUAL(HeapSize(heaps[i], 0, memory), sizes[j]);
            CHECK(HeapFree(heaps[i], 0, memory));
        }
    }
}

static void a_function(void) {
}

// Addresses of other things, which stay as they are.
ROW(X115) {
    static unsigned char zeros[8192];
    unsigned char on_stack[64];
    unsigned char *of_malloc = malloc(100), *mapped;
    mapped = mmap(NULL, 0x200000, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    unsigned char *read_only = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(on_stack, 0x51, sizeof on_stack);
    memset(of_malloc, 0x52, 100);
    HANDLE heaps[] = {growable_heap(), process_heap()};
    for (int i = 0; i < 2; i++) {
        void *bad[] = {zeros,     zeros + 16, zeros + 4096,     on_stack,
                       of_malloc, mapped,     mapped + 0x10000, read_only,
                       (void *)(uintptr_t)a_function, "text"};
        for (size_t j = 0; j < sizeof bad / sizeof bad[0]; j++) {
            AT(j);
            refused(heaps[i], bad[j], ERROR_INVALID_PARAMETER, ERROR_INVALID_PARAMETER);
        }
        // A heap itself is no block of it.
        refused(heaps[i], heaps[i], ERROR_INVALID_PARAMETER, ERROR_INVALID_PARAMETER);
    }
    CHECK(all(zeros, sizeof zeros, 0) && all(on_stack, sizeof on_stack, 0x51));
    CHECK(all(of_malloc, 100, 0x52) && all(mapped, 0x200000, 0));
    free(of_malloc);
}

// Addresses where nothing is.
ROW(X116) {
    HANDLE heaps[] = {growable_heap(), process_heap()};
    void *no_access = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < 2; i++) {
        void *bad[] = {(void *)16, (void *)0xFFF0, (void *)0x7FFFFFFFE000,
                       (void *)0x8000000000000000, (void *)-16, (void *)0x123456789ABCDEF0,
                       no_access};
        for (size_t j = 0; j < sizeof bad / sizeof bad[0]; j++) {
            AT(j);
            refused(heaps[i], bad[j], ERROR_NOACCESS, ERROR_NOACCESS);
            FAILS(HeapValidate(heaps[i], 0, bad[j]), FALSE, ERROR_NOACCESS);
        }
        AT(100);
        FAILS(HeapFree(heaps[i], 0, unmapped()), FALSE, ERROR_NOACCESS);
        FAILS(HeapReAlloc(heaps[i], 0, unmapped(), 50), NULL, ERROR_NOACCESS);
        FAILS(HeapSize(heaps[i], 0, unmapped()), (SIZE_T)-1, MARK);
    }
}

// Blocks of other heaps: they stay live in their own.
ROW(X117) {
    HANDLE heaps[] = {growable_heap(), growable_heap(), fixed_heap(), process_heap()};
    for (int i = 0; i < 4; i++) {
        for (int j = 0; j < 4; j++) {
            for (size_t k = 0; k < 9 && i != j; k++) {
                AT(sizes[k]);
                unsigned char *memory = block(heaps[j], sizes[k]);
                paint(memory, sizes[k], k);
                refused(heaps[i], memory, ERROR_INVALID_PARAMETER, ERROR_INVALID_PARAMETER);
                EQUAL(HeapSize(heaps[j], 0, memory), sizes[k]);
                CHECK(painted(memory, sizes[k], k));
                CHECK(HeapFree(heaps[j], 0, memory));
            }
        }
    }
}

// The Rtl functions refuse the same.
ROW(X118) {
    HANDLE h = growable_heap();
    unsigned char *freed = block(h, 100);
    CHECK(HeapFree(h, 0, freed));
    void *bad[] = {freed, foreign(), (char *)block(h, 100) + 16, block(process_heap(), 100)};
    for (int i = 0; i < 4; i++) {
        AT(i);
        FAILS(RtlFreeHeap(h, 0, bad[i]), FALSE, ERROR_INVALID_PARAMETER);
        FAILS(RtlReAllocateHeap(h, 0, bad[i], 10), NULL, ERROR_INVALID_PARAMETER);
        EQUAL(RtlSizeHeap(h, 0, bad[i]), (SIZE_T)-1);
        EQUAL(RtlValidateHeap(h, 0, bad[i]), FALSE);
        PVOID value = NULL;
        ULONG flags = 0;
        EQUAL(RtlGetUserInfoHeap(h, 0, bad[i], &value, &flags), FALSE);
        EQUAL(RtlSetUserValueHeap(h, 0, bad[i], NULL), FALSE);
        EQUAL(RtlSetUserFlagsHeap(h, 0, bad[i], 0, 0x200), FALSE);
    }
}
