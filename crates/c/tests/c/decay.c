// What is left after a trim, and when memory goes back by itself.

#include "rule.h"

#include "crtheap.h"
#include "heapapi.h"
#include "heapmin.h"

#include <limits.h>

#define SENTINEL 0xDEADBEEF
#define LONGEST 4294967295

static size_t sum(const struct heapmin_left *left) {
    return left->live + left->fragmented + left->cached + left->huge + left->metadata;
}

RULE(the_parts_of_a_report_add_up) {
    HANDLE heap = HeapCreate(0, 0, 0);
    static void *blocks[20000];
    for (int i = 0; i < 20000; i++) {
        blocks[i] = HeapAlloc(heap, 0, 1000);
        memset(blocks[i], 1, 1000);
    }
    for (int i = 0; i < 20000; i++) {
        if (i % 100 != 0) {
            CHECK(HeapFree(heap, 0, blocks[i]));
        }
    }
    struct heapmin_trimmed report;
    CHECK_EQUAL(heapmin_heap_trim(heap, &report), 1);
    CHECK_EQUAL(sum(&report.left), report.resident_after);
    CHECK_EQUAL(report.released, report.resident_before - report.resident_after);
    CHECK(report.released > 15 * MIB);
    // 200 blocks, each on a page or two of its own.
    CHECK(report.left.live >= 200 * 1000 && report.left.live < 200 * 1200);
    CHECK(report.left.fragmented >= 200 * 2800 && report.left.fragmented < 200 * 2 * 4096);
    CHECK(report.left.metadata > 0 && report.left.metadata < 2 * MIB);
    CHECK(report.left.cached < MIB && report.left.huge < 4 * MIB);
}

RULE(a_report_of_all_heaps_is_of_all_heaps) {
    struct heapmin_trimmed before, after;
    CHECK_EQUAL(heapmin_heap_trim(NULL, &before), 1);
    CHECK_EQUAL(sum(&before.left), before.resident_after);
    for (int i = 0; i < 3; i++) {
        void *block = HeapAlloc(HeapCreate(0, 0, 0), 0, 4 * MIB);
        memset(block, 1, 4 * MIB);
    }
    CHECK_EQUAL(heapmin_heap_trim(NULL, &after), 1);
    CHECK_EQUAL(sum(&after.left), after.resident_after);
    CHECK(after.left.live >= before.left.live + 12 * MIB);
    CHECK(after.left.live < before.left.live + 13 * MIB);
    CHECK(after.resident_before >= after.resident_after);
}

RULE(a_report_of_what_is_no_heap_is_zero) {
    HANDLE destroyed = HeapCreate(0, 0, 0);
    CHECK(HeapDestroy(destroyed));
    struct heapmin_trimmed report;
    memset(&report, 0xCD, sizeof report);
    CHECK_EQUAL(heapmin_heap_trim(destroyed, &report), 0);
    CHECK_EQUAL(report.resident_before + report.resident_after + report.released, 0);
    CHECK_EQUAL(sum(&report.left), 0);
}

RULE(heaps_go_by_the_process_until_they_are_set) {
    HANDLE heap = HeapCreate(0, 0, 0), own = HeapCreate(0, 0, 0);
    CHECK_EQUAL(heapmin_set_decay(own, 70), 1);
    const long times[] = {HEAPMIN_DECAY_NEVER, HEAPMIN_DECAY_AT_ONCE, 1, 2000, INT_MAX};
    for (int i = 0; i < 5; i++) {
        CHECK_EQUAL(heapmin_set_decay(NULL, times[i]), 1);
        CHECK_EQUAL(heapmin_decay(NULL), times[i]);
        CHECK_EQUAL(heapmin_decay(GetProcessHeap()), times[i]);
        CHECK_EQUAL(heapmin_decay(heap), times[i]);
        CHECK_EQUAL(heapmin_decay(own), 70);
        HANDLE later = HeapCreate(0, 0, 0);
        CHECK_EQUAL(heapmin_decay(later), times[i]);
        CHECK(HeapDestroy(later));
    }
    for (int i = 0; i < 5; i++) {
        CHECK_EQUAL(heapmin_set_decay(heap, times[i]), 1);
        CHECK_EQUAL(heapmin_decay(heap), times[i]);
        CHECK_EQUAL(heapmin_decay(own), 70);
        CHECK_EQUAL(heapmin_decay(NULL), INT_MAX);
    }
}

