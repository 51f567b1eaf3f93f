// Threads that allocate and free as fast as they can, with blocks handed from one to the other, until
// the input ends. With USE_HEAPS in heaps of their own and the process heap, else by malloc.

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef USE_HEAPS
#include <heapapi.h>
static HANDLE heaps[3];
static void *take(unsigned heap, size_t size) { return HeapAlloc(heaps[heap], 0, size); }
static void give(unsigned heap, void *block) { HeapFree(heaps[heap], 0, block); }
static void *change(unsigned heap, void *block, size_t size) {
    return HeapReAlloc(heaps[heap], 0, block, size);
}
#else
static void *take(unsigned heap, size_t size) { return (void)heap, malloc(size); }
static void give(unsigned heap, void *block) { (void)heap, free(block); }
static void *change(unsigned heap, void *block, size_t size) { return (void)heap, realloc(block, size); }
#endif

enum { THREADS = 4, KEPT = 2000, SHARED = 500, HEAPS = 3 };

static _Atomic(void *) shared[HEAPS][SHARED];

static size_t size_of(uint32_t random) {
    switch (random >> 27) {
    case 0: return random % 200000;
    case 1: case 2: case 3: return random % 9000;
    case 4: return 30000;
    default: return random % 300;
    }
}

static void *churn(void *argument) {
    uint32_t random = 1 + (uint32_t)(uintptr_t)argument;
    static _Thread_local void *kept[HEAPS][KEPT];
    for (;;) {
        random ^= random << 13;
        random ^= random >> 17;
        random ^= random << 5;
        unsigned heap = random % HEAPS;
        void **place = &kept[heap][random / 7 % KEPT];
        size_t size = size_of(random);
        switch (random / 16 % 8) {
        case 0:
            // By whoever comes next.
            *place = atomic_exchange(&shared[heap][random / 5 % SHARED], *place);
            break;
        case 1:
            if (*place != NULL) {
                *place = change(heap, *place, size + 1);
                break;
            }
            // Fall through.
        default:
            give(heap, *place);
            *place = take(heap, size);
            memset(*place, (int)random, size);
        }
    }
    return NULL;
}

int main(void) {
#ifdef USE_HEAPS
    heaps[0] = GetProcessHeap();
    heaps[1] = HeapCreate(0, 0, 0);
    heaps[2] = HeapCreate(0, 1 << 20, 0);
#endif
    for (uintptr_t i = 0; i < THREADS; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, churn, (void *)(i * 77 + 1)) != 0) {
            return 2;
        }
    }
    puts("ready");
    fflush(stdout);
    char end;
    return read(0, &end, 1) == 0 ? 0 : 1;
}
