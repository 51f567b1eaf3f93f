// A program as it is written for Windows: a handler that is called when memory is short. Prints
// what happened.

#include <malloc.h>
#include <new.h>

#include <stdio.h>

static int __cdecl out_of_memory(size_t size) {
    printf("no memory for %zx bytes\n", size);
    return 0;
}

int main() {
    _PNH before = _set_new_handler(out_of_memory);
    printf("before: %s, mode %d\n", before == NULL ? "none" : "some", _set_new_mode(1));
    void *block = malloc(_HEAP_MAXREQ);
    printf("malloc: %s, heap %d\n", block == NULL ? "NULL" : "a block", _heapchk());
    return 0;
}
