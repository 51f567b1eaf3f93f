/* Allocates a known number of times in threads with caches of their own. */
#include "program.h"

static pthread_barrier_t barrier;

static void *work(void *argument) {
    (void)argument;
    /* From the first operations on a thread may be served from the shared cache. */
    for (int i = 0; i < 1000; i++)
        free(malloc(64));
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    for (int i = 0; i < 100000; i++)
        free(malloc((size_t)(i % 50) * 20));
    for (int i = 0; i < 3000; i++)
        if (!malloc(100))
            _exit(3);
    for (int i = 0; i < 7; i++)
        free(malloc(1 << 20));
    pthread_setname_np(pthread_self(), "counting");
    pthread_barrier_wait(&barrier);
    pause();
    return 0;
}

int main(void) {
    pthread_t thread;
    pthread_barrier_init(&barrier, 0, 3);
    for (int i = 0; i < 2; i++)
        pthread_create(&thread, 0, work, 0);
    pthread_barrier_wait(&barrier);
    say("ready");
    hear();
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    say("%d", 2 * (100000 + 3000 + 7));
    hear();
    return 0;
}
