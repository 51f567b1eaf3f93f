// What LocalReAlloc and GlobalReAlloc do, object by object and flag by flag (X130 to X142).

#include "family.h"

#define SMALL 12
#define BIG ((SIZE_T)0x20000)

// A kind of object.
enum kind { IS_FIXED, IS_UNLOCKED, IS_LOCKED };

// What becomes of it.
enum result {
    KEPT,            // the same handle, nothing changed
    REFUSED,         // NULL, nothing changed
    REFUSED_OR_DONE, // NULL with error 8 and nothing changed, or resized in place
    IN_PLACE,        // the same handle and data pointer, resized
    RESIZED,         // the same handle, resized
    NEW_POINTER,     // of a fixed object: another pointer or the same, resized
    DISCARDED,       // the same handle, without data
    CONVERTED,       // of a fixed object: a moveable handle, the same size
};

// An object as it was.
struct before {
    const struct family *x;
    enum kind kind;
    HANDLE handle;
    unsigned char *data;
    SIZE_T size;
};

static struct before make(const struct family *x, enum kind kind, SIZE_T size) {
    struct before before = {x, kind, object(x, kind == IS_FIXED ? FIXED : MOVEABLE, size), NULL, size};
    before.data = kind == IS_LOCKED ? x->lock(before.handle) : data_of(x, before.handle);
    CHECK(before.data != NULL);
    paint(before.data, size, 130);
    return before;
}

static void expect_resized(const struct before *before, HANDLE handle, SIZE_T size) {
    const struct family *x = before->x;
    EQUAL(x->size(handle), size);
    EQUAL(x->flags(handle), before->kind == IS_LOCKED ? 1 : 0);
    unsigned char *data = data_of(x, handle);
    EQUAL(HeapSize(process_heap(), 0, data), size);
    CHECK(painted(data, size < before->size ? size : before->size, 130));
}

static void expect_unchanged(const struct before *before) {
    expect_resized(before, before->handle, before->size);
    EQUAL(data_of(before->x, before->handle), before->data);
}

static void expect(const struct before *before, HANDLE result, SIZE_T size, enum result expected) {
    const struct family *x = before->x;
    switch (expected) {
    case KEPT:
        EQUAL(result, before->handle);
        expect_unchanged(before);
        break;
    case REFUSED:
        EQUAL(result, NULL);
        expect_unchanged(before);
        break;
    case REFUSED_OR_DONE:
        if (result == NULL) {
            ERROR_IS(ERROR_NOT_ENOUGH_MEMORY);
            expect_unchanged(before);
            break;
        }
        // Else as IN_PLACE.
        __attribute__((fallthrough));
    case IN_PLACE:
        EQUAL(result, before->handle);
        EQUAL(data_of(x, result), before->data);
        expect_resized(before, result, size);
        break;
    case RESIZED:
        EQUAL(result, before->handle);
        expect_resized(before, result, size);
        break;
    case NEW_POINTER:
        CHECK(result != NULL);
        CHECK(aligned(result, 2 * P));
        expect_resized(before, result, size);
        break;
    case DISCARDED:
        EQUAL(result, before->handle);
        EQUAL(x->size(result), 0);
        EQUAL(x->flags(result), 0x4000);
        EQUAL(x->lock(result), NULL);
        break;
    case CONVERTED:
        CHECK(result != NULL && !aligned(result, 2 * P));
        EQUAL(x->size(result), before->size);
        CHECK(painted(data_of(x, result), before->size, 130));
        break;
    }
}

// One row of the matrix: flags 0, MODIFY, MOVEABLE, MOVEABLE with MODIFY, and DISCARDABLE
// without MODIFY.
static void matrix_row(enum kind kind, SIZE_T from, SIZE_T to, enum result plain,
                       enum result moveable) {
    EACH_FAMILY {
        UINT obsolete = LMEM_NOCOMPACT | LMEM_NODISCARD;
        bool converts = x->global && kind == IS_FIXED;
        struct {
            UINT flags;
            enum result expected;
        } columns[] = {
            {0, plain},
            {MODIFY, KEPT},
            {MOVEABLE, moveable},
            {MOVEABLE | MODIFY, converts ? CONVERTED : KEPT},
            {MOVEABLE | MODIFY | obsolete, converts ? CONVERTED : KEPT},
            {DISCARDABLE(x), REFUSED},
            {DISCARDABLE(x) | MOVEABLE, REFUSED},
            {DISCARDABLE(x) | MOVEABLE | ZEROINIT | obsolete, REFUSED},
        };
        for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
            AT(i + 100 * x->global);
            struct before before = make(x, kind, from);
            SetLastError(MARK);
            HANDLE result = x->reallocate(before.handle, to, columns[i].flags);
            // The documentation leaves the error of DISCARDABLE open; this is the choice.
            if (i >= 5) {
                ERROR_IS(ERROR_INVALID_PARAMETER);
            }
            expect(&before, result, to, columns[i].expected);
            CHECK(x->release(result != NULL ? result : before.handle) == NULL);
        }
    }
}

// That the first three of column a fail, and that column c moves, is an artefact.
ROW(X130) {
    matrix_row(IS_FIXED, SMALL, 512, REFUSED_OR_DONE, NEW_POINTER);
}

ROW(X131) {
    matrix_row(IS_FIXED, SMALL, 10, REFUSED_OR_DONE, NEW_POINTER);
}

ROW(X132) {
    matrix_row(IS_FIXED, SMALL, 0, REFUSED_OR_DONE, NEW_POINTER);
}

// Growth of a large block in place depends on what is behind it.
ROW(X133) {
    matrix_row(IS_FIXED, BIG, BIG + 512, REFUSED_OR_DONE, IN_PLACE);
}

ROW(X134) {
    matrix_row(IS_FIXED, BIG, 10, IN_PLACE, IN_PLACE);
}

ROW(X135) {
    matrix_row(IS_FIXED, BIG, 0, IN_PLACE, IN_PLACE);
}

ROW(X136) {
    matrix_row(IS_UNLOCKED, SMALL, 512, RESIZED, RESIZED);
    matrix_row(IS_UNLOCKED, BIG, BIG + 512, RESIZED, RESIZED);
}

ROW(X137) {
    matrix_row(IS_UNLOCKED, SMALL, 10, RESIZED, RESIZED);
    matrix_row(IS_UNLOCKED, BIG, 10, RESIZED, RESIZED);
}

ROW(X138) {
    matrix_row(IS_UNLOCKED, SMALL, 0, REFUSED, DISCARDED);
    matrix_row(IS_UNLOCKED, BIG, 0, REFUSED, DISCARDED);
}

ROW(X139) {
    matrix_row(IS_LOCKED, SMALL, 512, REFUSED, RESIZED);
}

ROW(X140) {
    matrix_row(IS_LOCKED, BIG, BIG + 512, REFUSED_OR_DONE, RESIZED);
}

ROW(X141) {
    matrix_row(IS_LOCKED, SMALL, 10, IN_PLACE, IN_PLACE);
    matrix_row(IS_LOCKED, BIG, 10, IN_PLACE, IN_PLACE);
}

ROW(X142) {
    matrix_row(IS_LOCKED, SMALL, 0, REFUSED, REFUSED);
    matrix_row(IS_LOCKED, BIG, 0, REFUSED, REFUSED);
}
