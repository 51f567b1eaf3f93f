// Damage that a program can do to a heap, and that HeapValidate finds (X100 to X109).

#include "child.h"
#include "walk.h"

static const SIZE_T sizes[] = {0,   1,   7,   8,    9,    15,   16,   17,    24,    31,    32,
                               33,  40,  48,  63,   64,   100,  120,  127,   128,   200,   500,
                               504, 505, 511, 1000, 1016, 1024, 2040, 4000,  4088,  4096,  5000,
                               8184, 8192, 10000, 16376, 32760, 40000, 65528, 65536, 100000};
#define SIZES (sizeof sizes / sizeof sizes[0])
static const SIZE_T large_sizes[] = {A, 3 * A, 4 * A - 16, 5 * A, 5 * A + 1, 8 * MIB, 40 * MIB + 5};
#define LARGE_SIZES (sizeof large_sizes / sizeof large_sizes[0])

static void expect_damage(HANDLE heap, void *memory) {
    FAILS(HeapValidate(heap, 0, memory), FALSE, MARK);
    FAILS(HeapValidate(heap, 0, NULL), FALSE, MARK);
    CHECK(!HeapValidate(heap, HEAP_NO_SERIALIZE, memory));
}

static void expect_intact(HANDLE heap, void *memory) {
    CHECK(HeapValidate(heap, 0, memory));
    CHECK(HeapValidate(heap, 0, NULL));
}

// Writes behind a block, looks whether that is found, and repairs it.
static void overrun(HANDLE heap, unsigned char *memory, SIZE_T size, SIZE_T bytes) {
    unsigned char saved[256];
    memcpy(saved, memory + size, bytes);
    for (SIZE_T i = 0; i < bytes; i++) {
        memory[size + i] = (unsigned char)(saved[i] == 'A' ? 'B' : 'A');
    }
    expect_damage(heap, memory);
    memcpy(memory + size, saved, bytes);
    expect_intact(heap, memory);
}

// Overruns by 1 byte and by 8, of blocks of each size.
ROW(X100) {
    HANDLE heaps[] = {growable_heap(), unserialized_heap(), fixed_heap(), process_heap()};
    for (int i = 0; i < 4; i++) {
        for (size_t j = 0; j < SIZES; j++) {
            AT(sizes[j]);
            unsigned char *memory = block(heaps[i], sizes[j]);
            overrun(heaps[i], memory, sizes[j], 1);
            overrun(heaps[i], memory, sizes[j], 8);
        }
    }
    HANDLE h = growable_heap();
    for (SIZE_T size = 0; size < 3000; size++) {
        AT(size);
        unsigned char *memory = block(h, size);
        unsigned char saved = memory[size];
        memory[size] = (unsigned char)~saved;
        CHECK(!HeapValidate(h, 0, memory));
        memory[size] = saved;
        CHECK(HeapValidate(h, 0, memory));
    }
}

// The same for large blocks.
ROW(X101) {
    HANDLE heaps[] = {growable_heap(), process_heap()};
    for (int i = 0; i < 2; i++) {
        for (size_t j = 0; j < LARGE_SIZES; j++) {
            AT(large_sizes[j]);
            unsigned char *memory = block(heaps[i], large_sizes[j]);
            overrun(heaps[i], memory, large_sizes[j], 1);
            overrun(heaps[i], memory, large_sizes[j], 8);
        }
    }
}

// Overruns by 100 bytes, which for small blocks reach into the next ones.
ROW(X102) {
    HANDLE heaps[] = {growable_heap(), process_heap()};
    for (int i = 0; i < 2; i++) {
        for (size_t j = 0; j < SIZES; j++) {
            AT(sizes[j]);
            unsigned char *blocks[20];
            for (int k = 0; k < 20; k++) {
                blocks[k] = block(heaps[i], sizes[j]);
            }
            // One with others behind it: the lowest.
            unsigned char *lowest = blocks[0];
            for (int k = 0; k < 20; k++) {
                lowest = blocks[k] < lowest ? blocks[k] : lowest;
            }
            overrun(heaps[i], lowest, sizes[j], 100);
        }
    }
}

