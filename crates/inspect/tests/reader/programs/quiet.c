/* Allocates in many ways, says what is left, and rests: quiet [HUGE_MIB]. */
#include "program.h"

#define EACH 40
static void *blocks[4][2500];

/* Blocks of all sizes up to 48 KiB; every third is freed again. */
static void *work(void *argument) {
    void **mine = argument;
    for (int i = 0; i < 2500; i++) {
        mine[i] = malloc((size_t)(i % EACH) * (i % EACH) * 30 + 1);
        memset(mine[i], 1, (size_t)(i % EACH) * (i % EACH) * 30 + 1);
    }
    for (int i = 0; i < 2500; i += 3) {
        free(mine[i]);
        mine[i] = 0;
    }
    return 0;
}

int main(int count, char **arguments) {
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], 0, work, blocks[i]);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], 0);
    /* Blocks of other threads' slabs. */
    for (int i = 1; i < 2500; i += 3) {
        free(blocks[2][i]);
        blocks[2][i] = 0;
    }
    void *heap = HeapCreate(0, 0, 0);
    for (int i = 0; i < 1000; i++)
        HeapAlloc(heap, 0, 100);
    void *limited = HeapCreate(0, 4096, 1 << 20);
    HeapAlloc(limited, 0, 77);
    if (count > 1) {
        /* Half of it in small blocks, every second of them free again, half in large ones. */
        size_t bytes = (size_t)atol(arguments[1]) << 20;
        void *before = 0;
        for (size_t i = 0; i < bytes / 2 / 500; i++) {
            char *block = malloc(500);
            memset(block, 1, 500);
            free(before);
            before = i % 2 ? 0 : block;
        }
        for (size_t i = 0; i < bytes / 2 / (4 << 20); i++)
            memset(malloc(4 << 20), 1, 4 << 20);
    }
    char *large = malloc(3 << 20);
    memset(large, 1, 3 << 20);
    if (!malloc(200000))
        return 1;
    free(malloc(100000));
    struct heapmin_summary all, own;
    heapmin_heap_summary(heap, &own);
    heapmin_heap_summary(0, &all);
    say("all %zu", all.blocks);
    say("own %zu %zu", own.blocks, (size_t)heap);
    say("ready");
    hear();
    return 0;
}
