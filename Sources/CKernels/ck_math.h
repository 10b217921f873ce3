// Elementary functions for the kernels: scalar, free of branches and of library calls, so that a
// loop over them vectorises in a function with a `target` attribute (products and sums that one
// expression holds become FMA where the target has it).

#ifndef CK_MATH_H
#define CK_MATH_H

#include <stdint.h>
#include <string.h>

static inline float ck_float_from_bits(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static inline uint32_t ck_bits_from_float(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

/// e to the x, relative error below 2e-7. exp(-∞) = 0, overflow gives ∞, NaN stays NaN, results
/// below the normal numbers are rounded as such.
///
/// x = n ln 2 + r, |r| ≤ ln 2 / 2; exp(r) = 1 + r + r² q(r), q a minimax polynomial (error 3e-9).
static inline float ck_exp(float x) {
  // Comparisons with NaN are false, so that it passes both limits.
  x = x < -105.0f ? -105.0f : x;
  x = x > 89.0f ? 89.0f : x;
  const float magic = 12582912.0f;  // 1.5 · 2²³: adding it rounds to an integer in the low bits
  const float shifted = x * 1.44269504f + magic;
  const float n = shifted - magic;
  // ln 2 in two parts; the first has few enough bits for n · high to be exact.
  const float r = (x - n * 0.693359375f) - n * -2.12194440e-4f;
  float q = 0.001381432f;
  q = q * r + 0.008368851f;
  q = q * r + 0.0416684f;
  q = q * r + 0.1666652f;
  q = q * r + 0.49999994f;
  const float y = (q * r) * r + r + 1.0f;
  // 2ⁿ as two factors: 2¹²⁸ and 2⁻¹⁵⁰ are no normal numbers. The sum's low bits are n in two's
  // complement; shifting them to the sign and back extends it (magic adds a multiple of 2²²).
  const int32_t exponent = (int32_t)(ck_bits_from_float(shifted) << 16) >> 16;
  const int32_t half = exponent >> 1;
  const float first = ck_float_from_bits((uint32_t)(half + 127) << 23);
  const float second = ck_float_from_bits((uint32_t)(exponent - half + 127) << 23);
  return y * first * second;
}

/// The error function, absolute error below 4e-7. erf(±∞) = ±1, NaN stays NaN.
///
/// A minimax fraction x P(x²) / Q(x²) on |x| ≤ 3.95, where the result rounds to ±1.
static inline float ck_erf(float x) {
  // Comparisons with NaN are false, so that it passes all limits.
  x = x > 4.1f ? 4.1f : x;
  x = x < -4.1f ? -4.1f : x;
  const float t = x * x;
  float p = 2.0117404e-06f;
  p = p * t + 0.00028760155f;
  p = p * t + 0.003917346f;
  p = p * t + 0.053207144f;
  p = p * t + 0.1940363f;
  p = p * t + 1.128379f;
  float q = 3.7839738e-05f;
  q = q * t + 0.0011982083f;
  q = q * t + 0.015270757f;
  q = q * t + 0.11559101f;
  q = q * t + 0.5052917f;
  q = q * t + 1.0f;
  // The fraction is 4e-7 over 1 at 4.1, so that the tails are exactly ±1: gelu multiplies
  // 1 + erf by numbers of any size.
  float y = x * p / q;
  y = y > 1.0f ? 1.0f : y;
  y = y < -1.0f ? -1.0f : y;
  return y;
}

/// GELU (Hendrycks & Gimpel 2016), exact form: x Φ(x) = x/2 (1 + erf(x/√2)). Error below
/// 1e-6, relative to |gelu(x)| where that is over 1.
static inline float ck_gelu(float x) {
  return 0.5f * x * (1.0f + ck_erf(x * 0.707106781f));
}

/// The derivative of `ck_gelu`: Φ(x) + x φ(x), φ(x) = exp(-x²/2) / √(2π). Absolute
/// error below 3e-7.
static inline float ck_gelu_derivative(float x) {
  const float density = 0.398942280f * ck_exp(-0.5f * x * x);
  return 0.5f * (1.0f + ck_erf(x * 0.707106781f)) + x * density;
}

#endif
