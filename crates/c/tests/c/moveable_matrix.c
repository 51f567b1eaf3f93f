// LocalReAlloc and GlobalReAlloc: what each request does with each kind of object. And what every
// function of both families does with handles and pointers that are none.

#include "rule.h"

#include "heapapi.h"

#include <stdbool.h>
#include <sys/mman.h>

#define SENTINEL 0xDEADBEEF

struct family {
    HANDLE (*allocate)(UINT, SIZE_T);
    HANDLE (*reallocate)(HANDLE, SIZE_T, UINT);
    HANDLE (*release)(HANDLE);
    LPVOID (*lock)(HANDLE);
    BOOL (*unlock)(HANDLE);
    SIZE_T (*size)(HANDLE);
    UINT (*flags)(HANDLE);
    HANDLE (*handle)(LPCVOID);
    UINT discardable;
};

static const struct family families[] = {
    {LocalAlloc, LocalReAlloc, LocalFree, LocalLock, LocalUnlock, LocalSize, LocalFlags,
     LocalHandle, LMEM_DISCARDABLE},
    {GlobalAlloc, GlobalReAlloc, GlobalFree, GlobalLock, GlobalUnlock, GlobalSize, GlobalFlags,
     GlobalHandle, GMEM_DISCARDABLE},
};
static const struct family *const local = &families[0];
static const struct family *const global = &families[1];

#define EACH_FAMILY(family)                                                      \
    for (const struct family *family = families; family < families + 2; family++)

#define BIG ((SIZE_T)0x20000)

// An object of `size` bytes that each hold their index, locked or not.
static HANDLE object(const struct family *family, UINT flags, SIZE_T size, bool locked) {
    HANDLE object = family->allocate(flags, size);
    CHECK(object != NULL);
    unsigned char *data = family->lock(object);
    CHECK(data != NULL);
    for (SIZE_T i = 0; i < size; i++) {
        data[i] = (unsigned char)i;
    }
    if (!locked && flags & GMEM_MOVEABLE) {
        CHECK(!family->unlock(object));
    }
    return object;
}

// That an object has `size` bytes, of which the first `kept` hold their index, and its locks.
static void check_object(const struct family *family, HANDLE object, SIZE_T size, SIZE_T kept,
                         unsigned locks) {
    CHECK_EQUAL(family->size(object), size);
    CHECK_EQUAL(family->flags(object), locks);
    if (kept != 0) {
        unsigned char *data = family->lock(object);
        CHECK(data != NULL);
        for (SIZE_T i = 0; i < kept; i++) {
            CHECK_AT(data[i] == (unsigned char)i, i);
        }
        family->unlock(object);
    }
}

// A request that fails with an error and leaves the object as it is.
static void refused(const struct family *family, HANDLE object, SIZE_T request, UINT flags,
                    DWORD error, SIZE_T size, unsigned locks) {
    SetLastError(SENTINEL);
    CHECK(family->reallocate(object, request, flags) == NULL);
    CHECK_EQUAL(GetLastError(), error);
    check_object(family, object, size, size, locks);
}

RULE(modify_keeps_every_object) {
    EACH_FAMILY(family) {
        for (int moveable = 0; moveable < 2; moveable++) {
            for (int locked = 0; locked <= moveable; locked++) {
                HANDLE it = object(family, moveable ? GMEM_MOVEABLE : 0, 12, locked);
                const SIZE_T requests[] = {0, 10, 512, SIZE_MAX};
                for (int i = 0; i < 4; i++) {
                    SetLastError(SENTINEL);
                    CHECK(family->reallocate(it, requests[i], GMEM_MODIFY) == it);
                    CHECK_EQUAL(GetLastError(), SENTINEL);
                    check_object(family, it, 12, 12, (unsigned)locked);
                }
                CHECK(family->release(it) == NULL);
            }
        }
    }
}

RULE(modify_with_moveable_keeps_moveable_objects) {
    EACH_FAMILY(family) {
        for (int locked = 0; locked < 2; locked++) {
            HANDLE it = object(family, GMEM_MOVEABLE, 12, locked);
            CHECK(family->reallocate(it, 512, GMEM_MODIFY | GMEM_MOVEABLE | GMEM_NOCOMPACT) == it);
            CHECK(family->reallocate(it, 0, GMEM_MODIFY | GMEM_MOVEABLE) == it);
            check_object(family, it, 12, 12, (unsigned)locked);
            CHECK(family->release(it) == NULL);
        }
    }
}

