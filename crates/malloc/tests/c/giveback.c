// Memory that goes back to the system: while the program sleeps, in children, where no thread can be
// made; and the thread that does it, which nobody notices. The harness sets HEAPMIN_DECAY_MS.

#include <dirent.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/single_threaded.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include "rule.h"

extern char **environ;

// How long a loaded machine may take, in ms.
enum { PATIENCE = 8000 };

static void sleep_for(long milliseconds) {
    struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    while (nanosleep(&time, &time) != 0 && errno == EINTR) {
    }
}

// The threads of the process, counted with system calls only.
static int threads(void) {
    char text[4096];
    read_file("/proc/self/status", text, sizeof text);
    const char *line = strstr(text, "\nThreads:");
    return line == NULL ? -1 : atoi(line + 9);
}

// Whether there are at most so many bytes, or threads, in time.
static int falls_to(size_t bytes) {
    for (int waited = 0; waited < PATIENCE; waited += 20) {
        if (resident() <= bytes) {
            return 1;
        }
        sleep_for(20);
    }
    return 0;
}

static int threads_become(int count) {
    for (int waited = 0; waited < PATIENCE; waited += 20) {
        if (threads() == count) {
            return 1;
        }
        sleep_for(20);
    }
    return 0;
}

// A page that was never touched is never resident: without it, huge pages blur the numbers.
static void without_huge_pages(void) {
    CHECK(prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0) == 0);
}

enum { LARGE = 1 << 20, MOST = 200000 };
static void *blocks[MOST];

static void *touched(size_t size) {
    void *block = malloc(size);
    CHECK(block != NULL);
    return memset(block, (int)(size & 0xff), size);
}

// Large blocks of this many MiB together, used and freed.
static void use_and_free(int mebibytes) {
    for (int i = 0; i < mebibytes; i++) {
        blocks[i] = touched(LARGE);
    }
    for (int i = 0; i < mebibytes; i++) {
        free(blocks[i]);
    }
}

static void large_blocks_go(void) {
    size_t before = resident();
    use_and_free(100);
    CHECK_AT(falls_to(before + 8 * MIB), resident() - before);
}

RULE(large_blocks_go_back) {
    large_blocks_go();
    large_blocks_go();
}

static size_t size_at(int i) {
    return i < 15000 ? 512 : i < 25000 ? 1024 : 2048;
}

// Of three sizes all but one in twenty are freed at random: whole free pages are 79 % of it.
RULE(free_pages_between_live_blocks_go_back) {
    enum { COUNT = 30000 };
    without_huge_pages();
    uint64_t random = 1;
    size_t freed = 0;
    for (int i = 0; i < COUNT; i++) {
        blocks[i] = touched(size_at(i));
    }
    size_t full = resident();
    for (int i = 0; i < COUNT; i++) {
        if (next_random(&random) % 20 != 0) {
            free(blocks[i]);
            blocks[i] = NULL;
            freed += size_at(i);
        }
    }
    CHECK_AT(falls_to(full - freed / 100 * 74), full - resident());
    for (int i = 0; i < COUNT; i++) {
        CHECK_AT(blocks[i] == NULL || filled(blocks[i], size_at(i), (int)(size_at(i) & 0xff)), i);
        free(blocks[i]);
    }
}

static pthread_barrier_t step;

static void *make_and_sleep(void *unused) {
    for (int i = 0; i < 40000; i++) {
        blocks[i] = touched(1000);
    }
    pthread_barrier_wait(&step);
    // Asleep while another thread frees.
    pthread_barrier_wait(&step);
    return unused;
}

RULE(blocks_freed_by_another_thread_go_back_while_their_owner_sleeps) {
    pthread_t owner;
    pthread_barrier_init(&step, NULL, 2);
    size_t before = resident();
    CHECK(pthread_create(&owner, NULL, make_and_sleep, NULL) == 0);
    pthread_barrier_wait(&step);
    for (int i = 0; i < 40000; i++) {
        free(blocks[i]);
    }
    CHECK_AT(falls_to(before + 8 * MIB), resident() - before);
    pthread_barrier_wait(&step);
    CHECK(pthread_join(owner, NULL) == 0);
}

static void *use_and_block(void *unused) {
    for (size_t size = 16; size < 32 * KIB; size *= 2) {
        static __thread void *some[400];
        for (int i = 0; i < 400; i++) {
            some[i] = touched(size);
        }
        for (int i = 0; i < 400; i++) {
            free(some[i]);
        }
    }
    pthread_barrier_wait(&step);
    pthread_barrier_wait(&step);
    return unused;
}

