// The matrix product's kernels for AVX-512 with bfloat16: as for AVX-512, with two numbers a word.

#if defined(__x86_64__)

#include <immintrin.h>

#include "ck_bf16.h"
#include "ck_gelu_lanes.h"
#include "gemm_kernels.h"

#define LANES 16
#define ROWS 14
#define TILES(F) F(1) F(2) F(3) F(4) F(5) F(6) F(7) F(8) F(9) F(10) F(11) F(12) F(13) F(14)
#define KERNELS ck_gemm_avx512_bf16
#define NUMBERS 2
#define MULTIPLY_ADD(a, b, sum) \
  ((vector)_mm512_dpbf16_ps((__m512)(sum), (__m512bh)(a), (__m512bh)(b)))
// Broadcasts within the product, as in gemm_avx512.c.
#define ADD_PRODUCT(a, b, sum)                         \
  __asm__("vdpbf16ps %2%{1to16%}, %1, %0" : "+v"(sum)  \
          : "v"(b), "m"(*(const unaligned_word *)(a)))

#pragma clang attribute push( \
  __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx512bf16,avx2,fma"))), \
  apply_to = function)

// Word i: number i of the first row in the low half, of the second in the high one.
static const uint16_t wordOrder[32] = {
  0, 32, 1, 33, 2, 34, 3, 35, 4, 36, 5, 37, 6, 38, 7, 39,
  8, 40, 9, 41, 10, 42, 11, 43, 12, 44, 13, 45, 14, 46, 15, 47,
};

static inline __attribute__((always_inline)) void zip(
  const ptrdiff_t width, ptrdiff_t count, const char *first, const char *second, float *target) {
  const __m512i order = _mm512_loadu_si512(wordOrder);
  if (width == 16) {
    const __mmask16 present = (__mmask16)((1u << count) - 1);
    const __m256i low = _mm256_maskz_loadu_epi16(present, first);
    const __m256i high = _mm256_maskz_loadu_epi16(second == NULL ? 0 : present, second);
    const __m512i words = _mm512_permutex2var_epi16(
      _mm512_zextsi256_si512(low), order, _mm512_zextsi256_si512(high));
    _mm512_storeu_si512(target, words);
  } else {
    const __mmask32 present = (__mmask32)((1ull << count) - 1);
    const __m512i low = _mm512_maskz_loadu_epi16(present, first);
    const __m512i high = _mm512_maskz_loadu_epi16(second == NULL ? 0 : present, second);
    const __m512i behind = _mm512_add_epi16(order, _mm512_set1_epi16(16));
    _mm512_storeu_si512(target, _mm512_permutex2var_epi16(low, order, high));
    _mm512_storeu_si512(target + 16, _mm512_permutex2var_epi16(low, behind, high));
  }
}

static inline __attribute__((always_inline)) void narrowPair(
  void *target, float first __attribute__((vector_size(64))),
  float second __attribute__((vector_size(64)))) {
  _mm512_storeu_si512(target, (__m512i)_mm512_cvtne2ps_pbh((__m512)second, (__m512)first));
}

static inline __attribute__((always_inline)) __m256i narrow(__m512 value) {
  return (__m256i)_mm512_cvtneps_pbh(value);
}

#define GELU gelu

static inline __attribute__((always_inline)) __m512 gelu(int type, __m512 x, __m512 *derivative) {
  return type == CK_FLOAT32 ? ck_gelu_lanes(x, derivative) : ck_gelu_lanes_rough(x, derivative);
}

#include "gemm_template.h"
#pragma clang attribute pop

#endif