RULE(modify_with_moveable_converts_fixed_objects_of_global_only) {
    HANDLE fixed = object(local, 0, 12, false);
    CHECK(LocalReAlloc(fixed, 512, LMEM_MODIFY | LMEM_MOVEABLE) == fixed);
    check_object(local, fixed, 12, 12, 0);
    CHECK(LocalFree(fixed) == NULL);
    const SIZE_T sizes[] = {1, 12, BIG};
    for (int i = 0; i < 3; i++) {
        fixed = object(global, 0, sizes[i], false);
        HANDLE moveable = GlobalReAlloc(fixed, 512, GMEM_MODIFY | GMEM_MOVEABLE);
        CHECK(moveable != NULL && ((uintptr_t)moveable & 8) != 0);
        check_object(global, moveable, sizes[i], sizes[i], 0);
        CHECK(GlobalHandle(GlobalLock(moveable)) == moveable);
        CHECK(!HeapValidate(GetProcessHeap(), 0, fixed) || GlobalLock(moveable) == fixed);
        CHECK(GlobalFree(moveable) == NULL);
    }
    fixed = object(global, 0, 12, false);
    UINT flags = GMEM_MODIFY | GMEM_MOVEABLE | GMEM_DISCARDABLE;
    HANDLE discardable = GlobalReAlloc(fixed, 0, flags);
    CHECK(discardable != NULL);
    CHECK_EQUAL(GlobalFlags(discardable), GMEM_DISCARDABLE);
    CHECK(GlobalFree(discardable) == NULL);
}

RULE(modify_with_discardable_sets_the_flag_of_moveable_objects) {
    EACH_FAMILY(family) {
        HANDLE it = object(family, GMEM_MOVEABLE, 12, true);
        CHECK(family->reallocate(it, 0, GMEM_MODIFY | family->discardable) == it);
        CHECK_EQUAL(family->flags(it), family->discardable | 1);
        CHECK_EQUAL(family->size(it), 12);
        CHECK(family->release(it) == NULL);
    }
}

RULE(discardable_without_modify_is_refused) {
    EACH_FAMILY(family) {
        for (int moveable = 0; moveable < 2; moveable++) {
            for (int locked = 0; locked <= moveable; locked++) {
                HANDLE it = object(family, moveable ? GMEM_MOVEABLE : 0, 12, locked);
                const SIZE_T requests[] = {0, 10, 512};
                for (int i = 0; i < 3; i++) {
                    UINT flags = family->discardable | (i == 1 ? GMEM_MOVEABLE : 0);
                    DWORD error = ERROR_INVALID_PARAMETER;
                    refused(family, it, requests[i], flags, error, 12, (unsigned)locked);
                }
                CHECK(family->release(it) == NULL);
            }
        }
    }
}

RULE(fixed_objects_move_only_with_moveable) {
    EACH_FAMILY(family) {
        const SIZE_T sizes[] = {12, BIG};
        for (int i = 0; i < 2; i++) {
            HANDLE it = object(family, 0, sizes[i], false);
            SetLastError(SENTINEL);
            HANDLE grown = family->reallocate(it, sizes[i] + 512, 0);
            CHECK(grown == it || (grown == NULL && GetLastError() == ERROR_NOT_ENOUGH_MEMORY));
            check_object(family, it, grown == it ? sizes[i] + 512 : sizes[i], sizes[i], 0);
            HANDLE moved = family->reallocate(it, 16 * sizes[i], GMEM_MOVEABLE);
            CHECK(moved != NULL && ((uintptr_t)moved & 8) == 0);
            check_object(family, moved, 16 * sizes[i], sizes[i], 0);
            SetLastError(SENTINEL);
            HANDLE cut = family->reallocate(moved, 10, 0);
            CHECK(cut == moved || (cut == NULL && GetLastError() == ERROR_NOT_ENOUGH_MEMORY));
            check_object(family, moved, cut == moved ? 10 : 16 * sizes[i], 10, 0);
            HANDLE none = family->reallocate(moved, 0, GMEM_MOVEABLE);
            CHECK(none != NULL && ((uintptr_t)none & 8) == 0);
            CHECK_EQUAL(family->size(none), 0);
            CHECK(family->release(none) == NULL);
        }
    }
}

RULE(unlocked_objects_move_without_being_asked) {
    EACH_FAMILY(family) {
        for (UINT flags = 0; flags <= GMEM_MOVEABLE; flags += GMEM_MOVEABLE) {
            HANDLE it = object(family, GMEM_MOVEABLE, 12, false);
            const SIZE_T requests[] = {512, 10, BIG, BIG + 512, 10};
            for (int i = 0; i < 5; i++) {
                CHECK(family->reallocate(it, requests[i], flags) == it);
                check_object(family, it, requests[i], 10, 0);
                void *data = family->lock(it);
                CHECK(family->handle(data) == it);
                PVOID value = NULL;
                ULONG user_flags = 0;
                CHECK(RtlGetUserInfoHeap(GetProcessHeap(), 0, data, &value, &user_flags));
                CHECK(value == it && user_flags == 0x200);
                family->unlock(it);
            }
            CHECK(family->release(it) == NULL);
        }
    }
}

