// The Local and Global functions: objects, locks, bad handles (M01 to M18, M28 to M32).

#include "family.h"

ROW(M01) {
    EACH_FAMILY {
        EQUAL(MARKED(x->release(NULL)), NULL);
        ERROR_KEPT();
    }
}

ROW(M02) {
    EACH_FAMILY {
        EQUAL(x->reallocate(NULL, 10, MOVEABLE), NULL);
    }
}

ROW(M03) {
    EACH_FAMILY {
        for (SIZE_T k = 1; k < 100; k++) {
            HANDLE pointer = object(x, FIXED, k);
            CHECK(aligned(pointer, 2 * P));
            CHECK(HeapValidate(process_heap(), 0, pointer));
            EQUAL(HeapSize(process_heap(), 0, pointer), k);
        }
        CHECK(HeapValidate(process_heap(), 0, object(x, FIXED, 5 * A)));
    }
}

ROW(M04) {
    EACH_FAMILY {
        SIZE_T sizes[] = {1, 10, 1000, A, 5 * A};
        for (int i = 0; i < 5; i++) {
            HANDLE handle = object(x, MOVEABLE, sizes[i]);
            EQUAL((uintptr_t)handle % (2 * P), P);
            LPVOID data = x->lock(handle);
            CHECK(data != NULL && data != (LPVOID)handle);
            EQUAL(HeapSize(process_heap(), 0, data), sizes[i]);
            CHECK(HeapValidate(process_heap(), 0, data));
        }
    }
}

ROW(M05) {
    EACH_FAMILY {
        HANDLE handle = object(x, MOVEABLE, 0);
        EQUAL(x->size(handle), 0);
        FAILS(x->lock(handle), NULL, ERROR_DISCARDED);
    }
}

ROW(M06) {
    EQUAL(GlobalSize(object(&global, GMEM_FIXED, 0)), 1);
    EQUAL(LocalSize(object(&local, LMEM_FIXED, 0)), 0);
}

ROW(M07) {
    static HANDLE handles[65536];
    for (size_t i = 0; i < 65536; i++) {
        AT(i);
        handles[i] = object(families[i % 2], MOVEABLE, i % 3 == 0 ? 10 : 0);
    }
    EACH_FAMILY {
        FAILS(x->allocate(MOVEABLE, 0), NULL, ERROR_NOT_ENOUGH_MEMORY);
        FAILS(x->allocate(MOVEABLE, 10), NULL, ERROR_NOT_ENOUGH_MEMORY);
        EQUAL(x->release(object(x, FIXED, 10)), NULL);
    }
    // A handle that is given back can be used again.
    EQUAL(LocalFree(handles[100]), NULL);
    CHECK(GlobalAlloc(GMEM_MOVEABLE, 10) != NULL);
    FAILS(LocalAlloc(LMEM_MOVEABLE, 10), NULL, ERROR_NOT_ENOUGH_MEMORY);
}

ROW(M08) {
    EACH_FAMILY {
        HANDLE handle = object(x, MOVEABLE, 10);
        LPVOID data = x->lock(handle);
        CHECK(data != NULL);
        EQUAL(x->flags(handle), 1);
        EQUAL(x->lock(handle), data);
        EQUAL(x->flags(handle), 2);
    }
}

ROW(M09) {
    EACH_FAMILY {
        HANDLE handle = object(x, MOVEABLE, 10);
        CHECK(x->lock(handle) != NULL);
        CHECK(x->lock(handle) != NULL);
        CHECK(MARKED(x->unlock(handle)));
        FAILS(x->unlock(handle), FALSE, NO_ERROR);
        FAILS(x->unlock(handle), FALSE, ERROR_NOT_LOCKED);
    }
}

ROW(M10) {
    EACH_FAMILY {
        HANDLE handle = object(x, MOVEABLE, 10);
        for (int i = 0; i < 256; i++) {
            CHECK(x->lock(handle) != NULL);
            EQUAL(x->flags(handle) & 0xFF, i < 255 ? i + 1 : 255);
        }
        for (int i = 0; i < 254; i++) {
            CHECK(x->unlock(handle));
        }
        FAILS(x->unlock(handle), FALSE, NO_ERROR);
        EQUAL(x->flags(handle), 0);
    }
}

ROW(M11) {
    CHECK(GlobalUnlock(object(&global, GMEM_FIXED, 10)));
    FAILS(LocalUnlock(object(&local, LMEM_FIXED, 10)), FALSE, ERROR_NOT_LOCKED);
}

ROW(M12) {
    EQUAL(GlobalFlags(object(&global, GMEM_MOVEABLE | GMEM_DISCARDABLE, 0)), 0x4100);
    EQUAL(GlobalFlags(object(&global, GMEM_MOVEABLE | GMEM_DISCARDABLE, 1)), 0x0100);
}

