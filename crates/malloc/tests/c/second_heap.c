// A program that runs on its own allocator and loads the malloc library, named by its argument,
// with dlopen, to use its functions by their addresses.

#include <dlfcn.h>
#include "rule.h"

static void *(*other_malloc)(size_t);
static void *(*other_calloc)(size_t, size_t);
static void *(*other_realloc)(void *, size_t);
static void (*other_free)(void *);

static void *load(int mode) {
    void *library = dlopen(arguments[0], RTLD_NOW | mode);
    if (library == NULL) {
        dprintf(2, "%s\n", dlerror());
        _exit(1);
    }
    other_malloc = (void *(*)(size_t))dlsym(library, "malloc");
    other_calloc = (void *(*)(size_t, size_t))dlsym(library, "calloc");
    other_realloc = (void *(*)(void *, size_t))dlsym(library, "realloc");
    other_free = (void (*)(void *))dlsym(library, "free");
    CHECK(other_malloc != NULL && other_malloc != malloc && other_free != free);
    return library;
}

static void *use_both(void *unused) {
    for (size_t size = 1; size < 4 * MIB; size = size * 2 + 1) {
        char *mine = malloc(size), *theirs = other_malloc(size);
        memset(mine, 1, size);
        memset(theirs, 2, size);
        theirs = other_realloc(theirs, size * 2);
        CHECK_AT(filled(mine, size, 1) && filled(theirs, size, 2), size);
        char *zeroed = other_calloc(1, size);
        CHECK_AT(filled(zeroed, size, 0), size);
        other_free(zeroed);
        other_free(theirs);
        free(mine);
    }
    return unused;
}

RULE(both_heaps_work_side_by_side) {
    load(RTLD_LOCAL);
    for (int i = 0; i < 20; i++) {
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, use_both, NULL) == 0);
        use_both(NULL);
        CHECK(pthread_join(thread, NULL) == 0);
    }
}

RULE(loaded_globally_the_program_keeps_its_own) {
    void *before = malloc(100);
    load(RTLD_GLOBAL);
    free(before);
    use_both(NULL);
}

RULE(closed_and_loaded_again_the_blocks_are_still_there) {
    char *kept = NULL;
    for (int i = 0; i < 50; i++) {
        void *library = load(RTLD_LOCAL);
        if (kept != NULL) {
            CHECK(filled(kept, 1000, i - 1));
            other_free(kept);
        }
        kept = other_malloc(1000);
        memset(kept, i, 1000);
        CHECK(dlclose(library) == 0);
        CHECK(filled(kept, 1000, i));
    }
}

static void *linger(void *barrier) {
    other_free(other_malloc(1000));
    pthread_barrier_wait(barrier);
    pthread_barrier_wait(barrier);
    return NULL;
}

RULE(threads_that_used_it_end_after_it_was_closed) {
    void *library = load(RTLD_LOCAL);
    pthread_barrier_t barrier;
    pthread_t thread;
    pthread_barrier_init(&barrier, NULL, 2);
    CHECK(pthread_create(&thread, NULL, linger, &barrier) == 0);
    pthread_barrier_wait(&barrier);
    CHECK(dlclose(library) == 0);
    pthread_barrier_wait(&barrier);
    CHECK(pthread_join(thread, NULL) == 0);
}
