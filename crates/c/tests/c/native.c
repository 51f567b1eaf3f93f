// heapmin's own functions.

#include "rule.h"

#include "heapapi.h"
#include "heapmin.h"

#include <stdatomic.h>

#define SENTINEL 0xDEADBEEF

RULE(the_version_is_that_of_the_header) {
    CHECK(strcmp(heapmin_version(), HEAPMIN_VERSION) == 0);
}

RULE(a_trim_gives_back_what_was_freed) {
    static void *blocks[20000];
    for (int i = 0; i < 20000; i++) {
        blocks[i] = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, 1000);
        memset(blocks[i], 1, 1000);
    }
    for (int i = 1; i < 20000; i++) {
        CHECK(HeapFree(GetProcessHeap(), 0, blocks[i]));
    }
    CHECK(heapmin_trim() > 10 * MIB);
    CHECK(*(char *)blocks[0] == 1);
    CHECK_EQUAL(HeapSize(GetProcessHeap(), 0, blocks[0]), 1000);
}

RULE(a_report_tells_what_a_trim_did) {
    HANDLE heap = HeapCreate(0, 0, 0);
    void *block = HeapAlloc(heap, 0, 8 * MIB);
    memset(block, 1, 8 * MIB);
    CHECK(HeapFree(heap, 0, block));
    struct heapmin_trimmed report;
    CHECK_EQUAL(heapmin_heap_trim(heap, &report), 1);
    CHECK(report.resident_before >= report.resident_after);
    CHECK_EQUAL(report.released, report.resident_before - report.resident_after);
    CHECK_EQUAL(heapmin_heap_trim(heap, NULL), 1);
    CHECK_EQUAL(heapmin_heap_trim(NULL, &report), 1);
    CHECK_EQUAL(heapmin_heap_trim(NULL, NULL), 1);
}

RULE(a_summary_counts_to_the_byte) {
    HANDLE heap = HeapCreate(0, 0, 0);
    struct heapmin_summary summary;
    CHECK_EQUAL(heapmin_heap_summary(heap, &summary), 1);
    CHECK_EQUAL(summary.heaps, 1);
    CHECK_EQUAL(summary.blocks, 0);
    CHECK_EQUAL(summary.allocated, 0);
    CHECK(HeapAlloc(heap, 0, 17) && HeapAlloc(heap, 0, 0) && HeapAlloc(heap, 0, 5 * MIB + 1));
    CHECK_EQUAL(heapmin_heap_summary(heap, &summary), 1);
    CHECK_EQUAL(summary.blocks, 3);
    CHECK_EQUAL(summary.allocated, 17 + 5 * MIB + 1);
    CHECK(summary.committed >= summary.allocated && summary.reserved >= summary.committed);
    CHECK_EQUAL(summary.largest_free, HeapCompact(heap, 0));
}

RULE(a_summary_of_all_heaps_counts_them_all) {
    struct heapmin_summary before, after;
    CHECK_EQUAL(heapmin_heap_summary(NULL, &before), 1);
    CHECK_EQUAL(before.heaps, GetProcessHeaps(0, NULL));
    HANDLE one = HeapCreate(0, 0, 0), other = HeapCreate(0, 0, 0);
    CHECK(HeapAlloc(one, 0, 100) && HeapAlloc(other, 0, 23));
    CHECK_EQUAL(heapmin_heap_summary(NULL, &after), 1);
    CHECK_EQUAL(after.heaps, before.heaps + 2);
    CHECK_EQUAL(after.blocks, before.blocks + 2);
    CHECK_EQUAL(after.allocated, before.allocated + 123);
}

RULE(intact_heaps_are_found_intact) {
    HANDLE heap = HeapCreate(0, 0, 0);
    CHECK(HeapAlloc(heap, 0, 100));
    struct heapmin_damage damage;
    memset(&damage, 0xCD, sizeof damage);
    CHECK_EQUAL(heapmin_validate(heap, &damage), HEAPMIN_INTACT);
    CHECK(damage.kind == HEAPMIN_INTACT && damage.heap == NULL);
    CHECK(damage.address == NULL && damage.size == 0);
    CHECK_EQUAL(heapmin_validate(NULL, &damage), HEAPMIN_INTACT);
    CHECK_EQUAL(heapmin_validate(NULL, NULL), HEAPMIN_INTACT);
}

static HANDLE locked;
static atomic_int done;

static void *makes_heaps_with_one_locked(void *nothing) {
    for (int i = 0; i < 200; i++) {
        CHECK(HeapLock(locked));
        usleep(500);
        HANDLE heap = HeapCreate(0, 0, 0);
        CHECK(heap != NULL && HeapDestroy(heap));
        CHECK(HeapUnlock(locked));
    }
    atomic_store(&done, 1);
    return nothing;
}