// One scattered byte in what is between a block and the next one, whichever, and with whichever
// value.
ROW(X103) {
    HANDLE h = growable_heap();
    static const unsigned char values[] = {0x00, 0xFF, 0x01, 0x80, 0xAB, 0xFD, 0x20};
    for (size_t j = 0; j < SIZES; j++) {
        unsigned char *memory = block(h, sizes[j]);
        struct walk *walk = walk_of(h);
        PROCESS_HEAP_ENTRY *entry = element_of(walk, memory);
        CHECK(entry != NULL);
        for (SIZE_T i = 0; i < entry->cbOverhead; i++) {
            AT(sizes[j] << 16 | i);
            unsigned char *byte = memory + sizes[j] + i, saved = *byte;
            for (int k = 0; k < 7; k++) {
                *byte = values[k] == saved ? (unsigned char)~saved : values[k];
                CHECK(!HeapValidate(h, 0, memory));
            }
            *byte = saved;
            CHECK(HeapValidate(h, 0, memory));
        }
        forget(walk);
    }
    CHECK(HeapValidate(h, 0, NULL));
}

// A write just before a block is damage to the one before.
ROW(X104) {
    HANDLE h = growable_heap();
    for (size_t j = 0; sizes[j] <= 1000; j++) {
        AT(sizes[j]);
        for (int k = 0; k < 5; k++) {
            block(h, sizes[j]);
        }
        struct walk *walk = walk_of(h);
        // A block right behind another one of this size.
        for (size_t i = 1; i < walk->count; i++) {
            PROCESS_HEAP_ENTRY *before = &walk->entries[i - 1], *entry = &walk->entries[i];
            if (is_busy(before) && is_busy(entry) && before->cbData == sizes[j] &&
                entry->cbData == sizes[j]) {
                unsigned char *byte = (unsigned char *)entry->lpData - 1, saved = *byte;
                *byte = (unsigned char)~saved;
                CHECK(!HeapValidate(h, 0, NULL));
                *byte = saved;
                CHECK(HeapValidate(h, 0, NULL));
            }
        }
        forget(walk);
    }
}

// A damaged block is not freed, moved or measured; once repaired, it is as before.
ROW(X105) {
    HANDLE heaps[] = {growable_heap(), process_heap()};
    for (int i = 0; i < 2; i++) {
        for (size_t j = 0; j < SIZES; j++) {
            AT(sizes[j]);
            SIZE_T size = sizes[j];
            unsigned char *memory = block(heaps[i], size), saved = memory[size];
            paint(memory, size, 5);
            memory[size] = (unsigned char)~saved;
            FAILS(HeapFree(heaps[i], 0, memory), FALSE, ERROR_INVALID_PARAMETER);
            FAILS(HeapReAlloc(heaps[i], 0, memory, size + 9), NULL, ERROR_INVALID_PARAMETER);
            FAILS(HeapReAlloc(heaps[i], HEAP_REALLOC_IN_PLACE_ONLY, memory, size / 2), NULL,
                  ERROR_INVALID_PARAMETER);
            FAILS(HeapSize(heaps[i], 0, memory), (SIZE_T)-1, MARK);
            memory[size] = saved;
            EQUAL(HeapSize(heaps[i], 0, memory), size);
            CHECK(painted(memory, size, 5));
            CHECK(HeapFree(heaps[i], 0, memory));
        }
    }
}

