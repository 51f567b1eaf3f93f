/* A library that another program loads. */
#include <stdlib.h>

static void *volatile kept;

__attribute__((noinline, noclone)) void plugin_inner(int count) {
    for (int i = 0; i < count; i++) kept = malloc(65536);
}

void plugin_work(void) {
    plugin_inner(100);
    kept = NULL;
}
