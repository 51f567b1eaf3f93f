// The debug heap: its state at a moment, and differences between two.

#include "debug.h"

ROW(D24) {
    _CrtMemState state;
    listen();
    set_up();
    _CrtMemCheckpoint(NULL);
    ERRNO_AND_HANDLER("_CrtMemCheckpoint(NULL)", EINVAL, 1);
    _CrtMemCheckpoint(&state);
    REFUSES(_CrtMemDifference(NULL, &state, &state), 0);
    REFUSES(_CrtMemDifference(&state, NULL, &state), 0);
    REFUSES(_CrtMemDifference(&state, &state, NULL), 0);
    listen();
    set_up();
    _CrtMemDumpStatistics(NULL);
    ERRNO_AND_HANDLER("_CrtMemDumpStatistics(NULL)", EINVAL, 1);
    EQUAL(reports[_CRT_WARN], 0);
}

ROW(D25) {
    _CrtMemState before, after, difference;
    _CrtMemCheckpoint(&before);
    void *block = malloc(100);
    _CrtMemCheckpoint(&after);
    GIVES(_CrtMemDifference(&difference, &before, &after), 1);
    EQUAL(difference.lCounts[_NORMAL_BLOCK], 1);
    EQUAL(difference.lSizes[_NORMAL_BLOCK], 100);
    for (int type = 0; type < _MAX_BLOCKS; type++) {
        HOLDS_AT(type == _NORMAL_BLOCK || difference.lCounts[type] == 0, type);
    }
    free(block);
}

ROW(D26) {
    _CrtMemState before, after, difference;
    _CrtMemCheckpoint(&before);
    free(malloc(100));
    _CrtMemCheckpoint(&after);
    GIVES(_CrtMemDifference(&difference, &before, &after), 0);
}

ROW(D27) {
    _CrtMemState before, after, difference;
    _CrtMemCheckpoint(&before);
    HOLDS(_malloc_dbg(100, _CRT_BLOCK, NULL, 0) != NULL);
    _CrtMemCheckpoint(&after);
    GIVES(_CrtMemDifference(&difference, &before, &after), 0);
    _CrtSetDbgFlag(_CRTDBG_ALLOC_MEM_DF | _CRTDBG_CHECK_CRT_DF);
    GIVES(_CrtMemDifference(&difference, &before, &after), 1);
    EQUAL(difference.lCounts[_CRT_BLOCK], 1);
    EQUAL(difference.lSizes[_CRT_BLOCK], 100);
}

ROW(D28) {
    listen();
    GIVES(_CrtDumpMemoryLeaks(), 0);
    free(malloc(100));
    GIVES(_CrtDumpMemoryLeaks(), 0);
    SILENT();
}

ROW(D33) {
    _CrtMemState state;
    memset(&state, 0, sizeof state);
    for (size_t type = 0; type < _MAX_BLOCKS; type++) {
        state.lCounts[type] = 10 + type;
        state.lSizes[type] = 1000 + type;
    }
    state.lHighWaterCount = 3071;
    state.lTotalCount = 3764;
    listen();
    QUIETLY(_CrtMemDumpStatistics(&state));
    static const char *const starts[] = {
        "1000 bytes in 10 Free Blocks.", "1001 bytes in 11 Normal Blocks.", "1002 bytes in 12 CRT Blocks.",
        "1003 bytes in 13 Ignore Blocks.", "1004 bytes in 14 Client Blocks.",
    };
    const char *line = said;
    for (int i = 0; i < 7; i++) {
        const char *end = strchr(line, '\n');
        HOLDS_AT(end != NULL, i);
        if (i < 5) {
            EQUAL(strncmp(line, starts[i], strlen(starts[i])), 0);
        }
        const char *number = i == 5 ? "3071 bytes" : i == 6 ? "3764 bytes" : "bytes";
        const char *place = strstr(line, number);
        HOLDS_AT(place != NULL && place < end, i);
        line = end + 1;
    }
    TEXT(line, "");
    EQUAL(reports[_CRT_WARN], reports_of_all_types());
}

ROW(D37) {
    EQUAL(sizeof(_CrtMemState), 104);
    EQUAL(offsetof(_CrtMemState, pBlockHeader), 0);
    EQUAL(offsetof(_CrtMemState, lCounts), 8);
    EQUAL(offsetof(_CrtMemState, lSizes), 48);
    EQUAL(offsetof(_CrtMemState, lHighWaterCount), 88);
    EQUAL(offsetof(_CrtMemState, lTotalCount), 96);
}

