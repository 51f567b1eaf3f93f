/* Allocates known amounts on known paths, and says when it is done. With an argument it does not rest
 * meanwhile. What each path does:
 *
 *   first    512 MiB in blocks of 1 KiB, all freed at once
 *   second   256 MiB in blocks of 64 KiB, all kept
 *   third    256 MiB in blocks of 4 KiB, every second one kept
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define NOINLINE __attribute__((noinline, noclone))
#define MIB (1024 * 1024)

/* So that the calls before it are no tail calls. */
static volatile unsigned long calls;
static int rests;

/* Lets a reader keep up, after each 16 MiB, and stays below the speed from which on samples get rarer. */
static NOINLINE void rest(int i) {
    if (rests && i % 16 == 15) {
        puts("step");
        fflush(stdout);
        getchar();
        usleep(30000);
    }
    calls++;
}

NOINLINE void *take(size_t bytes) {
    void *block = malloc(bytes);
    calls++;
    return block;
}

NOINLINE void first(void) {
    for (int i = 0; i < 512; i++) {
        for (int n = 0; n < MIB / 1024; n++) free(take(1024));
        rest(i);
    }
}

NOINLINE void second(void) {
    for (int i = 0; i < 256; i++) {
        for (int n = 0; n < MIB / 65536; n++) take(65536);
        rest(i);
    }
}

static inline __attribute__((always_inline)) void third_inlined(void) {
    for (int n = 0; n < MIB / 4096; n++) {
        void *block = malloc(4096);
        calls++;
        if (n % 2) free(block);
    }
}

NOINLINE void third(void) {
    for (int i = 0; i < 256; i++) {
        third_inlined();
        rest(i);
    }
}

NOINLINE void all(void) {
    first();
    second();
    third();
    calls++;
}

int main(int count, char **arguments) {
    (void)arguments;
    rests = count == 1;
    puts("ready");
    fflush(stdout);
    getchar();
    all();
    puts("done");
    fflush(stdout);
    while (getchar() != EOF) continue;
    return 0;
}
