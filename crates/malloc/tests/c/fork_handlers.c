// pthread_atfork handlers that allocate, registered before and after the allocator's own.

#include <sys/wait.h>
#include "rule.h"

static int prepared, in_parent, in_child;

static void churn(void) {
    void *blocks[200];
    for (int i = 0; i < 200; i++) {
        blocks[i] = malloc((size_t)i * 37);
        CHECK(blocks[i] != NULL);
    }
    for (int i = 0; i < 200; i++) {
        free(blocks[i]);
    }
}

static void prepare(void) {
    prepared++;
    churn();
}

static void parent(void) {
    in_parent++;
    churn();
}

static void child(void) {
    in_child++;
    churn();
}

static void fork_and_check(int handlers) {
    churn();
    for (int i = 0; i < 20; i++) {
        prepared = in_parent = in_child = 0;
        alarm(20);
        pid_t process = fork();
        if (process == 0) {
            alarm(20);
            churn();
            _exit(prepared == handlers && in_child == handlers ? 0 : 1);
        }
        int status = 0;
        CHECK(waitpid(process, &status, 0) == process);
        CHECK_AT(WIFEXITED(status) && WEXITSTATUS(status) == 0, status);
        CHECK(prepared == handlers && in_parent == handlers);
    }
}

// Before any constructor, hence before anything has been allocated.
static void register_early(int count, char **vector, char **environment) {
    (void)environment;
    if (count > 1 && strcmp(vector[1], "registered_before_the_first_allocation") == 0 &&
        pthread_atfork(prepare, parent, child) != 0) {
        _exit(5);
    }
}

__attribute__((section(".preinit_array"), used)) static void (*early)(int, char **, char **) = register_early;

RULE(registered_before_the_first_allocation) {
    fork_and_check(1);
}

RULE(registered_in_main) {
    CHECK(pthread_atfork(prepare, parent, child) == 0);
    fork_and_check(1);
}

RULE(registered_a_hundred_times) {
    for (int i = 0; i < 100; i++) {
        CHECK(pthread_atfork(prepare, parent, child) == 0);
    }
    fork_and_check(100);
}
