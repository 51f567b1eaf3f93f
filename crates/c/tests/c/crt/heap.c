// _heapchk, _heapmin, _heapwalk and _get_heap_handle.

#include "rows.h"

#include <stddef.h>

#include "blocks.h"

ROW(H01) {
    GIVES(_heapchk(), -2);
}

ROW(H02) {
    GIVES(_heapmin(), 0);
}

// Blocks of every kind, live across a call.
enum { COUNT = 40 };
static void *blocks[COUNT];

static size_t size_of(size_t i) {
    return i % 10 == 9 ? 600 * KIB * i : 3 + 17 * i * i;
}

static size_t allocate_blocks(void) {
    size_t sum = 0;
    for (size_t i = 0; i < COUNT; i++) {
        ALLOCATES(blocks[i], malloc(size_of(i)));
        fill_pattern(blocks[i], size_of(i), (unsigned)i);
        sum += size_of(i);
    }
    return sum;
}

ROW(H03) {
    allocate_blocks();
    for (size_t i = 0; i < COUNT; i += 2) {
        free(blocks[i]);
    }
    GIVES(_heapmin(), 0);
    for (size_t i = 1; i < COUNT; i += 2) {
        PATTERN(blocks[i], size_of(i), (unsigned)i);
        GIVES(_msize(blocks[i]), size_of(i));
        LIVE(blocks[i]);
    }
    GIVES(_heapchk(), _HEAPOK);
}

ROW(H04) {
    REFUSES(_heapwalk(NULL), -6);
}

// The whole heap, entry by entry; a walk that doesn't end fails.
enum { MOST = 100000 };
static _HEAPINFO walked[MOST];

static size_t walk_all(void) {
    _HEAPINFO entry;
    memset(&entry, 0x5A, sizeof entry);
    entry._pentry = NULL;
    for (size_t i = 0; i < MOST; i++) {
        set_up();
        const int status = _heapwalk(&entry);
        ERRNO_AND_HANDLER("_heapwalk", SENTINEL, 0);
        if (status != -2) {
            EQUAL(status, -5);
            return i;
        }
        walked[i] = entry;
    }
    FAIL("the walk doesn't end");
}

ROW(H05) {
    allocate_blocks();
    HOLDS(walk_all() >= COUNT);
}

ROW(H06) {
    void *block = malloc(59);
    size_t found = 0;
    for (size_t i = walk_all(); i-- > 0;) {
        if ((void *)walked[i]._pentry == block) {
            EQUAL(walked[i]._size, 59);
            EQUAL(walked[i]._useflag, 1);
            found++;
        }
    }
    EQUAL(found, 1);
    EQUAL(used_entries_at(block), 1);
}

ROW(H07) {
    void *block = malloc(59);
    LIVE(block);
    free(block);
    FREED(block);
    for (size_t i = walk_all(); i-- > 0;) {
        HOLDS((void *)walked[i]._pentry != block || walked[i]._useflag != _USEDENTRY);
    }
}

ROW(H08) {
    allocate_blocks();
    for (size_t i = 0; i < COUNT; i += 3) {
        free(blocks[i]);
    }
    size_t used = 0, free_ones = 0;
    for (size_t i = walk_all(); i-- > 0;) {
        HOLDS_AT(walked[i]._useflag == 0 || walked[i]._useflag == 1, i);
        used += walked[i]._useflag == 1;
        free_ones += walked[i]._useflag == 0;
    }
    HOLDS(used > 0 && free_ones > 0);
}

ROW(H09) {
    static _HEAPINFO first[MOST];
    allocate_blocks();
    for (size_t i = 0; i < COUNT; i += 3) {
        free(blocks[i]);
    }
    const size_t count = walk_all();
    memcpy(first, walked, count * sizeof *walked);
    EQUAL(walk_all(), count);
    for (size_t i = 0; i < count; i++) {
        SAME(walked[i]._pentry, first[i]._pentry);
        EQUAL_AT(walked[i]._size, first[i]._size, i);
        EQUAL_AT(walked[i]._useflag, first[i]._useflag, i);
    }
}

static size_t used_bytes;

static size_t count_used(void) {
    size_t used = 0;
    used_bytes = 0;
    for (size_t i = walk_all(); i-- > 0;) {
        if (walked[i]._useflag == _USEDENTRY) {
            used++;
            used_bytes += walked[i]._size;
        }
    }
    return used;
}

ROW(H10) {
    const size_t before = count_used();
    const size_t bytes_before = used_bytes;
    const size_t sum = allocate_blocks();
    EQUAL(count_used(), before + COUNT);
    EQUAL(used_bytes, bytes_before + sum);
    for (size_t i = 0; i < COUNT; i++) {
        free(blocks[i]);
    }
    EQUAL(count_used(), before);
    EQUAL(used_bytes, bytes_before);
}

