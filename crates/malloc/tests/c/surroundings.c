// What a process may find or do around itself.

#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include "rule.h"

static void churn(void) {
    void *blocks[300];
    for (int i = 0; i < 300; i++) {
        size_t size = (size_t)i * i * 2;
        blocks[i] = calloc(1, size);
        CHECK_AT(blocks[i] != NULL && filled(blocks[i], size, 0), i);
        memset(blocks[i], 1, size);
    }
    for (int i = 0; i < 300; i++) {
        free(blocks[i]);
    }
    malloc_trim(0);
}

static void *churn_in_thread(void *unused) {
    churn();
    return unused;
}

static void churn_with_threads(void) {
    for (int i = 0; i < 10; i++) {
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, churn_in_thread, NULL) == 0);
        churn();
        CHECK(pthread_join(thread, NULL) == 0);
    }
}

// Which descriptors the process was started with.
static char open_at_start[1024];

static void look_at_descriptors(void) {
    for (int file = 0; file < 1024; file++) {
        open_at_start[file] = fcntl(file, F_GETFD) != -1;
    }
}

__attribute__((section(".preinit_array"), used)) static void (*first)(void) = look_at_descriptors;

RULE(no_descriptor_is_opened) {
    churn_with_threads();
    for (int file = 0; file < 1024; file++) {
        CHECK_AT(open_at_start[file] == (fcntl(file, F_GETFD) != -1), file);
    }
}

RULE(closing_every_descriptor_does_no_harm) {
    for (int file = 0; file < 1024; file++) {
        close(file);
    }
    churn_with_threads();
    // The numbers are the program's: the first it opens is 0.
    int file = open("/dev/null", O_RDWR);
    if (file != 0) {
        _exit(9);
    }
    churn_with_threads();
}

RULE(a_process_under_strict_seccomp_allocates_from_memory_at_hand) {
    int status;
    pid_t process = fork();
    if (process == 0) {
        void *warm[500];
        for (int round = 0; round < 10; round++) {
            for (int i = 0; i < 500; i++) {
                warm[i] = malloc(100);
            }
            for (int i = 0; i < 500; i++) {
                free(warm[i]);
            }
        }
        CHECK(prctl(PR_SET_SECCOMP, 1) == 0);
        // Only read, write and exit are allowed from here on.
        for (int round = 0; round < 1000; round++) {
            for (int i = 0; i < 100; i++) {
                warm[i] = malloc(100);
            }
            for (int i = 0; i < 100; i++) {
                free(warm[i]);
            }
        }
        syscall(SYS_exit, 0);
    }
    CHECK(waitpid(process, &status, 0) == process);
    CHECK_AT(WIFEXITED(status) && WEXITSTATUS(status) == 0, status);
}

RULE(a_small_stack_limit_is_enough) {
    // The harness starts this under `ulimit -s 64`.
    struct rlimit limit;
    CHECK(getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur == 64 * KIB);
    churn();
}

// The root directory given holds this program, the libraries and nothing else. Status 77: not
// permitted here.
RULE(enter_a_root_without_proc_and_sys) {
    char *vector[] = {"program", "no_proc_and_no_sys", NULL};
    char *environment[] = {arguments[1], NULL};
    if (chroot(arguments[0]) != 0 && (unshare(CLONE_NEWUSER) != 0 || chroot(arguments[0]) != 0)) {
        _exit(77);
    }
    CHECK(chdir("/") == 0);
    execve("/program", vector, environment);
    CHECK(!"the program starts");
}

RULE(no_proc_and_no_sys) {
    CHECK(access("/program", F_OK) == 0);
    CHECK(access("/proc/self/maps", F_OK) == -1);
    CHECK(access("/sys/devices", F_OK) == -1);
    churn_with_threads();
}

RULE(the_environment_is_left_alone) {
    CHECK(setenv("A_NEW_VARIABLE", "value", 1) == 0);
    CHECK(clearenv() == 0);
    churn_with_threads();
    CHECK(putenv("ANOTHER=1") == 0);
    churn_with_threads();
}

RULE(programs_that_move_the_break_do_no_harm) {
    for (int i = 0; i < 50; i++) {
        char *area = sbrk(100000);
        CHECK(area != (void *)-1);
        memset(area, i, 100000);
        churn();
        CHECK(filled(area, 100000, i));
    }
}
