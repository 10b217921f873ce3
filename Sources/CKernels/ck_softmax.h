// Softmax of one row, and its gradient, for the kernels of attention.

#ifndef CK_SOFTMAX_H
#define CK_SOFTMAX_H

#include "ck_reduce.h"

/// x[0 ..< n] becomes its softmax, x[n ..< padded] zeros; padded is a multiple of 16.
CK_INLINE void ck_softmax(float *x, ptrdiff_t n, ptrdiff_t padded) {
  const ptrdiff_t used = (n + CK_LANES - 1) / CK_LANES * CK_LANES;
  // What is behind n in the last vector is a number seen already, then zero: the exponential of -∞
  // would be slow, since its last product leaves the normal numbers.
  if (used > n) {
    float *last = x + used - CK_LANES;
    ck_store(last, ck_first(ck_load(last), n + CK_LANES - used, x[0]));
  }
  const ck_lanes maximum = ck_row_max(x, used);
  ck_lanes sum = 0.0f;
  for (ptrdiff_t i = 0; i < used; i += CK_LANES) {
    const ck_lanes v = ck_first(ck_lanes_exp(ck_load(x + i) - maximum), n - i, 0.0f);
    ck_store(x + i, v);
    sum += v;
  }
  const ck_lanes share = 1.0f / ck_lanes_sum(sum);
  for (ptrdiff_t i = 0; i < used; i += CK_LANES) ck_store(x + i, ck_load(x + i) * share);
  for (ptrdiff_t i = used; i < padded; i += CK_LANES) ck_store(x + i, (ck_lanes)0.0f);
}

#endif
