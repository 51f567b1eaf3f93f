// The debug heap: its flags, what its checks find and when they run.

#include "debug.h"

ROW(D01) {
    GIVES(_CrtSetDbgFlag(-1), 1);
    EQUAL(_CRTDBG_REPORT_FLAG, -1);
}

ROW(D02) {
    GIVES(_CrtSetDbgFlag(0x21), 1);
    GIVES(_CrtSetDbgFlag(-1), 0x21);
    // No leak is reported when the process ends.
    GIVES(_CrtSetDbgFlag(1), 0x21);
}

ROW(D03) {
    listen();
    static const int bad[] = {0x08, 0x40, 0x80, 0x8000, 0x41, (int)0x80100040};
    _CrtSetDbgFlag(0x13);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        REFUSES(_CrtSetDbgFlag(bad[i]), 0x13);
        GIVES(_CrtSetDbgFlag(-1), 0x13);
    }
    GIVES(_CrtSetDbgFlag(0x04000037), 0x13);
    GIVES(_CrtSetDbgFlag(1), 0x04000037);
}

ROW(D10) {
    listen();
    char *block = malloc(10);
    EQUAL(_CrtCheckMemory(), 1);
    SILENT();
    block[10] = 0;
    EQUAL(_CrtCheckMemory(), 0);
    HOLDS(reports_of_all_types() > 0);
    SAID(text_of("{%d}", (int)request_of(block, 10)));
    block[10] = (char)0xFD;
    EQUAL(_CrtCheckMemory(), 1);
}

ROW(D11) {
    listen();
    char *block = malloc(10);
    block[10] = 0;
    _CrtSetDbgFlag(0);
    EQUAL(_CrtCheckMemory(), 1);
    SILENT();
}

ROW(D12) {
    _CrtMemState state;
    unsigned char *block = malloc(100);
    _CrtSetDbgFlag(_CRTDBG_ALLOC_MEM_DF | _CRTDBG_DELAY_FREE_MEM_DF);
    free(block);
    BYTES(block, 0, 100, 0xDD);
    TYPE_IS(block, _FREE_BLOCK);
    _CrtMemCheckpoint(&state);
    EQUAL(state.lCounts[_FREE_BLOCK], 1);
    EQUAL(state.lSizes[_FREE_BLOCK], 100);
    EQUAL(state.lCounts[_NORMAL_BLOCK], 0);
    SAME((unsigned char *)state.pBlockHeader + HEADER, block);
}

ROW(D13) {
    listen();
    unsigned char *block = malloc(100);
    _CrtSetDbgFlag(_CRTDBG_ALLOC_MEM_DF | _CRTDBG_DELAY_FREE_MEM_DF);
    free(block);
    EQUAL(_CrtCheckMemory(), 1);
    SILENT();
    block[50] = 0;
    EQUAL(_CrtCheckMemory(), 0);
    HOLDS(reports_of_all_types() > 0);
    block[50] = 0xDD;
    EQUAL(_CrtCheckMemory(), 1);
}

ROW(D20) {
    GIVES(_CrtSetBreakAlloc(5), -1);
    GIVES(_CrtSetBreakAlloc(-1), 5);
}

// Each side of a block: the report names the side, the type, the number and the address.
static void damage_is_named(unsigned char *damaged, unsigned char *block, const char *side, const char *type) {
    listen();
    const int32_t request = request_of(block, 100);
    const unsigned char kept = *damaged;
    *damaged ^= 0xFF;
    EQUAL(_CrtCheckMemory(), 0);
    SAID(side);
    SAID(type);
    SAID(text_of("{%d}", (int)request));
    SAID(text_of("%llX", (unsigned long long)(uintptr_t)block));
    *damaged = kept;
    EQUAL(_CrtCheckMemory(), 1);
}

ROW(K61) {
    unsigned char *block = malloc(100);
    unsigned char *client = _malloc_dbg(100, _CLIENT_BLOCK | 5 << 16, NULL, 0);
    for (int i = 0; i < GUARD; i++) {
        damage_is_named(block - 1 - i, block, "before", "ormal");
        damage_is_named(block + 100 + i, block, "after", "ormal");
        damage_is_named(client - 1 - i, client, "before", "lient");
        damage_is_named(client + 100 + i, client, "after", "lient");
    }
    block[0] = block[99] = 0;
    EQUAL(_CrtCheckMemory(), 1);
}

