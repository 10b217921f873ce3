// Conversions between the real types.

#include "ck_convert.h"

#include "ck_types.h"

CK_INLINE void convert(
  const int from, const void *x, const int to, void *y, ptrdiff_t n) {
  ptrdiff_t i = 0;
  for (; i + CK_LANES <= n; i += CK_LANES) ck_store_as(to, y, i, ck_load_as(from, x, i));
  if (i < n) ck_store_part_as(to, y, i, n - i, ck_load_part_as(from, x, i, n - i));
}

CK_CLONES void ck_widen(const uint16_t *x, float *y, ptrdiff_t n) {
  convert(CK_BFLOAT16, x, CK_FLOAT32, y, n);
}

CK_CLONES void ck_narrow(const float *x, uint16_t *y, ptrdiff_t n) {
  convert(CK_FLOAT32, x, CK_BFLOAT16, y, n);
}
