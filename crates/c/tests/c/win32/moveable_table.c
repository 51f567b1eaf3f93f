// The table of moveable objects and its rules (X160 to X168).

#include "family.h"
#include "tasks.h"

// What a handle points into: flags, then the data pointer, at which the handle points.
struct entry {
    uintptr_t flags;
    void *data;
};

static struct entry entry_of(HANDLE handle) {
    struct entry entry;
    memcpy(&entry, (char *)handle - P, sizeof entry);
    return entry;
}

#define LOCKS(count) ((uintptr_t)(count) << 16)

ROW(X160) {
    EACH_FAMILY {
        HANDLE handle = object(x, MOVEABLE, 100);
        unsigned char *data = data_of(x, handle);
        EQUAL(entry_of(handle).flags, 3);
        EQUAL(entry_of(handle).data, data);
        x->lock(handle);
        x->lock(handle);
        EQUAL(entry_of(handle).flags, 3 | LOCKS(2));
        x->unlock(handle);
        EQUAL(entry_of(handle).flags, 3 | LOCKS(1));
        HANDLE discardable = object(x, MOVEABLE | DISCARDABLE(x), 100);
        EQUAL(entry_of(discardable).flags, 7);
        HANDLE empty = object(x, MOVEABLE, 0);
        EQUAL(entry_of(empty).flags, 3 | 8);
        EQUAL(entry_of(empty).data, NULL);
    }
    EQUAL(entry_of(object(&global, GMEM_MOVEABLE | GMEM_DDESHARE, 100)).flags, 0x8003);
}

// A freed entry: the next free one's address with its low bits clear, and no data.
ROW(X161) {
    EACH_FAMILY {
        HANDLE handle = freed_handle(x);
        struct entry entry = entry_of(handle);
        CHECK(entry.flags != 0);
        EQUAL(entry.flags & 3, 0);
        EQUAL(entry.data, NULL);
    }
}

// The entries are no blocks of the heap; the data is.
ROW(X162) {
    EACH_FAMILY {
        HANDLE handle = object(x, MOVEABLE, 100);
        CHECK(!HeapValidate(process_heap(), 0, handle));
        CHECK(!HeapValidate(process_heap(), 0, (char *)handle - P));
        CHECK(HeapValidate(process_heap(), 0, data_of(x, handle)));
    }
}

// MODIFY with DISCARDABLE makes an object discardable and changes nothing else.
ROW(X163) {
    EACH_FAMILY {
        HANDLE handle = object(x, MOVEABLE, 100);
        paint(data_of(x, handle), 100, 163);
        EQUAL(x->flags(handle), 0);
        EQUAL(x->reallocate(handle, 5, MODIFY | DISCARDABLE(x)), handle);
        CHECK((x->flags(handle) & DISCARDABLE(x)) != 0);
        EQUAL(x->flags(handle) & ~DISCARDABLE(x), 0);
        EQUAL(x->size(handle), 100);
        CHECK(painted(data_of(x, handle), 100, 163));
    }
}

// A discarded object keeps its handle, and can be filled again.
ROW(X164) {
    EACH_FAMILY {
        HANDLE handle = object(x, MOVEABLE | DISCARDABLE(x), 1000);
        UINT flags = x->flags(handle);
        for (int round = 0; round < 3; round++) {
            EQUAL(x->global ? GlobalDiscard(handle) : LocalDiscard(handle), handle);
            EQUAL(x->size(handle), 0);
            EQUAL(x->flags(handle), flags | 0x4000);
            FAILS(x->lock(handle), NULL, ERROR_DISCARDED);
            EQUAL(x->reallocate(handle, 500, MOVEABLE | ZEROINIT), handle);
            EQUAL(x->flags(handle), flags);
            EQUAL(x->size(handle), 500);
            CHECK(all(data_of(x, handle), 500, 0));
        }
        EQUAL(x->global ? GlobalDiscard(handle) : LocalDiscard(handle), handle);
        EQUAL(x->release(handle), NULL);
    }
}

