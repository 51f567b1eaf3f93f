// The first call of the process into the allocator is a misuse.

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char variable[64] __attribute__((aligned(16)));

static void misuse(int count, char **vector, char **environment) {
    (void)environment;
    char text[32];
    int length = snprintf(text, sizeof text, "%p\n", (void *)variable);
    if (write(1, text, (size_t)length) != length) {
        _exit(4);
    }
    if (count > 1 && strcmp(vector[1], "malloc_usable_size") == 0) {
        _exit(malloc_usable_size(variable) > 0 ? 3 : 5);
    } else if (count > 1 && strcmp(vector[1], "realloc") == 0) {
        _exit(realloc(variable, 10) != NULL ? 3 : 5);
    }
    free(variable);
    _exit(3);
}

// Before all constructors.
__attribute__((section(".preinit_array"), used)) static void (*first)(int, char **, char **) = misuse;

int main(void) {
    return 0;
}
