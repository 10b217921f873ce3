// Vectors of sixteen numbers from and to memory of either real type. A kernel for both types is one
// inline function of a constant `type`, so that each copy knows its own.

#ifndef CK_TYPES_H
#define CK_TYPES_H

#include <stdint.h>

#include "ck_gemm.h"
#include "ck_lanes.h"

typedef uint16_t ck_half_lanes __attribute__((ext_vector_type(16)));
typedef uint32_t ck_word_lanes __attribute__((ext_vector_type(16)));

/// bfloat16 is the upper half of a float.
CK_INLINE ck_lanes ck_widened(ck_half_lanes v) {
  const ck_word_lanes bits = __builtin_convertvector(v, ck_word_lanes) << 16;
  ck_lanes result;
  memcpy(&result, &bits, sizeof result);
  return result;
}

/// Rounds to the nearest bfloat16, ties to even; NaN stays NaN.
CK_INLINE ck_half_lanes ck_narrowed(ck_lanes v) {
  ck_word_lanes bits;
  memcpy(&bits, &v, sizeof bits);
  const ck_word_lanes rounded = bits + 0x7fffu + ((bits >> 16) & 1u);
  const ck_word_lanes quiet = bits | 0x400000u;  // rounding could carry a NaN over into infinity
  return __builtin_convertvector((v == v ? rounded : quiet) >> 16, ck_half_lanes);
}

/// Returns x[i ..< i + 16].
CK_INLINE ck_lanes ck_load_as(const int type, const void *x, ptrdiff_t i) {
  if (type == CK_FLOAT32) return ck_load((const float *)x + i);
  ck_half_lanes v;
  memcpy(&v, (const uint16_t *)x + i, sizeof v);
  return ck_widened(v);
}

/// y[i ..< i + 16] = v.
CK_INLINE void ck_store_as(const int type, void *y, ptrdiff_t i, ck_lanes v) {
  if (type == CK_FLOAT32) {
    ck_store((float *)y + i, v);
  } else {
    const ck_half_lanes half = ck_narrowed(v);
    memcpy((uint16_t *)y + i, &half, sizeof half);
  }
}

/// Returns x[i ..< i + n], n < 16, then zeros.
CK_INLINE ck_lanes ck_load_part_as(const int type, const void *x, ptrdiff_t i, ptrdiff_t n) {
  if (type == CK_FLOAT32) {
    float part[CK_LANES] = {0};
    for (ptrdiff_t j = 0; j < n; j++) part[j] = ((const float *)x)[i + j];
    return ck_load(part);
  }
  uint16_t part[CK_LANES] = {0};
  for (ptrdiff_t j = 0; j < n; j++) part[j] = ((const uint16_t *)x)[i + j];
  return ck_load_as(CK_BFLOAT16, part, 0);
}

/// y[i ..< i + n] = the first n < 16 lanes of v.
CK_INLINE void ck_store_part_as(
  const int type, void *y, ptrdiff_t i, ptrdiff_t n, ck_lanes v) {
  if (type == CK_FLOAT32) {
    float part[CK_LANES];
    ck_store(part, v);
    for (ptrdiff_t j = 0; j < n; j++) ((float *)y)[i + j] = part[j];
  } else {
    uint16_t part[CK_LANES];
    ck_store_as(CK_BFLOAT16, part, 0, v);
    for (ptrdiff_t j = 0; j < n; j++) ((uint16_t *)y)[i + j] = part[j];
  }
}

#endif