RULE(locked_objects_move_only_with_moveable) {
    EACH_FAMILY(family) {
        HANDLE it = object(family, GMEM_MOVEABLE, 12, true);
        // More than any block of 12 bytes has room for.
        refused(family, it, 70000, 0, ERROR_NOT_ENOUGH_MEMORY, 12, 1);
        CHECK(family->reallocate(it, 70000, GMEM_MOVEABLE) == it);
        check_object(family, it, 70000, 12, 1);
        void *data = family->lock(it);
        CHECK(family->reallocate(it, 69990, 0) == it);
        CHECK(family->lock(it) == data);
        CHECK_EQUAL(family->size(it), 69990);
        CHECK(family->release(it) == NULL);
    }
}

RULE(only_unlocked_objects_are_discarded_and_only_with_moveable) {
    EACH_FAMILY(family) {
        HANDLE it = object(family, GMEM_MOVEABLE, 12, true);
        refused(family, it, 0, 0, ERROR_INVALID_PARAMETER, 12, 1);
        refused(family, it, 0, GMEM_MOVEABLE, ERROR_INVALID_PARAMETER, 12, 1);
        family->unlock(it);
        refused(family, it, 0, 0, ERROR_INVALID_PARAMETER, 12, 0);
        for (int i = 0; i < 2; i++) {
            CHECK(family->reallocate(it, 0, GMEM_MOVEABLE) == it);
            CHECK_EQUAL(family->size(it), 0);
            CHECK_EQUAL(family->flags(it), GMEM_DISCARDED);
        }
        CHECK(family->reallocate(it, 40, GMEM_ZEROINIT) == it);
        unsigned char *data = family->lock(it);
        for (int i = 0; i < 40; i++) {
            CHECK_AT(data[i] == 0, i);
        }
        CHECK(family->release(it) == NULL);
    }
}

RULE(growth_is_zeroed_to_the_byte) {
    EACH_FAMILY(family) {
        for (UINT kind = 0; kind <= GMEM_MOVEABLE; kind += GMEM_MOVEABLE) {
            for (SIZE_T size = 1; size < 3000; size += 77) {
                HANDLE it = object(family, kind, size, false);
                HANDLE grown = family->reallocate(it, 3 * size, GMEM_MOVEABLE | GMEM_ZEROINIT);
                CHECK(grown != NULL);
                check_object(family, grown, 3 * size, size, 0);
                unsigned char *data = family->lock(grown);
                for (SIZE_T i = size; i < 3 * size; i++) {
                    CHECK_AT(data[i] == 0, i);
                }
                CHECK(family->release(grown) == NULL);
            }
        }
    }
}

RULE(what_is_too_large_is_refused) {
    EACH_FAMILY(family) {
        const SIZE_T sizes[] = {SIZE_MAX, SIZE_MAX - 8, SIZE_MAX / 2 + 1};
        for (int i = 0; i < 3; i++) {
            for (UINT kind = 0; kind <= GMEM_MOVEABLE; kind += GMEM_MOVEABLE) {
                SetLastError(SENTINEL);
                CHECK(family->allocate(kind, sizes[i]) == NULL);
                CHECK_EQUAL(GetLastError(), ERROR_NOT_ENOUGH_MEMORY);
                HANDLE it = object(family, kind, 12, false);
                refused(family, it, sizes[i], GMEM_MOVEABLE, ERROR_NOT_ENOUGH_MEMORY, 12, 0);
                CHECK(family->release(it) == NULL);
            }
        }
    }
}

RULE(unknown_flags_are_refused) {
    SetLastError(SENTINEL);
    CHECK(LocalAlloc(GMEM_DDESHARE, 10) == NULL);
    CHECK_EQUAL(GetLastError(), ERROR_INVALID_PARAMETER);
    EACH_FAMILY(family) {
        const UINT unknown[] = {0x0001, 0x0080, 0x8000, 0x10000, 0x80000000};
        for (int i = 0; i < 5; i++) {
            SetLastError(SENTINEL);
            CHECK(family->allocate(unknown[i], 10) == NULL);
            CHECK_EQUAL(GetLastError(), ERROR_INVALID_PARAMETER);
        }
    }
}

// A call with the last error at a sentinel: its result and the last error after it.
#define GIVES(call, result, error)                                               \
    do {                                                                         \
        SetLastError(SENTINEL);                                                  \
        CHECK_EQUAL((uintptr_t)(call), (uintptr_t)(result));                     \
        CHECK_EQUAL(GetLastError(), error);                                      \
    } while (0)

