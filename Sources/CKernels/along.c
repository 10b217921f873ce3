// Choices along rows: the largest elements, and elements by number.

#include <string.h>

#include "ck_lanes.h"
#include "ck_rows.h"

typedef int32_t order_lanes __attribute__((ext_vector_type(16)));
typedef _Bool bit_lanes __attribute__((ext_vector_type(16)));

/// Whole numbers in the order of the floats: -0 and 0 are equal, NaN is the largest.
CK_INLINE order_lanes order(ck_lanes v) {
  const ck_lanes canonical = v + 0.0f;  // -0 + 0 = 0
  order_lanes bits;
  memcpy(&bits, &canonical, sizeof bits);
  const order_lanes key = bits ^ ((bits >> 31) & 0x7fffffff);
  return v == v ? key : (order_lanes)INT32_MAX;
}

/// Puts element `column` among the `held` largest so far, behind its equals, and drops the last of
/// `count`. Returns how many are held then.
CK_INLINE ptrdiff_t insert(
  int32_t key, float value, ptrdiff_t column, int32_t *keys, float *values, int32_t *indices,
  ptrdiff_t held, ptrdiff_t count) {
  ptrdiff_t place = held < count ? held : count - 1;
  const ptrdiff_t now = place + 1;
  for (; place > 0 && keys[place - 1] < key; place--) {
    keys[place] = keys[place - 1];
    values[place] = values[place - 1];
    indices[place] = indices[place - 1];
  }
  keys[place] = key;
  values[place] = value;
  indices[place] = (int32_t)column;
  return now;
}

/// Keeps the `count` largest of one row seen so far in descending order. keys: [count].
CK_INLINE void top_k_row(
  const float *row, float *values, int32_t *indices, ptrdiff_t columns, ptrdiff_t count,
  int32_t *keys) {
  ptrdiff_t held = 0;
  for (ptrdiff_t begin = 0; begin < columns; begin += CK_LANES) {
    const ptrdiff_t n = columns - begin < CK_LANES ? columns - begin : CK_LANES;
    float part[CK_LANES] = {0};
    if (n < CK_LANES) memcpy(part, row + begin, (size_t)n * sizeof *part);
    const order_lanes lanes = order(ck_load(n < CK_LANES ? part : row + begin));
    // Most vectors hold nothing above the smallest one kept.
    uint16_t above = 0xffff;
    if (held == count) {
      const bit_lanes bits = __builtin_convertvector(lanes > keys[count - 1], bit_lanes);
      memcpy(&above, &bits, sizeof above);
    }
    for (uint32_t rest = above & ((1u << n) - 1); rest != 0; rest &= rest - 1) {
      const int lane = __builtin_ctz(rest);
      const int32_t key = lanes[lane];
      if (held == count && key <= keys[count - 1]) continue;
      const ptrdiff_t column = begin + lane;
      held = insert(key, row[column], column, keys, values, indices, held, count);
    }
  }
}

CK_CLONES void ck_top_k_f32(
  const float *x, float *values, int32_t *indices, ptrdiff_t rows, ptrdiff_t columns,
  ptrdiff_t count, int32_t *keys) {
  if (count == 0) return;
  for (ptrdiff_t r = 0; r < rows; r++) {
    top_k_row(x + r * columns, values + r * count, indices + r * count, columns, count, keys);
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
