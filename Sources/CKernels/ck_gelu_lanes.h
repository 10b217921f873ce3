// GELU and its derivative for sixteen floats of AVX-512, by tables of polynomials for Φ in
// segments: integrals of those that meet φ in Chebyshev's points, so that the derivative is as
// good. Row j of a table holds the coefficients of (x - centre)ʲ. Other instruction sets take
// ck_gelu_pair, which needs up to twice the cycles.

#ifndef CK_GELU_LANES_H
#define CK_GELU_LANES_H

#include <immintrin.h>

#include "ck_target.h"

#define CK_GELU_INLINE __attribute__((target("avx512f,avx512dq"))) CK_INLINE

/// Coefficient `row` for the segments whose numbers are in the low bits of `segments`.
CK_GELU_INLINE __m512 ck_gelu_coefficient(const float row[32], __m512i segments) {
  return _mm512_permutex2var_ps(_mm512_loadu_ps(row), segments, _mm512_loadu_ps(row + 16));
}

/// The polynomial of degree n in d, and its derivative.
CK_GELU_INLINE __m512 ck_gelu_polynomial(
  const int n, const float table[][32], __m512i segments, __m512 d, __m512 *slope) {
  __m512 value = ck_gelu_coefficient(table[n], segments);
  *slope = value;
#pragma clang loop unroll(full)
  for (int j = n - 1; j > 0; j--) {
    value = _mm512_fmadd_ps(value, d, ck_gelu_coefficient(table[j], segments));
    *slope = _mm512_fmadd_ps(*slope, d, value);
  }
  return _mm512_fmadd_ps(value, d, ck_gelu_coefficient(table[0], segments));
}

// Φ(u) - 1/2 for u ≥ 0 around each multiple of 1/4 below 8.
static const float ck_gelu_fine[6][32] = {
  {0, 0.0987063274f, 0.191462457f, 0.27337265f, 0.341344744f, 0.394350231f, 0.43319279f,
   0.459940851f, 0.477249861f, 0.487775534f, 0.493790329f, 0.497020245f, 0.498650104f,
   0.499422967f, 0.499767363f, 0.499911577f, 0.49996832f, 0.499989301f, 0.499996603f,
   0.499998987f, 0.499999702f, 0.499999911f, 0.49999997f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f,
   0.5f, 0.5f, 0.5f},
  {0.398942292f, 0.386668116f, 0.352065325f, 0.301137418f, 0.241970718f, 0.182649091f, 0.1295176f,
   0.086277321f, 0.0539909676f, 0.0317396522f, 0.0175283011f, 0.00909356214f, 0.00443184841f,
   0.00202904805f, 0.000872682722f, 0.000352595671f, 0.000133830225f, 4.77186368e-05f,
   1.59837418e-05f, 5.02950707e-06f, 1.4867195e-06f, 4.12847101e-07f, 1.07697602e-07f,
   2.63924314e-08f, 6.07588291e-09f, 1.3140018e-09f, 2.66955652e-10f, 5.09493801e-11f,
   9.13472076e-12f, 1.53853796e-12f, 0, 0},
  {0, -0.0483330749f, -0.0880156308f, -0.112925842f, -0.120984904f, -0.114155546f, -0.0971383452f,
   -0.0754929557f, -0.053991273f, -0.0357073359f, -0.0219104942f, -0.0125036761f, -0.00664774748f,
   -0.00329715945f, -0.00152715342f, -0.000661086582f, -0.000267641532f, -0.000101391721f,
   -3.595831e-05f, -1.19428023e-05f, -3.71587157e-06f, -1.08337724e-06f, -2.96049222e-07f,
   -7.58403615e-08f, -1.82165021e-08f, -4.10321421e-09f, -8.66835104e-10f, -1.71772527e-10f,
   -3.1931683e-11f, -5.56905997e-12f, 0, 0},
  {-0.0664901659f, -0.0604167245f, -0.044008106f, -0.0219579991f, -1.36354572e-07f, 0.0171232074f,
   0.026982734f, 0.029657796f, 0.0269955043f, 0.021490436f, 0.0153373098f, 0.00994611625f,
   0.00590914628f, 0.00323379785f, 0.00163627625f, 0.000767624821f, 0.000334571028f,
   0.000135696842f, 5.12794468e-05f, 1.8073928e-05f, 5.94649009e-06f, 1.82755082e-06f,
   5.24967277e-07f, 1.41014652e-07f, 3.54364182e-08f, 8.33389802e-09f, 1.83483895e-09f,
   3.78286125e-10f, 7.30503852e-11f, 1.32159648e-11f, 2.24044242e-12f, 0},
  {0, 0.0117752273f, 0.020080639f, 0.0228493176f, 0.020105226f, 0.0136579843f, 0.00609029923f,
   -0.000354927673f, -0.00445977319f, -0.00610813173f, -0.00591899874f, -0.00475046737f,
   -0.00332710566f, -0.00208352809f, -0.00118249631f, -0.000613347802f, -0.000292385696f,
   -0.000128608852f, -5.23506533e-05f, -1.97641893e-05f, -6.93266156e-06f, -2.262517e-06f,
   -6.87778424e-07f, -1.94930024e-07f, -5.15495238e-08f, -1.27284734e-08f, -2.93617441e-09f,
   -6.33075536e-10f, -1.2763908e-10f, -2.40729641e-11f, -4.2485143e-12f, 0},
  {0.00994115416f, 0.00844530854f, 0.00457526697f, -0.000137686438f, -0.00401188945f,
   -0.00596496416f, -0.00585352955f, -0.00430596853f, -0.0022528253f, -0.000469029037f,
   0.000659266196f, 0.00111784809f, 0.00110565044f, 0.000865194714f, 0.000579188636f,
   0.000342781423f, 0.000182483403f, 8.82990644e-05f, 3.9100225e-05f, 1.59207138e-05f,
   5.9816316e-06f, 2.07921039e-06f, 6.7002992e-07f, 2.00503294e-07f, 5.57907036e-08f,
   1.44509329e-08f, 3.48759821e-09f, 7.84865228e-10f, 1.64814121e-10f, 3.2313003e-11f,
   5.91785171e-12f, 0},
};

