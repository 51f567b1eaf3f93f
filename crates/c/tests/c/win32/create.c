// Creating and destroying heaps (C01 to C17).

#include "walk.h"

ROW(C01) {
    HANDLE h = HeapCreate(0, 0, 0);
    CHECK(h != NULL);
    CHECK(aligned(h, 0x10000));
}

ROW(C02) {
    HANDLE first = growable_heap();
    HANDLE second = growable_heap();
    CHECK(first != second);
    CHECK(first != GetProcessHeap());
    CHECK(second != GetProcessHeap());
}

ROW(C03) {
    HANDLE n = HeapCreate(HEAP_NO_SERIALIZE, 0, 0);
    CHECK(n != NULL);
    CHECK(aligned(n, 0x10000));
}

ROW(C04) {
    CHECK(HeapCreate(0, A, A) != NULL);
}

ROW(C05) {
    for (SIZE_T k = 1; k <= 255; k++) {
        AT(k);
        HANDLE heap = HeapCreate(0, k * 0x100, k * 0x100);
        CHECK(heap != NULL);
        CHECK(HeapDestroy(heap));
    }
}

ROW(C06) {
    HANDLE heap = HeapCreate(0x20 | 0x40 | HEAP_NO_SERIALIZE, 0, 0);
    CHECK(heap != NULL);
    // As any heap: sizes are exact, and blocks are not filled when they are freed.
    unsigned char *memory = block(heap, 17);
    EQUAL(HeapSize(heap, 0, memory), 17);
    CHECK(HeapFree(heap, 0, memory));
    CHECK(HeapDestroy(heap));
}

ROW(C07) {
    HANDLE heap = HeapCreate(0x04000000, 0, 0);
    CHECK(heap != NULL);
    CHECK(HeapFree(heap, 0, block(heap, 100)));
    CHECK(HeapDestroy(heap));
}

ROW(C08) {
    HANDLE heap = HeapCreate(0, 0x1000, 0x10000);
    CHECK(heap != NULL);
    block(heap, 0x1000);
    // Fixed: however many blocks, never more than the maximum.
    SIZE_T total = 0x1000;
    while (HeapAlloc(heap, 0, 0x1000) != NULL) {
        total += 0x1000;
        CHECK(total <= 0x10000);
    }
    ERROR_IS(ERROR_NOT_ENOUGH_MEMORY);
}

// That the first region spans 0x90000 bytes is an artefact.
ROW(C09) {
    HANDLE heap = HeapCreate(0, 0x80000, 0);
    CHECK(heap != NULL);
    PROCESS_HEAP_ENTRY entry = {0};
    CHECK(HeapWalk(heap, &entry));
    CHECK(is_region(&entry));
    CHECK(entry.Region.dwCommittedSize > 0);
    // Growable: the initial size limits nothing.
    for (int i = 0; i < 16; i++) {
        block(heap, 0x80000);
    }
}

#if defined(__x86_64__) || defined(__i386__)
// mov eax, 42; ret
static const unsigned char return_42[] = {0xB8, 0x2A, 0, 0, 0, 0xC3};
#elif defined(__aarch64__)
// mov w0, #42; ret
static const unsigned char return_42[] = {0x40, 0x05, 0x80, 0x52, 0xC0, 0x03, 0x5F, 0xD6};
#endif

ROW(C10) {
    HANDLE heap = HeapCreate(HEAP_CREATE_ENABLE_EXECUTE, 0, 0);
    CHECK(heap != NULL);
    // Small and large blocks, and one that was reallocated.
    unsigned char *blocks[] = {block(heap, 64), block(heap, 5000), block(heap, 5 * A), NULL};
    blocks[3] = HeapReAlloc(heap, 0, block(heap, 10), 3 * A);
    CHECK(blocks[3] != NULL);
    for (int i = 0; i < 4; i++) {
        AT(i);
        memcpy(blocks[i], return_42, sizeof return_42);
        __builtin___clear_cache((char *)blocks[i], (char *)blocks[i] + sizeof return_42);
        int (*function)(void);
        memcpy(&function, &blocks[i], sizeof function);
        EQUAL(function(), 42);
    }
    CHECK(HeapDestroy(heap));
}

ROW(C11) {
    HANDLE heap = HeapCreate(0, A, A);
    CHECK(heap != NULL);
    SIZE_T size = A - (0x400 + 0x100 * P);
    unsigned char *memory = HeapAlloc(heap, 0, size);
    CHECK(memory != NULL);
    EQUAL(HeapSize(heap, 0, memory), size);
    memset(memory, 0x5A, size);
    CHECK(HeapFree(heap, 0, memory));
}

ROW(C12) {
    HANDLE heap = HeapCreate(0, A, A);
    CHECK(heap != NULL);
    SIZE_T size = A - (0x200 + 0x80 * P);
    FAILS(HeapAlloc(heap, 0, size), NULL, ERROR_NOT_ENOUGH_MEMORY);
    unsigned char *memory = block(heap, A - (0x400 + 0x100 * P));
    CHECK(HeapFree(heap, 0, memory));
    FAILS(HeapAlloc(heap, 0, size), NULL, ERROR_NOT_ENOUGH_MEMORY);
}

ROW(C13) {
    HANDLE heap = HeapCreate(0, 0x10000, 0x10000);
    CHECK(heap != NULL);
    EQUAL(HeapAlloc(heap, 0, 0x10000), NULL);
}

ROW(C14) {
    HANDLE heap = growable_heap();
    for (SIZE_T size = 0; size < 3000; size += 100) {
        block(heap, size);
    }
    block(heap, A);
    block(heap, 5 * A);
    block(heap, 30 * MIB);
    CHECK(HeapDestroy(heap));
}

ROW(C15) {
    HANDLE heap = growable_heap();
    unsigned char *blocks[] = {block(heap, 0), block(heap, 500), block(heap, 5 * A)};
    for (int i = 0; i < 3; i++) {
        CHECK(HeapFree(heap, 0, blocks[i]));
    }
    CHECK(HeapDestroy(heap));
}

ROW(C16) {
    HANDLE ph = process_heap();
    unsigned char *before = block(ph, 100);
    paint(before, 100, 16);
    FAILS(HeapDestroy(ph), FALSE, ERROR_INVALID_HANDLE);
    CHECK(painted(before, 100, 16));
    CHECK(HeapFree(ph, 0, before));
    CHECK(HeapFree(ph, 0, block(ph, 1000)));
    CHECK(HeapValidate(ph, 0, NULL));
    EQUAL(GetProcessHeap(), ph);
}

// The size of the process's address space in bytes.
static size_t address_space(void) {
    size_t pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    CHECK(file != NULL && fscanf(file, "%zu", &pages) == 1);
    fclose(file);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static void thousand_heaps(void) {
    static HANDLE heaps[100];
    for (int round = 0; round < 10; round++) {
        for (int i = 0; i < 100; i++) {
            heaps[i] = growable_heap();
            block(heaps[i], (SIZE_T)i * 100);
            block(heaps[i], 5 * A);
        }
        for (int i = 0; i < 100; i++) {
            CHECK(HeapDestroy(heaps[i]));
        }
    }
}

ROW(C17) {
    DWORD heaps = GetProcessHeaps(0, NULL);
    thousand_heaps();
    EQUAL(GetProcessHeaps(0, NULL), heaps);
    size_t before = address_space();
    thousand_heaps();
    thousand_heaps();
    EQUAL(GetProcessHeaps(0, NULL), heaps);
    CHECK(address_space() <= before + MIB);
}
