// The matrix product's kernels for AVX-512: 28 of the 32 registers hold a tile of 14 × 32.

#if defined(__x86_64__)

#include "ck_bf16.h"
#include "ck_gelu_lanes.h"
#include "gemm_kernels.h"

#define LANES 16
#define ROWS 14
#define TILES(F) F(1) F(2) F(3) F(4) F(5) F(6) F(7) F(8) F(9) F(10) F(11) F(12) F(13) F(14)
#define KERNELS ck_gemm_avx512
#define NUMBERS 1
#define MULTIPLY_ADD(a, b, sum) ((a) * (b) + (sum))
// A compiler broadcasts a word that two products take into a register first, which costs the vector
// units a slot; broadcasting it within each product does not.
#define ADD_PRODUCT(a, b, sum)                           \
  __asm__("vfmadd231ps %2%{1to16%}, %1, %0" : "+v"(sum)  \
          : "v"(b), "m"(*(const unaligned_word *)(a)))

#pragma clang attribute push( \
  __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma"))), apply_to = function)
#define GELU gelu

static inline __attribute__((always_inline)) __m512 gelu(int type, __m512 x, __m512 *derivative) {
  return type == CK_FLOAT32 ? ck_gelu_lanes(x, derivative) : ck_gelu_lanes_rough(x, derivative);
}

#include "gemm_template.h"
#pragma clang attribute pop

#endif
