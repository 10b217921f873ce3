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

/// A function's value and its derivative there.
typedef struct ck_with_derivative {
  float value, derivative;
} ck_with_derivative;

/// GELU (Hendrycks & Gimpel 2016), exact form: x Φ(x), and its derivative Φ(x) + x φ(x), where
/// φ(x) = exp(-x²/2) / √(2π). NaN stays NaN, gelu(∞) = ∞.
///
/// Both take one exponential: Φ(-u) = p(t) exp(-u²/2) with t = 1 / (1 + 0.275 u) for u ≥ 0, the
/// form of Abramowitz & Stegun 7.1.26 with a minimax polynomial (error of u Φ(-u) 1.1e-8).
static inline ck_with_derivative ck_gelu_pair(float x) {
  const float u = x < 0.0f ? -x : x;
  const float t = 1.0f / (1.0f + 0.275f * u);
  const float e = ck_exp(-0.5f * u * u);
  float p = -0.114165476f;
  p = p * t + 0.449164242f;
  p = p * t - 0.326388155f;
  p = p * t + 0.330219063f;
  p = p * t + 0.0435968209f;
  p = p * t + 0.117573515f;
  const float tail = p * t * e;  // Φ(-u)
  const float phi = x < 0.0f ? tail : 1.0f - tail;
  return (ck_with_derivative){x * phi, phi + x * (0.398942280f * e)};
}

/// GELU alone.
static inline float ck_gelu(float x) { return ck_gelu_pair(x).value; }

/// Its derivative alone.
static inline float ck_gelu_derivative(float x) { return ck_gelu_pair(x).derivative; }

#endif
