// malloc_trim(3), mallinfo(3), malloc_stats(3), malloc_info(3), mallopt(3).

#include "rule.h"

enum { COUNT = 400000 };
static void *blocks[COUNT];

static void allocate_all(size_t size) {
    for (int i = 0; i < COUNT; i++) {
        blocks[i] = malloc(size);
        CHECK(blocks[i] != NULL);
        memset(blocks[i], 1, size);
    }
}

RULE(malloc_trim_gives_back_what_was_freed_and_says_so) {
    allocate_all(200);
    size_t full = resident();
    // The last one stays, so that no allocator can return the memory by lowering one end.
    for (int i = 0; i < COUNT - 1; i++) {
        free(blocks[i]);
    }
    size_t before = resident();
    CHECK(malloc_trim(0) == 1 || before < full - 60 * MIB);
    CHECK_AT(resident() < full - 60 * MIB, resident());
    free(blocks[COUNT - 1]);
}

RULE(malloc_trim_leaves_live_blocks_alone) {
    allocate_all(200);
    for (int i = 0; i < COUNT; i++) {
        if (i % 10 != 0) {
            free(blocks[i]);
        }
    }
    malloc_trim(0);
    for (int i = 0; i < COUNT; i += 10) {
        CHECK_AT(filled(blocks[i], 200, 1), i);
        free(blocks[i]);
    }
    malloc_trim(1 << 20);
}

RULE(malloc_trim_with_nothing_to_give_back_says_so) {
    malloc_trim(0);
    malloc_trim(0);
    CHECK(malloc_trim(0) == 0);
}

RULE(mallinfo2_counts_live_and_free_bytes) {
    struct mallinfo2 start = mallinfo2();
    allocate_all(200);
    struct mallinfo2 full = mallinfo2();
    CHECK(full.uordblks + full.hblkhd >= start.uordblks + start.hblkhd + (size_t)COUNT * 200);
    CHECK(full.uordblks + full.hblkhd <= start.uordblks + start.hblkhd + (size_t)COUNT * 260);
    CHECK(full.arena == full.uordblks + full.fordblks);
    for (int i = 0; i < COUNT - 1; i++) {
        free(blocks[i]);
    }
    struct mallinfo2 empty = mallinfo2();
    CHECK(empty.uordblks + empty.hblkhd < start.uordblks + start.hblkhd + MIB);
    free(blocks[COUNT - 1]);
}

RULE(mallinfo2_counts_huge_blocks_apart) {
    struct mallinfo2 before = mallinfo2();
    void *block = malloc(500 * MIB);
    struct mallinfo2 after = mallinfo2();
    CHECK(after.hblks == before.hblks + 1);
    CHECK(after.hblkhd >= before.hblkhd + 500 * MIB);
    CHECK(after.hblkhd < before.hblkhd + 520 * MIB);
    free(block);
    CHECK(mallinfo2().hblks == before.hblks);
}

#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

RULE(mallinfo_says_the_same_in_ints) {
    allocate_all(100);
    struct mallinfo narrow = mallinfo();
    struct mallinfo2 wide = mallinfo2();
    CHECK((size_t)narrow.uordblks == wide.uordblks);
    CHECK((size_t)narrow.arena == wide.arena);
}

RULE(malloc_stats_writes_to_the_stderr_stream) {
    FILE *file = tmpfile(), *before = stderr;
    CHECK(file != NULL);
    stderr = file;
    malloc_stats();
    stderr = before;
    CHECK(ftell(file) > 50);
    fclose(file);
}

// Checks that elements are closed and counts the totals.
static void check_xml(char *text) {
    int depth = 0, totals = 0;
    CHECK(strncmp(text, "<malloc version=\"1\">", 20) == 0);
    for (char *at = strchr(text, '<'); at != NULL; at = strchr(at + 1, '<')) {
        char *end = strchr(at, '>');
        CHECK(end != NULL);
        totals += strncmp(at, "<total type=\"rest\" count=\"", 26) == 0;
        depth += at[1] == '/' ? -1 : end[-1] == '/' ? 0 : 1;
        CHECK(depth >= 0);
    }
    CHECK(depth == 0);
    CHECK(totals >= 2);
    CHECK(strcmp(text + strlen(text) - 10, "</malloc>\n") == 0);
}

RULE(malloc_info_writes_well_formed_xml) {
    allocate_all(100);
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    CHECK(malloc_info(0, stream) == 0);
    CHECK(fclose(stream) == 0);
    check_xml(text);
    free(text);
}

RULE(malloc_info_refuses_options) {
    CHECK(malloc_info(1, stderr) != 0);
    CHECK(malloc_info(-1, stderr) != 0);
}

RULE(mallopt_accepts_and_refuses_what_glibc_does) {
    CHECK(mallopt(M_TRIM_THRESHOLD, 1 << 20) == 1);
    CHECK(mallopt(M_TOP_PAD, 0) == 1);
    CHECK(mallopt(M_MMAP_MAX, 100) == 1);
    CHECK(mallopt(M_CHECK_ACTION, 3) == 1);
    CHECK(mallopt(M_PERTURB, 0) == 1);
    CHECK(mallopt(M_ARENA_TEST, 2) == 1);
    CHECK(mallopt(M_ARENA_MAX, 2) == 1);
    CHECK(mallopt(M_MXFAST, 0) == 1);
    CHECK(mallopt(M_MXFAST, 160) == 1);
    CHECK(mallopt(M_MXFAST, 161) == 0);
    CHECK(mallopt(M_MXFAST, -1) == 0);
    CHECK(mallopt(M_MMAP_THRESHOLD, 0) == 1);
    CHECK(mallopt(M_MMAP_THRESHOLD, 32 << 20) == 1);
    CHECK(mallopt(12345, 1) == 1);
    free(malloc(100));
}
