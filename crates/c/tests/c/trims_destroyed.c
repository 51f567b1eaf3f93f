// Trims of heaps that other threads lock and destroy meanwhile.

#include "trims.h"

#include <stdatomic.h>

enum { BLOCKS = 3000 };
static unsigned char *small[BLOCKS];

static _Atomic(HANDLE) victim;
static atomic_int trimmers_in, refusals;

// One trim. Whether the heap was still one.
static bool trim_by(int kind, HANDLE heap) {
    SetLastError(MARK);
    struct heapmin_trimmed report;
    bool done;
    switch (kind) {
    case 0:
        done = HeapCompact(heap, 0) != 0;
        break;
    case 1:
        done = optimize(heap);
        break;
    default:
        memset(&report, 0xCD, sizeof report);
        done = heapmin_heap_trim(heap, &report) == 1;
        const struct heapmin_left *left = &report.left;
        CHECK_EQUAL(left->live + left->fragmented + left->cached + left->huge + left->metadata,
                    report.resident_after);
        CHECK(done || report.resident_before == 0);
        CHECK_EQUAL(GetLastError(), MARK);
        return done;
    }
    if (!done) {
        CHECK_AT(GetLastError() == ERROR_INVALID_HANDLE, GetLastError());
    }
    return done;
}

static void *trim_until_refused(void *kind) {
    HANDLE heap = atomic_load(&victim);
    bool first = true;
    while (trim_by((int)(intptr_t)kind, heap)) {
        if (first) {
            atomic_fetch_add(&trimmers_in, 1);
            first = false;
        }
    }
    if (first) {
        atomic_fetch_add(&trimmers_in, 1);
    }
    atomic_fetch_add(&refusals, 1);
    return NULL;
}

static void destroyed_under(const int *kinds, int threads, int rounds) {
    HANDLE witness = HeapCreate(0, 0, 0);
    unsigned char *kept = HeapAlloc(witness, 0, 100000);
    memset(kept, 0x5A, 100000);
    for (int round = 0; round < rounds; round++) {
        pthread_t handles[8];
        HANDLE heap = HeapCreate(0, 0, 0);
        CHECK(heap != NULL);
        for (int i = 0; i < BLOCKS; i++) {
            small[i] = HeapAlloc(heap, 0, (SIZE_T)(i % 30) * 60);
            CHECK(small[i] != NULL);
        }
        for (int i = 0; i < BLOCKS; i++) {
            CHECK(i % 10 == 0 || HeapFree(heap, 0, small[i]));
        }
        atomic_store(&victim, heap);
        atomic_store(&trimmers_in, 0);
        atomic_store(&refusals, 0);
        for (int i = 0; i < threads; i++) {
            void *kind = (void *)(intptr_t)kinds[i];
            CHECK(pthread_create(&handles[i], NULL, trim_until_refused, kind) == 0);
        }
        while (round % 2 == 0 && atomic_load(&trimmers_in) < threads) {
            usleep(100);
        }
        CHECK_AT(HeapDestroy(heap), round);
        // What was its memory is another's at once, if the handle itself isn't.
        unsigned char *other = HeapAlloc(witness, 0, 200000);
        memset(other, 0x33, 200000);
        for (int i = 0; i < threads; i++) {
            CHECK(pthread_join(handles[i], NULL) == 0);
        }
        CHECK_EQUAL(atomic_load(&refusals), threads);
        CHECK(all(other, 200000, 0x33) && all(kept, 100000, 0x5A));
        CHECK(HeapFree(witness, 0, other));
        CHECK_EQUAL(heapmin_validate(NULL, NULL), HEAPMIN_INTACT);
        // A stale handle is refused, and a second destruction too.
        SetLastError(MARK);
        CHECK(!HeapDestroy(heap));
        CHECK_EQUAL(GetLastError(), ERROR_INVALID_HANDLE);
    }
    CHECK(HeapDestroy(witness));
}

RULE(a_heap_destroyed_while_others_compact_it_is_refused) {
    const int kinds[] = {0, 0, 0, 0};
    alarm(40);
    destroyed_under(kinds, 4, 150);
}

RULE(a_heap_destroyed_while_others_optimize_it_is_refused) {
    const int kinds[] = {1, 1, 1, 1};
    alarm(40);
    destroyed_under(kinds, 4, 150);
}

RULE(a_heap_destroyed_while_others_trim_it_is_refused) {
    const int kinds[] = {2, 2, 2, 2};
    alarm(40);
    destroyed_under(kinds, 4, 150);
}

RULE(a_heap_destroyed_while_others_do_all_that_is_refused) {
    const int kinds[] = {0, 1, 2, 2};
    alarm(40);
    CHECK(heapmin_set_decay(NULL, 0) == 1);
    destroyed_under(kinds, 4, 150);
}

static atomic_bool stop;

