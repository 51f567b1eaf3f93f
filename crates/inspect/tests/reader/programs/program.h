/* What the programs have in common: they say what they know of their heap, and then rest. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct heapmin_summary {
    size_t heaps, blocks, allocated, committed, reserved, largest_free;
};
__attribute__((weak)) int heapmin_heap_summary(void *heap, struct heapmin_summary *summary);
__attribute__((weak)) void *HeapCreate(uint32_t options, size_t initial, size_t maximum);
__attribute__((weak)) void *HeapAlloc(void *heap, uint32_t flags, size_t bytes);
__attribute__((weak)) int HeapFree(void *heap, uint32_t flags, void *block);
__attribute__((weak)) int HeapDestroy(void *heap);

/* Writes a line without allocating. */
static void __attribute__((format(printf, 1, 2), unused)) say(const char *format, ...) {
    char line[256];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line - 1, format, arguments);
    va_end(arguments);
    line[length++] = '\n';
    if (write(1, line, (size_t)length) != length)
        _exit(3);
}

/* Waits for a line. 0: there are no more. */
static int __attribute__((unused)) hear(void) {
    char byte;
    do {
        if (read(0, &byte, 1) != 1)
            return 0;
    } while (byte != '\n');
    return 1;
}
