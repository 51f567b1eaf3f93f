// HeapLock and HeapUnlock (L01 to L10).

#include "tasks.h"
#include "walk.h"

static void lock_and_unlock(void *heap) {
    CHECK(HeapLock(heap));
    CHECK(HeapUnlock(heap));
}

static void alloc_and_free(void *heap) {
    CHECK(HeapFree(heap, 0, block(heap, 100)));
}

static void alloc_and_free_unserialized(void *heap) {
    void *memory = HeapAlloc(heap, HEAP_NO_SERIALIZE, 100);
    CHECK(memory != NULL);
    CHECK(HeapFree(heap, HEAP_NO_SERIALIZE, memory));
}

ROW(L01) {
    HANDLE heaps[] = {growable_heap(), unserialized_heap(), fixed_heap(), process_heap()};
    for (int i = 0; i < 4; i++) {
        AT(i);
        CHECK(MARKED(HeapLock(heaps[i])));
        ERROR_KEPT();
        CHECK(MARKED(HeapUnlock(heaps[i])));
        ERROR_KEPT();
    }
}

// While this thread holds the lock, the other one waits.
static void waits_for_unlock(HANDLE heap, void (*body)(void *)) {
    struct task task;
    CHECK(HeapLock(heap));
    start(&task, body, heap);
    CHECK(!ends_within(&task, A_WHILE));
    CHECK(HeapUnlock(heap));
    finish(&task);
}

ROW(L02) {
    waits_for_unlock(growable_heap(), lock_and_unlock);
    waits_for_unlock(process_heap(), lock_and_unlock);
    waits_for_unlock(fixed_heap(), lock_and_unlock);
}

ROW(L03) {
    HANDLE h = growable_heap();
    waits_for_unlock(h, alloc_and_free);
    // Also when the thread has used the heap before.
    elsewhere(alloc_and_free, h);
    waits_for_unlock(h, alloc_and_free);
    waits_for_unlock(process_heap(), alloc_and_free);
    waits_for_unlock(fixed_heap(), alloc_and_free);
}

ROW(L04) {
    HANDLE h = growable_heap();
    struct task task;
    CHECK(HeapLock(h));
    start(&task, alloc_and_free_unserialized, h);
    CHECK(ends_within(&task, PATIENCE));
    CHECK(HeapUnlock(h));
    finish(&task);
    CHECK(HeapValidate(h, 0, NULL));
}

static void use_unserialized(void *heap) {
    CHECK(HeapLock(heap));
    alloc_and_free(heap);
    CHECK(HeapUnlock(heap));
}

ROW(L05) {
    HANDLE n = unserialized_heap();
    struct task task;
    CHECK(HeapLock(n));
    start(&task, use_unserialized, n);
    finish(&task);
    CHECK(HeapUnlock(n));
}

ROW(L06) {
    HANDLE heaps[] = {growable_heap(), fixed_heap(), process_heap()};
    for (int i = 0; i < 3; i++) {
        AT(i);
        HANDLE heap = heaps[i];
        CHECK(HeapLock(heap));
        unsigned char *memory = block(heap, 100);
        paint(memory, 100, 6);
        memory = HeapReAlloc(heap, 0, memory, 3 * A);
        CHECK(memory != NULL);
        CHECK(painted(memory, 100, 6));
        EQUAL(HeapSize(heap, 0, memory), 3 * A);
        CHECK(HeapValidate(heap, 0, memory));
        CHECK(HeapValidate(heap, 0, NULL));
        forget(walk_of(heap));
        HeapCompact(heap, 0);
        HEAP_SUMMARY summary = {.cb = sizeof summary};
        CHECK(HeapSummary(heap, 0, &summary));
        CHECK(HeapFree(heap, 0, memory));
        CHECK(HeapUnlock(heap));
    }
}

ROW(L07) {
    HANDLE h = growable_heap();
    struct task task;
    CHECK(HeapLock(h));
    CHECK(HeapLock(h));
    start(&task, lock_and_unlock, h);
    CHECK(!ends_within(&task, A_WHILE));
    CHECK(HeapUnlock(h));
    CHECK(!ends_within(&task, A_WHILE));
    CHECK(HeapUnlock(h));
    finish(&task);
}

// Enough blocks of one size for Windows to change over to its other allocator.
static void activate_fragmentation_heap(HANDLE heap) {
    for (int i = 0; i < 40; i++) {
        block(heap, 100);
    }
}

ROW(L08) {
    HANDLE h = growable_heap();
    activate_fragmentation_heap(h);
    waits_for_unlock(h, lock_and_unlock);
}

// Windows lets the other thread allocate; waiting is what is documented.
ROW(L09) {
    HANDLE h = growable_heap();
    activate_fragmentation_heap(h);
    waits_for_unlock(h, alloc_and_free);
}

ROW(L10) {
    HANDLE h1 = growable_heap();
    HANDLE h2 = growable_heap();
    struct task task;
    CHECK(HeapLock(h1));
    start(&task, lock_and_unlock, h2);
    finish(&task);
    start(&task, alloc_and_free, h2);
    finish(&task);
    start(&task, alloc_and_free, process_heap());
    finish(&task);
    CHECK(HeapUnlock(h1));
}
