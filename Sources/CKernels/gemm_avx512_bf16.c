// The matrix product's kernels for AVX-512 with bfloat16: as for AVX-512, with words of two numbers.

#if defined(__x86_64__)

#include <immintrin.h>

#include "ck_bf16.h"
#include "gemm_kernels.h"

#define LANES 16
#define ROWS 14
#define TILES(F) F(1) F(2) F(3) F(4) F(5) F(6) F(7) F(8) F(9) F(10) F(11) F(12) F(13) F(14)
#define KERNELS ck_gemm_avx512_bf16
#define NUMBERS 2
#define MULTIPLY_ADD(a, b, sum) \
  ((vector)_mm512_dpbf16_ps((__m512)(sum), (__m512bh)(a), (__m512bh)(b)))
#define ZIP zip
#define NARROW(target, vector) \
  _mm256_storeu_si256((__m256i *)(target), (__m256i)_mm512_cvtneps_pbh((__m512)(vector)))

#pragma clang attribute push( \
  __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx512bf16,avx2,fma"))), \
  apply_to = function)

static inline __attribute__((always_inline)) void zip(
  ptrdiff_t count, const char *first, const char *second, float *target) {
  const __mmask16 present = (__mmask16)((1u << count) - 1);
  const __m256i low = _mm256_maskz_loadu_epi16(present, first);
  const __m256i high =
    second == NULL ? _mm256_setzero_si256() : _mm256_maskz_loadu_epi16(present, second);
  const __m512i words = _mm512_or_si512(
    _mm512_cvtepu16_epi32(low), _mm512_slli_epi32(_mm512_cvtepu16_epi32(high), 16));
  _mm512_mask_storeu_epi32(target, present, words);
}

#include "gemm_template.h"
#pragma clang attribute pop

#endif
