// Dropout.

#include "ck_dropout.h"

#include "ck_draw.h"

/// z = x + y · mask for values begin … begin + n - 1 of the mask; x may be NULL, for zeros.
CK_INLINE void add_dropped(
  const int type, ck_dropout dropout, uint64_t begin, const void *x, const void *y, void *z,
  ptrdiff_t n) {
  ck_stream mask = ck_stream_at(&dropout, begin);
  ptrdiff_t i = 0;
  for (; i + CK_LANES <= n; i += CK_LANES) {
    ck_lanes v = ck_dropped(&mask, begin + (uint64_t)i, ck_load_as(type, y, i));
    if (x != NULL) v += ck_load_as(type, x, i);
    ck_store_as(type, z, i, v);
  }
  if (i < n) {
    ck_lanes v = ck_dropped(&mask, begin + (uint64_t)i, ck_load_part_as(type, y, i, n - i));
    if (x != NULL) v += ck_load_part_as(type, x, i, n - i);
    ck_store_part_as(type, z, i, n - i, v);
  }
}

CK_INLINE void draw_mask(ck_dropout dropout, uint64_t begin, float *y, ptrdiff_t n) {
  ck_stream mask = ck_stream_at(&dropout, begin);
  ptrdiff_t i = 0;
  for (; i + CK_LANES <= n; i += CK_LANES) {
    ck_store(y + i, ck_dropped(&mask, begin + (uint64_t)i, 1.0f));
  }
  if (i < n) {
    ck_store_part_as(CK_FLOAT32, y, i, n - i, ck_dropped(&mask, begin + (uint64_t)i, 1.0f));
  }
}

CK_CLONES void ck_dropout_mask_f32(ck_dropout dropout, uint64_t begin, float *y, ptrdiff_t n) {
  draw_mask(dropout, begin, y, n);
}

CK_CLONES void ck_apply_dropout(
  int type, ck_dropout dropout, uint64_t begin, const void *x, void *y, ptrdiff_t n) {
  if (type == CK_FLOAT32) {
    add_dropped(CK_FLOAT32, dropout, begin, NULL, x, y, n);
  } else {
    add_dropped(CK_BFLOAT16, dropout, begin, NULL, x, y, n);
  }
}

CK_CLONES void ck_residual(
  int type, ck_dropout dropout, uint64_t begin, const void *x, const void *y, void *z,
  ptrdiff_t n) {
  if (type == CK_FLOAT32) {
    add_dropped(CK_FLOAT32, dropout, begin, x, y, z, n);
  } else {
    add_dropped(CK_BFLOAT16, dropout, begin, x, y, z, n);
  }
}
