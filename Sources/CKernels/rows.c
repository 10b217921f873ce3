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

// Column sums are added pairwise, so that their error grows with the logarithm of the number of rows:
// four rows at a time, eight of these, then sums of as many rows with each other.
enum { GROUP = 4, LEAF = 32, LEVELS = 58, STRIP = 4 };

/// sums[v] = Σ over r < rows ≤ LEAF of the vectors of x from `column` on.
CK_INLINE void sum_leaf(
  const int type, const int vectors, const void *x, ptrdiff_t x_row, ptrdiff_t column,
  ptrdiff_t rows, ck_lanes *sums) {
#define AT(row, v) ck_load_as(type, x, (row) * x_row + column + v * CK_LANES)
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++) sums[v] = 0.0f;
  ptrdiff_t r = 0;
  for (; r + GROUP <= rows; r += GROUP) {
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
      sums[v] += (AT(r, v) + AT(r + 1, v)) + (AT(r + 2, v) + AT(r + 3, v));
    }
  }
  for (; r < rows; r++) {
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) sums[v] += AT(r, v);
  }
#undef AT
}

/// The sums of `vectors` ≤ STRIP vectors of columns, a constant of the caller.
CK_INLINE void sum_strip(
  const int type, const int vectors, const void *x, ptrdiff_t x_row, float *y, ptrdiff_t rows,
  ptrdiff_t column) {
  // partial[k] holds the sum of LEAF · 2ᵏ rows where bit k of the number of leaves so far is set.
  ck_lanes partial[LEVELS][STRIP], sums[STRIP];
  const size_t size = sizeof(ck_lanes) * (size_t)vectors;
  const ptrdiff_t leaves = rows / LEAF;
  const ptrdiff_t row = type == CK_FLOAT32 ? (ptrdiff_t)sizeof(float) : (ptrdiff_t)sizeof(uint16_t);
  for (ptrdiff_t leaf = 0; leaf < leaves; leaf++) {
    const void *const first = (const char *)x + leaf * LEAF * x_row * row;
    sum_leaf(type, vectors, first, x_row, column, LEAF, sums);
    int level = 0;
    for (; leaf >> level & 1; level++) {
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; v++) sums[v] += partial[level][v];
    }
    memcpy(partial[level], sums, size);
  }
  const void *const rest = (const char *)x + leaves * LEAF * x_row * row;
  sum_leaf(type, vectors, rest, x_row, column, rows - leaves * LEAF, sums);
  for (int level = 0; leaves >> level; level++) {
    if (!(leaves >> level & 1)) continue;
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) sums[v] += partial[level][v];
  }
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++) ck_store(y + column + v * CK_LANES, sums[v]);
}

CK_INLINE void sum_columns(
  const int type, const void *x, ptrdiff_t x_row, float *y, ptrdiff_t rows, ptrdiff_t columns) {
  ptrdiff_t c = 0;
  for (; c + STRIP * CK_LANES <= columns; c += STRIP * CK_LANES) {
    sum_strip(type, STRIP, x, x_row, y, rows, c);
  }
  for (; c + CK_LANES <= columns; c += CK_LANES) sum_strip(type, 1, x, x_row, y, rows, c);
  if (c < columns) {
    // What is left is copied side by side, in rows of whole vectors, as many as there is room for.
    enum { ROWS = 16 * LEAF };
    float room[ROWS * CK_LANES], sum[CK_LANES];
    ck_lanes total = 0.0f;
    for (ptrdiff_t r = 0; r < rows; r += ROWS) {
      const ptrdiff_t count = rows - r < ROWS ? rows - r : ROWS;
      for (ptrdiff_t i = 0; i < count; i++) {
        ck_store(room + i * CK_LANES, ck_load_part_as(type, x, (r + i) * x_row + c, columns - c));
      }
      sum_strip(CK_FLOAT32, 1, room, CK_LANES, sum, count, 0);
      total += ck_load(sum);
    }
    ck_store_part_as(CK_FLOAT32, y, c, columns - c, total);
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
