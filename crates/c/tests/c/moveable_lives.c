// Moveable objects in several threads, next to HeapLock and fork, and damaged.

#include "rule.h"

#include "heapapi.h"

#include <stdatomic.h>
#include <sys/wait.h>

#define THREADS 4

static atomic_int ready;
static atomic_int stop;

// Runs a function in each of the threads at the same moment, and waits for all.
static void in_threads(void *(*body)(void *)) {
    pthread_t threads[THREADS];
    for (uintptr_t i = 0; i < THREADS; i++) {
        CHECK(pthread_create(&threads[i], NULL, body, (void *)(i + 1)) == 0);
    }
    for (int i = 0; i < THREADS; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
}

static void wait_for_all(void) {
    atomic_fetch_add(&ready, 1);
    while (atomic_load(&ready) < THREADS) {
    }
}

static void *takes_and_frees(void *number) {
    HANDLE objects[64] = {NULL};
    wait_for_all();
    for (unsigned i = 0; i < 40000; i++) {
        HANDLE *object = &objects[i * 7 % 64];
        if (*object != NULL) {
            void **data = GlobalLock(*object);
            CHECK(data != NULL && data[0] == number && data[1] == *object);
            CHECK(GlobalHandle(data) == *object);
            CHECK(GlobalFree(*object) == NULL);
        }
        *object = GlobalAlloc(GMEM_MOVEABLE, 16 + i % 100);
        void **data = GlobalLock(*object);
        CHECK(data != NULL);
        data[0] = number;
        data[1] = *object;
        CHECK(!GlobalUnlock(*object));
    }
    return NULL;
}

RULE(an_entry_is_one_objects_only) {
    in_threads(takes_and_frees);
}

static HANDLE shared;

static void *resizes(void *number) {
    wait_for_all();
    for (unsigned i = 0; i < 4000; i++) {
        SIZE_T size = 16 + (i * 37 + (uintptr_t)number * 91) % 5000;
        CHECK(LocalReAlloc(shared, size, LMEM_MOVEABLE) == shared);
    }
    return NULL;
}

RULE(an_object_that_all_resize_is_whole) {
    shared = LocalAlloc(LMEM_MOVEABLE, 16);
    memcpy(LocalLock(shared), "fifteen letters", 16);
    CHECK(!LocalUnlock(shared));
    in_threads(resizes);
    char *data = LocalLock(shared);
    CHECK(memcmp(data, "fifteen letters", 16) == 0);
    CHECK(LocalHandle(data) == shared);
    CHECK(LocalSize(shared) >= 16 && LocalSize(shared) < 5016);
    CHECK_EQUAL(LocalFlags(shared), 1);
    CHECK(HeapValidate(GetProcessHeap(), 0, NULL));
}

static void *asks(void *nothing) {
    while (!atomic_load(&stop)) {
        SetLastError(0);
        SIZE_T size = LocalSize(shared);
        CHECK_AT((size >= 16 && size < 5016) || (size == 0 && GetLastError() == 0), size);
        UINT flags = LocalFlags(shared);
        CHECK_AT(flags == 0 || flags == LMEM_DISCARDED, flags);
    }
    return nothing;
}

RULE(who_asks_meanwhile_hears_of_one_state_or_the_other) {
    shared = LocalAlloc(LMEM_MOVEABLE, 16);
    pthread_t other;
    CHECK(pthread_create(&other, NULL, asks, NULL) == 0);
    for (unsigned i = 0; i < 30000; i++) {
        SIZE_T size = i % 8 == 0 ? 0 : 16 + i * 577 % 5000;
        CHECK(LocalReAlloc(shared, size, LMEM_MOVEABLE) == shared);
    }
    atomic_store(&stop, 1);
    CHECK(pthread_join(other, NULL) == 0);
}

static void *resizes_in_place_if_locked(void *nothing) {
    for (unsigned i = 0; !atomic_load(&stop); i++) {
        LocalReAlloc(shared, 16 + i * 577 % 20000, 0);
    }
    return nothing;
}

RULE(a_locked_object_stays_where_it_is) {
    shared = LocalAlloc(LMEM_MOVEABLE, 16);
    memcpy(LocalLock(shared), "fifteen letters", 16);
    LocalUnlock(shared);
    pthread_t other;
    CHECK(pthread_create(&other, NULL, resizes_in_place_if_locked, NULL) == 0);
    for (int i = 0; i < 20000; i++) {
        char *data = LocalLock(shared);
        CHECK(data != NULL);
        for (int look = 0; look < 20; look++) {
            CHECK(memcmp(data, "fifteen letters", 16) == 0);
        }
        CHECK(LocalHandle(data) == shared);
        CHECK(LocalLock(shared) == data);
        CHECK(LocalUnlock(shared));
        CHECK(!LocalUnlock(shared));
    }
    atomic_store(&stop, 1);
    CHECK(pthread_join(other, NULL) == 0);
}

static void *uses_the_same(void *nothing) {
    for (unsigned i = 0; !atomic_load(&stop); i++) {
        CHECK(GlobalReAlloc(shared, 16 + i * 577 % 20000, GMEM_MOVEABLE) == shared);
        HANDLE other = GlobalAlloc(GMEM_MOVEABLE, i % 1000);
        CHECK(GlobalReAlloc(other, 100, 0) == other);
        CHECK(GlobalFree(other) == NULL);
    }
    return nothing;
}

// The heap's lock keeps others out of the heap, not its holder out of what others are using.
RULE(whoever_has_locked_the_heap_waits_for_nobody) {
    alarm(50);
    shared = GlobalAlloc(GMEM_MOVEABLE, 16);
    pthread_t other;
    CHECK(pthread_create(&other, NULL, uses_the_same, NULL) == 0);
    for (int i = 0; i < 300; i++) {
        CHECK(HeapLock(GetProcessHeap()));
        usleep(i % 50);
        CHECK(GlobalLock(shared) != NULL);
        GlobalUnlock(shared);
        CHECK(GlobalReAlloc(shared, 1000, GMEM_MOVEABLE) == shared);
        CHECK_EQUAL(GlobalSize(shared), 1000);
        HANDLE own = GlobalAlloc(GMEM_MOVEABLE, 10);
        CHECK(GlobalReAlloc(own, 20, 0) == own);
        CHECK(GlobalFree(own) == NULL);
        CHECK(HeapUnlock(GetProcessHeap()));
    }
    atomic_store(&stop, 1);
    CHECK(pthread_join(other, NULL) == 0);
}

RULE(a_forked_child_finds_every_object_whole) {
    alarm(50);
    shared = GlobalAlloc(GMEM_MOVEABLE, 16);
    pthread_t other;
    CHECK(pthread_create(&other, NULL, uses_the_same, NULL) == 0);
    for (int i = 0; i < 100; i++) {
        pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            alarm(20);
            void *data = GlobalLock(shared);
            CHECK(data != NULL && GlobalHandle(data) == shared);
            CHECK(GlobalReAlloc(shared, 100000, GMEM_MOVEABLE) == shared);
            CHECK(GlobalFree(shared) == NULL);
            CHECK(GlobalFree(GlobalAlloc(GMEM_MOVEABLE, 10)) == NULL);
            _exit(0);
        }
        int status;
        CHECK(waitpid(child, &status, 0) == child);
        CHECK_EQUAL(status, 0);
    }
    atomic_store(&stop, 1);
    CHECK(pthread_join(other, NULL) == 0);
}

