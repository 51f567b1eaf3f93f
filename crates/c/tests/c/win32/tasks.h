// Threads that are watched: whether they come to their end, or wait.

#ifndef TASKS_H
#define TASKS_H

#include "rows.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

// Long enough for a thread to come to a lock and wait there.
#define A_WHILE 100

// Longer than any thread needs that doesn't wait for something.
#define PATIENCE 10000

struct task {
    pthread_t thread;
    void (*body)(void *);
    void *argument;
    atomic_bool done;
};

static inline void *run_task(void *pointer) {
    struct task *task = pointer;
    task->body(task->argument);
    atomic_store(&task->done, true);
    return NULL;
}

static inline void start(struct task *task, void (*body)(void *), void *argument) {
    task->body = body;
    task->argument = argument;
    atomic_store(&task->done, false);
    CHECK(pthread_create(&task->thread, NULL, run_task, task) == 0);
}

static inline void pause_for(int milliseconds) {
    struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
    nanosleep(&time, NULL);
}

// Whether the thread comes to its end in this time.
static inline bool ends_within(struct task *task, int milliseconds) {
    for (int waited = 0; waited < milliseconds; waited += 2) {
        if (atomic_load(&task->done)) {
            return true;
        }
        pause_for(2);
    }
    return atomic_load(&task->done);
}

static inline void finish(struct task *task) {
    CHECK(ends_within(task, PATIENCE));
    CHECK(pthread_join(task->thread, NULL) == 0);
}

// Runs a function in a thread of its own, to its end.
static inline void elsewhere(void (*body)(void *), void *argument) {
    struct task task;
    start(&task, body, argument);
    finish(&task);
}

#endif
