// Serialisation beyond the checklist's locks (X30 to X39, X53, X54).

#include "tasks.h"
#include "walk.h"

static void lock_and_unlock(void *heap) {
    CHECK(HeapLock(heap));
    CHECK(HeapUnlock(heap));
}

ROW(X30) {
    HANDLE heaps[] = {growable_heap(), process_heap()};
    for (int i = 0; i < 2; i++) {
        struct task task;
        for (int depth = 0; depth < 5; depth++) {
            CHECK(HeapLock(heaps[i]));
        }
        start(&task, lock_and_unlock, heaps[i]);
        for (int depth = 0; depth < 4; depth++) {
            // Locks of other functions nest in it as well.
            CHECK(HeapFree(heaps[i], 0, block(heaps[i], 100)));
            CHECK(HeapUnlock(heaps[i]));
            CHECK(!ends_within(&task, A_WHILE / 2));
        }
        CHECK(HeapUnlock(heaps[i]));
        finish(&task);
    }
}

ROW(X31) {
    HANDLE h = growable_heap();
    FAILS(HeapUnlock(h), FALSE, ERROR_NOT_LOCKED);
    // One unlock too many does no harm to the locks that follow.
    CHECK(HeapLock(h));
    CHECK(HeapUnlock(h));
    FAILS(HeapUnlock(h), FALSE, ERROR_NOT_LOCKED);
    struct task task;
    CHECK(HeapLock(h));
    start(&task, lock_and_unlock, h);
    CHECK(!ends_within(&task, A_WHILE));
    CHECK(HeapUnlock(h));
    finish(&task);
}

static void unlock_of_another(void *heap) {
    FAILS(HeapUnlock(heap), FALSE, ERROR_NOT_LOCKED);
}

ROW(X32) {
    HANDLE h = growable_heap();
    struct task task;
    CHECK(HeapLock(h));
    elsewhere(unlock_of_another, h);
    start(&task, lock_and_unlock, h);
    CHECK(!ends_within(&task, A_WHILE));
    CHECK(HeapUnlock(h));
    finish(&task);
}

// Calls of each function, with a heap and a live block of it.
struct call {
    HANDLE heap;
    DWORD flags;
    void *memory;
};

static void call_alloc(void *pointer) {
    struct call *call = pointer;
    CHECK(HeapAlloc(call->heap, call->flags, 40) != NULL);
}

static void call_alloc_large(void *pointer) {
    struct call *call = pointer;
    CHECK(HeapAlloc(call->heap, call->flags, 5 * A) != NULL);
}

static void call_realloc(void *pointer) {
    struct call *call = pointer;
    CHECK(HeapReAlloc(call->heap, call->flags, call->memory, 50) != NULL);
}

static void call_free(void *pointer) {
    struct call *call = pointer;
    CHECK(HeapFree(call->heap, call->flags, call->memory));
}

static void call_size(void *pointer) {
    struct call *call = pointer;
    EQUAL(HeapSize(call->heap, call->flags, call->memory), 40);
}

static void call_validate_block(void *pointer) {
    struct call *call = pointer;
    CHECK(HeapValidate(call->heap, call->flags, call->memory));
}

static void call_validate(void *pointer) {
    struct call *call = pointer;
    CHECK(HeapValidate(call->heap, call->flags, NULL));
}

static void call_compact(void *pointer) {
    struct call *call = pointer;
    CHECK(HeapCompact(call->heap, call->flags) > 0);
}

static void call_walk(void *pointer) {
    struct call *call = pointer;
    PROCESS_HEAP_ENTRY entry = {0};
    CHECK(HeapWalk(call->heap, &entry));
}

static void (*const calls[])(void *) = {
    call_alloc, call_alloc_large, call_realloc,  call_free, call_size, call_validate_block,
    call_validate, call_compact, call_walk,
};
#define CALLS (sizeof calls / sizeof calls[0])

ROW(X33) {
    HANDLE heaps[] = {growable_heap(), process_heap()};
    for (int i = 0; i < 2; i++) {
        for (size_t j = 0; j < CALLS; j++) {
            AT(j);
            struct call call = {heaps[i], 0, block(heaps[i], 40)};
            struct task task;
            CHECK(HeapLock(heaps[i]));
            start(&task, calls[j], &call);
            CHECK(!ends_within(&task, A_WHILE / 2));
            CHECK(HeapUnlock(heaps[i]));
            finish(&task);
        }
    }
}

// All but the last, HeapWalk, have the flag HEAP_NO_SERIALIZE.
ROW(X34) {
    HANDLE h = growable_heap();
    for (size_t j = 0; j + 1 < CALLS; j++) {
        AT(j);
        struct call call = {h, HEAP_NO_SERIALIZE, block(h, 40)};
        struct task task;
        CHECK(HeapLock(h));
        start(&task, calls[j], &call);
        CHECK(ends_within(&task, PATIENCE));
        CHECK(HeapUnlock(h));
        finish(&task);
    }
    CHECK(HeapValidate(h, 0, NULL));
}

// The flag of one call ends with the call, and flags 0 on a heap without lock mean no lock.
ROW(X35) {
    HANDLE h = growable_heap();
    struct task task;
    struct call call = {h, 0, NULL};
    CHECK(HeapFree(h, HEAP_NO_SERIALIZE, HeapAlloc(h, HEAP_NO_SERIALIZE, 40)));
    CHECK(HeapLock(h));
    start(&task, call_alloc, &call);
    CHECK(!ends_within(&task, A_WHILE));
    CHECK(HeapUnlock(h));
    finish(&task);
    HANDLE n = unserialized_heap();
    struct call unserialized = {n, 0, NULL};
    CHECK(HeapLock(n));
    for (size_t j = 0; j < CALLS; j++) {
        AT(j);
        unserialized.memory = block(n, 40);
        start(&task, calls[j], &unserialized);
        finish(&task);
    }
    CHECK(HeapUnlock(n));
}

