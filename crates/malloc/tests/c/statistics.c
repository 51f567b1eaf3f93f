// Programs that end in different ways, for the report at exit.

#include <signal.h>
#include <sys/wait.h>
#include "rule.h"

static void work(void) {
    static void *blocks[10000];
    for (int i = 0; i < 10000; i++) {
        blocks[i] = memset(malloc(1000), 1, 1000);
    }
    for (int i = 1000; i < 10000; i++) {
        free(blocks[i]);
    }
    free(malloc(20 * MIB));
}

RULE(returns_from_main) {
    work();
}

RULE(trims_before_the_end) {
    void *large = memset(malloc(20 * MIB), 1, 20 * MIB);
    work();
    free(large);
    malloc_trim(0);
}

RULE(exits_with_status_five) {
    work();
    exit(5);
}

RULE(ends_at_once) {
    work();
    _exit(6);
}

RULE(ends_by_a_signal) {
    work();
    raise(SIGKILL);
}

RULE(closes_standard_error_first) {
    work();
    fclose(stderr);
    close(2);
}

// What standard error was is a file of the program's now.
RULE(reuses_the_number_of_standard_error) {
    work();
    for (int file = 2; file < 1024; file++) {
        close(file);
    }
    FILE *mine = fopen(arguments[0], "w");
    CHECK(fileno(mine) == 2);
    fputs("mine\n", mine);
    exit(fflush(mine));
}

static void at_exit(void) {
    for (int i = 0; i < 777; i++) {
        free(malloc(48));
    }
}

RULE(allocates_in_an_exit_handler) {
    atexit(at_exit);
}

RULE(forks_a_child_that_exits) {
    pid_t process = fork();
    if (process == 0) {
        exit(0);
    }
    dprintf(1, "%d %d\n", (int)getpid(), (int)process);
    waitpid(process, NULL, 0);
}

RULE(shows_whether_operations_are_counted) {
    work();
    malloc_stats();
}

static void *exit_here(void *unused) {
    exit(7);
    return unused;
}

RULE(exits_in_a_thread_with_a_small_stack) {
    pthread_attr_t least;
    pthread_t thread;
    pthread_attr_init(&least);
    pthread_attr_setstacksize(&least, (size_t)sysconf(_SC_THREAD_STACK_MIN) + 4096);
    CHECK(pthread_create(&thread, &least, exit_here, NULL) == 0);
    pause();
}
