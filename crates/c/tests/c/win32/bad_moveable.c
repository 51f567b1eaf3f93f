// Handles that are no moveable objects, and pointers that are no fixed ones (X150 to X157): one
// row for each function.

#include "family.h"

// Handles that look moveable: one that was freed, some that never were.
#define EACH_BAD_HANDLE(handle)                                                  \
    HANDLE handles_[] = {freed_handle(x),                                        \
                         (HANDLE)((uintptr_t)freed_handle(x) + 0x10000000),      \
                         (HANDLE)((uintptr_t)foreign() + P),                     \
                         (HANDLE)(uintptr_t)0xDEADBEE8,                          \
                         (HANDLE)((uintptr_t)unmapped() + P),                    \
                         (HANDLE)(uintptr_t)0x800000000000BEE8};                 \
    for (size_t i_ = 0; i_ < 6; i_++)                                            \
        for (HANDLE handle = (AT(i_ + 100 * x->global), handles_[i_]); handle != NULL; handle = NULL)

// Pointers that look fixed and point nowhere.
#define EACH_BAD_POINTER(pointer)                                                \
    HANDLE pointers_[] = {unmapped(), (HANDLE)(uintptr_t)0xDEADBE00,             \
                          (HANDLE)(uintptr_t)0x800000000000BEE0};                \
    for (size_t j_ = 0; j_ < 3; j_++)                                            \
        for (HANDLE pointer = (AT(10 + j_ + 100 * x->global), pointers_[j_]);    \
             pointer != NULL; pointer = NULL)

ROW(X150) {
    EACH_FAMILY {
        EACH_BAD_HANDLE(handle) {
            FAILS(x->release(handle), handle, ERROR_INVALID_HANDLE);
        }
        EACH_BAD_POINTER(pointer) {
            FAILS(x->release(pointer), pointer, ERROR_NOACCESS);
        }
    }
}

ROW(X151) {
    EACH_FAMILY {
        EACH_BAD_HANDLE(handle) {
            FAILS(x->flags(handle), 0x8000, ERROR_INVALID_HANDLE);
        }
        EACH_BAD_POINTER(pointer) {
            FAILS(x->flags(pointer), 0x8000, x->global ? ERROR_INVALID_HANDLE : ERROR_NOACCESS);
        }
    }
}

ROW(X152) {
    EACH_FAMILY {
        EACH_BAD_HANDLE(handle) {
            FAILS(x->size(handle), 0, ERROR_INVALID_HANDLE);
        }
        EACH_BAD_POINTER(pointer) {
            FAILS(x->size(pointer), 0, ERROR_INVALID_HANDLE);
        }
    }
}

ROW(X153) {
    EACH_FAMILY {
        EACH_BAD_HANDLE(handle) {
            FAILS(x->lock(handle), NULL, ERROR_INVALID_HANDLE);
        }
        EACH_BAD_POINTER(pointer) {
            FAILS(x->lock(pointer), NULL, x->global ? ERROR_INVALID_HANDLE : MARK);
        }
    }
}

ROW(X154) {
    EACH_FAMILY {
        EACH_BAD_HANDLE(handle) {
            FAILS(x->unlock(handle), x->global, ERROR_INVALID_HANDLE);
        }
        EACH_BAD_POINTER(pointer) {
            FAILS(x->unlock(pointer), x->global, x->global ? MARK : ERROR_NOT_LOCKED);
        }
    }
}

ROW(X155) {
    EACH_FAMILY {
        EACH_BAD_HANDLE(handle) {
            FAILS(x->reallocate(handle, 0, MOVEABLE), NULL, ERROR_INVALID_HANDLE);
        }
        EACH_BAD_POINTER(pointer) {
            FAILS(x->reallocate(pointer, 0, MOVEABLE), NULL, ERROR_NOACCESS);
        }
    }
}

// A bad handle given as a pointer crashes 64-bit Windows.
ROW(X156) {
    EACH_FAMILY {
        EACH_BAD_HANDLE(handle) {
            FAILS(x->handle(handle), NULL, ERROR_INVALID_HANDLE);
        }
        EACH_BAD_POINTER(pointer) {
            FAILS(x->handle(pointer), NULL, x->global ? ERROR_INVALID_HANDLE : ERROR_NOACCESS);
        }
    }
}

// A fixed block that is freed twice.
ROW(X157) {
    EACH_FAMILY {
        HANDLE pointer = object(x, FIXED, 100);
        EQUAL(x->release(pointer), NULL);
        FAILS(x->release(pointer), pointer, ERROR_INVALID_HANDLE);
        HANDLE first = object(x, FIXED, 100), second = object(x, FIXED, 100);
        CHECK(first != second);
    }
}