// What a program writes to memory that it has freed breaks nothing.
ROW(X106) {
    HANDLE heaps[] = {growable_heap(), unserialized_heap(), process_heap()};
    for (int i = 0; i < 3; i++) {
        for (size_t j = 0; sizes[j] <= 5000; j++) {
            AT(sizes[j]);
            SIZE_T size = sizes[j];
            static unsigned char *freed[200], *live[200], *fresh[300];
            for (int k = 0; k < 200; k++) {
                freed[k] = block(heaps[i], size);
                live[k] = block(heaps[i], size);
                paint(live[k], size, (size_t)k);
            }
            for (int k = 0; k < 200; k++) {
                CHECK(HeapFree(heaps[i], 0, freed[k]));
                memset(freed[k], 0x41 + k % 7, size);
            }
            CHECK(HeapValidate(heaps[i], 0, NULL));
            for (int k = 0; k < 300; k++) {
                fresh[k] = block(heaps[i], size);
                EQUAL(HeapSize(heaps[i], 0, fresh[k]), size);
                memset(fresh[k], k, size);
            }
            for (int k = 0; k < 300; k++) {
                CHECK(all(fresh[k], size, (unsigned char)k));
                CHECK(HeapFree(heaps[i], 0, fresh[k]));
            }
            for (int k = 0; k < 200; k++) {
                CHECK(painted(live[k], size, (size_t)k));
                CHECK(HeapFree(heaps[i], 0, live[k]));
            }
        }
        CHECK(HeapValidate(heaps[i], 0, NULL));
    }
}

// Overruns of one block do no harm to the check of others.
ROW(X107) {
    HANDLE h = growable_heap();
    for (size_t j = 0; j < SIZES; j++) {
        AT(sizes[j]);
        unsigned char *memory = block(h, sizes[j]), *other = block(h, sizes[j]);
        unsigned char saved = memory[sizes[j]];
        memory[sizes[j]] = (unsigned char)~saved;
        CHECK(HeapValidate(h, 0, other));
        CHECK(HeapFree(h, 0, other));
        memory[sizes[j]] = saved;
    }
    CHECK(HeapValidate(h, 0, NULL));
}

struct word {
    HANDLE heap;
    uintptr_t *address;
};

static void damage_and_validate(void *pointer) {
    struct word *word = pointer;
    *word->address = ~*word->address;
    alarm(3);
    _exit(HeapValidate(word->heap, HEAP_NO_SERIALIZE, NULL) ? 3 : 4);
}

// A heap whose own records are overwritten: the check comes to an end, whatever the word, and
// never by a fault.
ROW(X108) {
    HANDLE h = growable_heap();
    for (SIZE_T size = 0; size < 2000; size += 50) {
        block(h, size);
        CHECK(HeapFree(h, 0, block(h, size)));
    }
    PROCESS_HEAP_ENTRY entry = {0};
    CHECK(HeapWalk(h, &entry));
    CHECK(is_region(&entry) && entry.cbData >= sizeof(uintptr_t));
    SIZE_T words = entry.cbData / sizeof(uintptr_t), step = words < 256 ? 1 : words / 256;
    int found = 0;
    for (SIZE_T i = 0; i < words; i += step) {
        AT(i);
        struct word word = {h, (uintptr_t *)entry.lpData + i};
        struct ending ending = in_child(damage_and_validate, &word);
        CHECK(WIFEXITED(ending.status));
        int code = WEXITSTATUS(ending.status);
        CHECK(code == 3 || code == 4);
        found += code == 4;
    }
    CHECK(found > 0);
    CHECK(HeapValidate(h, 0, NULL));
}

static void walk_damaged(void *heap) {
    PROCESS_HEAP_ENTRY entry = {0};
    for (int i = 0; i < 100000 && HeapWalk(heap, &entry); i++) {
    }
    HEAP_SUMMARY summary = {.cb = sizeof summary};
    HeapSummary(heap, 0, &summary);
    HeapCompact(heap, 0);
    HeapDestroy(heap);
}

// Walking, measuring and destroying a heap full of overruns works.
ROW(X109) {
    HANDLE h = growable_heap();
    for (size_t j = 0; j < SIZES; j++) {
        unsigned char *memory = block(h, sizes[j]);
        memset(memory + sizes[j], 0x41, 8);
    }
    struct ending ending = in_child(walk_damaged, h);
    CHECK(returned(&ending));
    CHECK(!HeapValidate(h, 0, NULL));
}
