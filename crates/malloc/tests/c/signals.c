// Signals that interrupt the allocator.

#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/time.h>
#include "rule.h"

static volatile sig_atomic_t handled;

static void count(int signal) {
    (void)signal;
    handled++;
}

static void storm(int signal, void (*handler)(int)) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    CHECK(sigaction(signal, &action, NULL) == 0);
    struct itimerval every = {{0, 50}, {0, 50}};
    CHECK(setitimer(ITIMER_REAL, &every, NULL) == 0);
}

static void churn(int rounds) {
    enum { SLOTS = 300 };
    static void *slots[SLOTS];
    uint64_t random = 5;
    for (int round = 0; round < rounds; round++) {
        size_t slot = next_random(&random) % SLOTS;
        size_t size = random_size(&random, round % 50 == 0 ? 1 << 20 : 1 << 12);
        if (round % 3 == 0) {
            slots[slot] = realloc(slots[slot], size + 1);
        } else {
            free(slots[slot]);
            slots[slot] = round % 3 == 1 ? malloc(size) : calloc(1, size);
        }
        CHECK(slots[slot] != NULL);
    }
    malloc_trim(0);
}

RULE(a_storm_of_signals_does_no_harm) {
    storm(SIGALRM, count);
    for (int round = 0; round < 20 || handled < 1000; round++) {
        churn(20000);
    }
}

// The handler runs on a thread that does nothing else, as with a thread for signals: it may do
// what any thread may.
static void allocate(int signal) {
    (void)signal;
    for (size_t size = 1; size < 100000; size = size * 3 + 1) {
        void *block = malloc(size);
        CHECK(block != NULL);
        free(block);
    }
    handled++;
}

static void *signal_thread(void *unused) {
    sigset_t none;
    sigemptyset(&none);
    while (handled < 2000) {
        sigsuspend(&none);
    }
    return unused;
}

RULE(a_handler_on_another_thread_allocates) {
    sigset_t alarms;
    sigemptyset(&alarms);
    sigaddset(&alarms, SIGALRM);
    CHECK(pthread_sigmask(SIG_BLOCK, &alarms, NULL) == 0);
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, signal_thread, NULL) == 0);
    storm(SIGALRM, allocate);
    while (handled < 2000) {
        churn(20000);
    }
    CHECK(pthread_join(thread, NULL) == 0);
}

// A crash reporter: the handler of a fault in the program's own code allocates.
static sigjmp_buf back;

static void report(int signal) {
    (void)signal;
    for (size_t size = 1; size < MIB; size = size * 2 + 1) {
        void *block = malloc(size);
        CHECK(block != NULL);
        free(block);
    }
    siglongjmp(back, 1);
}

RULE(a_fault_handler_allocates) {
    struct sigaction action = {.sa_handler = report};
    CHECK(sigaction(SIGSEGV, &action, NULL) == 0);
    char *page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < 200; i++) {
        void *block = malloc((size_t)i * 50);
        if (sigsetjmp(back, 1) == 0) {
            *(volatile char *)page = 1;
            CHECK(!"the write faults");
        }
        free(block);
    }
}

// A fault inside the allocator's caller with an alternate stack of the least size.
static void small_stack_handler(int signal) {
    (void)signal;
    void *blocks[20];
    for (int i = 0; i < 20; i++) {
        blocks[i] = malloc((size_t)i * i * 100);
    }
    for (int i = 0; i < 20; i++) {
        free(blocks[i]);
    }
    handled++;
}

RULE(a_handler_on_a_small_alternate_stack_allocates) {
    size_t size = (size_t)sysconf(_SC_SIGSTKSZ);
    stack_t stack = {.ss_sp = malloc(size), .ss_size = size};
    CHECK(sigaltstack(&stack, NULL) == 0);
    struct sigaction action = {.sa_handler = small_stack_handler, .sa_flags = SA_ONSTACK};
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
    for (int i = 0; i < 1000; i++) {
        CHECK(raise(SIGUSR1) == 0);
    }
    CHECK(handled == 1000);
}

static void *on_least_stack(void *unused) {
    churn(3000);
    return unused;
}

RULE(threads_with_the_least_stack_allocate) {
    pthread_attr_t least;
    pthread_attr_init(&least);
    CHECK(pthread_attr_setstacksize(&least, (size_t)sysconf(_SC_THREAD_STACK_MIN)) == 0);
    for (int i = 0; i < 50; i++) {
        pthread_t thread;
        CHECK(pthread_create(&thread, &least, on_least_stack, NULL) == 0);
        CHECK(pthread_join(thread, NULL) == 0);
    }
}
