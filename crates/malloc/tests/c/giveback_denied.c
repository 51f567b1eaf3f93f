// Memory that goes back where no thread can be made, or where system calls are forbidden.

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include "giveback.h"

// Frees a little again and again, as programs do, until what was freed before has gone.
static void goes_back_on_later_frees(void) {
    errno = 77;
    size_t before = resident();
    use_and_free(100);
    int waited = 0;
    while (resident() > before + 16 * MIB && waited < PATIENCE) {
        free(touched(100 * KIB));
        free(touched(LARGE));
        sleep_for(20);
        waited += 20;
    }
    CHECK_AT(waited < PATIENCE, resident() - before);
    CHECK_AT(threads() == 1, threads());
    CHECK(errno == 77);
    // Everything else works as ever.
    for (int i = 0; i < 1000; i++) {
        blocks[i] = touched((size_t)i * 10);
    }
    malloc_trim(0);
    for (int i = 0; i < 1000; i++) {
        CHECK_AT(filled(blocks[i], (size_t)i * 10, i * 10 & 0xff), i);
        free(blocks[i]);
    }
}

// From here on two calls of the system fail.
static void deny(unsigned one, unsigned other, int error) {
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, one, 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, other, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}

RULE(without_permission_for_threads_it_goes_back_on_later_frees) {
    deny(SYS_clone, SYS_clone3, EPERM);
    goes_back_on_later_frees();
}

RULE(without_a_call_for_threads_it_goes_back_on_later_frees) {
    deny(SYS_clone, SYS_clone3, ENOSYS);
    goes_back_on_later_frees();
}

RULE(at_the_limit_of_threads_it_goes_back_on_later_frees) {
    if (geteuid() == 0) {
        // Root has no such limit.
        CHECK(setgid(65534) == 0 && setuid(65534) == 0);
    }
    struct rlimit none = {0, 0};
    CHECK(setrlimit(RLIMIT_NPROC, &none) == 0);
    CHECK(fork() == -1 && errno == EAGAIN);
    goes_back_on_later_frees();
}

RULE(a_limit_that_comes_while_the_thread_runs_does_no_harm) {
    use_and_free(100);
    deny(SYS_clone, SYS_clone3, EAGAIN);
    size_t before = resident();
    CHECK(threads_become(1) && resident() <= before);
    goes_back_on_later_frees();
}

// Storage that a thread of the allocator's own has no room for.
#ifdef THREAD_LOCAL
static __thread volatile char storage[THREAD_LOCAL];

RULE(with_much_thread_local_storage_it_goes_back_on_later_frees) {
    storage[0] = 1;
    storage[THREAD_LOCAL - 1] = 1;
    goes_back_on_later_frees();
}
#endif

// Older kernels have no call for many ranges at once, and containers may forbid it.
RULE(without_the_newer_call_it_goes_back_too) {
    deny(SYS_process_madvise, SYS_membarrier, ENOSYS);
    large_blocks_go();
}

RULE(with_the_newer_call_forbidden_it_goes_back_too) {
    deny(SYS_process_madvise, SYS_process_madvise, EPERM);
    large_blocks_go();
}

static double processor_time(void) {
    struct timespec time;
    CHECK(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

// Where memory can't go back it stays, and nobody tries all the time.
RULE(where_nothing_can_go_back_nothing_breaks) {
    for (int i = 0; i < 1000; i++) {
        blocks[MOST / 2 + i] = touched((size_t)i * 10);
    }
    deny(SYS_madvise, SYS_process_madvise, EPERM);
    use_and_free(100);
    double before = processor_time();
    sleep_for(1500);
    double used = processor_time() - before;
    CHECK_AT(used < 0.3, used * 1000);
    malloc_trim(0);
    use_and_free(100);
    for (int i = 0; i < 1000; i++) {
        void *block = blocks[MOST / 2 + i];
        CHECK_AT(filled(block, (size_t)i * 10, i * 10 & 0xff), i);
        free(block);
    }
    unsigned char *zero = calloc(30, MIB);
    CHECK(zero != NULL && filled(zero, 30 * MIB, 0));
    free(zero);
}
