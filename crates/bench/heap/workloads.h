/* What is done with a heap. */
#ifndef HEAP_BENCH_WORKLOADS_H
#define HEAP_BENCH_WORKLOADS_H

#include "heaps.h"
#include "platform.h"
#include <stdatomic.h>
#include <stdint.h>

#define PAIR_SIZE 64
#define SMALLEST 16
#define LARGEST 512

/* xorshift: the same numbers on each system. */
INLINED uint64_t next_random(uint64_t *state)
{
    uint64_t x = *state;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return *state = x;
}

/* A number below `limit` from 32 random bits. */
INLINED size_t below(uint32_t random, size_t limit)
{
    return (size_t)(((uint64_t)random * limit) >> 32);
}

/* A block of a random size, written to at its beginning, as programs do. */
INLINED void *take_random(enum heap_kind kind, HANDLE heap, uint32_t random)
{
    void **block = take(kind, heap, SMALLEST + below(random, LARGEST - SMALLEST + 1));
    if (block == NULL)
        fail("there is no memory for a block");
    block[0] = block;
    block[1] = heap;
    return block;
}

/* The block is freed; it must still say what was written to it. */
INLINED void give_written(enum heap_kind kind, HANDLE heap, void *block)
{
    if (*(void **)block != block)
        fail("a block was overwritten: two blocks overlap");
    give(kind, heap, block);
}

/* One block comes and goes, over and over. */
INLINED void pairs(enum heap_kind kind, HANDLE heap, size_t operations)
{
    for (size_t done = 0; done < operations; done++)
        give(kind, heap, take(kind, heap, PAIR_SIZE));
}

/* Live blocks of which random ones are replaced. */
struct live_set {
    void **blocks;
    size_t count;
    uint64_t random;
};

INLINED void replace(enum heap_kind kind, HANDLE heap, struct live_set *set, size_t operations)
{
    uint64_t random = set->random;
    for (size_t done = 0; done < operations; done++) {
        uint64_t bits = next_random(&random);
        void **place = &set->blocks[below((uint32_t)(bits >> 32), set->count)];
        give_written(kind, heap, *place);
        *place = take_random(kind, heap, (uint32_t)bits);
    }
    set->random = random;
}

INLINED void fill(enum heap_kind kind, HANDLE heap, struct live_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        set->blocks[i] = take_random(kind, heap, (uint32_t)next_random(&set->random));
}

INLINED void empty(enum heap_kind kind, HANDLE heap, struct live_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        give_written(kind, heap, set->blocks[i]);
}

/* The array is the system's, so that all kinds of heap serve the same requests. */
static inline struct live_set new_set(void **array, size_t count, uint64_t seed)
{
    struct live_set set = {array, count, seed};
    return set;
}

/* A queue between one thread that puts blocks in and one that takes them out. */
#define QUEUE_LENGTH 1024
struct queue {
    _Alignas(128) atomic_size_t put;
    _Alignas(128) atomic_size_t taken;
    _Alignas(128) void *blocks[QUEUE_LENGTH];
};

/* Waits a little: first on the spot, then others may run. */
INLINED void wait_a_little(unsigned *waited)
{
    if (++*waited % 256 == 0)
        give_way();
    else
        atomic_thread_fence(memory_order_seq_cst);
}

INLINED void produce(enum heap_kind kind, HANDLE heap, struct queue *queue, size_t operations)
{
    uint64_t random = 88172645463325252u;
    unsigned waited = 0;
    for (size_t done = 0; done < operations; done++) {
        while (done - atomic_load_explicit(&queue->taken, memory_order_acquire) >= QUEUE_LENGTH)
            wait_a_little(&waited);
        void *block = take_random(kind, heap, (uint32_t)next_random(&random));
        queue->blocks[done % QUEUE_LENGTH] = block;
        atomic_store_explicit(&queue->put, done + 1, memory_order_release);
    }
}

INLINED void consume(enum heap_kind kind, HANDLE heap, struct queue *queue, size_t operations)
{
    unsigned waited = 0;
    for (size_t done = 0; done < operations; done++) {
        while (atomic_load_explicit(&queue->put, memory_order_acquire) <= done)
            wait_a_little(&waited);
        give_written(kind, heap, queue->blocks[done % QUEUE_LENGTH]);
        atomic_store_explicit(&queue->taken, done + 1, memory_order_release);
    }
}

#endif
