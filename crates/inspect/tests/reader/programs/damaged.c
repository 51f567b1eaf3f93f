/* Allocates, then lets others overwrite its memory: it says nothing more and touches nothing. */
#include "program.h"

int main(void) {
    for (int i = 0; i < 20000; i++)
        if (!malloc((size_t)i % 5000))
            return 1;
    for (int i = 0; i < 20; i++)
        free(malloc(1 << 20));
    if (HeapCreate)
        for (int i = 0; i < 20; i++)
            HeapAlloc(HeapCreate(0, 0, 0), 0, 100);
    say("ready");
    hear();
    _exit(0);
}
