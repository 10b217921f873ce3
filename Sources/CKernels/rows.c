// Reductions along rows and columns.

#include "ck_rows.h"

#include "ck_reduce.h"
#include "ck_types.h"

CK_CLONES void ck_sum_rows_f32(const float *x, float *y, ptrdiff_t rows, ptrdiff_t columns) {
  for (ptrdiff_t r = 0; r < rows; r++) y[r] = ck_row_sum(x + r * columns, columns);
}

CK_CLONES void ck_max_rows_f32(const float *x, float *y, ptrdiff_t rows, ptrdiff_t columns) {
  for (ptrdiff_t r = 0; r < rows; r++) y[r] = ck_row_max(x + r * columns, columns);
}

/// The sums of `vectors` vectors of columns, a constant of the caller, which stay in registers.
CK_INLINE void sum_strip(
  const int type, const int vectors, const void *x, ptrdiff_t x_row, float *y, ptrdiff_t rows,
  ptrdiff_t column) {
  ck_lanes sums[4];
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++) sums[v] = 0.0f;
  for (ptrdiff_t r = 0; r < rows; r++) {
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
      sums[v] += ck_load_as(type, x, r * x_row + column + v * CK_LANES);
    }
  }
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++) ck_store(y + column + v * CK_LANES, sums[v]);
}

CK_INLINE void sum_columns(
  const int type, const void *x, ptrdiff_t x_row, float *y, ptrdiff_t rows, ptrdiff_t columns) {
  ptrdiff_t c = 0;
  for (; c + 4 * CK_LANES <= columns; c += 4 * CK_LANES) sum_strip(type, 4, x, x_row, y, rows, c);
  for (; c + CK_LANES <= columns; c += CK_LANES) sum_strip(type, 1, x, x_row, y, rows, c);
  if (c < columns) {
    ck_lanes sum = 0.0f;
    for (ptrdiff_t r = 0; r < rows; r++) {
      sum += ck_load_part_as(type, x, r * x_row + c, columns - c);
    }
    ck_store_part_as(CK_FLOAT32, y, c, columns - c, sum);
  }
}

CK_CLONES void ck_sum_columns(
  int type, const void *x, ptrdiff_t x_row, float *y, ptrdiff_t rows, ptrdiff_t columns) {
  if (type == CK_FLOAT32) {
    sum_columns(CK_FLOAT32, x, x_row, y, rows, columns);
  } else {
    sum_columns(CK_BFLOAT16, x, x_row, y, rows, columns);
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
