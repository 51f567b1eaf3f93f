// fork(2), vfork(2) and posix_spawn(3) in programs with threads.

#include "rule.h"
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <sys/wait.h>

extern char **environ;

static atomic_int stop;

static void *hammer(void *seed) {
    uint64_t random = (uint64_t)(uintptr_t)seed;
    void *blocks[64] = {NULL};
    while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
        size_t slot = next_random(&random) % 64;
        free(blocks[slot]);
        blocks[slot] = malloc(random_size(&random, next_random(&random) % 64 == 0 ? 1 << 18 : 3000));
        CHECK(blocks[slot] != NULL);
    }
    for (int i = 0; i < 64; i++) {
        free(blocks[i]);
    }
    return NULL;
}

// Threads that come and go, and hardly allocate.
static void *touch(void *unused) {
    free(malloc(100));
    return unused;
}

static void *start_threads(void *unused) {
    while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, touch, NULL) == 0);
        CHECK(pthread_join(thread, NULL) == 0);
    }
    return unused;
}

// Frees blocks that other threads allocate.
static _Atomic(void *) mailbox;

static void *send(void *unused) {
    while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
        free(atomic_exchange(&mailbox, malloc(300)));
    }
    return unused;
}

static void wait_for(pid_t child) {
    int status = 0;
    CHECK(child > 0);
    // A child that hangs ends by its own alarm.
    CHECK(waitpid(child, &status, 0) == child);
    CHECK_AT(WIFEXITED(status) && WEXITSTATUS(status) == 0, status);
}

enum { INHERITED = 3000 };
static char *inherited[INHERITED];

static void *make_inherited(void *unused) {
    for (int i = 0; i < INHERITED; i++) {
        inherited[i] = malloc((size_t)i);
        memset(inherited[i], i & 0xff, (size_t)i);
    }
    return unused;
}

// What a child does: checks and frees the blocks of its parent's threads, and allocates itself.
static void child(void) {
    alarm(20);
    for (int i = 0; i < INHERITED; i++) {
        CHECK_AT(filled(inherited[i], (size_t)i, i & 0xff), i);
        free(inherited[i]);
    }
    for (size_t size = 1; size < 400000; size = size * 2 + 3) {
        char *block = calloc(1, size);
        CHECK_AT(block != NULL && filled(block, size, 0), size);
        block = realloc(block, size * 2);
        CHECK(block != NULL);
        free(block);
    }
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, touch, NULL) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    malloc_trim(0);
    _exit(0);
}

static void fork_among(void *(*body)(void *), int threads, int children) {
    pthread_t handles[8];
    pthread_t maker;
    CHECK(pthread_create(&maker, NULL, make_inherited, NULL) == 0);
    CHECK(pthread_join(maker, NULL) == 0);
    for (int i = 0; i < threads; i++) {
        CHECK(pthread_create(&handles[i], NULL, body, (void *)(uintptr_t)(i + 1)) == 0);
    }
    for (int i = 0; i < children; i++) {
        pid_t process = fork();
        if (process == 0) {
            child();
        }
        wait_for(process);
    }
    atomic_store(&stop, 1);
    for (int i = 0; i < threads; i++) {
        CHECK(pthread_join(handles[i], NULL) == 0);
    }
    for (int i = 0; i < INHERITED; i++) {
        CHECK_AT(filled(inherited[i], (size_t)i, i & 0xff), i);
        free(inherited[i]);
    }
}

static int times(int quick) {
    return getenv("HEAPMIN_SOAK") != NULL ? quick * 50 : quick;
}

RULE(children_work_while_other_threads_allocate_in_tight_loops) {
    fork_among(hammer, 4, times(60));
}

RULE(children_work_while_other_threads_start_and_end) {
    fork_among(start_threads, 4, times(60));
}

RULE(children_work_while_blocks_change_hands) {
    fork_among(send, 4, times(60));
}

static void *fork_in_a_loop(void *unused) {
    for (int i = 0; i < 40; i++) {
        pid_t process = fork();
        if (process == 0) {
            alarm(20);
            for (int j = 0; j < 300; j++) {
                free(malloc((size_t)j * 20));
            }
            _exit(0);
        }
        wait_for(process);
        free(malloc(1000));
    }
    return unused;
}