// Every function that takes a block checks its guards when it frees it.
ROW(K62) {
    for (int which = 0; which < 4; which++) {
        listen();
        unsigned char *block = which < 2 ? malloc(100) : _aligned_malloc(100, 64);
        if (which < 2) {
            block[which == 0 ? 100 : -1] ^= 0xFF;
            free(block);
            SAID(which == 0 ? "after" : "before");
        } else {
            block[which == 2 ? 100 : -1] ^= 0xFF;
            _aligned_free(block);
        }
        HOLDS_AT(reports_of_all_types() > 0, which);
    }
    EQUAL(_CrtCheckMemory(), 1);
}

// A check of the whole heap finds what is wrong with the heap below as well.
ROW(K63) {
    listen();
    unsigned char *below = _malloc_base(61);
    EQUAL(_CrtCheckMemory(), 1);
    below[61] ^= 0xFF;
    EQUAL(_CrtCheckMemory(), 0);
    HOLDS(reports_of_all_types() > 0);
    below[61] ^= 0xFF;
    EQUAL(_CrtCheckMemory(), 1);
}

// Freed blocks are kept as long as they have to be, and don't come back.
ROW(K64) {
    listen();
    _CrtMemState state;
    void *blocks[50];
    _CrtSetDbgFlag(_CRTDBG_ALLOC_MEM_DF | _CRTDBG_DELAY_FREE_MEM_DF);
    for (int i = 0; i < 50; i++) {
        blocks[i] = malloc(100);
        free(blocks[i]);
        for (int j = 0; j < i; j++) {
            HOLDS(blocks[j] != blocks[i]);
        }
    }
    _CrtMemCheckpoint(&state);
    EQUAL(state.lCounts[_FREE_BLOCK], 50);
    EQUAL(state.lSizes[_FREE_BLOCK], 5000);
    EQUAL(_CrtDumpMemoryLeaks(), 0);
    // A block that realloc moved away from is freed in the same way.
    void *block = fill_pattern(malloc(100), 100, 1);
    void *moved = realloc(block, 200 * KIB);
    PATTERN(moved, 100, 1);
    if (moved != block) {
        BYTES(block, 0, 100, 0xDD);
        TYPE_IS(block, _FREE_BLOCK);
    }
    free(moved);
    EQUAL(_CrtCheckMemory(), 1);
    // With the flag off frees are frees again.
    _CrtSetDbgFlag(_CRTDBG_ALLOC_MEM_DF);
    _CrtMemCheckpoint(&state);
    const size_t kept = state.lCounts[_FREE_BLOCK];
    free(malloc(100));
    _CrtMemCheckpoint(&state);
    HOLDS(state.lCounts[_FREE_BLOCK] <= kept);
    SILENT();
}

// Flags take effect at once: what was made before keeps its type.
ROW(K65) {
    void *before = malloc(10);
    _CrtSetDbgFlag(0);
    void *meanwhile = malloc(10);
    _CrtSetDbgFlag(_CRTDBG_ALLOC_MEM_DF);
    void *after = malloc(10);
    TYPE_IS(before, _NORMAL_BLOCK);
    TYPE_IS(meanwhile, _IGNORE_BLOCK);
    TYPE_IS(after, _NORMAL_BLOCK);
    free(before);
    free(meanwhile);
    free(after);
    meanwhile = _malloc_dbg(10, _IGNORE_BLOCK, NULL, 0);
    TYPE_IS(meanwhile, _IGNORE_BLOCK);
    _free_dbg(meanwhile, _IGNORE_BLOCK);
    EQUAL(_CrtCheckMemory(), 1);
}

// The variable is the flags.
ROW(K66) {
    EQUAL(_crtDbgFlag, 1);
    _crtDbgFlag |= _CRTDBG_CHECK_CRT_DF;
    EQUAL(_CrtSetDbgFlag(-1), 0x11);
    _crtDbgFlag = 1;
    EQUAL(_crtBreakAlloc, -1);
    _crtBreakAlloc = 7000;
    EQUAL(_CrtSetBreakAlloc(-1), 7000);
    EQUAL(_crtBreakAlloc, -1);
}

