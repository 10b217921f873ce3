// Further elementary functions for the kernels, in the manner of ck_math.h.

#ifndef CK_FUNCTIONS_H
#define CK_FUNCTIONS_H

#include "ck_math.h"

/// n ln 2 + ln(1 + f) for √½ ≤ 1 + f < √2: f - f²/2 + f³ p(f), the polynomial of Cephes' logf
/// (Moshier).
static inline float ck_log_series(float f, float n) {
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
  const float y = f * square * p + n * -2.12194440e-4f - 0.5f * square;
  return f + y + n * 0.693359375f;
}

/// The natural logarithm of a positive normal number, relative error below 1e-7.
///
/// x = 2ⁿ (1 + f), √½ ≤ 1 + f < √2.
static inline float ck_log_of_normal(float x) {
  const uint32_t bits = ck_bits_from_float(x);
  // Subtracting the bits of √½ puts the exponent's carry where 1 + f reaches √2.
  const int32_t exponent = (int32_t)(bits - 0x3f3504f3u) >> 23;
  const float f = ck_float_from_bits(bits - ((uint32_t)exponent << 23)) - 1.0f;
  return ck_log_series(f, (float)exponent);
}

/// The natural logarithm, relative error below 1e-7. ln 0 = -∞, ln ∞ = ∞, of negative numbers it is
/// NaN, NaN stays NaN.
static inline float ck_log(float x) {
  const int is_small = x < 1.17549435e-38f;  // below the normal numbers: scaled into them
  const float scaled = is_small ? x * 8388608.0f : x;
  float y = ck_log_of_normal(scaled) - (is_small ? 15.9423847f : 0.0f);  // 23 ln 2
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

/// ln(1 + z) for z in [0, 1], relative error below 2e-7.
static inline float ck_log_of_one_plus(float z) {
  const int is_large = z > 0.414213562f;  // then 1 + z = 2 (1 + f)
  return ck_log_series(is_large ? 0.5f * (z - 1.0f) : z, is_large ? 1.0f : 0.0f);
}

/// ln(1 + exp(x)) without overflow, relative error below 4e-7 for x > -87.
static inline float ck_softplus(float x) {
  const float magnitude = x < 0.0f ? -x : x;
  return (x > 0.0f ? x : 0.0f) + ck_log_of_one_plus(ck_exp(-magnitude));
}

/// x / (1 + exp(-x)) (Elfwing, Uchibe & Doya 2018).
static inline float ck_silu(float x) { return x * ck_sigmoid(x); }

static inline float ck_silu_derivative(float x) {
  const float s = ck_sigmoid(x);
  return s * (1.0f + x * (1.0f - s));
}

/// GELU in its tanh form (Hendrycks & Gimpel 2016, §2), x/2 (1 + tanh u) = x σ(2u) with
/// u = √(2/π) (x + 0.044715 x³).
static inline float ck_gelu_tanh(float x) {
  return x * ck_sigmoid(1.59576912f * x * (1.0f + 0.044715f * x * x));
}

static inline float ck_gelu_tanh_derivative(float x) {
  const float t = 0.044715f * x * x;
  const float s = ck_sigmoid(1.59576912f * x * (1.0f + t));
  return s + x * s * (1.0f - s) * 1.59576912f * (1.0f + 3.0f * t);
}

/// The sine of r + quadrants π/2 for |r| ≤ π/4; the polynomials of Cephes' sinf and cosf (Moshier).
static inline float ck_sine_of_quadrant(float r, uint32_t quadrants) {
  const float t = r * r;
  float s = -1.9515295891e-4f;
  s = s * t + 8.3321608736e-3f;
  s = s * t - 1.6666654611e-1f;
  s = s * t * r + r;
  float c = 2.443315711809948e-5f;
  c = c * t - 1.388731625493765e-3f;
  c = c * t + 4.166664568298827e-2f;
  c = c * t * t - 0.5f * t + 1.0f;
  const float y = quadrants & 1 ? c : s;
  return quadrants & 2 ? -y : y;
}

/// The sine of x + quadrants π/2 for |x| up to 10⁵, absolute error below 2e-7; beyond, some number
/// of [-1, 1]. Of ∞ it is NaN, NaN stays NaN.
static inline float ck_sine(float x, uint32_t quadrants) {
  const float magic = 12582912.0f;  // as in ck_exp
  const float shifted = x * 0.636619772f + magic;
  const float n = shifted - magic;
  // π/2 in three parts; the first two have few enough bits for their products with n to be exact.
  float r = ((x - n * 1.5703125f) - n * 4.83751297e-4f) - n * 7.54978995e-8f;
  r = r > 0.8f ? 0.8f : r;
  r = r < -0.8f ? -0.8f : r;
  return ck_sine_of_quadrant(r, ck_bits_from_float(shifted) + quadrants);
}

static inline float ck_sin(float x) { return ck_sine(x, 0); }
static inline float ck_cos(float x) { return ck_sine(x, 1); }

static inline float ck_relu(float x) { return x < 0.0f ? 0.0f : x; }  // NaN stays NaN
static inline float ck_absolute(float x) { return x < 0.0f ? -x : x; }
static inline float ck_sign(float x) { return x > 0.0f ? 1.0f : x < 0.0f ? -1.0f : x; }
static inline float ck_square(float x) { return x * x; }

#endif
