// A program of a user: finds the headers by their names, and the library by what it was told.

#include <heapapi.h>
#include <heapmin.h>
#include <stdio.h>

int main(void) {
    HANDLE heap = HeapCreate(0, 0, 0);
    void *block = HeapAlloc(heap, HEAP_ZERO_MEMORY, 21);
    printf("heapmin %s: %zu bytes\n", heapmin_version(), (size_t)HeapSize(heap, 0, block));
    return HeapFree(heap, 0, block) && HeapDestroy(heap) ? 0 : 1;
}
