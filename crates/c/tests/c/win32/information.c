// HeapQueryInformation and HeapSetInformation (Q01 to Q16).

#include "rows.h"

static ULONG compatibility(HANDLE heap) {
    ULONG value = 99;
    CHECK(HeapQueryInformation(heap, HeapCompatibilityInformation, &value, 4, NULL));
    return value;
}

static BOOL set_compatibility(HANDLE heap, ULONG value) {
    return HeapSetInformation(heap, HeapCompatibilityInformation, &value, sizeof value);
}

ROW(Q01) {
    HANDLE h = growable_heap();
    ULONG value = 99;
    SIZE_T length = 99;
    CHECK(HeapQueryInformation(h, HeapCompatibilityInformation, &value, 4, &length));
    EQUAL(value, 0);
    EQUAL(length, 4);
}

ROW(Q02) {
    HANDLE h = growable_heap();
    SIZE_T length = 99;
    FAILS(HeapQueryInformation(h, HeapCompatibilityInformation, NULL, 0, &length), FALSE,
          ERROR_INSUFFICIENT_BUFFER);
    EQUAL(length, 4);
    // Any buffer that is too short is left alone.
    ULONG value = 99;
    length = 99;
    FAILS(HeapQueryInformation(h, HeapCompatibilityInformation, &value, 3, &length), FALSE,
          ERROR_INSUFFICIENT_BUFFER);
    EQUAL(length, 4);
    EQUAL(value, 99);
}

ROW(Q03) {
    FAILS(HeapQueryInformation(growable_heap(), HeapCompatibilityInformation, NULL, 0, NULL),
          FALSE, ERROR_INSUFFICIENT_BUFFER);
}

ROW(Q04) {
    struct {
        ULONG value, behind;
    } buffer = {99, 99};
    CHECK(HeapQueryInformation(growable_heap(), HeapCompatibilityInformation, &buffer, 5, NULL));
    EQUAL(buffer.value, 0);
    EQUAL(buffer.behind, 99);
}

ROW(Q05) {
    ULONG value = 99;
    SIZE_T length = 0;
    FAILS(HeapQueryInformation(NULL, HeapCompatibilityInformation, &value, 4, &length), FALSE,
          ERROR_NOACCESS);
    EQUAL(length, 0);
    EQUAL(value, 99);
}

ROW(Q06) {
    HANDLE h = growable_heap();
    CHECK(MARKED(set_compatibility(h, 2)));
    ERROR_KEPT();
    EQUAL(compatibility(h), 2);
}

ROW(Q07) {
    HANDLE h = growable_heap();
    CHECK(set_compatibility(h, 2));
    FAILS(set_compatibility(h, 0), FALSE, ERROR_GEN_FAILURE);
    FAILS(set_compatibility(h, 1), FALSE, ERROR_GEN_FAILURE);
    EQUAL(compatibility(h), 2);
}

ROW(Q08) {
    HANDLE n = unserialized_heap();
    FAILS(set_compatibility(n, 2), FALSE, ERROR_INVALID_PARAMETER);
    EQUAL(compatibility(n), 0);
}

// That the value becomes 2 is an artefact.
ROW(Q09) {
    HANDLE h = growable_heap();
    void *blocks[18];
    for (int i = 0; i < 18; i++) {
        blocks[i] = block(h, 0);
    }
    for (int i = 0; i < 18; i++) {
        CHECK(HeapFree(h, 0, blocks[i]));
    }
    ULONG value = compatibility(h);
    CHECK(value == 0 || value == 2);
}

ROW(Q10) {
    CHECK(HeapSetInformation(NULL, HeapEnableTerminationOnCorruption, NULL, 0));
    CHECK(HeapSetInformation(NULL, HeapEnableTerminationOnCorruption, NULL, 0));
}

ROW(Q11) {
    CHECK(HeapSetInformation(process_heap(), HeapEnableTerminationOnCorruption, NULL, 0));
}

static BOOL optimize(HANDLE heap, DWORD version, SIZE_T length) {
    HEAP_OPTIMIZE_RESOURCES_INFORMATION information = {version, 0};
    return HeapSetInformation(heap, HeapOptimizeResources, &information, length);
}

ROW(Q12) {
    CHECK(MARKED(optimize(NULL, 1, 8)));
    ERROR_KEPT();
}

ROW(Q13) {
    HANDLE h = growable_heap();
    unsigned char *blocks[200];
    for (SIZE_T i = 0; i < 200; i++) {
        blocks[i] = block(h, i * 300);
        paint(blocks[i], i * 300, i);
    }
    for (SIZE_T i = 0; i < 200; i += 2) {
        CHECK(HeapFree(h, 0, blocks[i]));
    }
    CHECK(MARKED(optimize(h, 1, 8)));
    ERROR_KEPT();
    for (SIZE_T i = 1; i < 200; i += 2) {
        AT(i);
        EQUAL(HeapSize(h, 0, blocks[i]), i * 300);
        CHECK(painted(blocks[i], i * 300, i));
    }
    CHECK(HeapValidate(h, 0, NULL));
}

ROW(Q14) {
    HANDLE h = growable_heap();
    FAILS(optimize(h, 2, 8), FALSE, ERROR_INVALID_PARAMETER);
    FAILS(optimize(h, 0, 8), FALSE, ERROR_INVALID_PARAMETER);
    FAILS(optimize(h, 1, 7), FALSE, ERROR_INVALID_PARAMETER);
    FAILS(HeapSetInformation(h, HeapOptimizeResources, NULL, 8), FALSE, ERROR_INVALID_PARAMETER);
}

ROW(Q15) {
    HANDLE h = growable_heap();
    ULONG value = 99;
    SIZE_T length = 99;
    HEAP_INFORMATION_CLASS unknown = (HEAP_INFORMATION_CLASS)0x1234;
    FAILS(HeapQueryInformation(h, unknown, &value, 4, &length), FALSE, ERROR_INVALID_PARAMETER);
    EQUAL(value, 99);
}

ROW(Q16) {
    HANDLE h = growable_heap();
    CHECK(set_compatibility(h, 2));
    CHECK(set_compatibility(h, 2));
    EQUAL(compatibility(h), 2);
}
