/* Walks through the heap of malloc, checks it and gives unused memory back.
 *
 * malloc, realloc and free here are those of <malloc.h>: the C run-time heap. _heapwalk shows each
 * of its blocks, in use or free. */
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A result of _heapchk or _heapwalk in words. */
static const char *in_words(int status) {
    switch (status) {
        case _HEAPOK: return "intact";
        case _HEAPEND: return "intact, and at its end";
        case _HEAPEMPTY: return "not there yet";
        case _HEAPBADBEGIN: return "damaged at its beginning";
        case _HEAPBADNODE: return "damaged in a block";
        case _HEAPBADPTR: return "not where the walk was";
        default: return "in an unknown state";
    }
}

/* Whether the walk meets a block at that address, in use and of that size. A number, because the
 * pointer to a freed block is no longer one. */
static int is_there(uintptr_t address, size_t size) {
    _HEAPINFO entry;
    int status;

    /* A walk begins with _pentry NULL; the entry is also the place in the walk. */
    entry._pentry = NULL;
    while ((status = _heapwalk(&entry)) == _HEAPOK) {
        if ((uintptr_t)entry._pentry == address && entry._useflag == _USEDENTRY &&
            entry._size == size) {
            return 1;
        }
    }
    if (status != _HEAPEND) fprintf(stderr, "the heap is %s\n", in_words(status));
    return 0;
}

int main(void) {
    char *name, *numbers;
    uintptr_t address;

    name = (char *)malloc(59);
    numbers = (char *)calloc(1000, sizeof(int));
    if (name == NULL || numbers == NULL) return 1;
    strcpy(name, "a heap that can be walked");

    /* _msize gives the bytes that were asked for. */
    printf("malloc: %u bytes, in the walk: %s\n", (unsigned)_msize(name),
           is_there((uintptr_t)name, 59) ? "yes" : "no");
    printf("calloc: %u bytes, in the walk: %s\n", (unsigned)_msize(numbers),
           is_there((uintptr_t)numbers, 1000 * sizeof(int)) ? "yes" : "no");

    numbers = (char *)realloc(numbers, 10000);
    if (numbers == NULL) return 1;
    address = (uintptr_t)numbers;
    printf("realloc: %u bytes, in the walk: %s\n", (unsigned)_msize(numbers),
           is_there(address, 10000) ? "yes" : "no");

    free(numbers);
    printf("after free, in the walk: %s\n", is_there(address, 10000) ? "yes" : "no");

    /* Checks the bookkeeping, and that nobody wrote behind a block. */
    printf("the heap is %s\n", in_words(_heapchk()));
    printf("_heapmin: %s\n", _heapmin() == 0 ? "done" : "failed");
    printf("%s\n", name);
    free(name);
    return 0;
}