// An address where no memory is.
static HANDLE unmapped(void) {
    void *page = mmap(NULL, 65536, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(page != MAP_FAILED);
    return page;
}

static void check_bad_handle(HANDLE bad) {
    EACH_FAMILY(family) {
        GIVES(family->release(bad), bad, ERROR_INVALID_HANDLE);
        GIVES(family->flags(bad), 0x8000, ERROR_INVALID_HANDLE);
        GIVES(family->size(bad), 0, ERROR_INVALID_HANDLE);
        GIVES(family->lock(bad), NULL, ERROR_INVALID_HANDLE);
        GIVES(family->unlock(bad), family == global, ERROR_INVALID_HANDLE);
        GIVES(family->reallocate(bad, 0, GMEM_MOVEABLE), NULL, ERROR_INVALID_HANDLE);
        GIVES(family->reallocate(bad, 12, 0), NULL, ERROR_INVALID_HANDLE);
        GIVES(family->reallocate(bad, 12, GMEM_MODIFY), NULL, ERROR_INVALID_HANDLE);
        GIVES(family->handle(bad), NULL, ERROR_INVALID_HANDLE);
    }
}

RULE(what_looks_like_a_handle_but_is_none_is_refused) {
    HANDLE freed = object(global, GMEM_MOVEABLE, 12, false);
    HANDLE live = object(global, GMEM_MOVEABLE, 12, false);
    char *block = object(local, 0, 100, false);
    CHECK(GlobalFree(freed) == NULL);
    check_bad_handle(freed);
    check_bad_handle((char *)live + 1);
    check_bad_handle((char *)live - 1 + 65536 * 16 + 1);
    check_bad_handle((char *)live + 16);
    check_bad_handle(block + 8);
    check_bad_handle(block + 15);
    check_bad_handle((HANDLE)8);
    check_bad_handle((HANDLE)(uintptr_t)0xDEADBEEF);
    check_bad_handle((HANDLE)UINTPTR_MAX);
    check_bad_handle((char *)unmapped() + 8);
    check_object(global, live, 12, 12, 0);
}

RULE(addresses_without_memory_are_refused) {
    HANDLE bad = unmapped();
    EACH_FAMILY(family) {
        bool is_local = family == local;
        GIVES(family->release(bad), bad, ERROR_NOACCESS);
        GIVES(family->flags(bad), 0x8000, is_local ? ERROR_NOACCESS : ERROR_INVALID_HANDLE);
        GIVES(family->size(bad), 0, ERROR_INVALID_HANDLE);
        GIVES(family->lock(bad), NULL, is_local ? SENTINEL : ERROR_INVALID_HANDLE);
        GIVES(family->unlock(bad), !is_local, is_local ? ERROR_NOT_LOCKED : SENTINEL);
        GIVES(family->reallocate(bad, 0, GMEM_MOVEABLE), NULL, ERROR_NOACCESS);
        GIVES(family->handle(bad), NULL, is_local ? ERROR_NOACCESS : ERROR_INVALID_HANDLE);
    }
}

RULE(freed_blocks_and_foreign_memory_are_refused) {
    static char foreign[64] __attribute__((aligned(16)));
    EACH_FAMILY(family) {
        HANDLE freed = object(family, 0, 24, false);
        CHECK(family->release(freed) == NULL);
        GIVES(family->release(freed), freed, ERROR_INVALID_HANDLE);
        GIVES(family->reallocate(freed, 12, 0), NULL, ERROR_INVALID_HANDLE);
        GIVES(family->size(freed), 0, ERROR_INVALID_HANDLE);
        GIVES(family->flags(freed), 0x8000, ERROR_INVALID_HANDLE);
        GIVES(family->lock(freed), NULL, family == local ? SENTINEL : ERROR_INVALID_HANDLE);
        GIVES(family->handle(freed), NULL, ERROR_INVALID_HANDLE);
        GIVES(family->release(foreign), foreign, ERROR_INVALID_HANDLE);
        GIVES(family->reallocate(foreign, 12, 0), NULL, ERROR_INVALID_HANDLE);
        GIVES(family->lock(foreign), foreign, SENTINEL);
    }
}

RULE(null_is_refused_but_by_free) {
    EACH_FAMILY(family) {
        GIVES(family->release(NULL), NULL, SENTINEL);
        GIVES(family->reallocate(NULL, 10, GMEM_MOVEABLE), NULL, ERROR_INVALID_HANDLE);
        GIVES(family->size(NULL), 0, ERROR_INVALID_HANDLE);
        CHECK(family->lock(NULL) == NULL);
        CHECK(family->handle(NULL) == NULL);
        CHECK_EQUAL(family->flags(NULL), 0x8000);
    }
}
