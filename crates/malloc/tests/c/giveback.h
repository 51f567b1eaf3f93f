// What the programs about memory that goes back by itself share. The harness sets HEAPMIN_DECAY_MS.

#ifndef GIVEBACK_H
#define GIVEBACK_H

#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include "rule.h"

// How long a loaded machine may take, in ms.
enum { PATIENCE = 8000 };

__attribute__((unused)) static void sleep_for(long milliseconds) {
    struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    while (nanosleep(&time, &time) != 0 && errno == EINTR) {
    }
}

// The threads of the process, counted with system calls only.
__attribute__((unused)) static int threads(void) {
    char text[4096];
    read_file("/proc/self/status", text, sizeof text);
    const char *line = strstr(text, "\nThreads:");
    return line == NULL ? -1 : atoi(line + 9);
}

// Whether there are at most so many bytes, or threads, in time.
__attribute__((unused)) static int falls_to(size_t bytes) {
    for (int waited = 0; waited < PATIENCE; waited += 20) {
        if (resident() <= bytes) {
            return 1;
        }
        sleep_for(20);
    }
    return 0;
}

__attribute__((unused)) static int threads_become(int count) {
    for (int waited = 0; waited < PATIENCE; waited += 20) {
        if (threads() == count) {
            return 1;
        }
        sleep_for(20);
    }
    return 0;
}

// A page that was never touched is never resident: without it, huge pages blur the numbers.
__attribute__((unused)) static void without_huge_pages(void) {
    CHECK(prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0) == 0);
}

enum { LARGE = 1 << 20, MOST = 200000 };
__attribute__((unused)) static void *blocks[MOST];

__attribute__((unused)) static void *touched(size_t size) {
    void *block = malloc(size);
    CHECK(block != NULL);
    return memset(block, (int)(size & 0xff), size);
}

// Large blocks of this many MiB together, used and freed.
__attribute__((unused)) static void use_and_free(int mebibytes) {
    for (int i = 0; i < mebibytes; i++) {
        blocks[i] = touched(LARGE);
    }
    for (int i = 0; i < mebibytes; i++) {
        free(blocks[i]);
    }
}

__attribute__((unused)) static void large_blocks_go(void) {
    size_t before = resident();
    use_and_free(100);
    CHECK_AT(falls_to(before + 8 * MIB), resident() - before);
}

__attribute__((unused)) static void wait_for(pid_t child) {
    int status = 0;
    CHECK(child > 0);
    CHECK(waitpid(child, &status, 0) == child);
    CHECK_AT(WIFEXITED(status) && WEXITSTATUS(status) == 0, status);
}

#endif