RULE(the_process_heap_is_set_with_the_process) {
    CHECK_EQUAL(heapmin_set_decay(GetProcessHeap(), 321), 1);
    CHECK_EQUAL(heapmin_decay(NULL), 321);
    CHECK_EQUAL(heapmin_decay((void *)_get_heap_handle()), 321);
}

// A heap's number is used again, its setting is not.
RULE(a_new_heap_has_nothing_of_a_destroyed_one) {
    CHECK_EQUAL(heapmin_set_decay(NULL, 500), 1);
    for (int i = 0; i < 50; i++) {
        HANDLE heap = HeapCreate(0, 0, 0);
        CHECK_EQUAL(heapmin_decay(heap), 500);
        CHECK_EQUAL(heapmin_set_decay(heap, i), 1);
        CHECK(HeapDestroy(heap));
        CHECK_EQUAL(heapmin_decay(heap), HEAPMIN_DECAY_NO_HEAP);
    }
}

RULE(the_longest_time_is_49_days) {
    CHECK_EQUAL(heapmin_set_decay(NULL, LONGEST), 1);
    // Some milliseconds less are as good.
    CHECK(heapmin_decay(NULL) <= LONGEST && heapmin_decay(NULL) > LONGEST - 1000);
}

RULE(what_is_no_time_is_refused_and_changes_nothing) {
    HANDLE heap = HeapCreate(0, 0, 0);
    CHECK(heapmin_set_decay(NULL, 400) && heapmin_set_decay(heap, 500));
    const long bad[] = {-2, -3, -1000, LONGEST + 1, LONGEST + 2, LONG_MAX, LONG_MIN};
    for (int i = 0; i < 7; i++) {
        SetLastError(SENTINEL);
        errno = 77;
        CHECK_EQUAL(heapmin_set_decay(NULL, bad[i]), 0);
        CHECK_EQUAL(heapmin_set_decay(heap, bad[i]), 0);
        CHECK_EQUAL(heapmin_decay(NULL), 400);
        CHECK_EQUAL(heapmin_decay(heap), 500);
        CHECK_EQUAL(GetLastError(), SENTINEL);
        CHECK_EQUAL(errno, 77);
    }
}

RULE(settings_of_what_is_no_heap_are_refused) {
    HANDLE destroyed = HeapCreate(0, 0, 0);
    CHECK(HeapDestroy(destroyed));
    static char foreign[65536] __attribute__((aligned(65536)));
    void *const bad[] = {destroyed, foreign, (char *)GetProcessHeap() + 1, (void *)65536,
                         (void *)UINTPTR_MAX};
    CHECK_EQUAL(heapmin_set_decay(NULL, 400), 1);
    for (int i = 0; i < 5; i++) {
        SetLastError(SENTINEL);
        errno = 77;
        CHECK_EQUAL(heapmin_set_decay(bad[i], 5), 0);
        CHECK_EQUAL(heapmin_decay(bad[i]), HEAPMIN_DECAY_NO_HEAP);
        CHECK_EQUAL(heapmin_decay(NULL), 400);
        CHECK_EQUAL(GetLastError(), SENTINEL);
        CHECK_EQUAL(errno, 77);
    }
}

// Whether this system tells of pressure or not, asking does no harm.
RULE(pressure_can_be_watched_and_left_alone_again) {
    void *block = HeapAlloc(GetProcessHeap(), 0, 100);
    memset(block, 1, 100);
    for (int i = 0; i < 10; i++) {
        SetLastError(SENTINEL);
        errno = 77;
        int can = heapmin_set_pressure(1);
        CHECK(can == 0 || can == 1);
        CHECK_EQUAL(heapmin_set_pressure(2), can);
        int off = heapmin_set_pressure(0);
        CHECK(off == 0 || off == 1);
        CHECK_EQUAL(GetLastError(), SENTINEL);
        CHECK_EQUAL(errno, 77);
    }
    CHECK(*(char *)block == 1);
    CHECK_EQUAL(HeapSize(GetProcessHeap(), 0, block), 100);
}

RULE(shows_the_setting_at_the_start) {
    printf("%ld\n", heapmin_decay(NULL));
}
