/* Gets signals from all sides while it waits, computes or sleeps, and counts them. What it sends itself
   arrives exactly once, at the right handler, on the right thread. */
#include "program.h"

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>

static volatile sig_atomic_t alarms, traps, faults;
static _Atomic uint64_t queued, wrong;
static volatile int over;

static void on_alarm(int number) {
    (void)number;
    int before = errno;
    alarms++;
    errno = before;
}

static void on_trap(int number) {
    (void)number;
    traps++;
}

/* Queued signals bring numbers, each once. */
static uint64_t next_number;

static void on_queued(int number, siginfo_t *info, void *context) {
    (void)context;
    int before = errno;
    if (number != SIGRTMIN || info->si_code != SI_QUEUE) wrong++;
    if ((uint64_t)(uintptr_t)info->si_value.sival_ptr != next_number) wrong++;
    next_number++;
    queued++;
    errno = before;
}

static void *sleeper(void *unused) {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    while (!over) {
        struct timespec time = {0, 1000000};
        CHECK(nanosleep(&time, NULL) == 0);
    }
    return unused;
}

static void handle(int number, void (*handler)(int), int flags) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    CHECK(sigaction(number, &action, NULL) == 0);
}

/* Signals that are sent to a single thread of ours, in turn with computing and system calls. */
static void raise_all(void) {
    uint64_t sent = 0;
    int trapped = 0;
    struct timespec now, end;
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += 6;
    do {
        for (int i = 0; i < 50; i++) {
            union sigval value = {.sival_ptr = (void *)(uintptr_t)sent};
            CHECK(sigqueue(getpid(), SIGRTMIN, value) == 0);
            sent++;
            if (queued != sent) CHECK(!"a queued signal arrives at once");
        }
        __asm__ volatile("int3");
        trapped++;
        CHECK(traps == trapped);
        CHECK(raise(SIGTRAP) == 0);
        trapped++;
        CHECK(traps == trapped);
        struct timespec time = {0, 200000};
        nanosleep(&time, NULL);
        void *block = malloc(1000);
        CHECK(block);
        free(block);
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while (now.tv_sec < end.tv_sec);
    CHECK(queued == sent && wrong == 0);
}

int main(void) {
    use_heap(2000);
    struct sigaction action = {.sa_sigaction = on_queued, .sa_flags = SA_SIGINFO | SA_RESTART};
    CHECK(sigaction(SIGRTMIN, &action, NULL) == 0);
    handle(SIGALRM, on_alarm, SA_RESTART);
    handle(SIGTRAP, on_trap, SA_RESTART);
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, sleeper, NULL) == 0);
    struct itimerval every = {{0, 150}, {0, 150}};
    CHECK(setitimer(ITIMER_REAL, &every, NULL) == 0);
    say_ready();
    raise_all();
    CHECK(alarms > 100);
    over = 1;
    CHECK(pthread_join(thread, NULL) == 0);
    return 0;
}