// Every type is counted apart, in blocks and bytes.
ROW(K79) {
    _CrtMemState before, after, difference;
    _CrtMemCheckpoint(&before);
    for (int i = 0; i < 3; i++) {
        malloc(100);
    }
    _malloc_dbg(50, _CLIENT_BLOCK | 9 << 16, NULL, 0);
    _malloc_dbg(51, _CLIENT_BLOCK, NULL, 0);
    _CrtSetDbgFlag(0);
    malloc(7);
    _CrtSetDbgFlag(_CRTDBG_ALLOC_MEM_DF | _CRTDBG_DELAY_FREE_MEM_DF);
    free(malloc(33));
    _CrtMemCheckpoint(&after);
    HOLDS(_CrtMemDifference(&difference, &before, &after));
    static const size_t counts[] = {1, 3, 0, 1, 2};
    static const size_t sizes[] = {33, 300, 0, 7, 101};
    for (size_t type = 0; type < _MAX_BLOCKS; type++) {
        EQUAL_AT(difference.lCounts[type], counts[type], type);
        EQUAL_AT(difference.lSizes[type], sizes[type], type);
    }
}

// Free blocks are no difference, and blocks that were ignored neither.
ROW(K80) {
    _CrtMemState before, after, difference;
    _CrtSetDbgFlag(_CRTDBG_ALLOC_MEM_DF | _CRTDBG_DELAY_FREE_MEM_DF);
    _CrtMemCheckpoint(&before);
    free(malloc(33));
    _CrtSetDbgFlag(0);
    malloc(7);
    _CrtSetDbgFlag(_CRTDBG_ALLOC_MEM_DF);
    _CrtMemCheckpoint(&after);
    EQUAL(_CrtMemDifference(&difference, &before, &after), 0);
    void *client = _malloc_dbg(1, _CLIENT_BLOCK, NULL, 0);
    _CrtMemCheckpoint(&after);
    EQUAL(_CrtMemDifference(&difference, &before, &after), 1);
    _free_dbg(client, _CLIENT_BLOCK);
    // Fewer is a difference as well, and so are other sizes.
    void *block = malloc(10);
    _CrtMemCheckpoint(&before);
    free(block);
    _CrtMemCheckpoint(&after);
    EQUAL(_CrtMemDifference(&difference, &before, &after), 1);
    block = malloc(10);
    _CrtMemCheckpoint(&before);
    block = realloc(block, 11);
    _CrtMemCheckpoint(&after);
    EQUAL(_CrtMemDifference(&difference, &before, &after), 1);
    EQUAL(difference.lCounts[_NORMAL_BLOCK], 0);
    EQUAL(difference.lSizes[_NORMAL_BLOCK], 1);
    HOLDS(block != NULL);
}

// The largest number of bytes at one time, and the bytes of all allocations so far.
ROW(K81) {
    _CrtMemState before, after;
    void *kept = malloc(1000);
    _CrtMemCheckpoint(&before);
    HOLDS(before.lHighWaterCount >= 1000);
    HOLDS(before.lTotalCount >= 1000);
    for (int i = 0; i < 10; i++) {
        free(malloc(5000));
    }
    _CrtMemCheckpoint(&after);
    EQUAL(after.lTotalCount - before.lTotalCount, 50000);
    EQUAL(after.lHighWaterCount, 6000);
    free(kept);
    _CrtMemCheckpoint(&after);
    EQUAL(after.lHighWaterCount, 6000);
}

// The newest block is the first of the list.
ROW(K82) {
    _CrtMemState state;
    void *one = malloc(10);
    _CrtMemCheckpoint(&state);
    SAME((char *)state.pBlockHeader + HEADER, one);
    void *other = malloc(10);
    _CrtMemCheckpoint(&state);
    SAME((char *)state.pBlockHeader + HEADER, other);
    free(other);
    _CrtMemCheckpoint(&state);
    SAME((char *)state.pBlockHeader + HEADER, one);
    free(one);
    _CrtMemCheckpoint(&state);
    SAME(state.pBlockHeader, NULL);
}
