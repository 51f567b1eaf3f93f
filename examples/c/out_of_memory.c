/* Out of memory as an exception instead of NULL.
 *
 * A heap created with HEAP_GENERATE_EXCEPTIONS never returns NULL from HeapAlloc and HeapReAlloc:
 * it raises STATUS_NO_MEMORY. With Microsoft's compiler one catches that with __try and __except.
 * This program does it with a vectored exception handler, which every compiler can: the handler
 * looks at the code and, if it is the one expected, jumps to where the program goes on. */
#include <setjmp.h>
#include <stdio.h>
#include <windows.h>

static jmp_buf recovery;
static volatile int expecting;

static LONG CALLBACK on_exception(EXCEPTION_POINTERS *info) {
    const EXCEPTION_RECORD *record = info->ExceptionRecord;

    if (!expecting || record->ExceptionCode != STATUS_NO_MEMORY) return EXCEPTION_CONTINUE_SEARCH;
    expecting = 0;
    longjmp(recovery, 1);
}

/* Fills a heap until it is full. Returns how many blocks of 64 KiB it had room for. */
static int fill(HANDLE heap) {
    static volatile int blocks;

    blocks = 0;
    if (setjmp(recovery) == 0) {
        expecting = 1;
        for (;;) {
            char *block = (char *)HeapAlloc(heap, 0, 65536);
            block[0] = 1; /* needs no check: there is a block, or we aren't here */
            blocks++;
        }
    }
    return blocks;
}

int main(void) {
    PVOID handler = AddVectoredExceptionHandler(1, on_exception);
    HANDLE heap = HeapCreate(HEAP_GENERATE_EXCEPTIONS, 0, 1024 * 1024);
    int blocks;

    if (handler == NULL || heap == NULL) return 1;
    blocks = fill(heap);
    printf("STATUS_NO_MEMORY after some blocks: %s\n", blocks > 8 && blocks < 16 ? "yes" : "no");
    printf("the heap is intact: %s\n", HeapValidate(heap, 0, NULL) ? "yes" : "no");
    fflush(stdout);

    /* An exception that no handler takes ends the process. */
    RemoveVectoredExceptionHandler(handler);
#ifdef UNHANDLED
    HeapAlloc(heap, 0, 65536);
#endif
    HeapDestroy(heap);
    return 0;
}