/// x Φ(x), and Φ(x) + x φ(x). Absolute errors 2e-7 max(1, |x|) and 2e-7; NaN stays NaN.
CK_GELU_INLINE __m512 ck_gelu_lanes(__m512 x, __m512 *derivative) {
  const __m512 sign = _mm512_and_ps(x, _mm512_set1_ps(-0.0f));
  // Φ(7.87) is 1. NaN passes as the second operand.
  const __m512 u = _mm512_min_ps(_mm512_set1_ps(7.87f), _mm512_xor_ps(x, sign));
  // Adding 1.5 · 2²¹ rounds to a multiple of 1/4, whose number is in the low bits then.
  const __m512 magic = _mm512_set1_ps(3145728.0f);
  const __m512 shifted = _mm512_add_ps(u, magic);
  const __m512 d = _mm512_sub_ps(u, _mm512_sub_ps(shifted, magic));
  __m512 slope;
  const __m512 value =
    ck_gelu_polynomial(5, ck_gelu_fine, _mm512_castps_si512(shifted), d, &slope);
  const __m512 half = _mm512_set1_ps(0.5f);
  const __m512 phi = _mm512_add_ps(half, _mm512_xor_ps(value, sign));
  *derivative = _mm512_add_ps(half, _mm512_xor_ps(_mm512_fmadd_ps(u, slope, value), sign));
  return _mm512_mul_ps(x, phi);
}

