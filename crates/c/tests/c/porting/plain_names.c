// malloc and its relatives by their plain names, as programs for Windows call them.

#include "rule.h"

#include <errno.h>
#include <malloc.h>
#include <windows.h>

// The process heap's size of a block, which is exact; of a stranger, (SIZE_T)-1.
static size_t in_process_heap(const void *block) {
    return HeapSize(GetProcessHeap(), 0, block);
}

RULE(plain_names_allocate_on_the_process_heap) {
    char *block = malloc(123);
    CHECK_EQUAL(in_process_heap(block), 123);
    block = realloc(block, 1234);
    CHECK_EQUAL(in_process_heap(block), 1234);
    CHECK_EQUAL(_msize(block), 1234);
    free(block);
    CHECK(!HeapValidate(GetProcessHeap(), 0, block));
    block = calloc(3, 7);
    CHECK_EQUAL(in_process_heap(block), 21);
    for (int i = 0; i < 21; i++) CHECK_AT(block[i] == 0, i);
    free(block);
    free(NULL);
}

struct allocator {
    void *(*malloc)(size_t);
    void *(*calloc)(size_t, size_t);
    void *(*realloc)(void *, size_t);
    void (*free)(void *);
};

RULE(plain_names_are_functions_that_pointers_point_to) {
    struct allocator own = {malloc, calloc, realloc, free};
    void *block = own.malloc(10);
    CHECK_EQUAL(in_process_heap(block), 10);
    block = own.realloc(block, 20);
    CHECK_EQUAL(in_process_heap(block), 20);
    own.free(block);
    block = own.calloc(5, 5);
    CHECK_EQUAL(in_process_heap(block), 25);
    own.free(block);
}

RULE(the_systems_errno_and_names_suit_heapmins_failures) {
    errno = 0;
    CHECK(malloc(_HEAP_MAXREQ) == NULL);
    CHECK_EQUAL(errno, ENOMEM);
    CHECK_EQUAL(_heapadd(NULL, 0), -1);
    CHECK_EQUAL(errno, ENOSYS);
    errno_t number = 0;
    CHECK_EQUAL(_get_errno(&number), 0);
    CHECK_EQUAL(number, 40);
    // A failure of the system's own function.
    CHECK(fopen("/no/such/directory/file", "r") == NULL);
    CHECK_EQUAL(errno, ENOENT);
}

RULE(alloca_and_malloca_give_room_on_the_stack) {
    char here;
    char *block = _alloca(100);
    CHECK((size_t)(block > &here ? block - &here : &here - block) < 64 * KIB);
    memset(block, 1, 100);
    block = _malloca(100);
    CHECK_EQUAL(in_process_heap(block - _ALLOCA_S_MARKER_SIZE), (size_t)-1);
    _freea(block);
    block = _malloca(100000);
    CHECK_EQUAL(in_process_heap(block - _ALLOCA_S_MARKER_SIZE), 100000 + _ALLOCA_S_MARKER_SIZE);
    _freea(block);
}