static void *trim_everything(void *unused) {
    while (!atomic_load(&stop)) {
        CHECK_EQUAL(heapmin_heap_trim(NULL, NULL), 1);
        CHECK(optimize(NULL));
        CHECK_EQUAL(_heapmin(), 0);
        struct heapmin_summary summary;
        CHECK_EQUAL(heapmin_heap_summary(NULL, &summary), 1);
    }
    return unused;
}

static void *make_and_destroy(void *seed) {
    unsigned random = (unsigned)(uintptr_t)seed;
    for (int round = 0; round < 150; round++) {
        HANDLE heap = HeapCreate(random % 3 == 0 ? HEAP_NO_SERIALIZE : 0, 0, 0);
        CHECK(heap != NULL);
        CHECK_EQUAL(heapmin_set_decay(heap, round % 3 - 1), 1);
        void *blocks[200];
        for (int i = 0; i < 200; i++) {
            random = random * 1664525 + 1013904223;
            blocks[i] = HeapAlloc(heap, 0, (random >> 8) % 6000);
            CHECK(blocks[i] != NULL);
        }
        for (int i = 0; i < 200; i++) {
            CHECK(i % 9 == 0 || HeapFree(heap, 0, blocks[i]));
        }
        CHECK(HeapValidate(heap, 0, NULL));
        CHECK(HeapDestroy(heap));
    }
    return NULL;
}

RULE(heaps_come_and_go_while_all_are_trimmed) {
    pthread_t makers[3], trimmers[2];
    alarm(40);
    CHECK(heapmin_set_decay(NULL, 1) == 1);
    for (uintptr_t i = 0; i < 3; i++) {
        CHECK(pthread_create(&makers[i], NULL, make_and_destroy, (void *)(i + 1)) == 0);
    }
    for (int i = 0; i < 2; i++) {
        CHECK(pthread_create(&trimmers[i], NULL, trim_everything, NULL) == 0);
    }
    for (int i = 0; i < 3; i++) {
        CHECK(pthread_join(makers[i], NULL) == 0);
    }
    atomic_store(&stop, true);
    for (int i = 0; i < 2; i++) {
        CHECK(pthread_join(trimmers[i], NULL) == 0);
    }
    CHECK_EQUAL(heapmin_validate(NULL, NULL), HEAPMIN_INTACT);
    CHECK_EQUAL(GetProcessHeaps(0, NULL), 1);
}

// Its holder may destroy a heap that others wait to trim.
RULE(a_locked_heap_is_destroyed_by_its_holder_while_others_wait_to_trim_it) {
    alarm(40);
    for (int round = 0; round < 40; round++) {
        pthread_t handles[4];
        HANDLE heap = HeapCreate(0, 0, 0);
        CHECK(HeapAlloc(heap, 0, 1000) != NULL);
        CHECK(HeapLock(heap));
        atomic_store(&victim, heap);
        const int kinds[] = {0, 1, 2, 2};
        for (int i = 0; i < 4; i++) {
            void *kind = (void *)(intptr_t)kinds[i];
            CHECK(pthread_create(&handles[i], NULL, trim_until_refused, kind) == 0);
        }
        usleep(round % 4 * 500);
        CHECK(HeapDestroy(heap));
        for (int i = 0; i < 4; i++) {
            CHECK(pthread_join(handles[i], NULL) == 0);
        }
    }
    CHECK_EQUAL(heapmin_validate(NULL, NULL), HEAPMIN_INTACT);
}

// A heap of which nothing is free says so.
static bool compacts(HANDLE heap) {
    SetLastError(MARK);
    return HeapCompact(heap, 0) != 0 ? GetLastError() == MARK : GetLastError() == NO_ERROR;
}

static void *compact_in_turns(void *heap) {
    for (int i = 0; i < 300; i++) {
        CHECK(HeapLock(heap));
        CHECK(compacts(heap));
        CHECK(optimize(heap) && optimize(NULL));
        CHECK_EQUAL(heapmin_heap_trim(heap, NULL), 1);
        CHECK_EQUAL(heapmin_heap_trim(NULL, NULL), 1);
        CHECK(HeapUnlock(heap));
        CHECK(compacts(heap));
        CHECK(optimize(NULL));
        void *block = HeapAlloc(heap, 0, (SIZE_T)i * 100);
        CHECK(block != NULL && HeapFree(heap, 0, block));
    }
    return NULL;
}

RULE(holders_of_a_lock_trim_while_others_do) {
    pthread_t threads[4];
    HANDLE heap = HeapCreate(0, 0, 0);
    alarm(40);
    CHECK(HeapAlloc(heap, 0, 1000) != NULL);
    for (int i = 0; i < 4; i++) {
        HANDLE one = i == 3 ? GetProcessHeap() : heap;
        CHECK(pthread_create(&threads[i], NULL, compact_in_turns, one) == 0);
    }
    for (int i = 0; i < 4; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
    CHECK_EQUAL(heapmin_validate(NULL, NULL), HEAPMIN_INTACT);
}
