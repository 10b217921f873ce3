// The choice of the instruction set.

#include <stdatomic.h>

#include "gemm_kernels.h"

static const ck_gemm_set portable = {"portable", 1, &ck_gemm_portable, NULL};
#if defined(__x86_64__)
static const ck_gemm_set avx2 = {"avx2", 2, &ck_gemm_avx2, NULL};
static const ck_gemm_set avx512 = {"avx512", 3, &ck_gemm_avx512, NULL};
static const ck_gemm_set avx512bf16 = {"avx512bf16", 4, &ck_gemm_avx512, &ck_gemm_avx512_bf16};
#endif

static const ck_gemm_set *_Atomic current;

static const ck_gemm_set *best(int highest) {
#if defined(__x86_64__)
  const int hasAVX2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  // 512-bit loops need the 128-bit forms (VL) and the byte, word and quadword ones too.
  const int hasAVX512 = hasAVX2 && __builtin_cpu_supports("avx512f")
    && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw")
    && __builtin_cpu_supports("avx512dq");
  if (highest >= 4 && hasAVX512 && __builtin_cpu_supports("avx512bf16")) return &avx512bf16;
  if (highest >= 3 && hasAVX512) return &avx512;
  if (highest >= 2 && hasAVX2) return &avx2;
#endif
  (void)highest;
  return &portable;
}

void ck_gemm_select(int isa) { atomic_store(&current, best(isa <= 0 ? 4 : isa)); }

const ck_gemm_set *ck_gemm_current(void) {
  const ck_gemm_set *set = atomic_load_explicit(&current, memory_order_relaxed);
  if (set == NULL) {
    set = best(4);
    atomic_store_explicit(&current, set, memory_order_relaxed);
  }
  return set;
}

int ck_isa(void) { return ck_gemm_current()->isa; }

const char *ck_isa_name(void) { return ck_gemm_current()->name; }
