// Products with weights of eight bits for AVX-512 with VNNI: four products of bytes are added to a
// word without a limit in between. One factor has a sign and the other has none: weights come with
// 128 added, which the start of each sum takes away again.

#if defined(__x86_64__)

#include "int8_kernels.h"

#define LANES 16
#define ROWS 14
#define TILES(F) F(1) F(2) F(3) F(4) F(5) F(6) F(7) F(8) F(9) F(10) F(11) F(12) F(13) F(14)
#define KERNELS ck_int8_vnni
#define NUMBERS 4
#define OFFSET 128
// Broadcasts within the instruction, as in gemm_avx512.c.
#define ADD_PRODUCTS(a, b, sum)                          \
  __asm__("vpdpbusd %2%{1to16%}, %1, %0" : "+v"(sum)     \
          : "v"(b), "m"(*(const unaligned_word *)(a)))

#pragma clang attribute push( \
  __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx512vnni,avx2,fma"))), \
  apply_to = function)
#include "int8_template.h"
#pragma clang attribute pop

#endif
