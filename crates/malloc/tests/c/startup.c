// Allocation before main and after it.

#include <dlfcn.h>
#include "rule.h"

static void *kept[6];

static void churn(int slot) {
    free(NULL);
    for (size_t size = 1; size < 300000; size = size * 3 / 2 + 1) {
        char *block = malloc(size);
        if (block == NULL) {
            _exit(6);
        }
        memset(block, 1, size);
        free(block);
    }
    kept[slot] = calloc(1, 5000);
    memset(kept[slot], slot, 5000);
}

static void first(void) {
    churn(0);
}

__attribute__((section(".preinit_array"), used)) static void (*before_all)(void) = first;

__attribute__((constructor(101))) static void second(void) {
    churn(1);
}

__attribute__((constructor)) static void third(void) {
    churn(2);
}

__attribute__((destructor)) static void fourth(void) {
    churn(3);
    CHECK(filled(kept[0], 5000, 0) && filled(kept[1], 5000, 1) && filled(kept[2], 5000, 2));
    free(kept[0]);
    free(kept[1]);
}

__attribute__((destructor(101))) static void fifth(void) {
    churn(4);
    free(kept[2]);
    free(kept[3]);
}

RULE(constructors_and_destructors_allocate_and_free) {
    CHECK(filled(kept[0], 5000, 0) && filled(kept[1], 5000, 1) && filled(kept[2], 5000, 2));
}

static void at_exit(void) {
    churn(5);
}

RULE(exit_handlers_allocate) {
    for (int i = 0; i < 100; i++) {
        CHECK(atexit(at_exit) == 0);
    }
}

static void *run_on(void *unused) {
    for (;;) {
        free(malloc(1000));
    }
    return unused;
}

RULE(threads_that_still_run_at_exit_do_no_harm) {
    for (int i = 0; i < 4; i++) {
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, run_on, NULL) == 0);
    }
    exit(0);
}

// With the linker's lazy binding, symbols are looked up in the middle of everything.
RULE(dlsym_works_in_between) {
    for (int i = 0; i < 20000; i++) {
        void *block = malloc((size_t)i % 3000);
        CHECK(dlsym(RTLD_DEFAULT, i % 2 ? "malloc" : "qsort") != NULL);
        CHECK(dlsym(RTLD_DEFAULT, "there_is_no_such_function") == NULL);
        CHECK(dlerror() != NULL);
        free(block);
    }
}

static void *look_up(void *unused) {
    for (int i = 0; i < 3000; i++) {
        free(malloc((size_t)i));
        CHECK(dlsym(RTLD_DEFAULT, "there_is_no_such_function") == NULL);
        CHECK(dlerror() != NULL);
    }
    return unused;
}

RULE(dlsym_works_in_many_threads) {
    pthread_t threads[6];
    for (int i = 0; i < 6; i++) {
        CHECK(pthread_create(&threads[i], NULL, look_up, NULL) == 0);
    }
    for (int i = 0; i < 6; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
}