// Φ(x) around the multiples of 5/16 from -5 on; those from 0 on come first.
static const float ck_gelu_rough[4][32] = {
  {0.5f, 0.622667193f, 0.734010696f, 0.825745702f, 0.894347847f, 0.940914094f, 0.969604135f,
   0.985647976f, 0.993791342f, 0.997542858f, 0.999111414f, 0.999706686f, 0.999911666f,
   0.999975741f, 0.99999392f, 1.0f, 0, 1.37823963e-06f, 6.05680407e-06f, 2.42323658e-05f,
   8.83091634e-05f, 0.000293315039f, 0.000888563052f, 0.00245714723f, 0.00620866427f,
   0.0143520208f, 0.0303958561f, 0.0590859279f, 0.105652153f, 0.174254313f, 0.265989274f,
   0.377332777f},
  {0.398942292f, 0.379930615f, 0.328160971f, 0.257073909f, 0.182649091f, 0.117697008f,
   0.0687862784f, 0.0364608318f, 0.0175283011f, 0.00764260581f, 0.00302225794f, 0.00108395203f,
   0.000352595671f, 0.000104023711f, 2.7834034e-05f, 0, 0, 6.75473621e-06f, 2.7834034e-05f,
   0.000104023711f, 0.000352595671f, 0.00108395203f, 0.00302225794f, 0.00764260581f,
   0.0175283011f, 0.0364608318f, 0.0687862784f, 0.117697008f, 0.182649091f, 0.257073909f,
   0.328160971f, 0.379930615f},
  {0, -0.0588406734f, -0.101736888f, -0.119725712f, -0.11365547f, -0.0917931572f, -0.0645872056f,
   -0.040095184f, -0.0221271701f, -0.0109084127f, -0.0048199459f, -0.00191335811f,
   -0.000683569466f, -0.000220078233f, -6.391848e-05f, 0, 0, 1.67604012e-05f, 6.391848e-05f,
   0.000220078233f, 0.000683569466f, 0.00191335811f, 0.0048199459f, 0.0109084127f, 0.0221271701f,
   0.040095184f, 0.0645872056f, 0.0917931572f, 0.11365547f, 0.119725712f, 0.101736888f,
   0.0588406734f},
  {-0.0661869347f, -0.0569044612f, -0.0332613289f, -0.00528592663f, 0.0169412736f, 0.0281049814f,
   0.0287397839f, 0.0229753833f, 0.0153573956f, 0.00883700978f, 0.00444586482f, 0.00197386253f,
   0.000778089452f, 0.000273479411f, 8.59663196e-05f, 0, 0, 2.42233946e-05f, 8.59663196e-05f,
   0.000273479411f, 0.000778089452f, 0.00197386253f, 0.00444586482f, 0.00883700978f,
   0.0153573956f, 0.0229753833f, 0.0287397839f, 0.0281049814f, 0.0169412736f, -0.00528592663f,
   -0.0332613289f, -0.0569044612f},
};

/// The same in fewer operations, for results that are stored as bfloat16: absolute errors 1.4e-5
/// and 9e-5.
CK_GELU_INLINE __m512 ck_gelu_lanes_rough(__m512 x, __m512 *derivative) {
  // The outermost segments hold 0 and 1. NaN passes as the second operand.
  const __m512 least = _mm512_set1_ps(-5.0f), most = _mm512_set1_ps(4.84f);
  const __m512 u = _mm512_max_ps(least, _mm512_min_ps(most, x));
  // Adding 1.5 · 2²³ rounds to an integer, which is in the low bits then.
  const __m512 magic = _mm512_set1_ps(12582912.0f);
  const __m512 shifted = _mm512_fmadd_ps(u, _mm512_set1_ps(3.2f), magic);
  const __m512 number = _mm512_sub_ps(shifted, magic);
  const __m512 d = _mm512_fnmadd_ps(number, _mm512_set1_ps(0.3125f), u);
  __m512 slope;
  const __m512 phi =
    ck_gelu_polynomial(3, ck_gelu_rough, _mm512_castps_si512(shifted), d, &slope);
  *derivative = _mm512_fmadd_ps(u, slope, phi);
  return _mm512_mul_ps(x, phi);
}

#endif