// Whoever holds a heap's lock may make others, while all of them are looked at.
RULE(looking_at_all_heaps_holds_up_nobody) {
    alarm(30);
    locked = HeapCreate(0, 0, 0);
    pthread_t other;
    CHECK(pthread_create(&other, NULL, makes_heaps_with_one_locked, NULL) == 0);
    while (!atomic_load(&done)) {
        struct heapmin_summary summary;
        CHECK_EQUAL(heapmin_validate(NULL, NULL), HEAPMIN_INTACT);
        CHECK_EQUAL(heapmin_heap_summary(NULL, &summary), 1);
        CHECK_EQUAL(heapmin_heap_trim(NULL, NULL), 1);
        CHECK(summary.heaps == 2 || summary.heaps == 3);
    }
    CHECK(pthread_join(other, NULL) == 0);
}

RULE(an_overrun_is_named) {
    CHECK(HeapCreate(0, 0, 0));
    HANDLE heap = HeapCreate(0, 0, 0);
    CHECK(HeapAlloc(heap, 0, 21));
    char *block = HeapAlloc(heap, 0, 21);
    CHECK(HeapAlloc(heap, 0, 21));
    char byte = block[21];
    block[21] = (char)~byte;
    for (int all = 0; all < 2; all++) {
        struct heapmin_damage damage;
        CHECK_EQUAL(heapmin_validate(all ? NULL : heap, &damage), HEAPMIN_OVERRUN);
        CHECK_EQUAL(damage.kind, HEAPMIN_OVERRUN);
        CHECK(damage.heap == heap && damage.address == block);
        CHECK(damage.size >= 21 && damage.size < 64);
        char text[400], expected[64];
        CHECK(heapmin_damage_text(&damage, text, sizeof text) == strlen(text));
        snprintf(expected, sizeof expected, "heap %p: ", heap);
        CHECK(strncmp(text, expected, strlen(expected)) == 0);
        snprintf(expected, sizeof expected, "%p", (void *)block);
        CHECK(strstr(text, expected) != NULL);
        snprintf(expected, sizeof expected, " %zu ", damage.size);
        CHECK(strstr(text, expected) != NULL);
    }
    block[21] = byte;
    CHECK_EQUAL(heapmin_validate(heap, NULL), HEAPMIN_INTACT);
}

RULE(a_damage_text_is_cut_to_the_buffer) {
    struct heapmin_damage damage = {(void *)0x10000, (void *)0x12340, 77, HEAPMIN_OVERRUN};
    char whole[400], part[400];
    size_t length = heapmin_damage_text(&damage, whole, sizeof whole);
    CHECK(length == strlen(whole) && length > 20);
    CHECK(heapmin_damage_text(&damage, NULL, 0) == length);
    for (size_t size = 1; size <= length + 2; size++) {
        memset(part, '#', sizeof part);
        CHECK(heapmin_damage_text(&damage, part, size) == length);
        size_t written = size - 1 < length ? size - 1 : length;
        CHECK_AT(memcmp(part, whole, written) == 0 && part[written] == '\0', size);
        CHECK_AT(part[written + 1] == '#', size);
    }
}

RULE(every_kind_of_damage_has_a_text) {
    char texts[7][400];
    for (int kind = -1; kind < 6; kind++) {
        struct heapmin_damage damage = {(void *)0x10000, (void *)0x12340, 77, kind};
        CHECK_AT(heapmin_damage_text(&damage, texts[kind + 1], 400) > 10, kind);
        for (int other = 0; other < kind + 1; other++) {
            CHECK_AT(strcmp(texts[other], texts[kind + 1]) != 0, kind);
        }
    }
    CHECK(heapmin_damage_text(NULL, texts[0], 400) > 0);
    CHECK(strcmp(texts[0], texts[HEAPMIN_INTACT + 1]) == 0);
}

RULE(what_is_no_heap_is_refused) {
    HANDLE destroyed = HeapCreate(0, 0, 0);
    CHECK(HeapDestroy(destroyed));
    static char foreign[65536] __attribute__((aligned(65536)));
    void *const bad[] = {destroyed, foreign, (char *)GetProcessHeap() + 1, (void *)65536,
                         (void *)UINTPTR_MAX};
    for (int i = 0; i < 5; i++) {
        SetLastError(SENTINEL);
        errno = 77;
        struct heapmin_trimmed report = {1, 2, 3};
        CHECK_EQUAL(heapmin_heap_trim(bad[i], &report), 0);
        CHECK(report.resident_before + report.resident_after + report.released == 0);
        struct heapmin_summary summary = {1, 2, 3, 4, 5, 6};
        CHECK_EQUAL(heapmin_heap_summary(bad[i], &summary), 0);
        CHECK(summary.heaps + summary.blocks + summary.largest_free == 0);
        struct heapmin_damage damage;
        CHECK_EQUAL(heapmin_validate(bad[i], &damage), HEAPMIN_NO_HEAP);
        CHECK_EQUAL(damage.kind, HEAPMIN_NO_HEAP);
        CHECK_EQUAL(GetLastError(), SENTINEL);
        CHECK_EQUAL(errno, 77);
    }
}
