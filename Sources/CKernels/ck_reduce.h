// Sums and maxima of one row, for the kernels that need them on the way.

#ifndef CK_REDUCE_H
#define CK_REDUCE_H

#include "ck_lanes.h"
#include "ck_math.h"
#include "ck_target.h"

/// Returns Σ x[i] for i in [0, n). Long rows are added by parts, few enough for one sum of narrow
/// vectors, whose sums double precision adds.
CK_INLINE float ck_row_sum(const float *x, ptrdiff_t n) {
  CK_REASSOCIATE
  enum { PART = 256 };
  double total = 0.0;
  for (; n > PART; n -= PART, x += PART) {
    float sum = 0.0f;
    for (ptrdiff_t i = 0; i < PART; i++) sum += x[i];
    total += (double)sum;
  }
  float sum = 0.0f;
  for (ptrdiff_t i = 0; i < n; i++) sum += x[i];
  return (float)(total + (double)sum);
}

/// Returns Σ (x[i] - mean)² for i in [0, n), added as ck_row_sum does.
CK_INLINE float ck_row_squares(const float *x, ptrdiff_t n, float mean) {
  CK_REASSOCIATE
  enum { PART = 256 };
  double total = 0.0;
  for (; n > PART; n -= PART, x += PART) {
    float sum = 0.0f;
    for (ptrdiff_t i = 0; i < PART; i++) sum += (x[i] - mean) * (x[i] - mean);
    total += (double)sum;
  }
  float sum = 0.0f;
  for (ptrdiff_t i = 0; i < n; i++) sum += (x[i] - mean) * (x[i] - mean);
  return (float)(total + (double)sum);
}

/// Returns max x[i] for i in [0, n), passing over NaNs; -∞ for none.
CK_INLINE float ck_row_max(const float *x, ptrdiff_t n) {
  float maximum = -__builtin_inff();
  if (n < CK_LANES) {
    for (ptrdiff_t i = 0; i < n; i++) maximum = x[i] > maximum ? x[i] : maximum;
    return maximum;
  }
  // Four chains hide the latency; the last vectors overlap with earlier ones.
  ck_lanes a = maximum, b = maximum, c = maximum, d = maximum;
  ptrdiff_t i = 0;
  for (; i + 4 * CK_LANES <= n; i += 4 * CK_LANES) {
    a = ck_larger(ck_load(x + i), a);
    b = ck_larger(ck_load(x + i + CK_LANES), b);
    c = ck_larger(ck_load(x + i + 2 * CK_LANES), c);
    d = ck_larger(ck_load(x + i + 3 * CK_LANES), d);
  }
  for (; i + CK_LANES <= n; i += CK_LANES) a = ck_larger(ck_load(x + i), a);
  b = ck_larger(ck_load(x + n - CK_LANES), b);
  return ck_lanes_max(ck_larger(ck_larger(a, b), ck_larger(c, d)));
}

/// Returns Σ exp(x[i] - shift) for i in [0, n), added as ck_row_sum does.
CK_INLINE float ck_row_sum_exp(const float *x, ptrdiff_t n, float shift) {
  CK_REASSOCIATE
  enum { PART = 1024 };
  double total = 0.0;
  for (; n > PART; n -= PART, x += PART) {
    float sum = 0.0f;
    for (ptrdiff_t i = 0; i < PART; i++) sum += ck_exp(x[i] - shift);
    total += (double)sum;
  }
  float sum = 0.0f;
  for (ptrdiff_t i = 0; i < n; i++) sum += ck_exp(x[i] - shift);
  return (float)(total + (double)sum);
}

#endif
