// A program as it is written for Windows: with the debug library it says where each leaked block
// was allocated. Prints the lines of its allocations, for the test to compare with.

#define _CRTDBG_MAP_ALLOC
#include <stdlib.h>
#include <crtdbg.h>
#include <malloc.h>

#include <stdio.h>
#include <string.h>

#define HERE() printf("%d\n", __LINE__ + 1)

int main(void) {
    _CrtSetReportMode(_CRT_WARN, _CRTDBG_MODE_FILE);
    _CrtSetReportFile(_CRT_WARN, _CRTDBG_FILE_STDERR);
    _CrtSetDbgFlag(_CrtSetDbgFlag(_CRTDBG_REPORT_FLAG) | _CRTDBG_LEAK_CHECK_DF);

    HERE();
    char *text = malloc(12);
    strcpy(text, "left behind");

    HERE();
    void *zeros = calloc(3, 4);

    void *resized = malloc(1);
    HERE();
    resized = realloc(resized, 13);

    HERE();
    resized = _recalloc(resized, 2, 7);

    HERE();
    void *aligned = _aligned_malloc(1500, 64);

    free(malloc(999));
    _aligned_free(_aligned_malloc(998, 32));
    return text == zeros || resized == aligned;
}