RULE(the_older_names_lock_and_unlock) {
    HANDLE object = GlobalAlloc(GMEM_MOVEABLE, 10);
    void *data = GlobalWire(object);
    CHECK(data != NULL && data == GlobalLock(object));
    GlobalFix(object);
    CHECK_EQUAL(GlobalFlags(object), 3);
    GlobalUnfix(object);
    CHECK(GlobalUnWire(object));
    CHECK(!GlobalUnlock(object));
    CHECK(GlobalFree(object) == NULL);
}

RULE(compacting_tells_the_largest_free_block) {
    void *block = HeapAlloc(GetProcessHeap(), 0, 100);
    SIZE_T largest = HeapCompact(GetProcessHeap(), 0);
    CHECK(largest > 0);
    CHECK_EQUAL(GlobalCompact(0), largest);
    CHECK_EQUAL(LocalCompact(0), largest);
    CHECK_EQUAL(LocalShrink(NULL, 0), largest);
    CHECK(HeapFree(GetProcessHeap(), 0, block));
}

static HANDLE freed_with_termination_on(void) {
    CHECK(HeapSetInformation(NULL, HeapEnableTerminationOnCorruption, NULL, 0));
    HANDLE object = LocalAlloc(LMEM_FIXED, 100);
    CHECK(LocalFree(object) == NULL);
    return object;
}

RULE(a_double_free_with_termination_on) {
    LocalFree(freed_with_termination_on());
}

RULE(a_resize_of_a_freed_block_with_termination_on) {
    GlobalReAlloc(freed_with_termination_on(), 200, GMEM_MOVEABLE);
}

RULE(an_overrun_object_with_termination_on) {
    CHECK(HeapSetInformation(NULL, HeapEnableTerminationOnCorruption, NULL, 0));
    HANDLE object = GlobalAlloc(GMEM_MOVEABLE, 20);
    char *data = GlobalLock(object);
    memset(data + 20, 0x5A, 8);
    GlobalFree(object);
}

// Handles of no object are no damage.
RULE(bad_handles_with_termination_on_are_only_refused) {
    HANDLE object = GlobalAlloc(GMEM_MOVEABLE, 20);
    CHECK(GlobalFree(object) == NULL);
    freed_with_termination_on();
    CHECK(GlobalFree(object) == object);
    CHECK_EQUAL(GetLastError(), ERROR_INVALID_HANDLE);
    CHECK(GlobalReAlloc(object, 10, 0) == NULL);
}

RULE(an_overrun_object_is_kept) {
    HANDLE object = GlobalAlloc(GMEM_MOVEABLE, 20);
    char *data = GlobalLock(object);
    char kept = data[20];
    data[20] = (char)~kept;
    CHECK(GlobalFree(object) == object);
    CHECK_EQUAL(GetLastError(), ERROR_INVALID_HANDLE);
    CHECK_EQUAL(GlobalFlags(object), 1);
    CHECK(GlobalReAlloc(object, 1000, GMEM_MOVEABLE) == NULL);
    data[20] = kept;
    CHECK_EQUAL(GlobalSize(object), 20);
    CHECK(GlobalFree(object) == NULL);
}
