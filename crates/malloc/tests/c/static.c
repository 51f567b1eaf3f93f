// A statically linked program: no library can be preloaded into it, and it must run all the same.

#include <stdio.h>
#include <stdlib.h>

int main(void) {
    void *block = malloc(1000);
    puts(block != NULL ? "works" : "out of memory");
    free(block);
    return 0;
}
