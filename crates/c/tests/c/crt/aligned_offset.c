// The aligned family with an offset: that place of the block is aligned, not its start.

#include "rows.h"

#include "blocks.h"

#define OFFSET_ALIGNED(block, alignment, offset)                                 \
    EQUAL_AT(((uintptr_t)(block) + (offset)) % (alignment), 0, offset)

ROW(O01) {
    for (size_t alignment = 1; alignment <= 128; alignment *= 2) {
        void *block;
        ALLOCATES(block, _aligned_offset_malloc(256, alignment, 0));
        ALIGNED(block, alignment);
    }
}

ROW(O02) {
    for (size_t alignment = 1; alignment <= 128; alignment *= 2) {
        void *block;
        ALLOCATES(block, _aligned_offset_malloc(256, alignment, 4));
        OFFSET_ALIGNED(block, alignment, 4);
    }
}

ROW(O03) {
    static const size_t offsets[] = {7, 9, 16, 17, 254, 255};
    for (size_t i = 0; i < sizeof offsets / sizeof *offsets; i++) {
        void *block;
        ALLOCATES(block, _aligned_offset_malloc(256, 8, offsets[i]));
        OFFSET_ALIGNED(block, 8, offsets[i]);
        memset(block, 0xFF, 256);
        QUIETLY(_aligned_free(block));
    }
    GIVES(_heapchk(), _HEAPOK);
}

ROW(O04) {
    REFUSES_WITH_NULL(_aligned_offset_malloc(256, 8, 256));
    REFUSES_WITH_NULL(_aligned_offset_malloc(256, 8, 512));
    REFUSES_WITH_NULL(_aligned_offset_malloc(0, 8, 1));
    REFUSES_WITH_NULL(_aligned_offset_malloc(256, 8, SIZE_MAX));
}

ROW(O05) {
    REFUSES_WITH_NULL(_aligned_offset_malloc(256, 3, 0));
    REFUSES_WITH_NULL(_aligned_offset_malloc(256, 127, 4));
    REFUSES_WITH_NULL(_aligned_offset_malloc(256, 0, 0));
    REFUSES_WITH_NULL(_aligned_offset_malloc(256, 3, 256));
}

ROW(O06) {
    void *block;
    ALLOCATES(block, _aligned_offset_malloc(200, 16, 5));
    OFFSET_ALIGNED(block, 16, 5);
}

ROW(O07) {
    GIVES(_aligned_msize(_aligned_offset_malloc(23, 16, 7), 16, 7), 23);
}

ROW(O08) {
    RUNS_OUT(_aligned_offset_malloc(MAXREQ + 1, 16, 4));
    RUNS_OUT(_aligned_offset_malloc(MAXREQ, 16, 4));
    RUNS_OUT(_aligned_offset_malloc(SIZE_MAX, 4096, SIZE_MAX - 1));
}

static void resizes(size_t from, size_t to, size_t alignment, size_t offset) {
    const size_t less = from < to ? from : to;
    void *block;
    ALLOCATES(block, _aligned_offset_malloc(from, alignment, offset));
    fill_pattern(block, from, 1);
    ALLOCATES(block, _aligned_offset_realloc(block, to, alignment, offset));
    OFFSET_ALIGNED(block, alignment, offset);
    PATTERN(block, less, 1);
    GIVES(_aligned_msize(block, alignment, offset), to);
    memset(block, 0xFF, to);
    QUIETLY(_aligned_free(block));
}

ROW(O09) {
    static const size_t offsets[] = {0, 4, 8, 16, 32, 64, 96, 112};
    for (size_t i = 0; i < sizeof offsets / sizeof *offsets; i++) {
        for (size_t alignment = 4; alignment <= 64; alignment *= 2) {
            resizes(256, 512, alignment, offsets[i]);
            resizes(256, 128, alignment, offsets[i]);
        }
    }
    GIVES(_heapchk(), _HEAPOK);
}

ROW(O10) {
    void *block = fill_pattern(_aligned_offset_malloc(50, 16, 4), 50, 1);
    REFUSES_WITH_NULL(_aligned_offset_realloc(block, 100, 16, 100));
    REFUSES_WITH_NULL(_aligned_offset_realloc(block, 100, 16, 101));
    REFUSES_WITH_NULL(_aligned_offset_realloc(block, 100, 3, 4));
    RUNS_OUT(_aligned_offset_realloc(block, MAXREQ + 1, 16, 4));
    RUNS_OUT(_aligned_offset_realloc(block, MAXREQ, 16, 4));
    PATTERN(block, 50, 1);
    GIVES(_aligned_msize(block, 16, 4), 50);
}

ROW(O11) {
    void *block;
    ALLOCATES(block, _aligned_offset_realloc(NULL, 64, 16, 8));
    OFFSET_ALIGNED(block, 16, 8);
    GIVES(_aligned_msize(block, 16, 8), 64);
    REFUSES_WITH_NULL(_aligned_offset_realloc(NULL, 64, 16, 64));
}

