// LocalReAlloc, GlobalReAlloc and discarding (M19 to M27).

#include "family.h"

#define BIG ((SIZE_T)0x20000)

ROW(M19) {
    EACH_FAMILY {
        HANDLE pointer = object(x, FIXED, 12);
        paint(pointer, 12, 19);
        EQUAL(x->reallocate(pointer, 11, MODIFY), pointer);
        EQUAL(x->size(pointer), 12);
        EQUAL(x->reallocate(pointer, MIB, MODIFY), pointer);
        EQUAL(x->size(pointer), 12);
        CHECK(painted(pointer, 12, 19));
    }
}

ROW(M20) {
    EACH_FAMILY {
        HANDLE pointer = object(x, FIXED, BIG);
        paint(pointer, BIG, 20);
        SetLastError(MARK);
        HANDLE grown = x->reallocate(pointer, BIG + 512, 0);
        if (grown == NULL) {
            ERROR_IS(ERROR_NOT_ENOUGH_MEMORY);
            EQUAL(x->size(pointer), BIG);
        } else {
            EQUAL(grown, pointer);
            EQUAL(x->size(pointer), BIG + 512);
        }
        CHECK(painted(pointer, BIG, 20));
    }
}

ROW(M21) {
    HANDLE pointer = object(&global, GMEM_FIXED | GMEM_ZEROINIT, 100000);
    HANDLE handle = GlobalReAlloc(pointer, 0, GMEM_MODIFY | GMEM_MOVEABLE);
    CHECK(handle != NULL);
    EQUAL((uintptr_t)handle % (2 * P), P);
    EQUAL(GlobalSize(handle), 100000);
    CHECK(all(data_of(&global, handle), 100000, 0));
    EQUAL(GlobalFree(handle), NULL);
}

ROW(M22) {
    HANDLE pointer = object(&local, LMEM_FIXED, 1000);
    paint(pointer, 1000, 22);
    EQUAL(LocalReAlloc(pointer, 0, LMEM_MODIFY | LMEM_MOVEABLE), pointer);
    EQUAL(LocalSize(pointer), 1000);
    CHECK(painted(pointer, 1000, 22));
    EQUAL(LocalFlags(pointer), 0);
}

ROW(M23) {
    EACH_FAMILY {
        SIZE_T sizes[] = {1, 12, 100, 5000, BIG};
        for (int i = 0; i < 5; i++) {
            SIZE_T k = sizes[i];
            HANDLE handle = object(x, MOVEABLE, k);
            paint(data_of(x, handle), k, 23);
            EQUAL(x->reallocate(handle, 2 * k, MOVEABLE | ZEROINIT), handle);
            EQUAL(x->size(handle), 2 * k);
            unsigned char *data = data_of(x, handle);
            CHECK(painted(data, k, 23));
            CHECK(all(data + k, k, 0));
        }
    }
}

ROW(M24) {
    HANDLE handle = object(&global, GMEM_MOVEABLE, 100);
    CHECK(GlobalLock(handle) != NULL);
    EQUAL(GlobalDiscard(handle), NULL);
    EQUAL(GlobalSize(handle), 100);
    GlobalUnlock(handle);
    EQUAL(GlobalDiscard(handle), handle);
    EQUAL(GlobalSize(handle), 0);
    EQUAL(GlobalFlags(handle), GMEM_DISCARDED);
}

ROW(M25) {
    EACH_FAMILY {
        HANDLE handle = object(x, MOVEABLE, 100);
        paint(data_of(x, handle), 100, 25);
        EQUAL(x->reallocate(handle, 0, 0), NULL);
        EQUAL(x->size(handle), 100);
        CHECK(painted(data_of(x, handle), 100, 25));
    }
}

ROW(M26) {
    EACH_FAMILY {
        HANDLE handle = object(x, MOVEABLE, 100);
        paint(data_of(x, handle), 100, 26);
        EQUAL(x->reallocate(handle, 200, MOVEABLE | DISCARDABLE(x)), NULL);
        EQUAL(x->size(handle), 100);
        EQUAL(x->flags(handle), 0);
        CHECK(painted(data_of(x, handle), 100, 26));
        HANDLE pointer = object(x, FIXED, 100);
        paint(pointer, 100, 26);
        EQUAL(x->reallocate(pointer, 200, MOVEABLE | DISCARDABLE(x)), NULL);
        EQUAL(x->size(pointer), 100);
        CHECK(painted(pointer, 100, 26));
    }
}

ROW(M27) {
    EACH_FAMILY {
        HANDLE handle = object(x, MOVEABLE, 12);
        unsigned char *data = x->lock(handle);
        paint(data, 12, 27);
        EQUAL(x->reallocate(handle, 512, 0), NULL);
        EQUAL(x->size(handle), 12);
        EQUAL(data_of(x, handle), data);
        CHECK(painted(data, 12, 27));
        EQUAL(x->reallocate(handle, 512, MOVEABLE), handle);
        EQUAL(x->size(handle), 512);
        EQUAL(x->flags(handle), 1);
        CHECK(painted(data_of(x, handle), 12, 27));
    }
}
