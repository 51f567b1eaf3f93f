// The debug heap: the report of leaked blocks.

#include "debug.h"

#include <sys/wait.h>

// A block's lines in the report, from its request number on.
static const char *lines_of(const void *block, size_t size, const char *kind, const char *characters,
                            const char *hex) {
    return text_of("{%d} %s block at 0x%016llX, %zu bytes long.\n Data: <%s> %s\n", (int)request_of(block, size),
                   kind, (unsigned long long)(uintptr_t)block, size, characters, hex);
}

#define FRESH "                "
#define SIXTEEN_CD "CD CD CD CD CD CD CD CD CD CD CD CD CD CD CD CD"

ROW(D29) {
    void *blocks[3];
    int32_t requests[3];
    for (int i = 0; i < 3; i++) {
        blocks[i] = malloc(64);
        requests[i] = request_of(blocks[i], 64);
    }
    listen();
    GIVES(_CrtDumpMemoryLeaks(), 1);
    const char *place = said;
    for (int i = 2; i >= 0; i--) {
        const char *next = strstr(place, text_of("{%d} normal block at 0x", requests[i]));
        HOLDS_AT(next != NULL, i);
        place = next;
    }
    EQUAL(reports[_CRT_WARN], reports_of_all_types());
}

ROW(D30) {
    void *block = malloc(64);
    listen();
    GIVES(_CrtDumpMemoryLeaks(), 1);
    SAID(lines_of(block, 64, "normal", FRESH, SIXTEEN_CD));
}

ROW(D31) {
    char *block = malloc(4);
    memcpy(block, "ab\n\xFF", 4);
    listen();
    GIVES(_CrtDumpMemoryLeaks(), 1);
    SAID(lines_of(block, 4, "normal", "ab  ", "61 62 0A FF"));
}

ROW(D32) {
    HOLDS(_malloc_dbg(64, _CLIENT_BLOCK | 3 << 16, NULL, 0) != NULL);
    listen();
    GIVES(_CrtDumpMemoryLeaks(), 1);
    SAID("subtype 3");
    SAID(" client block at 0x");
    SAID(", 64 bytes long.\n");
}

// The whole text.
ROW(K84) {
    void *one = _malloc_dbg(64, _NORMAL_BLOCK, "dir/one.c", 17);
    char *two = calloc(1, 3);
    listen();
    GIVES(_CrtDumpMemoryLeaks(), 1);
    const char *first = lines_of(two, 3, "normal", "   ", "00 00 00");
    const char *second = lines_of(one, 64, "normal", FRESH, SIXTEEN_CD);
    TEXT(said, text_of("Detected memory leaks!\nDumping objects ->\n%sdir/one.c(17) : %sObject dump complete.\n",
                       first, second));
    EQUAL(reports_of_all_types(), reports[_CRT_WARN]);
}

// From 0 bytes up: as many columns as there are bytes, at most sixteen.
ROW(K85) {
    for (size_t size = 0; size <= 20; size++) {
        char hex[60] = "", characters[20] = "";
        unsigned char *block = malloc(size);
        for (size_t i = 0; i < size; i++) {
            block[i] = (unsigned char)(i == 3 ? 0x80 : 0x41 + i);
            if (i < 16) {
                characters[i] = (char)(i == 3 ? ' ' : 0x41 + i);
                snprintf(hex + strlen(hex), 4, i == 0 ? "%02X" : " %02X", block[i]);
            }
        }
        listen();
        GIVES(_CrtDumpMemoryLeaks(), 1);
        SAID(text_of("%zu bytes long.\n Data: <%s>%s%s\n", size, characters, size > 0 ? " " : "", hex));
        free(block);
    }
}

// Which types are dumped.
ROW(K86) {
    malloc(11);
    _malloc_dbg(12, _CLIENT_BLOCK, NULL, 0);
    _malloc_dbg(13, _CRT_BLOCK, NULL, 0);
    _CrtSetDbgFlag(0);
    malloc(14);
    _CrtSetDbgFlag(_CRTDBG_ALLOC_MEM_DF | _CRTDBG_DELAY_FREE_MEM_DF);
    free(malloc(15));
    listen();
    EQUAL(_CrtDumpMemoryLeaks(), 1);
    SAID(", 11 bytes long.");
    SAID(", 12 bytes long.");
    NOT_SAID(", 13 bytes long.");
    NOT_SAID(", 14 bytes long.");
    NOT_SAID(", 15 bytes long.");
    _CrtSetDbgFlag(_CRTDBG_ALLOC_MEM_DF | _CRTDBG_CHECK_CRT_DF);
    listen();
    EQUAL(_CrtDumpMemoryLeaks(), 1);
    SAID(" crt block at 0x");
    SAID(", 13 bytes long.");
    NOT_SAID(", 14 bytes long.");
    NOT_SAID(", 15 bytes long.");
}

// Blocks of types that don't count are no leaks.
ROW(K87) {
    _malloc_dbg(13, _CRT_BLOCK, NULL, 0);
    _CrtSetDbgFlag(0);
    malloc(14);
    _CrtSetDbgFlag(_CRTDBG_ALLOC_MEM_DF | _CRTDBG_DELAY_FREE_MEM_DF);
    free(malloc(15));
    listen();
    EQUAL(_CrtDumpMemoryLeaks(), 0);
    SILENT();
    _CrtSetDbgFlag(_CRTDBG_ALLOC_MEM_DF | _CRTDBG_CHECK_CRT_DF);
    EQUAL(_CrtDumpMemoryLeaks(), 1);
}

