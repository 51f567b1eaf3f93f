/* A daemon that has a peak, and is small again while it sleeps.
 *
 * It knows nothing of heapmin: it calls malloc and free, then sleeps, as a service does between two
 * bursts of requests. Run it with and without heapmin and compare the last lines. */
#define _POSIX_C_SOURCE 200809L
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT 300000
#define KEEP 1000 /* of so many blocks, one stays */

static char *blocks[COUNT];

/* Shows how much of the process is in memory, as the system counts it. Without fopen, which calls
 * malloc. */
static int show(const char *when) {
    char text[100];
    long pages;
    ssize_t length = -1;
    int file = open("/proc/self/statm", O_RDONLY);

    if (file >= 0) {
        length = read(file, text, sizeof(text) - 1);
        close(file);
    }
    text[length > 0 ? length : 0] = '\0';
    if (sscanf(text, "%*d %ld", &pages) != 1) {
        fprintf(stderr, "/proc/self/statm can't be read\n");
        return 0;
    }
    printf("%s: %ld MiB in memory\n", when, pages * sysconf(_SC_PAGESIZE) >> 20);
    fflush(stdout);
    return 1;
}

/* From 100 bytes to 1.7 KiB. */
static size_t size_of(size_t number) {
    return 100 + number * 7919 % 1600;
}

int main(void) {
    char when[32];
    size_t i, byte;
    int second;

    if (!show("at the start")) return 1;
    for (i = 0; i < COUNT; i++) {
        blocks[i] = malloc(size_of(i));
        if (blocks[i] == NULL) {
            fprintf(stderr, "no memory for block %lu\n", (unsigned long)i);
            return 1;
        }
        memset(blocks[i], (int)(i % 251), size_of(i));
    }
    if (!show("at work")) return 1;

    /* Most of it was for this burst; what stays is spread all over the heap. */
    for (i = 0; i < COUNT; i++) {
        if (i % KEEP != 0) free(blocks[i]);
    }
    if (!show("done")) return 1;

    /* From here on it calls nothing of the heap, which gives back what is free all the same. */
    for (second = 1; second <= 5; second++) {
        sleep(1);
        snprintf(when, sizeof(when), "%d s asleep", second);
        if (!show(when)) return 1;
    }

    for (i = 0; i < COUNT; i += KEEP) {
        for (byte = 0; byte < size_of(i); byte++) {
            if (blocks[i][byte] != (char)(i % 251)) {
                fprintf(stderr, "block %lu has changed\n", (unsigned long)i);
                return 1;
            }
        }
        free(blocks[i]);
    }
    printf("what it kept is as it was\n");
    return 0;
}