RULE(caches_of_blocked_threads_go_back) {
    enum { COUNT = 30 };
    pthread_t handles[COUNT];
    without_huge_pages();
    pthread_barrier_init(&step, NULL, COUNT + 1);
    size_t before = resident();
    for (int i = 0; i < COUNT; i++) {
        CHECK(pthread_create(&handles[i], NULL, use_and_block, NULL) == 0);
    }
    pthread_barrier_wait(&step);
    // Each thread needs its stack, and some pages for what is the allocator's; a little stays for
    // reuse.
    CHECK_AT(falls_to(before + COUNT * 64 * KIB + 2 * MIB), resident() - before);
    pthread_barrier_wait(&step);
    for (int i = 0; i < COUNT; i++) {
        CHECK(pthread_join(handles[i], NULL) == 0);
    }
}

RULE(nothing_goes_back) {
    size_t before = resident();
    use_and_free(40);
    sleep_for(2000);
    CHECK_AT(resident() >= before + 36 * MIB, resident() - before);
    CHECK_AT(threads() == 1, threads());
    malloc_trim(0);
    CHECK_AT(resident() <= before + 4 * MIB, resident() - before);
}

RULE(it_stays_for_the_time_that_was_set) {
    size_t before = resident();
    use_and_free(40);
    sleep_for(1500);
    CHECK_AT(resident() >= before + 32 * MIB, resident() - before);
}

RULE(it_goes_back_within_a_fraction_of_a_second) {
    // The machine may be busy with something else: once in time is enough.
    for (int round = 0; round < 10; round++) {
        size_t before = resident();
        use_and_free(60);
        sleep_for(500);
        if (resident() <= before + 8 * MIB) {
            return;
        }
        CHECK_AT(falls_to(before + 8 * MIB), resident() - before);
    }
    CHECK(!"it was gone in time");
}

// Children.

static void wait_for(pid_t child) {
    int status = 0;
    CHECK(child > 0);
    CHECK(waitpid(child, &status, 0) == child);
    CHECK_AT(WIFEXITED(status) && WEXITSTATUS(status) == 0, status);
}

static void in_child(void (*body)(void)) {
    pid_t process = fork();
    if (process == 0) {
        alarm(40);
        body();
        _exit(0);
    }
    wait_for(process);
}

RULE(a_child_gives_back_too) {
    in_child(large_blocks_go);
}

static void is_alone_and_gives_back(void) {
    CHECK_AT(threads() == 1, threads());
    large_blocks_go();
    in_child(large_blocks_go);
}

RULE(a_child_made_while_the_thread_runs_gives_back_too) {
    for (int round = 0; round < 5; round++) {
        use_and_free(100);
        in_child(is_alone_and_gives_back);
    }
    large_blocks_go();
}

static void ends(void) {
    use_and_free(20);
}

RULE(children_in_a_loop_do_no_harm) {
    void *kept = touched(5000);
    for (int round = 0; round < 100; round++) {
        use_and_free(20);
        in_child(ends);
    }
    CHECK(filled(kept, 5000, 5000 & 0xff));
}

// The thread.

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

// Another user, as servers become one: the C library asks all its threads, and waits for them.
RULE(becomes_another_user_while_it_runs) {
    if (geteuid() != 0) {
        return;
    }
    start_the_thread();
    CHECK(setgid(65534) == 0 && setuid(65534) == 0);
    CHECK(setuid(0) != 0);
    use_and_free(50);
    // What it was allowed before, no thread of it may do any more.
    DIR *tasks = opendir("/proc/self/task");
    for (struct dirent *task; (task = readdir(tasks)) != NULL;) {
        char path[300], text[4096];
        if (task->d_name[0] != '.') {
            snprintf(path, sizeof path, "/proc/self/task/%s/status", task->d_name);
            read_file(path, text, sizeof text);
            const char *line = strstr(text, "\nCapEff:");
            CHECK(line == NULL || strtoull(line + 8, NULL, 16) == 0);
        }
    }
    closedir(tasks);
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

// Where no thread can be made.

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
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, use_and_block, NULL) == EAGAIN);
    errno = 0;
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

// What the harness runs to see which messages a setting gives.
RULE(frees_a_little) {
    free(touched(1000));
    dprintf(1, "works\n");
}