// At each call.
ROW(K67) {
    unsigned char *damaged = malloc(10);
    void *other = malloc(10);
    damaged[10] ^= 0xFF;
    _CrtSetDbgFlag(_CRTDBG_ALLOC_MEM_DF | _CRTDBG_CHECK_ALWAYS_DF);
    for (int call = 0; call < 4; call++) {
        listen();
        switch (call) {
        case 0: malloc(10); break;
        case 1: other = realloc(other, 20); break;
        case 2: _msize(other); break;
        case 3: free(other); break;
        }
        HOLDS_AT(reports_of_all_types() > 0, call);
    }
    listen();
    _CrtSetDbgFlag(_CRTDBG_ALLOC_MEM_DF);
    malloc(10);
    SILENT();
}

// Calls until a check runs, three times: malloc, realloc, _msize and free in turn.
static void one_call(int which) {
    static void *block;
    switch (which & 3) {
    case 0: block = malloc(1); break;
    case 1: block = realloc(block, 2); break;
    case 2: _msize(block); break;
    case 3: free(block); break;
    }
}

static void checks_every(int frequency, int flag) {
    int at[4] = {0};
    int found = 0;
    listen();
    _CrtSetDbgFlag(_CRTDBG_ALLOC_MEM_DF | flag);
    for (int call = 1; call <= 4 * frequency && found < 4; call++) {
        const int before = reports_of_all_types();
        one_call(call - 1);
        if (reports_of_all_types() > before) {
            at[found++] = call;
        }
    }
    HOLDS_AT(found >= 3, found);
    HOLDS_AT(at[0] <= frequency + 1, at[0]);
    EQUAL(at[1] - at[0], frequency);
    EQUAL(at[2] - at[1], frequency);
}

ROW(K68) {
    unsigned char *damaged = malloc(10);
    damaged[10] ^= 0xFF;
    checks_every(16, _CRTDBG_CHECK_EVERY_16_DF);
    checks_every(128, _CRTDBG_CHECK_EVERY_128_DF);
    checks_every(1024, _CRTDBG_CHECK_EVERY_1024_DF);
    checks_every(5, 5 << 16);
    listen();
    _CrtSetDbgFlag(_CRTDBG_ALLOC_MEM_DF | _CRTDBG_CHECK_DEFAULT_DF);
    for (int call = 0; call < 3000; call++) {
        free(malloc(1));
    }
    NOT_SAID(text_of("{%d}", (int)request_of(damaged, 10)));
}

ROW(K69) {
    int on_the_stack = 0;
    char *block = malloc(100);
    EQUAL(_CrtIsValidHeapPointer(block), 1);
    EQUAL(_CrtIsValidHeapPointer(NULL), 0);
    EQUAL(_CrtIsValidHeapPointer(&on_the_stack), 0);
    EQUAL(_CrtIsValidHeapPointer((void *)0x7000), 0);
    EQUAL(_CrtIsValidHeapPointer(_malloc_base(10)), 1);
}

// Whether a pointer is a block is decided without a crash and without a report.
ROW(K70) {
    listen();
    char *block = malloc(100);
    void *not_ours = _malloc_base(100);
    TYPE_IS(block, _NORMAL_BLOCK);
    TYPE_IS(block + 16, -1);
    TYPE_IS(block + 1, -1);
    TYPE_IS((void *)(UINTPTR_MAX - 15), -1);
    EQUAL(_CrtIsMemoryBlock(not_ours, 100, NULL, NULL, NULL), 0);
    free(block);
    EQUAL(_CrtIsMemoryBlock(block, 100, NULL, NULL, NULL), 0);
    TYPE_IS(block, -1);
    SILENT();
}

ROW(K71) {
    EQUAL(_CrtSetDebugFillThreshold(100), SIZE_MAX);
    EQUAL(_CrtSetDebugFillThreshold(0), 100);
    EQUAL(_CrtSetDebugFillThreshold(SIZE_MAX), 0);
    EQUAL(_CrtGetDebugFillThreshold(), SIZE_MAX);
}

// Debug libraries fill what a function with a size leaves of a buffer, up to the threshold.
ROW(K113) {
    char buffer[100];
    memset(buffer, 'x', sizeof buffer);
    EQUAL(strerror_s(buffer, sizeof buffer, 0), 0);
    TEXT(buffer, "No error");
    BYTES(buffer, 9, sizeof buffer, 0xFE);
    _CrtSetDebugFillThreshold(0);
    memset(buffer, 'x', sizeof buffer);
    EQUAL(strerror_s(buffer, sizeof buffer, 0), 0);
    BYTES(buffer, 9, sizeof buffer, 'x');
}
