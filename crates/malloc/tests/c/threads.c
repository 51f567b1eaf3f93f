// Threads: blocks that change hands, starts and exits, thread-local destructors.

#include "rule.h"
#include <dirent.h>
#include <sched.h>
#include <stdatomic.h>

RULE(no_thread_is_started_with_the_process) {
    for (int i = 0; i < 1000; i++) {
        free(malloc((size_t)i * 100));
    }
    DIR *tasks = opendir("/proc/self/task");
    int count = 0;
    for (struct dirent *task; (task = readdir(tasks)) != NULL;) {
        count += task->d_name[0] != '.';
    }
    CHECK_AT(count == 1, count);
    closedir(tasks);
}

enum { THREADS = 6, SLOTS = 512, ROUNDS = 60000 };

// Each slot holds a block: its first 8 bytes are its size, the others a byte made of it.
static _Atomic(unsigned char *) slots[SLOTS];

static unsigned char *make(uint64_t *random) {
    size_t size = 16 + random_size(random, next_random(random) % 100 == 0 ? 1 << 20 : 4000);
    unsigned char *block;
    switch (next_random(random) % 4) {
    case 0:
        block = calloc(1, size);
        CHECK(filled(block, size, 0));
        break;
    case 1:
        block = aligned_alloc(64, size);
        break;
    default:
        block = malloc(size);
    }
    CHECK(block != NULL);
    memset(block, (int)(size * 31 & 0xff), size);
    *(size_t *)block = size;
    return block;
}

static void check(const unsigned char *block) {
    size_t size = *(const size_t *)block;
    CHECK_AT(filled(block + 8, size - 8, (int)(size * 31 & 0xff)), size);
}

static void *hand_around(void *seed) {
    uint64_t random = (uint64_t)(uintptr_t)seed;
    for (int round = 0; round < ROUNDS; round++) {
        unsigned char *block = make(&random);
        block = atomic_exchange(&slots[next_random(&random) % SLOTS], block);
        if (block != NULL) {
            check(block);
            if (round % 16 == 0) {
                size_t size = *(size_t *)block;
                block = realloc(block, size * 2);
                check(block);
            }
            free(block);
        }
    }
    return NULL;
}

RULE(blocks_handed_between_threads_keep_their_contents) {
    for (int generation = 0; generation < 4; generation++) {
        pthread_t threads[THREADS];
        for (int i = 0; i < THREADS; i++) {
            CHECK(pthread_create(&threads[i], NULL, hand_around, (void *)(uintptr_t)(generation * 10 + i + 1)) == 0);
        }
        for (int i = 0; i < THREADS; i++) {
            CHECK(pthread_join(threads[i], NULL) == 0);
        }
    }
    for (int i = 0; i < SLOTS; i++) {
        if (slots[i] != NULL) {
            check(slots[i]);
        }
        free(slots[i]);
    }
}

/* Many, so that the threads seldom wait for each other on a busy machine. */
enum { MAILBOXES = 256 };
static _Atomic(void *) mailboxes[MAILBOXES];
static atomic_int finished;

static void *produce(void *count) {
    for (size_t i = 0; i < (size_t)count; i++) {
        void *block = malloc(8 + i % 500), *empty = NULL;
        CHECK(block != NULL);
        *(size_t *)block = i;
        while (!atomic_compare_exchange_weak(&mailboxes[i % MAILBOXES], &empty, block)) {
            empty = NULL;
            sched_yield();
        }
    }
    finished = 1;
    return NULL;
}

RULE(a_consumer_that_only_frees_does_not_make_the_producer_grow) {
    pthread_t thread;
    size_t expected = 0;
    CHECK(pthread_create(&thread, NULL, produce, (void *)300000) == 0);
    size_t before = resident();
    for (;;) {
        _Atomic(void *) *mailbox = &mailboxes[expected % MAILBOXES];
        size_t *block = atomic_exchange(mailbox, NULL);
        if (block != NULL) {
            CHECK_AT(*block == expected, expected);
            expected++;
            free(block);
        } else if (finished && *mailbox == NULL) {
            break;
        } else {
            sched_yield();
        }
    }
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK_AT(expected == 300000, expected);
    CHECK_AT(resident() < before + 30 * MIB, resident());
}

static void *allocate_a_little(void *handed) {
    free(handed);
    void *blocks[100];
    for (int i = 0; i < 100; i++) {
        blocks[i] = malloc((size_t)i * 50);
        CHECK(blocks[i] != NULL);
    }
    for (int i = 0; i < 100; i++) {
        free(blocks[i]);
    }
    // Freed by the one who starts the next thread's work.
    return malloc(1000);
}

static void start_and_end(int count, void *(*body)(void *)) {
    void *handed = NULL;
    for (int i = 0; i < count; i++) {
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, body, handed) == 0);
        CHECK(pthread_join(thread, &handed) == 0);
    }
    free(handed);
}

RULE(a_hundred_thousand_threads_leave_nothing_behind) {
    start_and_end(2000, allocate_a_little);
    size_t memory = resident(), maps = mappings();
    start_and_end(100000, allocate_a_little);
    CHECK_AT(resident() <= memory + 2 * MIB, resident() - memory);
    CHECK_AT(mappings() <= maps + 4, mappings() - maps);
}

static void *leave_blocks_behind(void *list) {
    void ***place = list;
    for (int i = 0; i < 200; i++) {
        void **block = malloc(sizeof(void *) + (size_t)i * 20);
        CHECK(block != NULL);
        *block = *place;
        *place = block;
    }
    return NULL;
}

