// Functions that end their process, run in a child.

#ifndef CHILD_H
#define CHILD_H

#include "rows.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

// How a child ended and what it wrote to its standard error.
struct ending {
    int status;
    char text[4096];
};

// Runs a function in a child. One that hangs is ended by SIGALRM.
static inline struct ending in_child(void (*body)(void *), void *argument) {
    struct ending ending = {0, ""};
    int ends[2];
    CHECK(pipe(ends) == 0);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        alarm(20);
        dup2(ends[1], 2);
        body(argument);
        _exit(0);
    }
    close(ends[1]);
    size_t length = 0;
    ssize_t got;
    while ((got = read(ends[0], ending.text + length, sizeof ending.text - 1 - length)) > 0) {
        length += (size_t)got;
    }
    close(ends[0]);
    CHECK(waitpid(child, &ending.status, 0) == child);
    return ending;
}

static inline bool returned(const struct ending *ending) {
    return WIFEXITED(ending->status) && WEXITSTATUS(ending->status) == 0;
}

static inline bool aborted(const struct ending *ending) {
    return WIFSIGNALED(ending->status) && WTERMSIG(ending->status) == SIGABRT;
}

// Expects that a function ended the process with a message that has these words in it.
#define ABORTS(body, argument, words)                                            \
    do {                                                                         \
        struct ending ending_ = in_child(body, argument);                        \
        if (!aborted(&ending_) || strstr(ending_.text, words) == NULL) {         \
            dprintf(2, "status %#x, message: %s\n", ending_.status, ending_.text); \
        }                                                                        \
        CHECK(aborted(&ending_));                                                \
        CHECK(strstr(ending_.text, words) != NULL);                              \
    } while (0)

#endif
