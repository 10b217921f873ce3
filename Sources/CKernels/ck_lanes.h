// Vectors of sixteen floats: one AVX-512 register, two of AVX2.

#ifndef CK_LANES_H
#define CK_LANES_H

#include <string.h>

#include "ck_math.h"
#include "ck_target.h"

enum { CK_LANES = 16 };

// These functions are always inlined, so that no vector crosses a call and the convention for that,
// which differs between instruction sets, does not matter. The compiler wants a function with a
// target to reach them through another CK_INLINE one.
#pragma clang diagnostic ignored "-Wpsabi"

typedef float ck_lanes __attribute__((ext_vector_type(16)));

CK_INLINE ck_lanes ck_load(const float *x) {
  ck_lanes v;
  memcpy(&v, x, sizeof v);
  return v;
}

CK_INLINE void ck_store(float *y, ck_lanes v) { memcpy(y, &v, sizeof v); }

/// Returns the first n lanes of v, then the lanes of `rest`.
CK_INLINE ck_lanes ck_first(ck_lanes v, ptrdiff_t n, ck_lanes rest) {
  const ck_lanes place = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  return place < (float)n ? v : rest;
}

/// Returns e to each lane.
CK_INLINE ck_lanes ck_lanes_exp(ck_lanes v) {
  float lanes[CK_LANES];
  ck_store(lanes, v);
  for (int lane = 0; lane < CK_LANES; lane++) lanes[lane] = ck_exp(lanes[lane]);
  return ck_load(lanes);
}

/// Returns the larger of each pair; b where a is NaN.
CK_INLINE ck_lanes ck_larger(ck_lanes a, ck_lanes b) { return a > b ? a : b; }

// The vector with its halves, quarters, pairs or neighbours exchanged: combining it with each of
// these in turn leaves in every lane the result of all sixteen.
#define CK_EXCHANGED(v, distance)                                                             \
  __builtin_shufflevector(                                                                    \
    v, v, 0 ^ distance, 1 ^ distance, 2 ^ distance, 3 ^ distance, 4 ^ distance, 5 ^ distance, \
    6 ^ distance, 7 ^ distance, 8 ^ distance, 9 ^ distance, 10 ^ distance, 11 ^ distance,     \
    12 ^ distance, 13 ^ distance, 14 ^ distance, 15 ^ distance)

/// Returns the largest lane.
CK_INLINE float ck_lanes_max(ck_lanes v) {
  v = ck_larger(v, CK_EXCHANGED(v, 8));
  v = ck_larger(v, CK_EXCHANGED(v, 4));
  v = ck_larger(v, CK_EXCHANGED(v, 2));
  v = ck_larger(v, CK_EXCHANGED(v, 1));
  return v[0];
}

/// Returns the sum of the lanes, added pairwise.
CK_INLINE float ck_lanes_sum(ck_lanes v) {
  v += CK_EXCHANGED(v, 8);
  v += CK_EXCHANGED(v, 4);
  v += CK_EXCHANGED(v, 2);
  v += CK_EXCHANGED(v, 1);
  return v[0];
}

#endif
