// Products with weights of eight bits for any processor: pairs of sixteen bits, in vectors of four
// words.

#include "int8_kernels.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#define LANES 4
#define ROWS 4
#define TILES(F) F(1) F(2) F(3) F(4)
#define KERNELS ck_int8_portable
#define NUMBERS 2
#define OFFSET 0
#define ADD_PRODUCTS(a, b, sum) ((sum) += products(*(const unaligned_word *)(a), (b)))

typedef int32_t word_vector __attribute__((vector_size(16)));
typedef int16_t half_vector __attribute__((vector_size(16)));

/// The sums of the products of the two numbers in `word` with those in each word of b, none of which
/// leaves 32 bits.
static inline __attribute__((always_inline)) word_vector products(int32_t word, word_vector b) {
  const half_vector left = (half_vector)((word_vector){0} + word), right = (half_vector)b;
#if defined(__SSE2__)
  return (word_vector)_mm_madd_epi16((__m128i)left, (__m128i)right);
#else
  word_vector sum;
  for (int i = 0; i < 4; i++) {
    sum[i] = (int32_t)left[2 * i] * right[2 * i] + (int32_t)left[2 * i + 1] * right[2 * i + 1];
  }
  return sum;
#endif
}

#include "int8_template.h"
