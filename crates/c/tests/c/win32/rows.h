// A program of rows of the documentation's checklist: each ROW is a function that returns if the
// row holds. The program runs the row that its argument names; without arguments it lists them.

#ifndef ROWS_H
#define ROWS_H

#include "heapapi.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

// The documentation's units: the size of a pointer, and the large size of its examples.
#define P sizeof(void *)
#define A ((SIZE_T)0x8000 * P)

#define MIB ((SIZE_T)1 << 20)

struct row {
    const char *name;
    void (*body)(void);
    struct row *next;
};

static struct row *rows;
static const char *row_name;

// What the row is looking at, shown with what fails.
static __thread size_t row_place = (size_t)-1;

#define ROW(name)                                                                \
    static void row_##name(void);                                                \
    static struct row entry_##name = {#name, row_##name, NULL};                  \
    __attribute__((constructor)) static void enlist_##name(void) {               \
        entry_##name.next = rows;                                                \
        rows = &entry_##name;                                                    \
    }                                                                            \
    static void row_##name(void)

// Remembers a number that says which of many cases is looked at.
#define AT(number) (row_place = (size_t)(number))

static inline void row_fails(const char *file, int line, const char *what) {
    dprintf(2, "row %s: %s:%d: not so: %s", row_name, file, line, what);
    if (row_place != (size_t)-1) {
        dprintf(2, ", at %zu (%#zx)", row_place, row_place);
    }
    dprintf(2, ", last error %u\n", (unsigned)GetLastError());
}

// Says what does not hold, without allocating, and ends the program.
#define CHECK(condition)                                                         \
    do {                                                                         \
        if (!(condition)) {                                                      \
            row_fails(__FILE__, __LINE__, #condition);                           \
            _exit(1);                                                            \
        }                                                                        \
    } while (0)

static inline void row_compares(const char *file, int line, const char *what, uintptr_t actual,
                                uintptr_t expected) {
    if (actual != expected) {
        row_fails(file, line, what);
        dprintf(2, "    is     %#zx (%zd)\n    not    %#zx (%zd)\n", (size_t)actual,
                (ssize_t)actual, (size_t)expected, (ssize_t)expected);
        _exit(1);
    }
}

// Equal as numbers of the width of a pointer.
#define EQUAL(actual, expected)                                                  \
    row_compares(__FILE__, __LINE__, #actual " == " #expected, (uintptr_t)(actual), \
                 (uintptr_t)(expected))

// Equal as numbers of 32 bits: DWORD, NTSTATUS and the like.
#define EQUAL32(actual, expected)                                                \
    row_compares(__FILE__, __LINE__, #actual " == " #expected, (uint32_t)(actual), \
                 (uint32_t)(expected))

// The last error that nothing sets: still there means that it was kept.
#define MARK 0xDEADBEEFu

#define ERROR_IS(code) EQUAL32(GetLastError(), code)
#define ERROR_KEPT() ERROR_IS(MARK)

// A call that keeps the last error: its value.
#define MARKED(call) (SetLastError(MARK), (call))

// Expects a call to fail with a value and a last error.
#define FAILS(call, value, code)                                                 \
    do {                                                                         \
        SetLastError(MARK);                                                      \
        EQUAL(call, value);                                                      \
        ERROR_IS(code);                                                          \
    } while (0)

static inline HANDLE process_heap(void) {
    HANDLE heap = GetProcessHeap();
    CHECK(heap != NULL);
    return heap;
}

// `h` of the documentation's examples.
static inline HANDLE growable_heap(void) {
    HANDLE heap = HeapCreate(0, 0, 0);
    CHECK(heap != NULL);
    return heap;
}

// `n`: without a lock.
static inline HANDLE unserialized_heap(void) {
    HANDLE heap = HeapCreate(HEAP_NO_SERIALIZE, 0, 0);
    CHECK(heap != NULL);
    return heap;
}

// `f`: of a fixed size.
static inline HANDLE fixed_heap(void) {
    HANDLE heap = HeapCreate(0, 8 * A, 8 * A);
    CHECK(heap != NULL);
    return heap;
}

// `b(k)`: a live block of a heap.
static inline unsigned char *block(HANDLE heap, SIZE_T size) {
    unsigned char *memory = (unsigned char *)HeapAlloc(heap, 0, size);
    CHECK(memory != NULL);
    return memory;
}

// Whether all bytes have one value.
static inline bool all(const void *memory, size_t size, unsigned char value) {
    const unsigned char *bytes = (const unsigned char *)memory;
    return size == 0 || (bytes[0] == value && memcmp(bytes, bytes + 1, size - 1) == 0);
}

// Bytes that depend on their place and on a number.
static inline void paint(void *memory, size_t size, size_t seed) {
    unsigned char *bytes = (unsigned char *)memory;
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (unsigned char)(seed * 31 + i * 7 + (i >> 8) + 1);
    }
}

// Whether `paint` has made these bytes.
static inline bool painted(const void *memory, size_t size, size_t seed) {
    const unsigned char *bytes = (const unsigned char *)memory;
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != (unsigned char)(seed * 31 + i * 7 + (i >> 8) + 1)) {
            return false;
        }
    }
    return true;
}

static inline bool aligned(const void *memory, size_t alignment) {
    return ((uintptr_t)memory & (alignment - 1)) == 0;
}

// An address where nothing is mapped. Nothing stays there after the call, so use it at once.
static inline void *unmapped(void) {
    void *map = mmap(NULL, 0x20000, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(map != MAP_FAILED);
    CHECK(munmap(map, 0x20000) == 0);
    return (char *)map + 0x10000;
}

// Memory that can be read and written and belongs to no heap.
static inline void *foreign(void) {
    static unsigned char memory[4096] __attribute__((aligned(64)));
    return memory + 64;
}

// A sequence of numbers that is the same in each run.
static inline uint32_t next_random(uint32_t *state) {
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

int main(int count, char **vector) {
    for (struct row *row = rows; row != NULL; row = row->next) {
        if (count < 2) {
            printf("%s\n", row->name);
        } else if (strcmp(row->name, vector[1]) == 0) {
            row_name = row->name;
            row->body();
            return 0;
        }
    }
    if (count < 2) {
        return 0;
    }
    dprintf(2, "no such row: %s\n", vector[1]);
    return 2;
}

#endif
