// The gated activation unit.

#include "ck_functions.h"
#include "ck_image.h"
#include "ck_types.h"

/// tanh of each lane of a, and the logistic function of each lane of b.
CK_INLINE void gates_of(ck_lanes *a, ck_lanes *b) {
  float t[CK_LANES], s[CK_LANES];
  ck_store(t, *a);
  ck_store(s, *b);
  for (int lane = 0; lane < CK_LANES; lane++) t[lane] = ck_tanh(t[lane]);
  for (int lane = 0; lane < CK_LANES; lane++) s[lane] = ck_sigmoid(s[lane]);
  *a = ck_load(t);
  *b = ck_load(s);
}

/// One vector, or the first `count` < 16 of one.
CK_INLINE ck_lanes load_some(const int type, const void *x, ptrdiff_t i, ptrdiff_t count) {
  return count >= CK_LANES ? ck_load_as(type, x, i) : ck_load_part_as(type, x, i, count);
}

CK_INLINE void store_some(const int type, void *y, ptrdiff_t i, ptrdiff_t count, ck_lanes v) {
  if (count >= CK_LANES) {
    ck_store_as(type, y, i, v);
  } else {
    ck_store_part_as(type, y, i, count, v);
  }
}

CK_INLINE void gate(
  const int type, const void *x, void *y, void *gates, ptrdiff_t rows, ptrdiff_t n) {
  for (ptrdiff_t r = 0; r < rows; r++) {
    for (ptrdiff_t k = 0; k < n; k += CK_LANES) {
      const ptrdiff_t first = 2 * r * n + k, second = first + n;
      ck_lanes t = load_some(type, x, first, n - k), s = load_some(type, x, second, n - k);
      gates_of(&t, &s);
      store_some(type, y, r * n + k, n - k, t * s);
      if (gates != NULL) {
        store_some(type, gates, first, n - k, t);
        store_some(type, gates, second, n - k, s);
      }
    }
  }
}

CK_INLINE void gate_backward(
  const int type, const void *gates, const void *dy, void *dx, ptrdiff_t rows, ptrdiff_t n) {
  for (ptrdiff_t r = 0; r < rows; r++) {
    for (ptrdiff_t k = 0; k < n; k += CK_LANES) {
      const ptrdiff_t first = 2 * r * n + k, second = first + n;
      const ck_lanes t = load_some(type, gates, first, n - k);
      const ck_lanes s = load_some(type, gates, second, n - k);
      const ck_lanes d = load_some(type, dy, r * n + k, n - k);
      store_some(type, dx, first, n - k, d * s * (1.0f - t * t));
      store_some(type, dx, second, n - k, d * t * s * (1.0f - s));
    }
  }
}

CK_CLONES void ck_gated(
  int type, const void *x, void *y, void *gates, ptrdiff_t rows, ptrdiff_t n) {
  if (type == CK_FLOAT32) {
    gate(CK_FLOAT32, x, y, gates, rows, n);
  } else {
    gate(CK_BFLOAT16, x, y, gates, rows, n);
  }
}

CK_CLONES void ck_gated_backward(
  int type, const void *gates, const void *dy, void *dx, ptrdiff_t rows, ptrdiff_t n) {
  if (type == CK_FLOAT32) {
    gate_backward(CK_FLOAT32, gates, dy, dx, rows, n);
  } else {
    gate_backward(CK_BFLOAT16, gates, dy, dx, rows, n);
  }
}
