/* Goes on allocating and freeing in three threads; main does what it is told:
 * exec PROGRAM ARGUMENTS..., fork, end, thread. */
#include "program.h"

static void *churn(void *argument) {
    static __thread void *blocks[4096];
    unsigned seed = (unsigned)(uintptr_t)argument;
    for (;;) {
        seed = seed * 1103515245 + 12345;
        void **place = &blocks[seed >> 8 & 4095];
        free(*place);
        *place = malloc((seed >> 20) % 300 ? (seed >> 12) % 3000 : 100000 + seed % 500000);
        if ((seed & 0xfff) == 0) {
            void *heap = HeapCreate ? HeapCreate(0, 0, 0) : 0;
            if (heap) {
                HeapAlloc(heap, 0, 50);
                HeapDestroy(heap);
            }
        }
    }
    return 0;
}

int main(int count, char **arguments) {
    pthread_t thread;
    for (int i = 1; i <= 3; i++)
        pthread_create(&thread, 0, churn, (void *)(uintptr_t)i);
    usleep(50000);
    say("ready");
    hear();
    const char *what = count > 1 ? arguments[1] : "end";
    if (strcmp(what, "exec") == 0) {
        if (count > 3 && strcmp(arguments[2], "-") == 0) {
            unsetenv("LD_PRELOAD");
            arguments++;
        }
        execv(arguments[2], arguments + 2);
        return 1;
    }
    if (strcmp(what, "fork") == 0) {
        for (int i = 0; i < 200; i++) {
            pid_t child = fork();
            if (child == 0) {
                free(malloc(1000));
                _exit(0);
            }
            waitpid(child, 0, 0);
        }
        say("forked");
        hear();
    }
    if (strcmp(what, "thread") == 0) {
        say("left");
        pthread_exit(0);
    }
    return 0;
}
