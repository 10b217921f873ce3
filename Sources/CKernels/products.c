// Sums of small matrix products.

#include "ck_products.h"

#include <string.h>

#include "ck_bf16.h"
#include "ck_gemm.h"
#include "ck_lanes.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// The most vectors of columns that a tile has, and the most rows.
enum { LANES = CK_LANES, MOST_VECTORS = 4, MOST_ROWS = 14 };

// Words are moved as floats, whatever they hold.
typedef ck_lanes vector;
typedef float unaligned_vector __attribute__((ext_vector_type(16), aligned(1)));

#define INLINE static inline __attribute__((always_inline))
#define PRODUCT_SUM(a, b, sum) ((a) * (b) + (sum))

#pragma clang fp contract(fast)

#if defined(__x86_64__)

#define MULTIPLY_ADD PRODUCT_SUM
#define NARROW(y, v) _mm256_storeu_si256((__m256i *)(y), narrow_avx512((__m512)(v)))

#pragma clang attribute push( \
  __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma"))), apply_to = function)

/// Sixteen floats as bfloat16.
INLINE __m256i narrow_avx512(__m512 v) {
  const __m512i bits = _mm512_castps_si512(v);
  const __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
  const __m512i rounded =
    _mm512_add_epi32(bits, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff)));
  const __m512i quiet = _mm512_or_si512(bits, _mm512_set1_epi32(0x400000));
  const __mmask16 isNaN = _mm512_cmp_ps_mask(v, v, _CMP_UNORD_Q);
  return _mm512_cvtepi32_epi16(
    _mm512_srli_epi32(_mm512_mask_mov_epi32(rounded, isNaN, quiet), 16));
}

// 28 sums and 4 or 2 vectors of B in 32 registers; the words of A come from memory.
#define NAME(name) name##_avx512
#define MOST_4 7
#define MOST_2 14
#define MOST_1 14
#include "products_template.h"
#undef NAME
#pragma clang attribute pop

#undef MULTIPLY_ADD
#undef NARROW
#define MULTIPLY_ADD(a, b, sum) \
  ((vector)_mm512_dpbf16_ps((__m512)(sum), (__m512bh)(a), (__m512bh)(b)))
#define NARROW(y, v) _mm256_storeu_si256((__m256i *)(y), (__m256i)_mm512_cvtneps_pbh((__m512)(v)))

#pragma clang attribute push( \
  __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx512bf16,avx2,fma"))), \
  apply_to = function)
#define NAME(name) name##_avx512_bf16
#include "products_template.h"
#undef NAME
#pragma clang attribute pop

#undef MULTIPLY_ADD
#undef NARROW
#undef MOST_4
#undef MOST_2
#undef MOST_1
#define MULTIPLY_ADD PRODUCT_SUM
#define NARROW(y, v) narrow_each(y, v)

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
INLINE void narrow_each(uint16_t *y, vector v) {
  for (int i = 0; i < LANES; i++) y[i] = ck_bf16_from_float(v[i]);
}
// 4 sums of two registers each beside 2 of B, of 16 registers.
#define NAME(name) name##_avx2
#define MOST_4 0
#define MOST_2 0
#define MOST_1 4
#include "products_template.h"
#undef NAME
#pragma clang attribute pop

#undef MULTIPLY_ADD
#undef NARROW
#undef MOST_4
#undef MOST_2
#undef MOST_1

#endif

#define MULTIPLY_ADD PRODUCT_SUM
#define NARROW(y, v) narrow_portable(y, v)
#define NAME(name) name##_portable
#define MOST_4 0
#define MOST_2 0
#define MOST_1 2
INLINE void narrow_portable(uint16_t *y, vector v) {
  for (int i = 0; i < LANES; i++) y[i] = ck_bf16_from_float(v[i]);
}
#include "products_template.h"

void ck_sum_products(
  const ck_products *p, ptrdiff_t m, ptrdiff_t n, ptrdiff_t count, const ck_term *terms, void *c,
  ptrdiff_t c_row) {
#if defined(__x86_64__)
  const int isa = ck_isa();
  if (p->type == CK_BFLOAT16) {
    sum_avx512_bf16(p, m, n, count, terms, c, c_row);
  } else if (isa >= 3) {
    sum_avx512(p, m, n, count, terms, c, c_row);
  } else if (isa == 2) {
    sum_avx2(p, m, n, count, terms, c, c_row);
  } else {
    sum_portable(p, m, n, count, terms, c, c_row);
  }
#else
  sum_portable(p, m, n, count, terms, c, c_row);
#endif
}