RULE(blocks_of_ended_threads_stay_valid_and_are_used_again_after_a_free) {
    size_t memory = 0;
    for (int round = 0; round < 60; round++) {
        void **list = NULL;
        for (int i = 0; i < 20; i++) {
            pthread_t thread;
            CHECK(pthread_create(&thread, NULL, leave_blocks_behind, &list) == 0);
            CHECK(pthread_join(thread, NULL) == 0);
        }
        int count = 0;
        while (list != NULL) {
            void **next = *list;
            free(list);
            list = next;
            count++;
        }
        CHECK_AT(count == 4000, count);
        if (round == 9) {
            memory = resident();
        }
    }
    CHECK_AT(resident() <= memory + 4 * MIB, resident() - memory);
}

static void *many_sizes(void *count) {
    for (size_t size = 1; size < 200000; size = size * 5 / 4 + 1) {
        void *block = malloc(size);
        CHECK(block != NULL);
        memset(block, 1, size);
        free(block);
    }
    return count;
}

RULE(many_threads_at_once_that_end_leave_their_memory_for_others) {
    size_t after_first = 0;
    for (int round = 0; round < 8; round++) {
        pthread_t threads[100];
        for (int i = 0; i < 100; i++) {
            CHECK(pthread_create(&threads[i], NULL, many_sizes, NULL) == 0);
        }
        for (int i = 0; i < 100; i++) {
            CHECK(pthread_join(threads[i], NULL) == 0);
        }
        if (round == 1) {
            after_first = resident();
        }
    }
    CHECK_AT(resident() <= after_first + 24 * MIB, resident() - after_first);
}

static void *detached_body(void *ended) {
    free(malloc(5000));
    atomic_fetch_add((atomic_int *)ended, 1);
    return malloc(100);
}

RULE(detached_threads_and_pthread_exit_are_ends_too) {
    static atomic_int ended;
    pthread_attr_t detached;
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    for (int i = 0; i < 2000; i++) {
        pthread_t thread;
        CHECK(pthread_create(&thread, &detached, detached_body, &ended) == 0);
        while (atomic_load(&ended) <= i - 8) {
            sched_yield();
        }
    }
    while (atomic_load(&ended) < 2000) {
        sched_yield();
    }
}

static void *run_until_cancelled(void *unused) {
    for (;;) {
        void *block = malloc(1000);
        CHECK(block != NULL);
        free(block);
        pthread_testcancel();
    }
    return unused;
}

RULE(cancelled_threads_leave_a_usable_heap) {
    for (int i = 0; i < 300; i++) {
        pthread_t thread;
        void *result;
        CHECK(pthread_create(&thread, NULL, run_until_cancelled, NULL) == 0);
        free(malloc(100));
        CHECK(pthread_cancel(thread) == 0);
        CHECK(pthread_join(thread, &result) == 0);
        CHECK(result == PTHREAD_CANCELED);
    }
}

static atomic_int stop;

static void *churn(void *seed) {
    uint64_t random = (uint64_t)(uintptr_t)seed;
    void *blocks[200] = {NULL};
    while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
        size_t slot = next_random(&random) % 200;
        free(blocks[slot]);
        blocks[slot] = malloc(random_size(&random, next_random(&random) % 100 == 0 ? 1 << 19 : 2000));
        CHECK(blocks[slot] != NULL);
    }
    for (int i = 0; i < 200; i++) {
        free(blocks[i]);
    }
    return NULL;
}

static void *start_and_end_until_stopped(void *unused) {
    while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
        start_and_end(1, allocate_a_little);
    }
    return unused;
}

RULE(trimming_and_looking_at_the_heap_while_others_allocate) {
    pthread_t threads[5];
    for (int i = 0; i < 5; i++) {
        void *(*body)(void *) = i < 3 ? churn : start_and_end_until_stopped;
        CHECK(pthread_create(&threads[i], NULL, body, (void *)(uintptr_t)(i + 1)) == 0);
    }
    for (int round = 0; round < 300; round++) {
        malloc_trim(0);
        struct mallinfo2 info = mallinfo2();
        CHECK(info.arena >= info.uordblks);
        free(malloc((size_t)round * 100));
    }
    stop = 1;
    for (int i = 0; i < 5; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
}

static pthread_barrier_t everybody;

static void *live(void *unused) {
    void *block = malloc(1000);
    CHECK(block != NULL);
    memset(block, 1, 1000);
    pthread_barrier_wait(&everybody);
    free(block);
    pthread_barrier_wait(&everybody);
    return unused;
}

RULE(a_thousand_threads_live_at_the_same_time) {
    enum { COUNT = 1000 };
    static pthread_t threads[COUNT];
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 64 * KIB);
    pthread_barrier_init(&everybody, NULL, COUNT);
    for (int i = 0; i < COUNT; i++) {
        CHECK_AT(pthread_create(&threads[i], &small, live, NULL) == 0, i);
    }
    for (int i = 0; i < COUNT; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
}

static void *start_together(void *barrier) {
    pthread_barrier_wait(barrier);
    for (int i = 0; i < 50; i++) {
        void *block = malloc(24);
        CHECK(block != NULL);
        free(block);
    }
    return NULL;
}

RULE(seventy_two_threads_start_to_allocate_at_the_same_moment) {
    for (int round = 0; round < 10; round++) {
        pthread_barrier_t barrier;
        pthread_t threads[72];
        pthread_barrier_init(&barrier, NULL, 72);
        for (int i = 0; i < 72; i++) {
            CHECK(pthread_create(&threads[i], NULL, start_together, &barrier) == 0);
        }
        for (int i = 0; i < 72; i++) {
            CHECK(pthread_join(threads[i], NULL) == 0);
        }
        pthread_barrier_destroy(&barrier);
    }
}
