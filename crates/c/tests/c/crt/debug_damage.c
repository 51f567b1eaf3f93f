// The debug heap: damaged headers and pointers that are no blocks.

#include "debug.h"

#include <sys/wait.h>

// Does something to a block among others in a child, which has to come to its end.
static void in_a_child(void (*body)(uint32_t *header, size_t word), size_t word) {
    const pid_t child = fork();
    if (child == 0) {
        alarm(20);
        malloc(50);
        uint32_t *block = malloc(100);
        malloc(60);
        listen();
        body(block - HEADER / 4, word);
        _exit(0);
    }
    int status = 0;
    EQUAL(waitpid(child, &status, 0), child);
    EQUAL_AT(status, 0, word);
}

// The places of the links to other blocks, the type and the size: each damage to them is found.
static const size_t told_by_a_check[] = {0, 1, 2, 3, 7, 8, 9, 11};

static void is_found(uint32_t *header, size_t word) {
    header[word] ^= 0xFFFFFFFF;
    EQUAL_AT(_CrtCheckMemory(), 0, word);
    HOLDS_AT(reports_of_all_types() > 0, word);
}

ROW(K122) {
    for (size_t i = 0; i < sizeof told_by_a_check / sizeof *told_by_a_check; i++) {
        in_a_child(is_found, told_by_a_check[i]);
    }
}

// Whatever part of a header is damaged, reports are made and blocks are freed and resized, or not,
// without a crash, and other blocks are spared.
static void does_no_harm(uint32_t *header, size_t word) {
    header[word] ^= 0xFFFFFFFF;
    uint32_t *block = header + HEADER / 4;
    _CrtMemState state;
    _CrtMemCheckpoint(&state);
    EQUAL(_CrtDumpMemoryLeaks(), 1);
    SAID(", 50 bytes long.");
    SAID(", 60 bytes long.");
    _CrtReportBlockType(block);
    _CrtIsMemoryBlock(block, 100, NULL, NULL, NULL);
    _msize(block);
    realloc(block, 10);
    free(malloc(100));
    EQUAL(_heapchk(), _HEAPOK);
}

static void does_no_harm_when_freed(uint32_t *header, size_t word) {
    header[word] ^= 0xFFFFFFFF;
    free(header + HEADER / 4);
    free(malloc(100));
    _CrtCheckMemory();
    EQUAL(_heapchk(), _HEAPOK);
}

ROW(K123) {
    for (size_t word = 0; word < HEADER / 4; word++) {
        in_a_child(does_no_harm, word);
        in_a_child(does_no_harm_when_freed, word);
    }
}

// A pointer that is no block is reported, and nothing is done.
static void refused(void *pointer) {
    for (int call = 0; call < 4; call++) {
        listen();
        switch (call) {
        case 0: free(pointer); break;
        case 1: SAME(realloc(pointer, 10), NULL); break;
        case 2: EQUAL(_msize(pointer), SIZE_MAX); break;
        case 3: SAME(_expand(pointer, 10), NULL); break;
        }
        HOLDS_AT(reports_of_all_types() > 0, call);
        SAID(text_of("%llX", (unsigned long long)(uintptr_t)pointer));
    }
}

ROW(K124) {
    static char stranger[100];
    char *block = fill_pattern(malloc(100), 100, 1);
    void *freed = malloc(100);
    free(freed);
    refused(freed);
    refused(stranger + 16);
    refused(block + 16);
    refused(block + 1);
    refused((void *)0x7000);
    _CrtSetDbgFlag(_CRTDBG_ALLOC_MEM_DF | _CRTDBG_DELAY_FREE_MEM_DF);
    freed = malloc(100);
    free(freed);
    refused(freed);
    PATTERN(block, 100, 1);
    listen();
    EQUAL(_CrtCheckMemory(), 1);
    SILENT();
}

// A block that is freed or measured as another type than it has is reported.
ROW(K125) {
    void *client = _malloc_dbg(100, _CLIENT_BLOCK | 7 << 16, NULL, 0);
    listen();
    EQUAL(_msize_dbg(client, _CLIENT_BLOCK), 100);
    SILENT();
    _free_dbg(client, _CLIENT_BLOCK);
    SILENT();
    _free_dbg(malloc(100), _CLIENT_BLOCK);
    HOLDS(reports_of_all_types() > 0);
    listen();
    _CrtSetDbgFlag(0);
    void *ignored = malloc(100);
    _CrtSetDbgFlag(1);
    _free_dbg(ignored, _NORMAL_BLOCK);
    SILENT();
    EQUAL(_CrtDumpMemoryLeaks(), 0);
    EQUAL(_CrtCheckMemory(), 1);
}
