/* Moveable memory: GlobalAlloc and LocalAlloc.
 *
 * New programs use HeapAlloc or malloc. Older ones, and interfaces such as the clipboard's, pass
 * memory as handles: a handle is locked to get an address, and unlocked afterwards. */
#include <stdio.h>
#include <string.h>
#include <windows.h>

int main(void) {
    HGLOBAL object, grown;
    HLOCAL fixed;
    char *text;

    /* GHND: moveable, and zeroed. The handle is no address. */
    object = GlobalAlloc(GHND, 16);
    if (object == NULL) {
        fprintf(stderr, "GlobalAlloc: error %u\n", (unsigned)GetLastError());
        return 1;
    }

    /* As long as it is locked, it stays where it is. Locks count. */
    text = (char *)GlobalLock(object);
    if (text == NULL) return 1;
    strcpy(text, "moveable");
    printf("%u bytes, locked %u times\n", (unsigned)GlobalSize(object),
           GlobalFlags(object) & GMEM_LOCKCOUNT);
    printf("GlobalHandle finds it by its address: %s\n",
           GlobalHandle(text) == object ? "yes" : "no");

    /* GlobalUnlock is TRUE while locks are left, and FALSE with the last error 0 for the last. */
    SetLastError(ERROR_INVALID_DATA);
    if (!GlobalUnlock(object) && GetLastError() == NO_ERROR) printf("unlocked\n");

    /* Once unlocked it may move; the handle stays the same. */
    grown = GlobalReAlloc(object, 100000, GMEM_MOVEABLE | GMEM_ZEROINIT);
    if (grown == NULL) return 1;
    text = (char *)GlobalLock(grown);
    if (text == NULL) return 1;
    printf("%u bytes: \"%s\", same handle: %s\n", (unsigned)GlobalSize(grown), text,
           grown == object ? "yes" : "no");
    GlobalUnlock(grown);

    /* Discarding takes the memory and leaves the handle. */
    if (GlobalDiscard(grown) == NULL) return 1;
    SetLastError(NO_ERROR);
    text = (char *)GlobalLock(grown);
    printf("discarded: %u bytes, GlobalLock gives %s, error %u\n", (unsigned)GlobalSize(grown),
           text == NULL ? "NULL" : "an address", (unsigned)GetLastError());
    printf("freed: %s\n", GlobalFree(grown) == NULL ? "yes" : "no");

    /* LPTR: fixed, and zeroed. Its handle is its address, so there is nothing to lock. */
    fixed = LocalAlloc(LPTR, 32);
    if (fixed == NULL) return 1;
    printf("fixed: %u bytes, the handle is the address: %s\n", (unsigned)LocalSize(fixed),
           LocalLock(fixed) == (LPVOID)fixed ? "yes" : "no");
    printf("freed: %s\n", LocalFree(fixed) == NULL ? "yes" : "no");
    return 0;
}
