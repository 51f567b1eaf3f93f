/* Finds memory that was never freed, and writes past the end of a block.
 *
 * Compile with -D_DEBUG: without it, the checks vanish and the program only says so. (Microsoft's
 * compiler defines it with /MDd.) _CRTDBG_MAP_ALLOC, before the headers, makes the reports name the
 * file and line that allocated a block. */
#define _CRTDBG_MAP_ALLOC
#include <stdlib.h>

#include <crtdbg.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>

/* A list that forgets to free its last element. */
struct element {
    struct element *next;
    int value;
};

static struct element *push(struct element *list, int value) {
    struct element *element = (struct element *)malloc(sizeof(struct element));
    if (element == NULL) exit(1);
    element->next = list;
    element->value = value;
    return element;
}

static void free_all_but_one(struct element *list) {
    while (list != NULL && list->next != NULL) {
        struct element *next = list->next;
        free(list);
        list = next;
    }
}

int main(void) {
    _CrtMemState before, after, difference;
    struct element *list = NULL;
    char *text;
    int i;

#ifndef _DEBUG
    puts("compiled without _DEBUG: nothing is checked");
#endif

    /* Reports go to standard output. Usually they go to the debugger. */
    _CrtSetReportMode(_CRT_WARN, _CRTDBG_MODE_FILE);
    _CrtSetReportFile(_CRT_WARN, _CRTDBG_FILE_STDOUT);
    _CrtSetReportMode(_CRT_ERROR, _CRTDBG_MODE_FILE);
    _CrtSetReportFile(_CRT_ERROR, _CRTDBG_FILE_STDOUT);

    /* 1: compare the heap before and after. */
    memset(&difference, 0, sizeof(difference));
    (void)before;
    (void)after;
    _CrtMemCheckpoint(&before);
    for (i = 1; i <= 3; i++) list = push(list, i);
    free_all_but_one(list);
    _CrtMemCheckpoint(&after);
    if (_CrtMemDifference(&difference, &before, &after)) {
        printf("%u more block, %u more bytes\n", (unsigned)difference.lCounts[_NORMAL_BLOCK],
               (unsigned)difference.lSizes[_NORMAL_BLOCK]);
    }
    fflush(stdout);

    /* 2: a block of the caller's own type, and what it contains. */
    text = (char *)_malloc_dbg(6, _CLIENT_BLOCK | (7 << 16), __FILE__, __LINE__);
    if (text == NULL) return 1;
    memcpy(text, "hello", 6);
    printf("the block's type is %d, its subtype %d\n", _BLOCK_TYPE(_CrtReportBlockType(text)),
           _BLOCK_SUBTYPE(_CrtReportBlockType(text)));

    /* 3: is everything intact? The guard bytes behind the block tell. */
    printf("intact: %s\n", _CrtCheckMemory() ? "yes" : "no");
    fflush(stdout);
#ifdef _DEBUG
    text[6] = '!';
    printf("after one byte too many: %s\n", _CrtCheckMemory() ? "intact" : "damaged");
    fflush(stdout);
    text[6] = (char)0xFD; /* repairs the guard */
#endif

    /* 4: what is left? _CrtSetDbgFlag(_CRTDBG_ALLOC_MEM_DF | _CRTDBG_LEAK_CHECK_DF) asks that
     * when the program ends. */
    if (_CrtDumpMemoryLeaks()) puts("there are leaks");
    return 0;
}