ROW(M13) {
    UINT flags = GMEM_MOVEABLE | GMEM_DISCARDABLE | GMEM_DDESHARE;
    EQUAL(GlobalFlags(object(&global, flags, 1)), 0x2100);
}

ROW(M14) {
    UINT obsolete = GMEM_NOCOMPACT | GMEM_NODISCARD | GMEM_DISCARDABLE | GMEM_NOT_BANKED |
                    GMEM_DDESHARE | GMEM_NOTIFY;
    EQUAL(GlobalFlags(object(&global, GMEM_MOVEABLE | obsolete, 4)) & ~0x2100u, 0);
    EQUAL(GlobalFlags(object(&global, GMEM_FIXED | obsolete, 4)) & ~0x2100u, 0);
    obsolete = LMEM_NOCOMPACT | LMEM_NODISCARD | LMEM_DISCARDABLE;
    EQUAL(LocalFlags(object(&local, LMEM_MOVEABLE | obsolete, 4)) & ~0x0F00u, 0);
    EQUAL(LocalFlags(object(&local, LMEM_FIXED | obsolete, 4)) & ~0x0F00u, 0);
    CHECK((LocalFlags(object(&local, LMEM_MOVEABLE | LMEM_DISCARDABLE, 4)) & 0x0F00) != 0);
}

ROW(M15) {
    EACH_FAMILY {
        HANDLE handle = object(x, MOVEABLE, 0);
        for (int round = 0; round < 2; round++) {
            handle = x->reallocate(handle, 10, MOVEABLE);
            CHECK(handle != NULL);
            CHECK(x->size(handle) >= 10 && x->size(handle) <= 16);
            memset(data_of(x, handle), 0x5A, 10);
            if (round == 0) {
                handle = x->reallocate(handle, 0, MOVEABLE);
                CHECK(handle != NULL);
                EQUAL(x->size(handle), 0);
            }
        }
    }
}

ROW(M16) {
    EACH_FAMILY {
        HANDLE handle = object(x, MOVEABLE, 10);
        EQUAL(x->release(handle), NULL);
        FAILS(x->release(handle), handle, ERROR_INVALID_HANDLE);
    }
}

ROW(M17) {
    EACH_FAMILY {
        HANDLE handle = freed_handle(x);
        FAILS(x->flags(handle), 0x8000, ERROR_INVALID_HANDLE);
        FAILS(x->size(handle), 0, ERROR_INVALID_HANDLE);
        FAILS(x->lock(handle), NULL, ERROR_INVALID_HANDLE);
        FAILS(x->reallocate(handle, 0, MOVEABLE), NULL, ERROR_INVALID_HANDLE);
        FAILS(x->reallocate(handle, 20, MOVEABLE), NULL, ERROR_INVALID_HANDLE);
    }
}

ROW(M18) {
    SetLastError(MARK);
    CHECK(GlobalUnlock(freed_handle(&global)));
    ERROR_IS(ERROR_INVALID_HANDLE);
    FAILS(LocalUnlock(freed_handle(&local)), FALSE, ERROR_INVALID_HANDLE);
}

ROW(M28) {
    EACH_FAMILY {
        HANDLE handle = object(x, MOVEABLE, 10);
        LPVOID data = x->lock(handle);
        EQUAL(x->handle(data), handle);
    }
}

ROW(M29) {
    EACH_FAMILY {
        HANDLE pointer = object(x, FIXED, 10);
        EQUAL(x->handle(pointer), pointer);
        LPVOID memory = block(process_heap(), 100);
        EQUAL(x->handle(memory), memory);
    }
}

ROW(M30) {
    EACH_FAMILY {
        HANDLE handle = object(x, MOVEABLE, 10);
        PVOID value = NULL;
        ULONG flags = 0;
        CHECK(RtlGetUserInfoHeap(process_heap(), 0, x->lock(handle), &value, &flags));
        EQUAL(value, handle);
        EQUAL(flags, 0x200);
    }
}

ROW(M31) {
    EACH_FAMILY {
        // Memory that was written before, so that nothing is zero by chance.
        HANDLE dirty = object(x, FIXED, 100000);
        memset(dirty, 0xEE, 100000);
        EQUAL(x->release(dirty), NULL);
        HANDLE pointer = object(x, ZEROINIT, 100000);
        CHECK(all(pointer, 100000, 0));
        EQUAL(x->lock(pointer), pointer);
        EQUAL(x->flags(pointer), 0);
    }
}

ROW(M32) {
    EACH_FAMILY {
        HANDLE handle = object(x, MOVEABLE, 10);
        CHECK(x->lock(handle) != NULL);
        EQUAL(x->release(handle), NULL);
        EQUAL(x->flags(handle), 0x8000);
    }
}
