// Vectors of sixteen numbers from and to memory of either real type. A kernel for both types is one
// inline function of a constant `type`, so that each copy knows its own.

#ifndef CK_TYPES_H
#define CK_TYPES_H

#include "ck_bf16.h"
#include "ck_gemm.h"

/// Returns v as bfloat16 keeps it.
CK_INLINE ck_lanes ck_rounded_bf16(ck_lanes v) {
  uint16_t halves[CK_LANES];
  ck_store_bf16(halves, v);
  return ck_load_bf16(halves);
}

/// Returns x[i ..< i + 16].
CK_INLINE ck_lanes ck_load_as(const int type, const void *x, ptrdiff_t i) {
  if (type == CK_FLOAT32) return ck_load((const float *)x + i);
  return ck_load_bf16((const uint16_t *)x + i);
}

/// y[i ..< i + 16] = v.
CK_INLINE void ck_store_as(const int type, void *y, ptrdiff_t i, ck_lanes v) {
  if (type == CK_FLOAT32) {
    ck_store((float *)y + i, v);
  } else {
    ck_store_bf16((uint16_t *)y + i, v);
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
