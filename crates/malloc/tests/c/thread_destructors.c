// Destructors of thread-specific data that allocate and free, in every order relative to the
// allocator's own.

#include "rule.h"

static void churn(void) {
    void *blocks[50];
    for (int i = 0; i < 50; i++) {
        size_t size = (size_t)i * 40;
        blocks[i] = malloc(size);
        CHECK(blocks[i] != NULL);
        memset(blocks[i], 1, size);
    }
    for (int i = 0; i < 50; i++) {
        free(blocks[i]);
    }
}

enum { KEYS = 60 };
static pthread_key_t keys[KEYS];
static _Atomic int destroyed;

// Frees its value and, for four rounds, leaves a new one: the last comes after every round in
// which an allocator could still clean up.
struct value {
    int key, round;
    char bytes[100];
};

static void destroy(void *pointer) {
    struct value *value = pointer;
    int key = value->key, round = value->round;
    CHECK(filled(value->bytes, sizeof value->bytes, key));
    free(value);
    churn();
    destroyed++;
    if (round < 4) {
        value = malloc(sizeof *value);
        value->key = key;
        value->round = round + 1;
        memset(value->bytes, key, sizeof value->bytes);
        CHECK(pthread_setspecific(keys[key], value) == 0);
    }
}

static void *set_values(void *allocate_before) {
    if (allocate_before != NULL) {
        churn();
    }
    for (int key = 0; key < KEYS; key++) {
        struct value *value = malloc(sizeof *value);
        value->key = key;
        value->round = 1;
        memset(value->bytes, key, sizeof value->bytes);
        CHECK(pthread_setspecific(keys[key], value) == 0);
    }
    return NULL;
}

static void run_threads(void *allocate_before) {
    for (int key = 0; key < KEYS; key++) {
        CHECK(pthread_key_create(&keys[key], destroy) == 0);
    }
    destroyed = 0;
    for (int i = 0; i < 50; i++) {
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, set_values, allocate_before) == 0);
        CHECK(pthread_join(thread, NULL) == 0);
    }
    CHECK_AT(destroyed == 50 * KEYS * 4, destroyed);
}

RULE(destructors_of_keys_allocate_and_free_in_every_round) {
    churn();
    run_threads("before");
}

RULE(a_thread_whose_only_allocations_are_in_destructors_and_values) {
    run_threads(NULL);
}

RULE(threads_with_destructors_leave_nothing_behind) {
    for (int key = 0; key < KEYS; key++) {
        CHECK(pthread_key_create(&keys[key], destroy) == 0);
    }
    size_t memory = 0, maps = 0;
    for (int i = 0; i < 1000; i++) {
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, set_values, NULL) == 0);
        CHECK(pthread_join(thread, NULL) == 0);
        if (i == 200) {
            memory = resident();
            maps = mappings();
        }
    }
    CHECK_AT(resident() <= memory + 2 * MIB, resident() - memory);
    CHECK_AT(mappings() <= maps + 4, mappings() - maps);
}

// Keys made before the allocator's first use, so that its own come late: above the first 32 the
// C library itself allocates for a thread's values.
static void free_it(void *block) {
    free(block);
    churn();
}

static pthread_key_t early_keys[100];

static void make_early_keys(void) {
    for (int i = 0; i < 100; i++) {
        if (pthread_key_create(&early_keys[i], free_it) != 0) {
            _exit(5);
        }
    }
}

__attribute__((section(".preinit_array"), used)) static void (*early)(void) = make_early_keys;

static void *set_early_values(void *unused) {
    churn();
    for (int i = 99; i >= 0; i--) {
        CHECK(pthread_setspecific(early_keys[i], malloc(200)) == 0);
    }
    churn();
    return unused;
}

RULE(keys_made_before_the_first_allocation) {
    for (int i = 0; i < 200; i++) {
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, set_early_values, NULL) == 0);
        CHECK(pthread_join(thread, NULL) == 0);
    }
}

// All keys of the process are taken: an allocator that needs one has to do without.
RULE(no_key_is_left) {
    pthread_key_t key;
    int count = 0;
    while (pthread_key_create(&key, NULL) == 0) {
        count++;
    }
    CHECK(count > 500);
    for (int i = 0; i < 200; i++) {
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, set_early_values, NULL) == 0);
        CHECK(pthread_join(thread, NULL) == 0);
    }
}
