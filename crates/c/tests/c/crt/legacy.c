// _heapadd, _heapset, _heapused and the thresholds of the small-block heap.

#include "rows.h"

#include "blocks.h"

ROW(L01) {
    static char donated[100];
    set_up();
    EQUAL(_heapadd(donated, sizeof donated), -1);
    ERRNO_AND_HANDLER("_heapadd", ENOSYS, 0);
    set_up();
    EQUAL(_heapadd(NULL, 0), -1);
    ERRNO_AND_HANDLER("_heapadd(NULL, 0)", ENOSYS, 0);
}

// Free blocks of every kind among live ones.
enum { COUNT = 60 };
static void *blocks[COUNT];

static size_t size_of(size_t i) {
    return i % 10 == 9 ? 70 * KIB * i : 3 + 17 * i * i;
}

static void leave_free_blocks(void) {
    for (size_t i = 0; i < COUNT; i++) {
        blocks[i] = fill_pattern(malloc(size_of(i)), size_of(i), (unsigned)i);
    }
    for (size_t i = 0; i < COUNT; i += 2) {
        free(blocks[i]);
    }
}

// The bytes of all free entries; there are some.
static void free_entries_are(unsigned char fill) {
    size_t bytes = 0;
    _HEAPINFO entry = {0};
    while (_heapwalk(&entry) == _HEAPOK) {
        if (entry._useflag == _FREEENTRY) {
            BYTES(entry._pentry, 0, entry._size, fill);
            bytes += entry._size;
        }
    }
    HOLDS(bytes > 0);
}

static void live_blocks_are_untouched(void) {
    for (size_t i = 1; i < COUNT; i += 2) {
        PATTERN(blocks[i], size_of(i), (unsigned)i);
    }
}

ROW(L02) {
    leave_free_blocks();
    GIVES(_heapset('Z'), -2);
    free_entries_are(0x5A);
    live_blocks_are_untouched();
}

ROW(L04) {
    set_up();
    EQUAL(_set_sbh_threshold(0), 0);
    EQUAL(_set_sbh_threshold(1000), 0);
    EQUAL(_get_sbh_threshold(), 0);
    EQUAL(handler_calls, 0);
}

// The low byte counts; another byte replaces the first.
ROW(K22) {
    leave_free_blocks();
    GIVES(_heapset('Z'), _HEAPOK);
    GIVES(_heapset(0xFFFFFF41), _HEAPOK);
    free_entries_are(0x41);
    live_blocks_are_untouched();
    GIVES(_heapchk(), _HEAPOK);
}

// Filled memory is allocated as zeros when zeros are asked for.
ROW(K23) {
    leave_free_blocks();
    GIVES(_heapset(0xEE), _HEAPOK);
    for (size_t size = 1; size < 2 * MIB; size += 1 + size / 16) {
        void *block;
        ALLOCATES(block, calloc(1, size));
        BYTES(block, 0, size, 0);
        ALLOCATES(block, _recalloc(block, 1, size + 100));
        BYTES(block, 0, size + 100, 0);
        GIVES(_heapset(0xDD), _HEAPOK);
        BYTES(block, 0, size + 100, 0);
        if (size % 2 == 0) {
            free(block);
        }
    }
    live_blocks_are_untouched();
    GIVES(_heapchk(), _HEAPOK);
}

// It checks as _heapchk does.
ROW(K24) {
    unsigned char *block = malloc(61);
    GIVES(_heapset('Z'), _HEAPOK);
    block[61] ^= 0xFF;
    GIVES(_heapset('Z'), _HEAPBADNODE);
    block[61] ^= 0xFF;
    GIVES(_heapset('Z'), _HEAPOK);
}

// What nobody writes to stays as it was filled: how stray writes into free memory are found.
ROW(K25) {
    leave_free_blocks();
    GIVES(_heapset('Z'), _HEAPOK);
    free_entries_are('Z');
    _HEAPINFO entry = {0};
    unsigned char *stray = NULL;
    while (_heapwalk(&entry) == _HEAPOK) {
        if (entry._useflag == _FREEENTRY && entry._size > 100) {
            stray = (unsigned char *)entry._pentry + 100;
        }
    }
    HOLDS(stray != NULL);
    *stray = 'y';
    size_t unlike = 0;
    memset(&entry, 0, sizeof entry);
    while (_heapwalk(&entry) == _HEAPOK) {
        for (size_t i = 0; entry._useflag == _FREEENTRY && i < entry._size; i++) {
            unlike += ((unsigned char *)entry._pentry)[i] != 'Z';
        }
    }
    EQUAL(unlike, 1);
}

// No numbers are known to it, as the last releases that had it say.
ROW(K26) {
    size_t used = 1, committed = 1;
    set_up();
    EQUAL(_heapused(&used, &committed), 0);
    ERRNO_AND_HANDLER("_heapused", ENOSYS, 0);
    set_up();
    EQUAL(_heapused(NULL, NULL), 0);
    ERRNO_AND_HANDLER("_heapused(NULL, NULL)", ENOSYS, 0);
}