// What came after a state, or all.
ROW(K88) {
    _CrtMemState state;
    malloc(11);
    _CrtMemCheckpoint(&state);
    malloc(12);
    void *gone = malloc(13);
    free(gone);
    _malloc_dbg(14, _CLIENT_BLOCK, "here.c", 7);
    listen();
    QUIETLY(_CrtMemDumpAllObjectsSince(&state));
    NOT_SAID("Detected memory leaks!");
    EQUAL(strncmp(said, "Dumping objects ->\n", 19), 0);
    NOT_SAID(", 11 bytes long.");
    SAID(", 12 bytes long.");
    NOT_SAID(", 13 bytes long.");
    SAID("here.c(7) : {");
    SAID(", 14 bytes long.");
    SAID("Object dump complete.\n");
    HOLDS(strstr(said, ", 14 bytes long.") < strstr(said, ", 12 bytes long."));
    listen();
    QUIETLY(_CrtMemDumpAllObjectsSince(NULL));
    SAID(", 11 bytes long.");
    SAID(", 12 bytes long.");
}

// Client blocks through a function of the caller's.
static void *dumped[10];
static size_t dumped_sizes[10];
static size_t dumps;

static void dump_client(void *block, size_t size) {
    dumped[dumps] = block;
    dumped_sizes[dumps++] = size;
    _CrtDbgReport(_CRT_WARN, NULL, 0, NULL, "%s", "client's own words\n");
}

ROW(K89) {
    SAME(_CrtGetDumpClient(), NULL);
    SAME(_CrtSetDumpClient(dump_client), NULL);
    SAME(_CrtGetDumpClient(), dump_client);
    void *one = _malloc_dbg(21, _CLIENT_BLOCK | 1 << 16, NULL, 0);
    malloc(22);
    void *other = _malloc_dbg(23, _CLIENT_BLOCK, NULL, 0);
    listen();
    EQUAL(_CrtDumpMemoryLeaks(), 1);
    EQUAL(dumps, 2);
    SAME(dumped[0], other);
    EQUAL(dumped_sizes[0], 23);
    SAME(dumped[1], one);
    EQUAL(dumped_sizes[1], 21);
    SAID("client's own words\n");
    HOLDS(strstr(said, ", 23 bytes long.") < strstr(said, "client's own words\n"));
    SAME(_CrtSetDumpClient(NULL), dump_client);
    SAME(_CrtGetDumpClient(), NULL);
    EQUAL(_CrtDumpMemoryLeaks(), 1);
    EQUAL(dumps, 2);
}

// A freed block is no leak any more, a resized one is once, with the place of the last resize.
ROW(K90) {
    void *block = _malloc_dbg(10, _NORMAL_BLOCK, "old.c", 1);
    block = _realloc_dbg(block, 20000, _NORMAL_BLOCK, "new.c", 2);
    listen();
    EQUAL(_CrtDumpMemoryLeaks(), 1);
    NOT_SAID("old.c");
    SAID(text_of("new.c(2) : {%d} normal block", (int)request_of(block, 20000)));
    SAID(", 20000 bytes long.");
    void *aligned = _aligned_malloc_dbg(30, 64, "aligned.c", 3);
    listen();
    EQUAL(_CrtDumpMemoryLeaks(), 1);
    SAID("aligned.c(3) : {");
    free(block);
    _aligned_free(aligned);
    listen();
    EQUAL(_CrtDumpMemoryLeaks(), 0);
    SILENT();
}

// The flag makes the process report when it ends, to the file that was set.
static char printed[8000];

static int child_ends(bool leaks, int flags, bool by_main) {
    int ends[2], status = 0;
    EQUAL(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], 2);
        _CrtSetReportMode(_CRT_WARN, _CRTDBG_MODE_FILE);
        _CrtSetReportFile(_CRT_WARN, _CRTDBG_FILE_STDERR);
        _CrtSetDbgFlag(flags);
        void *block = _malloc_dbg(77, _NORMAL_BLOCK, "leak.c", 9);
        if (!leaks) {
            free(block);
        }
        by_main ? exit(0) : _exit(0);
    }
    close(ends[1]);
    ssize_t length = 0, part;
    while ((part = read(ends[0], printed + length, sizeof printed - 1 - (size_t)length)) > 0) {
        length += part;
    }
    printed[length] = '\0';
    close(ends[0]);
    EQUAL(waitpid(child, &status, 0), child);
    return status;
}

ROW(K91) {
    const int flags = _CRTDBG_ALLOC_MEM_DF | _CRTDBG_LEAK_CHECK_DF;
    EQUAL(child_ends(true, flags, true), 0);
    HOLDS(strstr(printed, "Detected memory leaks!\n") == printed);
    HOLDS(strstr(printed, "leak.c(9) : {") != NULL && strstr(printed, ", 77 bytes long.") != NULL);
    EQUAL(child_ends(false, flags, true), 0);
    TEXT(printed, "");
    EQUAL(child_ends(true, _CRTDBG_ALLOC_MEM_DF, true), 0);
    TEXT(printed, "");
    EQUAL(child_ends(true, flags, false), 0);
    TEXT(printed, "");
}
