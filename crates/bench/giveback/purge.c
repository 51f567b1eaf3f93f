/*
 * The call with which an allocator gives its free memory back, whichever allocator a process runs
 * on. Preloaded in front of the allocator; programs reach heapmin_bench_purge by its name, and those that
 * can't (redis-server) by SIGUSR2, if HEAPMIN_BENCH_ANSWER names a file for the answer.
 *
 * Each allocator is known by a function of its own, which only counts if it comes from the library
 * that serves malloc: a program may be linked to another allocator that serves nothing.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* The function called name, if the library that serves malloc has it. RTLD_NEXT passes over the
 * program itself, where the address of malloc may be that of a stub (python3). */
static void *own_function(const char *name)
{
    void *function = dlsym(RTLD_NEXT, name);
    void *serving = dlsym(RTLD_NEXT, "malloc");
    Dl_info one, other;
    if (!function || !serving || !dladdr(function, &one) || !dladdr(serving, &other))
        return NULL;
    return one.dli_fbase == other.dli_fbase ? function : NULL;
}

enum way { UNKNOWN, NONE, MIMALLOC, JEMALLOC, TCMALLOC, TRIM };

static enum way way;
static void *function;

/* Looked up before anything is timed: dlsym may allocate. */
__attribute__((constructor)) static void find_way(void)
{
    static const struct { const char *name; enum way way; } known[] = {
        {"mi_collect", MIMALLOC},
        {"mallctl", JEMALLOC},
        {"MallocExtension_ReleaseFreeMemory", TCMALLOC},
        {"malloc_trim", TRIM},
    };
    way = NONE;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        function = own_function(known[i].name);
        if (function) {
            way = known[i].way;
            return;
        }
    }
}

/* What heapmin_bench_purge calls, in words; NULL if the allocator has nothing to call. */
const char *heapmin_bench_purge_name(void)
{
    switch (way) {
    case MIMALLOC: return "mi_collect(true)";
    case JEMALLOC: return "thread.tcache.flush, arena.4096.purge";
    case TCMALLOC: return "MallocExtension_ReleaseFreeMemory()";
    case TRIM: return "malloc_trim(0)";
    default: return NULL;
    }
}

/* Gives free memory back; 0, or -1 if there is nothing to call or it failed. */
int heapmin_bench_purge(void)
{
    switch (way) {
    case MIMALLOC:
        ((void (*)(_Bool))function)(1);
        return 0;
    case JEMALLOC: {
        int (*mallctl)(const char *, void *, size_t *, void *, size_t) = function;
        int flushed = mallctl("thread.tcache.flush", NULL, NULL, NULL, 0);
        /* 4096 is MALLCTL_ARENAS_ALL. */
        int purged = mallctl("arena.4096.purge", NULL, NULL, NULL, 0);
        return flushed || purged ? -1 : 0;
    }
    case TCMALLOC:
        ((void (*)(void))function)();
        return 0;
    case TRIM:
        /* 1 or 0: whether anything was given back. Both are answers. */
        ((int (*)(size_t))function)(0);
        return 0;
    default:
        return -1;
    }
}

/* In a signal handler: the runner sends the signal when the program waits for work, outside the
 * allocator, and to the thread that allocated. */
static void purge_and_answer(int signal)
{
    (void)signal;
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    int failed = heapmin_bench_purge();
    clock_gettime(CLOCK_MONOTONIC, &end);
    long long nanoseconds =
        (end.tv_sec - start.tv_sec) * 1000000000LL + (end.tv_nsec - start.tv_nsec);
    const char *path = getenv("HEAPMIN_BENCH_ANSWER");
    int file = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
    if (file >= 0) {
        char text[64];
        int length = snprintf(text, sizeof text, "%d %lld\n", failed, nanoseconds);
        if (write(file, text, (size_t)length) != length)
            failed = -1; /* The runner waits in vain and says so. */
        close(file);
    }
}

__attribute__((constructor)) static void listen_to_signal(void)
{
    if (getenv("HEAPMIN_BENCH_ANSWER")) {
        struct sigaction action = {.sa_handler = purge_and_answer, .sa_flags = SA_RESTART};
        sigaction(SIGUSR2, &action, NULL);
    }
}
