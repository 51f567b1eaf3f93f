// The Local and the Global functions as two tables of the same shape.

#ifndef FAMILY_H
#define FAMILY_H

#include "rows.h"

struct family {
    const char *name;
    bool global;
    HANDLE(WINAPI *allocate)(UINT, SIZE_T);
    HANDLE(WINAPI *reallocate)(HANDLE, SIZE_T, UINT);
    HANDLE(WINAPI *release)(HANDLE);
    LPVOID(WINAPI *lock)(HANDLE);
    BOOL(WINAPI *unlock)(HANDLE);
    SIZE_T(WINAPI *size)(HANDLE);
    UINT(WINAPI *flags)(HANDLE);
    HANDLE(WINAPI *handle)(LPCVOID);
};

static const struct family local __attribute__((unused)) = {
    "Local",   false,       LocalAlloc, LocalReAlloc, LocalFree,
    LocalLock, LocalUnlock, LocalSize,  LocalFlags,   LocalHandle};

static const struct family global __attribute__((unused)) = {
    "Global",   true,         GlobalAlloc, GlobalReAlloc, GlobalFree,
    GlobalLock, GlobalUnlock, GlobalSize,  GlobalFlags,   GlobalHandle};

static const struct family *const families[2] __attribute__((unused)) = {&local, &global};

// The family that a row looks at; AT(0) is Local, AT(1) is Global.
#define EACH_FAMILY                                                              \
    for (size_t family_ = 0; family_ < 2; family_++)                             \
        for (const struct family *x = (AT(family_), families[family_]); x != NULL; x = NULL)

// The flags have the same values in both families, but for DISCARDABLE.
#define FIXED 0
#define MOVEABLE LMEM_MOVEABLE
#define ZEROINIT LMEM_ZEROINIT
#define MODIFY LMEM_MODIFY
#define DISCARDABLE(x) ((x)->global ? (UINT)GMEM_DISCARDABLE : (UINT)LMEM_DISCARDABLE)

// An object that must be there.
static inline HANDLE object(const struct family *x, UINT flags, SIZE_T size) {
    HANDLE handle = x->allocate(flags, size);
    CHECK(handle != NULL);
    return handle;
}

// The data of an object, locked for no longer than it takes to look where it is.
static inline unsigned char *data_of(const struct family *x, HANDLE handle) {
    unsigned char *data = x->lock(handle);
    CHECK(data != NULL);
    x->unlock(handle);
    return data;
}

// A handle that was valid.
static inline HANDLE freed_handle(const struct family *x) {
    HANDLE handle = object(x, MOVEABLE, 10);
    CHECK(x->release(handle) == NULL);
    return handle;
}

#endif