RULE(several_threads_fork_at_the_same_time) {
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) {
        CHECK(pthread_create(&threads[i], NULL, fork_in_a_loop, NULL) == 0);
    }
    for (int i = 0; i < 4; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
}

RULE(a_child_of_a_child_works) {
    void *block = malloc(1000);
    pid_t process = fork();
    if (process == 0) {
        alarm(20);
        free(block);
        char *mine = malloc(5000);
        memset(mine, 7, 5000);
        pid_t grandchild = fork();
        if (grandchild == 0) {
            alarm(20);
            CHECK(filled(mine, 5000, 7));
            free(mine);
            hammer((stop = 1, (void *)1));
            _exit(0);
        }
        wait_for(grandchild);
        CHECK(filled(mine, 5000, 7));
        free(mine);
        _exit(0);
    }
    wait_for(process);
    free(block);
}

RULE(a_child_has_threads_of_its_own) {
    fork_among(hammer, 2, 0);
    pid_t process = fork();
    if (process == 0) {
        alarm(20);
        stop = 0;
        pthread_t threads[4];
        for (int i = 0; i < 4; i++) {
            CHECK(pthread_create(&threads[i], NULL, hammer, (void *)(uintptr_t)(i + 1)) == 0);
        }
        for (int i = 0; i < 20; i++) {
            pid_t grandchild = fork();
            if (grandchild == 0) {
                alarm(20);
                free(malloc(100));
                _exit(0);
            }
            wait_for(grandchild);
        }
        stop = 1;
        for (int i = 0; i < 4; i++) {
            CHECK(pthread_join(threads[i], NULL) == 0);
        }
        _exit(0);
    }
    wait_for(process);
}

// Writing to every page of a heap that it only uses a little would cost a child its parent's
// memory a second time.
RULE(a_child_does_not_copy_its_parents_memory) {
    enum { COUNT = 200000 };
    static char *blocks[COUNT];
    for (int i = 0; i < COUNT; i++) {
        blocks[i] = memset(malloc(500), 1, 500);
    }
    pid_t process = fork();
    if (process == 0) {
        char text[8192];
        size_t dirty = 0;
        for (int i = 0; i < 1000; i++) {
            free(malloc((size_t)i));
        }
        read_file("/proc/self/smaps_rollup", text, sizeof text);
        CHECK(sscanf(strstr(text, "Private_Dirty:"), "Private_Dirty: %zu", &dirty) == 1);
        CHECK_AT(dirty < 4096, dirty);
        _exit(0);
    }
    wait_for(process);
}

static void spawn_true(void) {
    pid_t process;
    char *vector[] = {"true", NULL};
    CHECK(posix_spawnp(&process, "true", NULL, NULL, vector, environ) == 0);
    wait_for(process);
}

RULE(posix_spawn_and_system_work_while_other_threads_allocate) {
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        CHECK(pthread_create(&threads[i], NULL, hammer, (void *)(uintptr_t)(i + 1)) == 0);
    }
    for (int i = 0; i < 30; i++) {
        spawn_true();
    }
    CHECK(system("true && true") == 0);
    FILE *pipe = popen("echo hello", "r");
    char line[32] = "";
    CHECK(pipe != NULL && fgets(line, sizeof line, pipe) != NULL && strcmp(line, "hello\n") == 0);
    CHECK(pclose(pipe) == 0);
    stop = 1;
    for (int i = 0; i < 2; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
}

RULE(vfork_leaves_the_parents_heap_alone) {
    for (int i = 0; i < 200; i++) {
        void *block = malloc((size_t)i * 10);
        pid_t process = vfork();
        if (process == 0) {
            // Not allowed, and done by programs that glibc lets get away with it.
            free(malloc((size_t)i * 20));
            _exit(0);
        }
        wait_for(process);
        free(block);
    }
    pid_t process = vfork();
    if (process == 0) {
        execlp("true", "true", (char *)NULL);
        _exit(1);
    }
    wait_for(process);
}
