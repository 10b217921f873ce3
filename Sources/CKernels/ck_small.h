// Small matrix products whose right factor lies in rows: what attention is made of.

#ifndef CK_SMALL_H
#define CK_SMALL_H

#include <stddef.h>

/// C = A B, or C += A B if `adds`. A: [m, k] with any strides; B: [k, n] and C: [m, n] with rows
/// b_row and c_row apart, n a multiple of 16. Serial; no packing.
void ck_small_product(
  ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, const float *a, ptrdiff_t a_row, ptrdiff_t a_column,
  const float *b, ptrdiff_t b_row, int adds, float *c, ptrdiff_t c_row);

/// y[r] = Σ x[r, c] q[c] scale over c for r < rows, and 0 for r in [rows, rows rounded up to 16).
/// x: [rows, columns] with rows x_row apart, columns a multiple of 16.
void ck_scaled_dots(
  ptrdiff_t rows, ptrdiff_t columns, const float *x, ptrdiff_t x_row, const float *q, float scale,
  float *y);

/// y[c, r] = x[r, c] scale for r < rows, and 0 for r in [rows, rows rounded up to 16).
/// x: [rows, columns] with rows x_row apart, columns a multiple of 16; y: rows y_row apart.
void ck_transpose_scaled(
  ptrdiff_t rows, ptrdiff_t columns, const float *x, ptrdiff_t x_row, float scale, float *y,
  ptrdiff_t y_row);

#endif
