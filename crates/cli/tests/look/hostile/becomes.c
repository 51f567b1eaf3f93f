// Becomes itself again and again, as often as the argument says, always after some milliseconds.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv) {
    int rest = argc > 1 ? atoi(argv[1]) : 0;
    for (int i = 0; i < 3000; i++) {
        // Kept: there is something to look at.
        memset(malloc(100 + i % 900), 1, 100);
    }
    usleep(5000 + rest * 7919 % 20000);
    if (rest > 0) {
        char words[20];
        snprintf(words, sizeof words, "%d", rest - 1);
        execl(argv[0], argv[0], words, (char *)NULL);
        return 1;
    }
    return 0;
}
