// Choices along rows: the largest elements, and elements by number.

#include <string.h>

#include "ck_math.h"
#include "ck_rows.h"
#include "ck_target.h"

/// A whole number in the order of the float: -0 and 0 are equal, NaN is the largest.
CK_INLINE int32_t order(float x) {
  const int32_t bits = (int32_t)ck_bits_from_float(x + 0.0f);  // -0 + 0 = 0
  const int32_t key = bits ^ ((bits >> 31) & 0x7fffffff);
  return x != x ? INT32_MAX : key;
}

/// Keeps the `count` largest of one row seen so far in descending order.
CK_INLINE void top_k_row(
  const float *row, float *values, int32_t *indices, ptrdiff_t columns, ptrdiff_t count) {
  enum { CHUNK = 64 };
  ptrdiff_t held = 0;
  for (ptrdiff_t begin = 0; begin < columns; begin += CHUNK) {
    const ptrdiff_t end = columns - begin < CHUNK ? columns : begin + CHUNK;
    if (held == count) {
      // Most chunks hold nothing above the smallest one kept.
      const int32_t least = order(values[count - 1]);
      int found = 0;
      for (ptrdiff_t c = begin; c < end; c++) found |= order(row[c]) > least;
      if (!found) continue;
    }
    for (ptrdiff_t c = begin; c < end; c++) {
      const int32_t key = order(row[c]);
      if (held == count && key <= order(values[count - 1])) continue;
      ptrdiff_t place = held < count ? held++ : count - 1;
      for (; place > 0 && order(values[place - 1]) < key; place--) {
        values[place] = values[place - 1];
        indices[place] = indices[place - 1];
      }
      values[place] = row[c];
      indices[place] = (int32_t)c;
    }
  }
}

CK_CLONES void ck_top_k_f32(
  const float *x, float *values, int32_t *indices, ptrdiff_t rows, ptrdiff_t columns,
  ptrdiff_t count) {
  if (count == 0) return;
  for (ptrdiff_t r = 0; r < rows; r++) {
    top_k_row(x + r * columns, values + r * count, indices + r * count, columns, count);
  }
}

void ck_take_along_f32(
  const float *x, const int32_t *ids, float *y, ptrdiff_t rows, ptrdiff_t columns,
  ptrdiff_t count) {
  for (ptrdiff_t r = 0; r < rows; r++) {
    for (ptrdiff_t k = 0; k < count; k++) y[r * count + k] = x[r * columns + ids[r * count + k]];
  }
}

void ck_put_along_f32(
  const float *y, const int32_t *ids, float *x, ptrdiff_t rows, ptrdiff_t columns,
  ptrdiff_t count) {
  memset(x, 0, (size_t)(rows * columns) * sizeof(float));
  for (ptrdiff_t r = 0; r < rows; r++) {
    for (ptrdiff_t k = 0; k < count; k++) x[r * columns + ids[r * count + k]] += y[r * count + k];
  }
}
