// A library for dlopen. Its constructor and destructor allocate; it has thread-local storage of
// MODEL with TLS_BYTES bytes.

#include <stdlib.h>
#include <string.h>

#ifndef TLS_BYTES
#define TLS_BYTES 64
#endif
#ifndef MODEL
#define MODEL "global-dynamic"
#endif

static __thread char storage[TLS_BYTES] __attribute__((tls_model(MODEL)));
static void *kept;

__attribute__((constructor)) static void loaded(void) {
    for (size_t size = 1; size < 100000; size = size * 2 + 1) {
        free(memset(malloc(size), 1, size));
    }
    kept = calloc(10, 100);
}

__attribute__((destructor)) static void unloaded(void) {
    free(malloc(3000));
    free(kept);
}

// Gives a block that outlives the library.
void *module_block(size_t size) {
    memset(storage, 1, sizeof storage);
    return memset(malloc(size), storage[TLS_BYTES - 1], size);
}
