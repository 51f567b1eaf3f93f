/* <intsafe.h> as Windows programs expect it: sums and products of sizes that don't overflow.
 * S_OK, or INTSAFE_E_ARITHMETIC_OVERFLOW and the largest size. */
#pragma GCC system_header
#ifndef HEAPMIN_COMPAT_INTSAFE_H
#define HEAPMIN_COMPAT_INTSAFE_H

#include "windows.h"

#define INTSAFE_E_ARITHMETIC_OVERFLOW ((HRESULT)0x80070216)

static inline HRESULT SizeTMult(size_t multiplicand, size_t multiplier, size_t *product) {
    if (multiplier != 0 && multiplicand > (size_t)-1 / multiplier) {
        *product = (size_t)-1;
        return INTSAFE_E_ARITHMETIC_OVERFLOW;
    }
    *product = multiplicand * multiplier;
    return S_OK;
}

static inline HRESULT SizeTAdd(size_t augend, size_t addend, size_t *sum) {
    if (augend > (size_t)-1 - addend) {
        *sum = (size_t)-1;
        return INTSAFE_E_ARITHMETIC_OVERFLOW;
    }
    *sum = augend + addend;
    return S_OK;
}

#define SIZETMult SizeTMult
#define SIZETAdd SizeTAdd

#endif
