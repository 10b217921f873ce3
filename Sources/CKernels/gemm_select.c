// The choice of the instruction set.

#include <stdatomic.h>

#include "gemm_kernels.h"

static const ck_gemm_kernels *_Atomic current;

static const ck_gemm_kernels *best(int highest) {
#if defined(__x86_64__)
  // 512-bit loops need the 128-bit forms (VL) and the byte, word and quadword ones too.
  const int avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl")
    && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq");
  const int avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (highest >= ck_gemm_avx512.isa && avx512 && avx2) return &ck_gemm_avx512;
  if (highest >= ck_gemm_avx2.isa && avx2) return &ck_gemm_avx2;
#endif
  (void)highest;
  return &ck_gemm_portable;
}

void ck_gemm_select(int isa) { atomic_store(&current, best(isa <= 0 ? 3 : isa)); }

const ck_gemm_kernels *ck_gemm_current(void) {
  const ck_gemm_kernels *kernels = atomic_load_explicit(&current, memory_order_relaxed);
  if (kernels == NULL) {
    kernels = best(3);
    atomic_store_explicit(&current, kernels, memory_order_relaxed);
  }
  return kernels;
}

int ck_isa(void) { return ck_gemm_current()->isa; }

const char *ck_isa_name(void) { return ck_gemm_current()->name; }
