// Products of numbers with weights of eight bits, W[j, p] ≈ scale[j] w[j, p], as at inference.
//
// Each row of the left factor is rounded to eight bits when it comes, x[i, p] ≈ scale[i] q[i, p] with
// |q| ≤ 127; the terms are added as integers, exactly, and the sum is scaled once.

#ifndef CK_INT8_H
#define CK_INT8_H

#include <stddef.h>
#include <stdint.h>

/// The most terms of a sum: more could leave 32 bits.
enum { CK_INT8_DEEPEST = 1 << 16 };

/// q[i, p] = x[i, p] / scales[i] rounded, ties to even, in [-127, 127]; scales[i] = max |x[i, ·]| / 127.
/// A row of zeros, or of numbers below 1e-30, becomes zeros. x: [m, k] without gaps.
void ck_int8_quantize(ptrdiff_t m, ptrdiff_t k, const float *x, int8_t *q, float *scales);

/// y[n, ·] = scale scales[ids[n]] table[ids[n], ·] for n < rows, y being of `type` (one of ck_type).
/// table: [·, columns] without gaps.
void ck_int8_gather(
  int type, const int8_t *table, const float *scales, const int32_t *ids, float scale, void *y,
  ptrdiff_t rows, ptrdiff_t columns);

/// Bytes that W [n, k] takes when packed.
size_t ck_int8_packed_size(ptrdiff_t n, ptrdiff_t k);

/// Packs w [n, k] without gaps, any bytes, and its scales to `packed`, aligned to 64. No other
/// instruction set can read that.
void ck_int8_pack(
  ptrdiff_t n, ptrdiff_t k, const int8_t *w, const float *scales, void *packed);

/// Bytes that ck_int8_round_rows needs for [m, k].
size_t ck_int8_rows_size(ptrdiff_t m, ptrdiff_t k);

/// Rounds x [m, k] of `type`, rows x_row elements apart, to `rows`, aligned to 64, for products by the
/// instruction set in use. A row with NaN or infinity makes its results NaN.
void ck_int8_round_rows(
  int type, ptrdiff_t m, ptrdiff_t k, const void *x, ptrdiff_t x_row, void *rows);

/// y = activation(x Wᵀ + bias) for the rows that ck_int8_round_rows made of x [m, k] and W [n, k] as
/// ck_int8_pack left it; k ≤ CK_INT8_DEEPEST. bias: [n] or NULL; y: [m, n] of y_type, rows y_row
/// elements apart. The same on every instruction set but for the rounding of the last few operations.
void ck_int8_product(
  ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, const void *rows, const void *packed, const float *bias,
  int activation, void *y, ptrdiff_t y_row, int y_type);

#endif
