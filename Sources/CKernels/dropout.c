// Dropout.

#include "ck_dropout.h"

#include "ck_draw.h"

CK_INLINE void apply(
  const int type, ck_dropout dropout, uint64_t begin, const void *x, void *y, ptrdiff_t n) {
  ck_stream mask = ck_stream_at(&dropout, begin);
  ptrdiff_t i = 0;
  for (; i + CK_LANES <= n; i += CK_LANES) {
    ck_store_as(type, y, i, ck_dropped(&mask, begin + (uint64_t)i, ck_load_as(type, x, i)));
  }
  if (i < n) {
    const ck_lanes v = ck_load_part_as(type, x, i, n - i);
    ck_store_part_as(type, y, i, n - i, ck_dropped(&mask, begin + (uint64_t)i, v));
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
    apply(CK_FLOAT32, dropout, begin, x, y, n);
  } else {
    apply(CK_BFLOAT16, dropout, begin, x, y, n);
  }
}
