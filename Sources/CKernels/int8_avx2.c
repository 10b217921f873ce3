// Products with weights of eight bits for AVX2: pairs of sixteen bits, whose products are added in 32.
// The instruction for bytes adds pairs in sixteen bits, which two products of 127 · 255 leave.

#if defined(__x86_64__)

#include <immintrin.h>

#include "int8_kernels.h"

#define LANES 8
#define ROWS 6
#define TILES(F) F(1) F(2) F(3) F(4) F(5) F(6)
#define KERNELS ck_int8_avx2
#define NUMBERS 2
#define OFFSET 0
#define ADD_PRODUCTS(a, b, sum)                                                                \
  ((sum) += (vector)_mm256_madd_epi16(                                                         \
     _mm256_set1_epi32(*(const unaligned_word *)(a)), (__m256i)(b)))

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#include "int8_template.h"
#pragma clang attribute pop

#endif
