// bfloat16: the upper half of a float32. Numbers go to it by rounding to the nearest, ties to even;
// NaN stays NaN (and becomes quiet).

#ifndef CK_BF16_H
#define CK_BF16_H

#include "ck_lanes.h"

CK_INLINE float ck_float_from_bf16(uint16_t value) {
  return ck_float_from_bits((uint32_t)value << 16);
}

CK_INLINE uint16_t ck_bf16_from_float(float value) {
  const uint32_t bits = ck_bits_from_float(value);
  // Half a unit less one, and one where the last kept bit is odd, carry as rounding does.
  const uint32_t rounded = bits + 0x7fff + (bits >> 16 & 1);
  return (uint16_t)((value == value ? rounded : bits | 0x400000) >> 16);
}

typedef uint16_t ck_half_lanes __attribute__((ext_vector_type(16)));
typedef uint32_t ck_word_lanes __attribute__((ext_vector_type(16)));

/// Returns sixteen bfloat16 numbers as floats.
CK_INLINE ck_lanes ck_load_bf16(const uint16_t *x) {
  ck_half_lanes halves;
  memcpy(&halves, x, sizeof halves);
  const ck_word_lanes words = __builtin_convertvector(halves, ck_word_lanes) << 16;
  ck_lanes v;
  memcpy(&v, &words, sizeof v);
  return v;
}

/// Stores sixteen floats as bfloat16.
CK_INLINE void ck_store_bf16(uint16_t *y, ck_lanes v) {
  ck_word_lanes bits;
  memcpy(&bits, &v, sizeof bits);
  const ck_word_lanes rounded = bits + 0x7fff + (bits >> 16 & 1);
  const ck_word_lanes isNumber = __builtin_convertvector(v == v, ck_word_lanes);  // all ones
  const ck_word_lanes kept = (isNumber & rounded) | (~isNumber & (bits | 0x400000));
  const ck_half_lanes halves = __builtin_convertvector(kept >> 16, ck_half_lanes);
  memcpy(y, &halves, sizeof halves);
}

#endif
