/* What the programs have in common: they say when they are ready, and end with status 0 if all was
   well. */
#ifndef PROGRAM_H
#define PROGRAM_H

#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHECK(holds)                                                                              \
    do {                                                                                          \
        if (!(holds)) {                                                                           \
            int number = errno;                                                                   \
            printf("%s:%d: %s (errno %d: %s)\n", __FILE__, __LINE__, #holds, number,              \
                   strerror(number));                                                             \
            fflush(stdout);                                                                       \
            _exit(1);                                                                             \
        }                                                                                         \
    } while (0)

/* Takes and frees blocks, so that there is a heap, and something to trim. */
static void use_heap(int blocks) {
    void **list = malloc(blocks * sizeof *list);
    CHECK(list);
    for (int i = 0; i < blocks; i++) {
        list[i] = malloc(16 + i % 4000);
        CHECK(list[i]);
        memset(list[i], i, 16);
    }
    for (int i = 0; i < blocks; i++) free(list[i]);
    free(list);
}

static void say_ready(void) {
    puts("ready");
    fflush(stdout);
}

#endif
