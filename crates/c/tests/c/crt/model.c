// Random sequences of calls against a model that knows what each block contains.

#include "rows.h"

#include "blocks.h"

enum { SLOTS = 160 };

struct slot {
    unsigned char *block;
    size_t size;
    size_t alignment, offset; // 0: not of the aligned family
    unsigned seed;            // of the pattern in the block
};

struct model {
    struct slot slots[SLOTS];
    uint64_t state;
    unsigned seeds;
};

static uint64_t random_below(struct model *model, uint64_t limit) {
    model->state ^= model->state << 13;
    model->state ^= model->state >> 7;
    model->state ^= model->state << 17;
    return model->state % limit;
}

// Mostly small; now and then at a border between kinds of blocks, or large.
static size_t random_size(struct model *model) {
    static const size_t borders[] = {16, 512, 1024, 4096, 16 * KIB, 32 * KIB, 64 * KIB, MIB};
    switch (random_below(model, 16)) {
    case 0: return random_below(model, MIB / 2) + 1;
    case 1:
    case 2: return borders[random_below(model, 8)] + random_below(model, 40) - 15;
    case 3:
    case 4: return random_below(model, 50000) + 1;
    default: return random_below(model, 600) + 1;
    }
}

static void refill(struct model *model, struct slot *slot) {
    slot->seed = model->seeds++;
    fill_pattern(slot->block, slot->size, slot->seed);
}

// What a resize has to leave: the old contents, and zeros behind them if they were asked for.
static void resized(struct model *model, struct slot *slot, unsigned char *block, size_t size, bool zeros) {
    HOLDS_AT(block != NULL, size);
    PATTERN(block, slot->size < size ? slot->size : size, slot->seed);
    if (zeros) {
        BYTES(block, slot->size, size, 0);
    }
    slot->block = block;
    slot->size = size;
    refill(model, slot);
}

static void fill_slot(struct model *model, struct slot *slot) {
    const size_t size = random_size(model);
    const bool zeros = random_below(model, 2) == 0;
    slot->alignment = random_below(model, 3) == 0 ? (size_t)1 << random_below(model, 13) : 0;
    slot->offset = random_below(model, 4) == 0 ? random_below(model, size) : 0;
    if (slot->alignment == 0) {
        slot->block = zeros ? calloc(1, size) : malloc(size);
    } else if (zeros) {
        slot->block = _aligned_offset_recalloc(NULL, size, 1, slot->alignment, slot->offset);
    } else {
        slot->block = _aligned_offset_malloc(size, slot->alignment, slot->offset);
    }
    HOLDS_AT(slot->block != NULL, size);
    if (zeros) {
        BYTES(slot->block, 0, size, 0);
    }
    slot->size = size;
    refill(model, slot);
}

static void resize_slot(struct model *model, struct slot *slot) {
    const size_t size = slot->offset + random_size(model);
    const bool zeros = random_below(model, 2) == 0;
    unsigned char *block;
    if (slot->alignment == 0) {
        block = zeros ? _recalloc(slot->block, size, 1) : realloc(slot->block, size);
    } else if (zeros) {
        block = _aligned_offset_recalloc(slot->block, 1, size, slot->alignment, slot->offset);
    } else {
        block = _aligned_offset_realloc(slot->block, size, slot->alignment, slot->offset);
    }
    resized(model, slot, block, size, zeros);
}

static void expand_slot(struct model *model, struct slot *slot) {
    const size_t size = random_size(model);
    if (slot->alignment == 0 && _expand(slot->block, size) != NULL) {
        resized(model, slot, slot->block, size, false);
    }
}

static void check_slot(const struct slot *slot) {
    PATTERN(slot->block, slot->size, slot->seed);
    if (slot->alignment == 0) {
        ALIGNED(slot->block, 16);
        EQUAL(_msize(slot->block), slot->size);
    } else {
        ALIGNED(slot->block + slot->offset, slot->alignment);
        EQUAL(_aligned_msize(slot->block, slot->alignment, slot->offset), slot->size);
    }
}

static void free_slot(struct slot *slot) {
    check_slot(slot);
    slot->alignment == 0 ? free(slot->block) : _aligned_free(slot->block);
    slot->block = NULL;
}

static void run(struct model *model, size_t steps) {
    for (size_t step = 0; step < steps; step++) {
        struct slot *slot = &model->slots[random_below(model, SLOTS)];
        if (slot->block == NULL) {
            fill_slot(model, slot);
        } else {
            switch (random_below(model, 5)) {
            case 0:
            case 1: free_slot(slot); break;
            case 2: expand_slot(model, slot); break;
            default: resize_slot(model, slot);
            }
        }
    }
    for (size_t i = 0; i < SLOTS; i++) {
        if (model->slots[i].block != NULL) {
            check_slot(&model->slots[i]);
        }
    }
}

static size_t blocks_of(const struct model *model) {
    size_t count = 0;
    for (size_t i = 0; i < SLOTS; i++) {
        count += model->slots[i].block != NULL;
    }
    return count;
}

static void empty(struct model *model) {
    for (size_t i = 0; i < SLOTS; i++) {
        if (model->slots[i].block != NULL) {
            free_slot(&model->slots[i]);
        }
    }
}

// After every part of the sequence the heap is intact, and its walk has as many blocks as the model.
ROW(K119) {
    static struct model model = {.state = 0x9E3779B97F4A7C15};
    const size_t before = used_entries_at(NULL);
    for (size_t part = 0; part < 60; part++) {
        run(&model, 500);
        GIVES(_heapchk(), _HEAPOK);
        EQUAL_AT(used_entries_at(NULL), before + blocks_of(&model), part);
        if (part % 20 == 19) {
            GIVES(_heapset((unsigned)part), _HEAPOK);
            GIVES(_heapmin(), 0);
        }
    }
    empty(&model);
    EQUAL(used_entries_at(NULL), before);
}

// The same on several threads, which then free each other's blocks.
static void *run_alone(void *model) {
    run(model, 15000);
    return NULL;
}

static void *empty_of_another(void *model) {
    empty(model);
    return NULL;
}

ROW(K120) {
    enum { THREADS = 3 };
    static struct model models[THREADS];
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        models[i].state = 0x9E3779B97F4A7C15 * (i + 1);
        EQUAL(pthread_create(&threads[i], NULL, run_alone, &models[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        EQUAL(pthread_join(threads[i], NULL), 0);
    }
    GIVES(_heapchk(), _HEAPOK);
    for (size_t i = 0; i < THREADS; i++) {
        EQUAL(pthread_create(&threads[i], NULL, empty_of_another, &models[(i + 1) % THREADS]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        EQUAL(pthread_join(threads[i], NULL), 0);
    }
    GIVES(_heapchk(), _HEAPOK);
}
