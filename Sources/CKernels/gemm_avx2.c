// The matrix product's kernels for AVX2 and FMA: 12 of the 16 registers hold a tile of 6 × 16.

#if defined(__x86_64__)

#include "ck_bf16.h"
#include "gemm_kernels.h"

#define LANES 8
#define ROWS 6
#define TILES(F) F(1) F(2) F(3) F(4) F(5) F(6)
#define KERNELS ck_gemm_avx2
#define NUMBERS 1
#define MULTIPLY_ADD(a, b, sum) ((a) * (b) + (sum))
#define ADD_PRODUCT(a, b, sum) ((sum) = loadWord(a) * (b) + (sum))

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#include "gemm_template.h"
#pragma clang attribute pop

#endif
