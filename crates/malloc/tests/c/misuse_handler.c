// A handler for SIGABRT that allocates, frees and looks at the heap, as crash reporters do: the
// report of a misuse must leave the heap usable. Ends with status 42.

#include <signal.h>
#include "rule.h"

static void handler(int signal) {
    (void)signal;
    for (size_t size = 1; size < 8 * MIB; size = size * 3 / 2 + 1) {
        char *block = malloc(size);
        CHECK(block != NULL);
        memset(block, 1, size);
        free(block);
    }
    malloc_trim(0);
    (void)mallinfo2();
    _exit(42);
}

static void *free_it(void *block) {
    free(block);
    return NULL;
}

static void refuse(size_t size, int by_another_thread) {
    signal(SIGABRT, handler);
    void *block = malloc(size);
    if (by_another_thread) {
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, free_it, block) == 0);
        CHECK(pthread_join(thread, NULL) == 0);
    } else {
        free(block);
    }
    free(block);
    _exit(3);
}

RULE(after_a_small_block) {
    refuse(100, 0);
}

RULE(after_a_large_block) {
    refuse(5 * MIB, 0);
}

RULE(after_a_block_of_another_thread) {
    refuse(100, 1);
}