static void moveable(void *unused) {
    (void)unused;
    HGLOBAL handle = GlobalAlloc(GMEM_MOVEABLE, 100);
    CHECK(handle != NULL);
    CHECK(GlobalFree(handle) == NULL);
    CHECK(LocalFree(LocalAlloc(LMEM_FIXED, 100)) == NULL);
}

ROW(X36) {
    struct task task;
    CHECK(HeapLock(process_heap()));
    start(&task, moveable, NULL);
    CHECK(!ends_within(&task, A_WHILE));
    moveable(NULL);
    CHECK(HeapUnlock(process_heap()));
    finish(&task);
}

ROW(X37) {
    HANDLE h = growable_heap();
    block(h, 100);
    CHECK(HeapLock(h));
    CHECK(HeapLock(h));
    CHECK(HeapDestroy(h));
    HANDLE next = growable_heap();
    elsewhere(lock_and_unlock, next);
}

static HANDLE counted_heap;
static volatile long counter;

static void count_under_lock(void *unused) {
    (void)unused;
    for (int i = 0; i < 20000; i++) {
        CHECK(HeapLock(counted_heap));
        long value = counter;
        if (i % 64 == 0) {
            CHECK(HeapFree(counted_heap, 0, block(counted_heap, 100)));
        }
        counter = value + 1;
        CHECK(HeapUnlock(counted_heap));
    }
}

ROW(X38) {
    struct task tasks[4];
    counted_heap = growable_heap();
    for (int i = 0; i < 4; i++) {
        start(&tasks[i], count_under_lock, NULL);
    }
    for (int i = 0; i < 4; i++) {
        CHECK(ends_within(&tasks[i], 3 * PATIENCE));
        finish(&tasks[i]);
    }
    EQUAL(counter, 80000);
}

static atomic_bool enough;

static void churn(void *heap) {
    void *blocks[32] = {NULL};
    uint32_t random = 39;
    while (!atomic_load(&enough)) {
        size_t i = next_random(&random) % 32;
        CHECK(HeapFree(heap, 0, blocks[i]));
        blocks[i] = block(heap, next_random(&random) % 2000);
    }
}

// While a thread holds the lock, threads in the middle of their work leave the heap as it is.
ROW(X39) {
    HANDLE heaps[] = {growable_heap(), process_heap()};
    for (int i = 0; i < 2; i++) {
        struct task tasks[2];
        atomic_store(&enough, false);
        start(&tasks[0], churn, heaps[i]);
        start(&tasks[1], churn, heaps[i]);
        struct walk *first = walk_of(growable_heap()), *second = walk_of(growable_heap());
        for (int round = 0; round < 20; round++) {
            AT(round);
            pause_for(3);
            CHECK(HeapLock(heaps[i]));
            walk_again(heaps[i], first);
            pause_for(10);
            walk_again(heaps[i], second);
            CHECK(HeapValidate(heaps[i], 0, NULL));
            CHECK(HeapUnlock(heaps[i]));
            CHECK(same_walk(first, second));
        }
        atomic_store(&enough, true);
        finish(&tasks[0]);
        finish(&tasks[1]);
    }
}

static atomic_bool may_end;

static void use_and_wait(void *heap) {
    CHECK(HeapFree(heap, 0, block(heap, 100)));
    block(heap, 200);
    atomic_store(&enough, true);
    while (!atomic_load(&may_end)) {
        pause_for(1);
    }
}

// A thread that has used the heap can end, and be waited for, while another one has it locked.
ROW(X53) {
    HANDLE heaps[] = {growable_heap(), fixed_heap()};
    for (int i = 0; i < 2; i++) {
        AT(i);
        struct task task;
        atomic_store(&enough, false);
        atomic_store(&may_end, false);
        start(&task, use_and_wait, heaps[i]);
        while (!atomic_load(&enough)) {
            pause_for(1);
        }
        CHECK(HeapLock(heaps[i]));
        atomic_store(&may_end, true);
        CHECK(ends_within(&task, PATIENCE));
        struct timespec limit;
        clock_gettime(CLOCK_REALTIME, &limit);
        limit.tv_sec += PATIENCE / 1000;
        EQUAL(pthread_timedjoin_np(task.thread, NULL, &limit), 0);
        CHECK(HeapUnlock(heaps[i]));
    }
}

static void use_unserialized(void *heap) {
    void *memory = HeapAlloc(heap, HEAP_NO_SERIALIZE, 100);
    CHECK(memory != NULL);
    CHECK(HeapFree(heap, HEAP_NO_SERIALIZE, memory));
}

// The same for a thread that begins meanwhile, and uses the heap without its lock.
ROW(X54) {
    HANDLE h = growable_heap();
    struct task task;
    CHECK(HeapLock(h));
    start(&task, use_unserialized, h);
    CHECK(ends_within(&task, PATIENCE));
    struct timespec limit;
    clock_gettime(CLOCK_REALTIME, &limit);
    limit.tv_sec += PATIENCE / 1000;
    EQUAL(pthread_timedjoin_np(task.thread, NULL, &limit), 0);
    CHECK(HeapUnlock(h));
}