static void refused_entry(void *address) {
    _HEAPINFO entry = {._pentry = address};
    set_up();
    const int status = _heapwalk(&entry);
    HOLDS(status == _HEAPBADPTR || status == _HEAPBADNODE);
}

ROW(H11) {
    int on_the_stack = 0;
    static int in_data;
    char *block = malloc(1000);
    refused_entry(&on_the_stack);
    refused_entry(&in_data);
    refused_entry(block + 8);
    refused_entry(block + 501);
    refused_entry((void *)1);
    refused_entry((void *)(UINTPTR_MAX - 7));
    HOLDS(on_the_stack == 0 && in_data == 0);
    // Freed meanwhile: an entry no longer, or a free one now.
    free(block);
    _HEAPINFO entry = {._pentry = (int *)block};
    for (size_t steps = 0; _heapwalk(&entry) == _HEAPOK; steps++) {
        HOLDS(steps < 1000);
    }
    GIVES(_heapchk(), _HEAPOK);
}

ROW(H12) {
    _HEAPINFO plain = {0}, junk;
    memset(&junk, 0xEE, sizeof junk);
    junk._pentry = NULL;
    free(malloc(1));
    GIVES(_heapwalk(&plain), _HEAPOK);
    GIVES(_heapwalk(&junk), _HEAPOK);
    SAME(junk._pentry, plain._pentry);
    EQUAL(junk._size, plain._size);
    EQUAL(junk._useflag, plain._useflag);
}

// Of <windows.h>, which has its own tests.
void *GetProcessHeap(void);
void *HeapAlloc(void *heap, uint32_t flags, size_t size);
int32_t HeapFree(void *heap, uint32_t flags, void *block);
size_t HeapSize(void *heap, uint32_t flags, const void *block);

ROW(H13) {
    set_up();
    const intptr_t handle = _get_heap_handle();
    HOLDS(handle != 0);
    EQUAL(_get_heap_handle(), handle);
    SAME(handle, GetProcessHeap());
    ERRNO_AND_HANDLER("_get_heap_handle", SENTINEL, 0);
}

ROW(H14) {
    EQUAL(sizeof(_HEAPINFO), 24);
    EQUAL(offsetof(_HEAPINFO, _pentry), 0);
    EQUAL(offsetof(_HEAPINFO, _size), 8);
    EQUAL(offsetof(_HEAPINFO, _useflag), 16);
    EQUAL(sizeof(struct _heapinfo), 24);
}

ROW(H15) {
    EQUAL(_HEAPEMPTY, -1);
    EQUAL(_HEAPOK, -2);
    EQUAL(_HEAPBADBEGIN, -3);
    EQUAL(_HEAPBADNODE, -4);
    EQUAL(_HEAPEND, -5);
    EQUAL(_HEAPBADPTR, -6);
    EQUAL(_FREEENTRY, 0);
    EQUAL(_USEDENTRY, 1);
}

ROW(H16) {
    EQUAL(_HEAP_MAXREQ, 0xFFFFFFFFFFFFFFE0);
    EQUAL(SIZE_MAX - MAXREQ, 31);
}

static int by_address(const void *one, const void *other) {
    const uintptr_t a = (uintptr_t)((const _HEAPINFO *)one)->_pentry;
    const uintptr_t b = (uintptr_t)((const _HEAPINFO *)other)->_pentry;
    return (a > b) - (a < b);
}

// No byte is in two entries, and each block is in one of its own.
ROW(K15) {
    allocate_blocks();
    for (size_t i = 0; i < COUNT; i += 3) {
        free(blocks[i]);
    }
    const size_t count = walk_all();
    qsort(walked, count, sizeof *walked, by_address);
    for (size_t i = 1; i < count; i++) {
        const uintptr_t end = (uintptr_t)walked[i - 1]._pentry + walked[i - 1]._size;
        HOLDS_AT(end <= (uintptr_t)walked[i]._pentry, i);
    }
    for (size_t i = 0; i < COUNT; i++) {
        EQUAL_AT(used_entries_at(blocks[i]), i % 3 != 0, i);
        EQUAL_AT(used_entries_at((char *)blocks[i] + size_of(i) - 1), i % 3 != 0, i);
    }
}

// The two faces of the process heap see each other's blocks.
ROW(K16) {
    void *block = HeapAlloc(GetProcessHeap(), 0, 77);
    LIVE(block);
    GIVES(_msize(block), 77);
    QUIETLY(free(block));
    block = malloc(78);
    EQUAL(HeapSize(GetProcessHeap(), 0, block), 78);
    EQUAL(HeapFree(GetProcessHeap(), 0, block), 1);
    FREED(block);
}

