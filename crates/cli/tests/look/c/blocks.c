// Allocates blocks of many sizes, frees every third, prints address and usable size of the others, and
// waits until its input ends.

#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(void) {
    enum { BLOCKS = 3000 };
    static void *blocks[BLOCKS];
    static char buffer[1 << 16];
    setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
    for (size_t i = 0; i < BLOCKS; i++) {
        blocks[i] = malloc(i % 100 == 0 ? i * 1000 : i * 7);
    }
    for (size_t i = 0; i < BLOCKS; i++) {
        if (i % 3 == 0) {
            free(blocks[i]);
        } else {
            printf("%llu %zu\n", (unsigned long long)(uintptr_t)blocks[i], malloc_usable_size(blocks[i]));
        }
    }
    puts("ready");
    fflush(stdout);
    char end;
    return read(0, &end, 1) == 0 ? 0 : 1;
}
