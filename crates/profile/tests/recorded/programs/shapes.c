/* Stacks of other shapes. The argument says which:
 *   deep      a recursion that is deeper than what is copied of a stack
 *   threads   four threads that allocate and free at the same time
 *   plugin P  a library that is loaded in the middle
 *   handler   a signal handler that allocates while a function without any frame runs
 *   coroutine a thread with the smallest stack runs on another one, right below a page that can't be read
 */
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#define NOINLINE __attribute__((noinline, noclone))

static volatile unsigned long calls;
static void *volatile kept;

/* Lets a reader keep up. */
static void rest(void) {
    puts("step");
    fflush(stdout);
    getchar();
}

NOINLINE int deep(int depth) {
    volatile char room[200];
    room[0] = (char)depth;
    if (depth == 0) {
        for (int i = 0; i < 1000; i++) kept = malloc(16384);
        return room[0];
    }
    return deep(depth - 1) + room[0];
}

NOINLINE void *in_a_thread(void *argument) {
    for (int i = 0; i < 300; i++) free(malloc(16384));
    calls++;
    return argument;
}

static void threads(void) {
    for (int round = 0; round < 12; round++) {
        pthread_t made[4];
        for (int i = 0; i < 4; i++) pthread_create(&made[i], NULL, in_a_thread, NULL);
        for (int i = 0; i < 4; i++) pthread_join(made[i], NULL);
        rest();
    }
}

static void plugin(const char *path) {
    for (int i = 0; i < 100; i++) kept = malloc(65536);
    rest();
    void *library = dlopen(path, RTLD_NOW);
    if (!library) {
        puts(dlerror());
        return;
    }
    void (*work)(void) = (void (*)(void))dlsym(library, "plugin_work");
    for (int i = 0; i < 10; i++) {
        work();
        rest();
    }
}

NOINLINE void on_signal(int number) {
    (void)number;
    for (int i = 0; i < 200; i++) kept = malloc(65536);
    calls++;
}

NOINLINE void raises(void) {
    signal(SIGUSR1, on_signal);
    raise(SIGUSR1);
    calls++;
}

enum { PAGE = 4096, OWN_STACK = 4 * PAGE, OTHER_STACK = 16 * PAGE };
static ucontext_t in_thread, in_coroutine;
static char *area;

NOINLINE void in_a_coroutine(void) {
    for (int i = 0; i < 1000; i++) kept = malloc(16384);
    calls++;
}

static void *resumes(void *argument) {
    getcontext(&in_coroutine);
    in_coroutine.uc_stack.ss_sp = area;
    in_coroutine.uc_stack.ss_size = OTHER_STACK;
    in_coroutine.uc_link = &in_thread;
    makecontext(&in_coroutine, in_a_coroutine, 0);
    swapcontext(&in_thread, &in_coroutine);
    return argument;
}

/* | the coroutine's stack | no access | the thread's stack, with its own data at the end | */
static void coroutine(void) {
    area = mmap(NULL, OTHER_STACK + PAGE + OWN_STACK, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(area + OTHER_STACK, PAGE, PROT_NONE);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstack(&attributes, area + OTHER_STACK + PAGE, OWN_STACK);
    pthread_t thread;
    if (pthread_create(&thread, &attributes, resumes, NULL) == 0) pthread_join(thread, NULL);
    rest();
}

int main(int count, char **arguments) {
    puts("ready");
    fflush(stdout);
    getchar();
    const char *shape = count > 1 ? arguments[1] : "";
    if (!strcmp(shape, "deep")) calls += (unsigned long)deep(1000);
    if (!strcmp(shape, "threads")) threads();
    if (!strcmp(shape, "plugin") && count > 2) plugin(arguments[2]);
    if (!strcmp(shape, "handler")) raises();
    if (!strcmp(shape, "coroutine")) coroutine();
    puts("done");
    fflush(stdout);
    while (getchar() != EOF) continue;
    return 0;
}
