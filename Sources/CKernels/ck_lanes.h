// Vectors of sixteen floats: one AVX-512 register, two of AVX2.

#ifndef CK_LANES_H
#define CK_LANES_H

#include <string.h>

#include "ck_target.h"

enum { CK_LANES = 16 };

// The functions are always inlined: no vector crosses a call, so that its passing does not matter.
#pragma clang diagnostic ignored "-Wpsabi"

typedef float ck_lanes __attribute__((ext_vector_type(16)));

CK_INLINE ck_lanes ck_load(const float *x) {
  ck_lanes v;
  memcpy(&v, x, sizeof v);
  return v;
}

CK_INLINE void ck_store(float *y, ck_lanes v) { memcpy(y, &v, sizeof v); }

/// Returns the larger of each pair; b where a is NaN.
CK_INLINE ck_lanes ck_larger(ck_lanes a, ck_lanes b) { return a > b ? a : b; }

/// Returns the largest lane.
CK_INLINE float ck_lanes_max(ck_lanes v) {
  v = ck_larger(v, __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  v = ck_larger(v, __builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11));
  v = ck_larger(v, __builtin_shufflevector(v, v, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13));
  v = ck_larger(v, __builtin_shufflevector(v, v, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14));
  return v[0];
}

/// Returns the sum of the lanes, added pairwise.
CK_INLINE float ck_lanes_sum(ck_lanes v) {
  v += __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
  v += __builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11);
  v += __builtin_shufflevector(v, v, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
  v += __builtin_shufflevector(v, v, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14);
  return v[0];
}

#endif
