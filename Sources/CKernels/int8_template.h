// The tiles of one instruction set for weights of eight bits. int8_portable.c, int8_avx2.c and
// int8_vnni.c include this file once each, with the target set and these defined: LANES, the words in a
// vector; ROWS, the most rows of a tile; TILES(F), which expands to F(1) … F(ROWS); KERNELS, the table's
// name; NUMBERS, those in a word; OFFSET, what weights come with; ADD_PRODUCTS(a, b, sum), which adds
// to each word of `sum` the products of the numbers in the word at address a with those in the word of b.

#include <string.h>

typedef int32_t vector __attribute__((vector_size(LANES * 4)));
typedef int32_t unaligned_vector __attribute__((vector_size(LANES * 4), aligned(1)));
typedef int32_t unaligned_word __attribute__((aligned(1), may_alias));
typedef float floats __attribute__((vector_size(LANES * 4)));
typedef float unaligned_floats __attribute__((vector_size(LANES * 4), aligned(1)));

#define INLINE static inline __attribute__((always_inline))

// Words of k that a tile fetches of its panel ahead: it comes from L2.
enum { AHEAD = 24 };

/// The body of every ck_int8_tile: `rows` is a constant where it is inlined, so that the sums stay in
/// registers.
INLINE void tile(
  const int rows, ptrdiff_t words, const char *a, ptrdiff_t a_row, const char *b,
  const int32_t *starts, const float *a_scales, const float *b_scales, float *t) {
  vector sums[ROWS][2];
#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++) sums[i][0] = sums[i][1] = (vector){0} + starts[i];
#pragma clang loop unroll(disable)
  for (ptrdiff_t p = 0; p < words; p++) {
    const vector first = *(const unaligned_vector *)b;
    const vector second = *(const unaligned_vector *)(b + LANES * 4);
    __builtin_prefetch(b + AHEAD * 2 * LANES * 4);
    if (LANES * 4 == 64) __builtin_prefetch(b + AHEAD * 2 * LANES * 4 + 64);
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) {
      ADD_PRODUCTS(a + i * a_row, first, sums[i][0]);
      ADD_PRODUCTS(a + i * a_row, second, sums[i][1]);
    }
    a += 4;
    b += 2 * LANES * 4;
  }
  const floats left = *(const unaligned_floats *)b_scales;
  const floats right = *(const unaligned_floats *)(b_scales + LANES);
#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++) {
    float *const row = t + i * 2 * LANES;
    *(unaligned_floats *)row = __builtin_convertvector(sums[i][0], floats) * (left * a_scales[i]);
    *(unaligned_floats *)(row + LANES) =
      __builtin_convertvector(sums[i][1], floats) * (right * a_scales[i]);
  }
}

#define TILE(rows)                                                                             \
  static void tile_##rows(                                                                     \
    ptrdiff_t words, const char *a, ptrdiff_t a_row, const char *b, const int32_t *starts,     \
    const float *a_scales, const float *b_scales, float *t) {                                  \
    tile(rows, words, a, a_row, b, starts, a_scales, b_scales, t);                             \
  }
TILES(TILE)

#define NAME(rows) tile_##rows,

const ck_int8_kernels KERNELS = {
  .lanes = LANES, .rows = ROWS, .numbers = NUMBERS, .offset = OFFSET, .tile = {TILES(NAME)},
};
