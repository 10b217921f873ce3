// Reductions along rows and columns.

#include "ck_rows.h"

#include <string.h>

#include "ck_reduce.h"
#include "ck_target.h"

CK_CLONES void ck_sum_rows_f32(const float *x, float *y, ptrdiff_t rows, ptrdiff_t columns) {
  for (ptrdiff_t r = 0; r < rows; r++) y[r] = ck_row_sum(x + r * columns, columns);
}

CK_CLONES void ck_max_rows_f32(const float *x, float *y, ptrdiff_t rows, ptrdiff_t columns) {
  for (ptrdiff_t r = 0; r < rows; r++) y[r] = ck_row_max(x + r * columns, columns);
}

// Column sums are added pairwise, so that their error grows with the logarithm of the number of rows:
// four rows at a time, eight of these, then sums of as many rows with each other.
enum { GROUP = 4, LEAF = 32, ROOM = 8192 };

/// sum[c] = Σ x[r, c] over r < rows ≤ LEAF for c < width.
CK_INLINE void sum_leaf(
  const float *x, ptrdiff_t x_row, float *restrict sum, ptrdiff_t rows, ptrdiff_t width) {
  ptrdiff_t r = 0;
  for (; r + GROUP <= rows; r += GROUP) {
    const float *a = x + r * x_row, *b = a + x_row, *c = b + x_row, *d = c + x_row;
    if (r == 0) {
      for (ptrdiff_t i = 0; i < width; i++) sum[i] = (a[i] + b[i]) + (c[i] + d[i]);
    } else {
      for (ptrdiff_t i = 0; i < width; i++) sum[i] += (a[i] + b[i]) + (c[i] + d[i]);
    }
  }
  if (r == 0) memset(sum, 0, (size_t)width * sizeof *sum);
  for (; r < rows; r++) {
    for (ptrdiff_t i = 0; i < width; i++) sum[i] += x[r * x_row + i];
  }
}

CK_CLONES void ck_sum_columns_f32(
  const float *x, ptrdiff_t x_row, float *y, ptrdiff_t rows, ptrdiff_t columns) {
  // partial[k] holds the sum of LEAF · 2ᵏ rows where bit k of the number of leaves so far is set.
  float room[ROOM];
  ptrdiff_t levels = 1;
  while (rows / LEAF >> levels) levels++;
  const ptrdiff_t strip = ROOM / (levels + 1);
  for (ptrdiff_t begin = 0; begin < columns; begin += strip) {
    const ptrdiff_t width = columns - begin < strip ? columns - begin : strip;
    float *latest = room + levels * strip;
    ptrdiff_t leaves = 0;
    for (ptrdiff_t r = 0; r + LEAF <= rows; r += LEAF, leaves++) {
      float *sum = leaves & 1 ? latest : room;
      sum_leaf(x + r * x_row + begin, x_row, sum, LEAF, width);
      for (int level = 0; leaves >> level & 1; level++) {
        const float *partial = room + level * strip;
        float *target = leaves >> (level + 1) & 1 ? latest : room + (level + 1) * strip;
        for (ptrdiff_t i = 0; i < width; i++) target[i] = latest[i] + partial[i];
      }
    }
    const ptrdiff_t done = leaves * LEAF;
    sum_leaf(x + done * x_row + begin, x_row, y + begin, rows - done, width);
    for (int level = 0; leaves >> level; level++) {
      if (!(leaves >> level & 1)) continue;
      const float *partial = room + level * strip;
      for (ptrdiff_t i = 0; i < width; i++) y[begin + i] += partial[i];
    }
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
