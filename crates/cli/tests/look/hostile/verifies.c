// Threads that allocate, fill, verify and free, sleep, wait, are sent signals, fork and start threads,
// for as many seconds as the argument says. Prints how often something was not as it has to be.

#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { KEPT = 200, SHARED = 64, THREADS = 3 };

static atomic_bool is_over;
static atomic_int faults;
static atomic_long signals;
static _Atomic(unsigned char *) shared[SHARED];
static int quiet[2];

static void fault(const char *what) {
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    atomic_fetch_add(&faults, 1);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static void count(int signal) {
    (void)signal;
    atomic_fetch_add(&signals, 1);
}

// A block begins with its size, and every other byte tells size and place.
static unsigned char *fill(unsigned char *block, size_t size) {
    memcpy(block, &size, sizeof size);
    for (size_t i = sizeof size; i < size; i++) {
        block[i] = (unsigned char)(size + i);
    }
    return block;
}

static unsigned char *verified(unsigned char *block) {
    size_t size;
    memcpy(&size, block, sizeof size);
    for (size_t i = sizeof size; i < size; i++) {
        if (block[i] != (unsigned char)(size + i)) {
            fault("a block is not what it was");
            break;
        }
    }
    return block;
}

static void *allocate(void *argument) {
    uint64_t random = (uintptr_t)argument * 7919 + 1;
    unsigned char *kept[KEPT] = {NULL};
    while (!is_over) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        unsigned char **place = &kept[random % KEPT];
        size_t size = sizeof size + (random >> 20) % (random >> 16 & 31 ? 600 : 300000);
        if (*place == NULL) {
            *place = fill(malloc(size), size);
        } else if (random & 1024) {
            *place = fill(realloc(verified(*place), size), size);
        } else {
            free(verified(*place));
            *place = NULL;
        }
        if (random % 7 == 0) {
            *place = atomic_exchange(&shared[(random >> 33) % SHARED], *place);
        }
    }
    for (int i = 0; i < KEPT; i++) {
        free(kept[i] == NULL ? NULL : verified(kept[i]));
    }
    return NULL;
}

// Calls that go on after a signal with SA_RESTART must not fail, and none may return early.
static void *wait_long(void *argument) {
    (void)argument;
    int epoll = epoll_create1(0);
    while (!is_over) {
        double start = now();
        struct timespec pause = {0, 100000000};
        if (nanosleep(&pause, NULL) != 0 || now() - start < 0.0999) {
            fault("nanosleep");
        }
        start = now();
        struct pollfd input = {quiet[0], POLLIN, 0};
        if (poll(&input, 1, 100) != 0 || now() - start < 0.0999) {
            fault("poll");
        }
        start = now();
        struct epoll_event event;
        if (epoll_wait(epoll, &event, 1, 100) != 0 || now() - start < 0.0999) {
            fault("epoll_wait");
        }
    }
    return NULL;
}

static void *call(void *argument) {
    (void)argument;
    while (!is_over) {
        if (close(-1) != -1 || errno != EBADF || getppid() <= 0) {
            fault("system calls");
        }
    }
    return NULL;
}

static void *start_and_end(void *argument) {
    free(verified(argument));
    return NULL;
}

static void *start_threads(void *argument) {
    (void)argument;
    while (!is_over) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, start_and_end, fill(malloc(500), 500)) != 0 ||
            pthread_join(thread, NULL) != 0) {
            fault("threads");
        }
    }
    return NULL;
}

static void *start_processes(void *argument) {
    (void)argument;
    while (!is_over) {
        pid_t child = fork();
        if (child == 0) {
            free(verified(fill(malloc(5000), 5000)));
            _exit(7);
        }
        int status;
        if (waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 7) {
            fault("processes");
        }
        usleep(20000);
    }
    return NULL;
}

int main(int argc, char **argv) {
    double seconds = argc > 1 ? atof(argv[1]) : 1;
    if (pipe(quiet) != 0) {
        return 2;
    }
    struct sigaction action = {.sa_handler = count, .sa_flags = SA_RESTART};
    sigaction(SIGALRM, &action, NULL);
    void *(*jobs[])(void *) = {call, start_threads, start_processes, wait_long};
    enum { JOBS = sizeof jobs / sizeof jobs[0] };
    pthread_t threads[THREADS + JOBS];
    for (uintptr_t i = 0; i < THREADS; i++) {
        pthread_create(&threads[i], NULL, allocate, (void *)(i + 1));
    }
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGALRM);
    for (int i = 0; i < JOBS; i++) {
        if (jobs[i] == wait_long) {
            // Its calls don't go on after a handler, nor do this thread's from here on.
            pthread_sigmask(SIG_BLOCK, &blocked, NULL);
        }
        pthread_create(&threads[THREADS + i], NULL, jobs[i], NULL);
    }
    struct itimerval often = {{0, 2000}, {0, 2000}};
    setitimer(ITIMER_REAL, &often, NULL);
    puts("ready");
    fflush(stdout);
    for (double end = now() + seconds; now() < end;) {
        struct timespec pause = {0, 5000000};
        if (nanosleep(&pause, NULL) != 0) {
            fault("the first thread's nanosleep");
        }
    }
    is_over = true;
    for (int i = 0; i < THREADS + JOBS; i++) {
        pthread_join(threads[i], NULL);
    }
    for (int i = 0; i < SHARED; i++) {
        free(shared[i] == NULL ? NULL : verified(shared[i]));
    }
    printf("%d faults, %s\n", faults, signals > 0 ? "signals" : "no signals");
    return faults != 0;
}
