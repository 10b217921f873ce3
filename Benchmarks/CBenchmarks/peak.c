#include "CBenchmarks.h"

#include <time.h>

#if defined(__x86_64__)

#include <immintrin.h>

// Enough sums that do not wait for each other to hide the latency of two units of four cycles each.
enum { SUMS = 12, ROUNDS = 4096 };

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

// Assembly keeps the compiler from computing the sums once and for all. All operands are zero, and
// stay so: no number grows out of range, which would be slow.
#define PEAK(name, isa, vector, zero, instruction, operations)                  \
  __attribute__((target(isa))) static double name(double seconds) {            \
    const vector a = zero();                                                   \
    vector sums[SUMS];                                                         \
    for (int i = 0; i < SUMS; i++) sums[i] = zero();                           \
    const double start = now();                                                \
    double elapsed, count = 0;                                                 \
    do {                                                                       \
      for (int round = 0; round < ROUNDS; round++) {                           \
        _Pragma("clang loop unroll(full)") for (int i = 0; i < SUMS; i++) {    \
          __asm__ volatile(instruction " %1, %1, %0" : "+v"(sums[i]) : "v"(a)); \
        }                                                                      \
      }                                                                        \
      count += (double)ROUNDS * SUMS * (operations);                           \
      elapsed = now() - start;                                                 \
    } while (elapsed < seconds);                                               \
    return count / elapsed;                                                    \
  }

PEAK(fma_512, "avx512f", __m512, _mm512_setzero_ps, "vfmadd231ps", 32)
PEAK(fma_256, "avx2,fma", __m256, _mm256_setzero_ps, "vfmadd231ps", 16)
PEAK(dot_512, "avx512f,avx512bf16", __m512, _mm512_setzero_ps, "vdpbf16ps", 64)

double cb_peak_f32(double seconds) {
  if (__builtin_cpu_supports("avx512f")) return fma_512(seconds);
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return fma_256(seconds);
  return 0;
}

double cb_peak_bf16(double seconds) {
  return __builtin_cpu_supports("avx512bf16") ? dot_512(seconds) : 0;
}

#else

double cb_peak_f32(double seconds) { return 0; }

double cb_peak_bf16(double seconds) { return 0; }

#endif
