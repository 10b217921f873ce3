// Reductions along rows and columns.

#include "ck_rows.h"

#include "ck_reduce.h"
#include "ck_target.h"

CK_CLONES void ck_sum_rows_f32(const float *x, float *y, ptrdiff_t rows, ptrdiff_t columns) {
  for (ptrdiff_t r = 0; r < rows; r++) y[r] = ck_row_sum(x + r * columns, columns);
}

CK_CLONES void ck_max_rows_f32(const float *x, float *y, ptrdiff_t rows, ptrdiff_t columns) {
  for (ptrdiff_t r = 0; r < rows; r++) y[r] = ck_row_max(x + r * columns, columns);
}

CK_CLONES void ck_sum_columns_f32(
  const float *x, ptrdiff_t x_row, float *y, ptrdiff_t rows, ptrdiff_t columns) {
  for (ptrdiff_t c = 0; c < columns; c++) y[c] = 0.0f;
  for (ptrdiff_t r = 0; r < rows; r++) {
    for (ptrdiff_t c = 0; c < columns; c++) y[c] += x[r * x_row + c];
  }
}

CK_CLONES void ck_max_columns_f32(
  const float *x, ptrdiff_t x_row, float *y, ptrdiff_t rows, ptrdiff_t columns) {
  for (ptrdiff_t c = 0; c < columns; c++) y[c] = -__builtin_inff();
  for (ptrdiff_t r = 0; r < rows; r++) {
    for (ptrdiff_t c = 0; c < columns; c++) {
      const float value = x[r * x_row + c];
      y[c] = value > y[c] ? value : y[c];
    }
  }
}

CK_CLONES double ck_sum_of_squares_f32(const float *x, ptrdiff_t n) {
  CK_REASSOCIATE
  double sum = 0.0;
  for (ptrdiff_t i = 0; i < n; i++) sum += (double)x[i] * (double)x[i];
  return sum;
}

/// Returns the first c in [0, columns) where row[c] is `value`, or NaN if `value` is.
CK_INLINE ptrdiff_t first_index(const float *row, ptrdiff_t columns, float value) {
  enum { CHUNK = 64 };
  const int wants_nan = value != value;
  ptrdiff_t begin = 0;
  for (; begin + CHUNK <= columns; begin += CHUNK) {
    int found = 0;
    for (ptrdiff_t c = begin; c < begin + CHUNK; c++) {
      found |= wants_nan ? row[c] != row[c] : row[c] == value;
    }
    if (found) break;
  }
  for (ptrdiff_t c = begin; c < columns; c++) {
    if (wants_nan ? row[c] != row[c] : row[c] == value) return c;
  }
  return 0;
}

CK_CLONES void ck_argmax_rows_f32(
  const float *x, int32_t *y, ptrdiff_t rows, ptrdiff_t columns) {
  for (ptrdiff_t r = 0; r < rows; r++) {
    const float *row = x + r * columns;
    int has_nan = 0;
    for (ptrdiff_t c = 0; c < columns; c++) has_nan |= row[c] != row[c];
    const float largest = has_nan ? __builtin_nanf("") : ck_row_max(row, columns);
    y[r] = (int32_t)first_index(row, columns, largest);
  }
}
