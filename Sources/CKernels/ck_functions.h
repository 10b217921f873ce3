// Further elementary functions for the kernels, in the manner of ck_math.h.

#ifndef CK_FUNCTIONS_H
#define CK_FUNCTIONS_H

#include "ck_math.h"

/// The natural logarithm, relative error below 1e-7. ln 0 = -∞, ln ∞ = ∞, of negative numbers it is
/// NaN, NaN stays NaN.
///
/// x = 2ⁿ m, √½ ≤ m < √2; ln(1 + f) = f - f²/2 + f³ p(f), the polynomial of Cephes' logf (Moshier).
static inline float ck_log(float x) {
  const int is_small = x < 1.17549435e-38f;  // below the normal numbers: scaled into them
  const float scaled = is_small ? x * 8388608.0f : x;
  const uint32_t bits = ck_bits_from_float(scaled);
  // Subtracting the bits of √½ puts the exponent's carry where m reaches √2.
  const int32_t shifted = (int32_t)(bits - 0x3f3504f3u);
  const int32_t exponent = shifted >> 23;
  const float f = ck_float_from_bits(bits - ((uint32_t)exponent << 23)) - 1.0f;
  const float n = (float)exponent - (is_small ? 23.0f : 0.0f);
  const float square = f * f;
  float p = 7.0376836292e-2f;
  p = p * f - 1.1514610310e-1f;
  p = p * f + 1.1676998740e-1f;
  p = p * f - 1.2420140846e-1f;
  p = p * f + 1.4249322787e-1f;
  p = p * f - 1.6668057665e-1f;
  p = p * f + 2.0000714765e-1f;
  p = p * f - 2.4999993993e-1f;
  p = p * f + 3.3333331174e-1f;
  // ln 2 in two parts; the first has few enough bits for n · high to be exact.
  float y = f * square * p + n * -2.12194440e-4f - 0.5f * square;
  y = f + y + n * 0.693359375f;
  y = x == 0.0f ? -__builtin_inff() : y;
  y = x < 0.0f ? __builtin_nanf("") : y;
  return x < __builtin_inff() ? y : x;  // ∞, and NaN, for which comparisons are false
}

/// The hyperbolic tangent, relative error below 2e-7. NaN stays NaN.
///
/// Near 0 an odd polynomial (Cephes' tanhf, Moshier), elsewhere 1 - 2 / (exp(2|x|) + 1).
static inline float ck_tanh(float x) {
  const float t = x * x;
  float p = -5.70498872745e-3f;
  p = p * t + 2.06390887954e-2f;
  p = p * t - 5.37397155531e-2f;
  p = p * t + 1.33314422036e-1f;
  p = p * t - 3.33332819422e-1f;
  const float near = p * t * x + x;
  const float magnitude = x < 0.0f ? -x : x;
  const float far = 1.0f - 2.0f / (ck_exp(2.0f * magnitude) + 1.0f);
  const float signedFar = x < 0.0f ? -far : far;
  return magnitude < 0.625f ? near : signedFar;
}

/// The logistic function 1 / (1 + exp(-x)), relative error below 2e-7 for x > -87.
static inline float ck_sigmoid(float x) { return 1.0f / (1.0f + ck_exp(-x)); }

#endif
