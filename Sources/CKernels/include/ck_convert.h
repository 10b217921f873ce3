// Conversions between float32 and bfloat16, which is kept as its 16 bits.

#ifndef CK_CONVERT_H
#define CK_CONVERT_H

#include <stddef.h>
#include <stdint.h>

/// y[i] = x[i] for i in [0, n), exactly.
void ck_widen(const uint16_t *x, float *y, ptrdiff_t n);

/// y[i] = x[i] rounded to the nearest bfloat16, ties to even, for i in [0, n); NaN stays NaN.
void ck_narrow(const float *x, uint16_t *y, ptrdiff_t n);

#endif
