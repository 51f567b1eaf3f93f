// Limits on address space, data and mappings. The harness sets the limits.

#include <sys/mman.h>
#include <sys/resource.h>
#include "rule.h"

// Allocates until there is no more, frees everything, and says how much it was.
static size_t exhaust(size_t size) {
    void **list = NULL;
    size_t total = 0;
    for (;;) {
        errno = 0;
        void **block = malloc(size);
        if (block == NULL) {
            CHECK(errno == ENOMEM);
            break;
        }
        *block = list;
        ((char *)block)[size - 1] = 1;
        list = block;
        total += size;
    }
    while (list != NULL) {
        void **next = *list;
        free(list);
        list = next;
    }
    return total;
}

// The limit is 200 MiB. Half of it at least is for the program's blocks, each time.
static void exhaust_again_and_again(void) {
    size_t sizes[] = {16, 64, 500, 3000, 20000, 100000, MIB, 5 * MIB, 40000, 100, 16};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        size_t total = exhaust(sizes[i]);
        CHECK_AT(total > (sizes[i] < 64 ? 60 : 100) * MIB, sizes[i]);
    }
}

RULE(until_null_and_enomem_and_again_after_freeing) {
    exhaust_again_and_again();
}

RULE(every_function_fails_with_enomem_and_recovers) {
    for (int round = 0; round < 3; round++) {
        void **list = NULL;
        for (void **block; (block = malloc(100000)) != NULL; list = block) {
            *block = list;
        }
        for (void **block; (block = malloc(100)) != NULL; list = block) {
            *block = list;
        }
        CHECK(errno == ENOMEM);
        errno = 0;
        CHECK(calloc(10, 100000) == NULL && errno == ENOMEM);
        errno = 0;
        CHECK(realloc(list, MIB) == NULL && errno == ENOMEM);
        errno = 0;
        CHECK(memalign(4096, MIB) == NULL && errno == ENOMEM);
        void *aligned;
        CHECK(posix_memalign(&aligned, 4096, MIB) == ENOMEM);
        errno = 0;
        CHECK(pvalloc(MIB) == NULL && errno == ENOMEM);
        CHECK(malloc_usable_size(list) >= 100);
        errno = 77;
        while (list != NULL) {
            void **next = *list;
            free(list);
            list = next;
        }
        CHECK(errno == 77);
        void *block = malloc(50 * MIB);
        CHECK(block != NULL);
        free(block);
    }
}

static void *exhaust_in_thread(void *size) {
    for (int round = 0; round < 3; round++) {
        exhaust((size_t)size);
    }
    return NULL;
}

RULE(several_threads_run_out_of_memory_together) {
    pthread_t threads[3];
    size_t sizes[] = {200, 5000, 300000};
    for (int i = 0; i < 3; i++) {
        CHECK(pthread_create(&threads[i], NULL, exhaust_in_thread, (void *)sizes[i]) == 0);
    }
    for (int i = 0; i < 3; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
    free(malloc(50 * MIB));
    CHECK(exhaust(1000) > 100 * MIB);
}

// What is left of the address space belongs to the program, not to the allocator.
RULE(the_program_can_still_map_memory_of_its_own) {
    free(malloc(100));
    void *mapping = mmap(NULL, 100 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(mapping != MAP_FAILED);
    CHECK(malloc(30 * MIB) != NULL);
}

RULE(a_limit_set_while_the_program_runs_is_kept) {
    void *blocks[100];
    for (int i = 0; i < 100; i++) {
        blocks[i] = malloc(10000);
    }
    struct rlimit limit = {256 * MIB, RLIM_INFINITY};
    CHECK(setrlimit(RLIMIT_DATA, &limit) == 0);
    size_t total = exhaust(50000);
    CHECK_AT(total > 100 * MIB && total < 300 * MIB, total);
    for (int i = 0; i < 100; i++) {
        free(blocks[i]);
    }
    CHECK(exhaust(500) > 100 * MIB);
}

RULE(a_million_mixed_blocks_take_few_mappings) {
    enum { SLOTS = 20000 };
    static void *slots[SLOTS];
    uint64_t random = 9;
    size_t before = mappings(), most = 0;
    for (int round = 0; round < 1000000; round++) {
        size_t slot = next_random(&random) % SLOTS;
        free(slots[slot]);
        size_t limit = round % 500 == 0 ? 4 << 20 : round % 20 == 0 ? 1 << 16 : 1 << 10;
        slots[slot] = malloc(random_size(&random, limit));
        CHECK(slots[slot] != NULL);
        if (round % 100000 == 0) {
            size_t now = mappings();
            most = now > most ? now : most;
        }
    }
    CHECK_AT(most < before + 400, most - before);
}

RULE(a_hundred_thousand_large_blocks_take_few_mappings) {
    enum { COUNT = 100000 };
    static void *blocks[COUNT];
    size_t before = mappings();
    for (int i = 0; i < COUNT; i++) {
        blocks[i] = malloc(200000);
        CHECK_AT(blocks[i] != NULL, i);
    }
    CHECK_AT(mappings() < before + 100, mappings() - before);
    for (int i = 0; i < COUNT; i += 2) {
        free(blocks[i]);
    }
    malloc_trim(0);
    CHECK_AT(mappings() < before + 1000, mappings() - before);
}

RULE(trimming_a_heap_full_of_holes_takes_few_mappings) {
    enum { COUNT = 200000 };
    static void *blocks[COUNT];
    size_t before = mappings();
    for (int i = 0; i < COUNT; i++) {
        blocks[i] = memset(malloc(2000), 1, 2000);
    }
    for (int i = 0; i < COUNT; i++) {
        if (i % 16 != 0) {
            free(blocks[i]);
        }
    }
    malloc_trim(0);
    CHECK_AT(mappings() < before + 500, mappings() - before);
    for (int i = 0; i < COUNT; i += 16) {
        CHECK_AT(filled(blocks[i], 2000, 1), i);
    }
}

RULE(memory_is_close_to_what_is_asked_for) {
    enum { COUNT = 500000 };
    static void *blocks[COUNT];
    size_t before = resident(), total = 0;
    for (int i = 0; i < COUNT; i++) {
        size_t size = 24 + (size_t)i % 200;
        blocks[i] = memset(malloc(size), 1, size);
        total += size;
    }
    CHECK_AT(resident() - before < total * 13 / 10, resident() - before);
    for (int i = 0; i < COUNT; i++) {
        free(blocks[i]);
    }
}

// Prints the resident memory of a program that does next to nothing.
RULE(print_the_resident_memory_of_a_tiny_program) {
    free(malloc(100));
    dprintf(1, "%zu\n", resident());
}

static pthread_barrier_t barrier;

static void *idle(void *unused) {
    free(malloc(100));
    free(malloc(1000));
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    return unused;
}

RULE(print_the_resident_memory_of_two_hundred_idle_threads) {
    pthread_t threads[200];
    pthread_barrier_init(&barrier, NULL, 201);
    for (int i = 0; i < 200; i++) {
        CHECK(pthread_create(&threads[i], NULL, idle, NULL) == 0);
    }
    pthread_barrier_wait(&barrier);
    dprintf(1, "%zu\n", resident());
    _exit(0);
}