// A byte past the end of a block is noticed, and the last byte of a block isn't past its end.
static void overrun_is_found(size_t size) {
    unsigned char *block = malloc(size);
    if (size > 0) {
        block[size - 1] ^= 0xFF;
    }
    GIVES(_heapchk(), _HEAPOK);
    const unsigned char kept = block[size];
    block[size] ^= 0xFF;
    GIVES(_heapchk(), _HEAPBADNODE);
    block[size] = kept;
    GIVES(_heapchk(), _HEAPOK);
    free(block);
}

ROW(K17) {
    for (size_t size = 0; size < 1200; size++) {
        overrun_is_found(size);
    }
    static const size_t sizes[] = {
        4095, 4096, 32 * KIB - 8, 32 * KIB - 1, 32 * KIB, 32 * KIB + 1, 64 * KIB, MIB - 8, MIB, 5 * MIB + 3,
    };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        overrun_is_found(sizes[i]);
    }
}

// The same after a block was resized, and for blocks of the other functions.
ROW(K18) {
    unsigned char *made[7];
    made[0] = realloc(malloc(100), 61);
    made[1] = _recalloc(malloc(10), 1, 61);
    made[2] = _expand(malloc(100), 61);
    made[3] = calloc(1, 61);
    made[4] = HeapAlloc(GetProcessHeap(), 0, 61);
    made[5] = _aligned_malloc(61, 64);
    made[6] = _aligned_offset_malloc(61, 64, 7);
    for (size_t i = 0; i < 7; i++) {
        GIVES(_heapchk(), _HEAPOK);
        const unsigned char kept = made[i][61];
        made[i][61] = (unsigned char)~kept;
        GIVES(_heapchk(), _HEAPBADNODE);
        made[i][61] = kept;
    }
    GIVES(_heapchk(), _HEAPOK);
}

// A walk over damage ends with what it found.
ROW(K19) {
    unsigned char *block = malloc(61);
    block[61] ^= 0xFF;
    _HEAPINFO entry = {0};
    int status;
    while ((status = _heapwalk(&entry)) == _HEAPOK) {
    }
    EQUAL(status, _HEAPBADNODE);
}

// Bytes of this process in memory.
static size_t resident(void) {
    size_t pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    HOLDS(file != NULL);
    EQUAL(fscanf(file, "%*u %zu", &pages), 1);
    fclose(file);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

// _heapmin gives back what nobody uses: small blocks and large ones.
ROW(K20) {
    enum { SMALL = 200000 };
    void **small = malloc(SMALL * sizeof *small);
    for (size_t i = 0; i < SMALL; i++) {
        small[i] = memset(malloc(200), 1, 200);
    }
    void *large = memset(malloc(30 * MIB), 1, 30 * MIB);
    const size_t before = resident();
    HOLDS(before > 60 * MIB);
    for (size_t i = 0; i < SMALL; i++) {
        free(small[i]);
    }
    free(large);
    free(small);
    GIVES(_heapmin(), 0);
    HOLDS_AT(resident() < before - 60 * MIB, resident());
    GIVES(_heapchk(), _HEAPOK);
}

// Checks while other threads allocate, resize and free find nothing wrong, and walks come to an end.
static volatile bool stop;

static void *churn(void *nothing) {
    enum { SOME = 50 };
    static __thread void *some[SOME];
    for (size_t round = 1; !stop; round++) {
        for (size_t i = 0; i < SOME; i++) {
            const size_t size = i * 40 * (1 + (i * round) % 40);
            some[i] = (i + round) % 3 == 0   ? realloc(some[i], size + 1)
                      : (i + round) % 3 == 1 ? _recalloc(some[i], 1, size + 1)
                                             : (free(some[i]), malloc(size));
            HOLDS(some[i] != NULL);
        }
    }
    return nothing;
}

ROW(K21) {
    pthread_t threads[2];
    EQUAL(pthread_create(&threads[0], NULL, churn, NULL), 0);
    EQUAL(pthread_create(&threads[1], NULL, churn, NULL), 0);
    for (size_t i = 0; i < 1000; i++) {
        EQUAL_AT(_heapchk(), _HEAPOK, i);
        _HEAPINFO entry = {0};
        size_t steps = 0;
        while (_heapwalk(&entry) == _HEAPOK && steps < MOST) {
            steps++;
        }
        HOLDS(steps < MOST);
        if (i % 100 == 0) {
            EQUAL(_heapmin(), 0);
        }
    }
    stop = true;
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    GIVES(_heapchk(), _HEAPOK);
}