// Flags outside the valid ones.
ROW(X165) {
    EACH_FAMILY {
        UINT valid = x->global ? GMEM_VALID_FLAGS : LMEM_VALID_FLAGS;
        for (int bit = 0; bit < 32; bit++) {
            AT(bit);
            UINT flag = (UINT)1 << bit;
            if ((flag & valid) == 0) {
                FAILS(x->allocate(flag, 10), NULL, ERROR_INVALID_PARAMETER);
                FAILS(x->allocate(flag | MOVEABLE, 10), NULL, ERROR_INVALID_PARAMETER);
            } else {
                CHECK(x->allocate(flag, 10) != NULL);
            }
        }
        FAILS(x->allocate(FIXED, (SIZE_T)-1), NULL, ERROR_NOT_ENOUGH_MEMORY);
        FAILS(x->allocate(MOVEABLE, (SIZE_T)-1), NULL, ERROR_NOT_ENOUGH_MEMORY);
        HANDLE handle = object(x, MOVEABLE, 10);
        FAILS(x->reallocate(handle, (SIZE_T)-1, MOVEABLE), NULL, ERROR_NOT_ENOUGH_MEMORY);
        EQUAL(x->size(handle), 10);
    }
}

// A fixed object that GlobalReAlloc makes moveable.
ROW(X166) {
    UINT flags[] = {GMEM_MODIFY | GMEM_MOVEABLE, GMEM_MODIFY | GMEM_MOVEABLE | GMEM_DISCARDABLE};
    for (int i = 0; i < 2; i++) {
        AT(i);
        HANDLE pointer = object(&global, GMEM_FIXED, 1000);
        paint(pointer, 1000, 166);
        HANDLE handle = GlobalReAlloc(pointer, 5, flags[i]);
        CHECK(handle != NULL && handle != pointer);
        EQUAL(entry_of(handle).flags, i == 0 ? 3 : 7);
        EQUAL(GlobalSize(handle), 1000);
        CHECK(painted(data_of(&global, handle), 1000, 166));
        EQUAL(GlobalHandle(data_of(&global, handle)), handle);
    }
}

// Both families have the same objects.
ROW(X167) {
    HANDLE handle = object(&local, LMEM_MOVEABLE, 100);
    LPVOID data = LocalLock(handle);
    EQUAL(GlobalLock(handle), data);
    EQUAL(GlobalFlags(handle), 2);
    EQUAL(LocalFlags(handle), 2);
    EQUAL(GlobalSize(handle), 100);
    EQUAL(GlobalHandle(data), handle);
    EQUAL(LocalHandle(data), handle);
}

static void use_objects(void *pointer) {
    size_t seed = *(size_t *)pointer;
    HANDLE handles[40] = {NULL};
    uint32_t random = (uint32_t)seed;
    for (int step = 0; step < 5000; step++) {
        size_t i = next_random(&random) % 40;
        const struct family *x = families[i % 2];
        AT(step);
        if (handles[i] == NULL) {
            handles[i] = object(x, MOVEABLE, 20 + i);
            paint(data_of(x, handles[i]), 20 + i, seed + i);
            continue;
        }
        unsigned char *data = x->lock(handles[i]);
        CHECK(data != NULL);
        CHECK(painted(data, 20 + i, seed + i));
        EQUAL(x->handle(data), handles[i]);
        EQUAL(x->flags(handles[i]), 1);
        x->unlock(handles[i]);
        if (step % 3 == 0) {
            EQUAL(x->reallocate(handles[i], 20 + i + next_random(&random) % 500, MOVEABLE),
                  handles[i]);
        } else if (step % 3 == 1) {
            EQUAL(x->release(handles[i]), NULL);
            handles[i] = NULL;
        }
    }
}

// Calls of several threads at once.
ROW(X168) {
    struct task tasks[4];
    size_t seeds[4] = {1, 1000, 2000, 3000};
    for (int i = 0; i < 4; i++) {
        start(&tasks[i], use_objects, &seeds[i]);
    }
    for (int i = 0; i < 4; i++) {
        finish(&tasks[i]);
    }
    CHECK(HeapValidate(process_heap(), 0, NULL));
}
