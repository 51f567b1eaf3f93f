// What a process may find or do around itself.

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
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

// System calls that old kernels lack or that containers forbid. What is denied fails with the
// error that the environment would give.
static void deny(const int *calls, size_t count, int error) {
    struct sock_filter filter[64];
    size_t length = 0;
    filter[length++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (size_t i = 0; i < count; i++) {
        filter[length++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)calls[i], 0, 1);
        filter[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error);
    }
    filter[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog program = {(unsigned short)length, filter};
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}

static void run_denied(int error) {
    const int calls[] = {SYS_membarrier, SYS_madvise, SYS_mremap, SYS_mincore, SYS_sysinfo, SYS_prctl, SYS_rseq};
    char *vector[] = {arguments[0], "churns_with_threads", NULL};
    deny(calls, sizeof calls / sizeof *calls, error);
    execv(arguments[0], vector);
    CHECK(!"the program starts");
}

RULE(without_newer_system_calls) {
    run_denied(ENOSYS);
}

RULE(without_forbidden_system_calls) {
    run_denied(EPERM);
}

RULE(churns_with_threads) {
    void *list[200];
    for (int i = 0; i < 200; i++) {
        list[i] = memset(malloc((size_t)i * 1000), 3, (size_t)i * 1000);
    }
    churn_with_threads();
    for (int i = 0; i < 200; i++) {
        list[i] = realloc(list[i], (size_t)i * 20000 + 1);
        CHECK_AT(list[i] != NULL && filled(list[i], (size_t)i * 1000, 3), i);
    }
    for (int i = 0; i < 200; i++) {
        free(list[i]);
    }
    pid_t process = fork();
    if (process == 0) {
        churn_with_threads();
        _exit(0);
    }
    int status;
    CHECK(waitpid(process, &status, 0) == process && status == 0);
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
