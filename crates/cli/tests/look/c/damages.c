// Makes a heap with some blocks, damages it as its argument says, says which block it is about, and
// waits until its input ends.

#include <heapapi.h>

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

// Several slabs: the thread's own cache has the last ones.
enum { BLOCKS = 2000, FREED = 10, BLOCK = BLOCKS - 100, SIZE = 90 };

int main(int argc, char **argv) {
    const char *damage = argc > 1 ? argv[1] : "none";
    HANDLE heap = HeapCreate(0, 0, 0);
    char *blocks[BLOCKS];
    for (int i = 0; i < BLOCKS; i++) {
        blocks[i] = HeapAlloc(heap, HEAP_ZERO_MEMORY, SIZE);
    }
    for (int i = 0; i < FREED; i++) {
        HeapFree(heap, 0, blocks[BLOCKS - 1 - i]);
    }
    char *block = blocks[BLOCK];
    size_t size = SIZE;
    if (strcmp(damage, "overrun") == 0) {
        strcpy(block + SIZE, "too long");
    } else if (strcmp(damage, "one byte") == 0) {
        block[SIZE] ^= 1;
    } else if (strcmp(damage, "last") == 0) {
        // The block that was allocated last.
        block = HeapAlloc(heap, 0, size = 37);
        memset(block, 'x', size + 2);
    } else if (strcmp(damage, "wild") == 0) {
        // What a block of this size takes is 112 bytes; its last ones say how large it is.
        memset(block + 108, 0, 4);
    } else if (strcmp(damage, "large") == 0) {
        block = HeapAlloc(heap, 0, size = 1000001);
        block[size] ^= 0x55;
    } else if (strcmp(damage, "process heap") == 0) {
        block = HeapAlloc(GetProcessHeap(), 0, size = 5000);
        memset(block + size, 0, 8);
    } else if (strcmp(damage, "record") == 0) {
        memset(heap, 'A', 8);
    }
    printf("%llu %zu %llu\n", (unsigned long long)(uintptr_t)block, size,
           (unsigned long long)(uintptr_t)heap);
    fflush(stdout);
    char end;
    return read(0, &end, 1) == 0 ? 0 : 1;
}