ROW(O12) {
    void *block = _aligned_offset_malloc(64, 16, 0);
    QUIETLY(SAME(_aligned_offset_realloc(block, 0, 16, 0), NULL));
    FREED(block);
}

ROW(O13) {
    void *block;
    ALLOCATES(block, _aligned_offset_recalloc(NULL, 8, 8, 16, 4));
    OFFSET_ALIGNED(block, 16, 4);
    BYTES(block, 0, 64, 0);
    GIVES(_aligned_msize(block, 16, 4), 64);
}

ROW(O14) {
    void *block = fill_pattern(_aligned_offset_malloc(50, 16, 4), 50, 1);
    REFUSES_WITH_NULL(_aligned_offset_recalloc(block, 2, 8, 16, 16));
    REFUSES_WITH_NULL(_aligned_offset_recalloc(block, 2, 8, 6, 4));
    PATTERN(block, 50, 1);
}

ROW(O15) {
    void *block = fill_pattern(_aligned_malloc(50, 16), 50, 1);
    RUNS_OUT(_aligned_offset_recalloc(block, SIZE_MAX, 2, 16, 0));
    RUNS_OUT(_aligned_offset_recalloc(block, 1, MAXREQ + 1, 16, 0));
    RUNS_OUT(_aligned_offset_recalloc(NULL, SIZE_MAX, 2, 16, 0));
    PATTERN(block, 50, 1);
}

ROW(O16) {
    for (size_t offset = 0; offset < 64; offset++) {
        void *block = _aligned_offset_malloc(64, 32, offset);
        LIVE(block);
        QUIETLY(_aligned_free(block));
        FREED(block);
    }
    GIVES(_heapchk(), _HEAPOK);
}

ROW(O17) {
    void *block = fill_pattern(_aligned_offset_malloc(64, 16, 0), 64, 1);
    ALLOCATES(block, _aligned_realloc(block, 128, 16));
    ALIGNED(block, 16);
    PATTERN(block, 64, 1);
    GIVES(_aligned_msize(block, 16, 0), 128);
}

// The size asked for, at every offset.
ROW(K12) {
    for (size_t alignment = 1; alignment <= 4096; alignment *= 4) {
        for (size_t offset = 0; offset < 300; offset++) {
            void *block;
            ALLOCATES(block, _aligned_offset_malloc(300, alignment, offset));
            OFFSET_ALIGNED(block, alignment, offset);
            GIVES(_aligned_msize(block, alignment, offset), 300);
            memset(block, 0xFF, 300);
            _aligned_free(block);
        }
    }
    GIVES(_heapchk(), _HEAPOK);
}

// What grows is zero, at odd offsets and in all ranges of sizes.
ROW(K13) {
    static const size_t sizes[] = {30, 500, 32 * KIB - 1, 32 * KIB + 1, 200 * KIB, 3 * MIB};
    enum { COUNT = sizeof sizes / sizeof *sizes };
    for (size_t i = 0; i < COUNT; i++) {
        for (size_t j = 0; j < COUNT; j++) {
            for (size_t offset = 0; offset < 30; offset += 7) {
                const size_t less = sizes[i] < sizes[j] ? sizes[i] : sizes[j];
                void *block = memset(_aligned_offset_malloc(sizes[i], 64, offset), 0xAA, sizes[i]);
                ALLOCATES(block, _aligned_offset_recalloc(block, sizes[j], 1, 64, offset));
                OFFSET_ALIGNED(block, 64, offset);
                BYTES(block, 0, less, 0xAA);
                BYTES(block, less, sizes[j], 0);
                QUIETLY(_aligned_free(block));
            }
        }
    }
}

// A size of 0 with an offset of 0, and NULL resized to 0 bytes, aren't listed among the errors: both
// answers are sane, but a block has to be one that can be freed.
#define REFUSED_OR_FREEABLE(call)                                                \
    do {                                                                         \
        set_up();                                                                \
        void *block_ = (call);                                                   \
        ERRNO_AND_HANDLER(#call, block_ == NULL ? EINVAL : SENTINEL, block_ == NULL); \
        ALIGNED(block_, 16);                                                     \
        QUIETLY(_aligned_free(block_));                                          \
    } while (0)

ROW(K14) {
    REFUSED_OR_FREEABLE(_aligned_offset_malloc(0, 16, 0));
    REFUSED_OR_FREEABLE(_aligned_offset_realloc(NULL, 0, 16, 0));
    REFUSED_OR_FREEABLE(_aligned_recalloc(NULL, 0, 8, 16));
    REFUSED_OR_FREEABLE(_aligned_offset_recalloc(NULL, 8, 0, 16, 0));
    GIVES(_heapchk(), _HEAPOK);
}
