// What the programs of trims share.

#ifndef TRIMS_H
#define TRIMS_H

#include "rule.h"

#include "crtheap.h"
#include "heapapi.h"
#include "heapmin.h"

#include <stdbool.h>

#define MARK 0xDEADBEEFu

static inline BOOL optimize(HANDLE heap) {
    HEAP_OPTIMIZE_RESOURCES_INFORMATION information = {1, 0};
    return HeapSetInformation(heap, HeapOptimizeResources, &information, sizeof information);
}

static inline bool all(const unsigned char *bytes, size_t size, unsigned char value) {
    return bytes[0] == value && memcmp(bytes, bytes + 1, size - 1) == 0;
}

#endif
