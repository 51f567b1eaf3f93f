// dlopen(3) and dlclose(3) of libraries that allocate. The first argument is a directory with
// the libraries module_0.so to module_N.so, N the second.

#include <dlfcn.h>
#include <link.h>
#include <stdatomic.h>
#include "rule.h"

typedef void *(*module_block)(size_t);

static void *open_module(int number) {
    char path[4096];
    snprintf(path, sizeof path, "%s/module_%d.so", arguments[0], number);
    void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (module == NULL) {
        dprintf(2, "%s\n", dlerror());
        _exit(1);
    }
    return module;
}

static void *use(void *module, size_t size) {
    module_block function = (module_block)dlsym(module, "module_block");
    CHECK(function != NULL);
    void *block = function(size);
    CHECK(filled(block, size, 1));
    return block;
}

RULE(blocks_of_an_unloaded_library_stay_valid) {
    for (int round = 0; round < 200; round++) {
        void *module = open_module(0);
        void *block = use(module, 1000);
        CHECK(dlclose(module) == 0);
        CHECK(filled(block, 1000, 1));
        free(realloc(block, 2000));
    }
}

static void *use_in_thread(void *module) {
    return use(module, 500);
}

RULE(a_library_is_unloaded_while_a_thread_that_used_it_lives_on) {
    for (int round = 0; round < 100; round++) {
        void *module = open_module(1), *block;
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, use_in_thread, module) == 0);
        CHECK(pthread_join(thread, &block) == 0);
        free(use(module, 10));
        CHECK(dlclose(module) == 0);
        free(block);
    }
}

RULE(every_library_with_thread_local_storage_loads) {
    int count = atoi(arguments[1]);
    for (int number = 0; number < count; number++) {
        void *module = open_module(number);
        free(use(module, 100));
        pthread_t thread;
        void *block;
        CHECK(pthread_create(&thread, NULL, use_in_thread, module) == 0);
        CHECK(pthread_join(thread, &block) == 0);
        free(block);
    }
}

static atomic_int stop;

static int visit(struct dl_phdr_info *info, size_t size, void *count) {
    (void)info;
    (void)size;
    // A profiler's callback, under the dynamic linker's lock.
    void *block = malloc(2000);
    CHECK(block != NULL);
    free(block);
    ++*(int *)count;
    return 0;
}

static void *walk(void *unused) {
    while (!atomic_load(&stop)) {
        int count = 0;
        dl_iterate_phdr(visit, &count);
        CHECK(count > 2);
    }
    return unused;
}

static void *churn(void *unused) {
    while (!atomic_load(&stop)) {
        void *blocks[50];
        for (int i = 0; i < 50; i++) {
            blocks[i] = malloc((size_t)i * 100);
        }
        for (int i = 0; i < 50; i++) {
            free(blocks[i]);
        }
    }
    return unused;
}

RULE(walking_the_libraries_allocates_while_others_are_loaded) {
    pthread_t walker, churner;
    CHECK(pthread_create(&walker, NULL, walk, NULL) == 0);
    CHECK(pthread_create(&churner, NULL, churn, NULL) == 0);
    for (int round = 0; round < 150; round++) {
        void *module = open_module(round % 2);
        free(use(module, 100));
        CHECK(dlclose(module) == 0);
    }
    stop = 1;
    CHECK(pthread_join(walker, NULL) == 0);
    CHECK(pthread_join(churner, NULL) == 0);
}
