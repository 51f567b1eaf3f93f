// The thread that gives memory back: nobody notices it, however the program lives and ends.

#include <dirent.h>
#include <signal.h>
#include <spawn.h>
#include <sys/single_threaded.h>
#include "giveback.h"

extern char **environ;

// Frees so much that something waits to go back. The harness sets a time that is long enough for
// what follows.
static void start_the_thread(void) {
    use_and_free(100);
    CHECK(threads_become(2));
}

RULE(no_thread_is_left_when_all_is_given_back) {
    for (int round = 0; round < 3; round++) {
        large_blocks_go();
        CHECK_AT(threads_become(1), threads());
    }
}

RULE(a_small_program_never_has_one) {
    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < 1000; i++) {
            blocks[i] = touched((size_t)i);
        }
        for (int i = 0; i < 1000; i++) {
            free(blocks[i]);
        }
        free(touched(MIB / 2));
        sleep_for(50);
        CHECK_AT(threads() == 1, round);
    }
}

RULE(the_program_stays_single_threaded_for_the_c_library) {
    CHECK(__libc_single_threaded);
    start_the_thread();
    CHECK(__libc_single_threaded);
}

RULE(errno_is_preserved_by_a_free_that_starts_it) {
    int most = 0;
    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < 40; i++) {
            blocks[i] = touched(LARGE);
        }
        for (int i = 0; i < 40; i++) {
            errno = 77;
            free(blocks[i]);
            CHECK_AT(errno == 77, i);
        }
        most = threads() > most ? threads() : most;
    }
    errno = 77;
    malloc_trim(0);
    CHECK(errno == 77);
    CHECK_AT(most > 1, most);
}

// The sets of signals that its threads block, as the system says it.
RULE(it_takes_no_signal) {
    start_the_thread();
    DIR *tasks = opendir("/proc/self/task");
    int seen = 0;
    for (struct dirent *task; (task = readdir(tasks)) != NULL;) {
        char path[300], text[4096];
        if (task->d_name[0] == '.' || atoi(task->d_name) == getpid()) {
            continue;
        }
        snprintf(path, sizeof path, "/proc/self/task/%s/status", task->d_name);
        read_file(path, text, sizeof text);
        const char *line = strstr(text, "\nSigBlk:");
        CHECK(line != NULL);
        uint64_t can_be = ~(1ull << (SIGKILL - 1) | 1ull << (SIGSTOP - 1));
        CHECK((strtoull(line + 8, NULL, 16) & can_be) == can_be);
        seen++;
    }
    closedir(tasks);
    CHECK_AT(seen == 1, seen);
}

static void say_at_exit(void) {
    dprintf(1, "at exit\n");
}

RULE(main_returns_while_it_runs) {
    atexit(say_at_exit);
    start_the_thread();
}

RULE(main_exits_by_pthread_exit_while_it_runs) {
    atexit(say_at_exit);
    start_the_thread();
    pthread_exit(NULL);
}

static void *outlive_main(void *handle) {
    CHECK(pthread_join(*(pthread_t *)handle, NULL) == 0);
    use_and_free(50);
    return NULL;
}

RULE(main_exits_by_pthread_exit_before_another_thread) {
    static pthread_t self;
    pthread_t other;
    self = pthread_self();
    atexit(say_at_exit);
    start_the_thread();
    CHECK(pthread_create(&other, NULL, outlive_main, &self) == 0);
    pthread_exit(NULL);
}

RULE(exits_with_status_three_while_it_runs) {
    start_the_thread();
    exit(3);
}

RULE(exits_at_once_while_it_runs) {
    start_the_thread();
    _exit(4);
}

RULE(aborts_while_it_runs) {
    start_the_thread();
    abort();
}

RULE(faults_while_it_runs) {
    start_the_thread();
    *(volatile int *)8 = 1;
}

RULE(is_killed_while_it_runs) {
    start_the_thread();
    raise(SIGKILL);
}

RULE(is_quit_by_a_signal_to_the_process_while_it_runs) {
    start_the_thread();
    kill(getpid(), SIGQUIT);
    sleep_for(PATIENCE);
}

static void *execute(void *unused) {
    char *vector[] = {arguments[0], "is_alone_after_exec", NULL};
    execv(arguments[0], vector);
    CHECK(!"the program starts");
    return unused;
}

RULE(is_alone_after_exec) {
    CHECK_AT(threads() == 1, threads());
    use_and_free(50);
    dprintf(1, "executed\n");
}

RULE(executes_another_program_while_it_runs) {
    start_the_thread();
    execute(NULL);
}

RULE(executes_another_program_in_a_thread_while_it_runs) {
    pthread_t thread;
    start_the_thread();
    CHECK(pthread_create(&thread, NULL, execute, NULL) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
}

RULE(starts_children_in_every_way_while_it_runs) {
    start_the_thread();
    char *vector[] = {arguments[0], "is_alone_after_exec", NULL};
    for (int round = 0; round < 10; round++) {
        pid_t process;
        CHECK(posix_spawn(&process, arguments[0], NULL, NULL, vector, environ) == 0);
        wait_for(process);
        process = vfork();
        if (process == 0) {
            execv(arguments[0], vector);
            _exit(1);
        }
        wait_for(process);
        CHECK(system("true") == 0);
    }
}

// Whether a thread of the process has any capability.
static int has_capabilities(void) {
    int has = 0;
    DIR *tasks = opendir("/proc/self/task");
    for (struct dirent *task; (task = readdir(tasks)) != NULL;) {
        char path[300], text[4096];
        if (task->d_name[0] != '.') {
            snprintf(path, sizeof path, "/proc/self/task/%s/status", task->d_name);
            read_file(path, text, sizeof text);
            const char *line = strstr(text, "\nCapEff:");
            has |= line != NULL && strtoull(line + 8, NULL, 16) != 0;
        }
    }
    closedir(tasks);
    return has;
}

// Another user, as servers become one: the C library asks all its threads, and waits for them.
RULE(becomes_another_user_while_it_runs) {
    if (geteuid() != 0) {
        return;
    }
    start_the_thread();
    CHECK(setgid(65534) == 0 && setuid(65534) == 0);
    CHECK(setuid(0) != 0);
    use_and_free(50);
    // What it was allowed before, no thread of it may do any more. The heap's gives its rights up as the
    // first thing that it does: it may only just have been made.
    for (int patience = 500; patience > 0 && has_capabilities(); patience--) {
        usleep(10000);
    }
    CHECK(!has_capabilities());
}

static void *free_in_a_thread(void *unused) {
    for (int i = 0; i < 40; i++) {
        free(blocks[i]);
    }
    return unused;
}

RULE(a_thread_with_the_least_stack_starts_it) {
    pthread_attr_t least;
    pthread_t thread;
    pthread_attr_init(&least);
    CHECK(pthread_attr_setstacksize(&least, (size_t)sysconf(_SC_THREAD_STACK_MIN)) == 0);
    for (int round = 0; round < 10; round++) {
        size_t before = resident();
        for (int i = 0; i < 40; i++) {
            blocks[i] = touched(LARGE);
        }
        CHECK(pthread_create(&thread, &least, free_in_a_thread, NULL) == 0);
        CHECK(pthread_join(thread, NULL) == 0);
        CHECK_AT(falls_to(before + 8 * MIB), resident() - before);
    }
}

RULE(closing_every_descriptor_does_it_no_harm) {
    start_the_thread();
    for (int file = 3; file < 1024; file++) {
        close(file);
    }
    malloc_trim(0);
    use_and_free(50);
}
