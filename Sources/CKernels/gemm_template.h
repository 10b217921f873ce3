// The kernels of one instruction set. gemm_portable.c, gemm_avx2.c, gemm_avx512.c and
// gemm_avx512_bf16.c include this file once each, with the target set and these defined: LANES, the
// words in a vector; ROWS, the most rows of a tile; TILES(F), which expands to F(1) … F(ROWS);
// KERNELS, the table's name; NUMBERS, those in a word; MULTIPLY_ADD(a, b, sum), which adds the
// products of the numbers of two vectors of words to a vector of float32 sums; ADD_PRODUCT(a, b,
// sum), which does so in place for the word at address a, with each word of b; and what gemm_pack.h
// and gemm_finish.h name.

#include <string.h>

// Words are moved as floats, whatever they hold.
typedef float vector __attribute__((vector_size(LANES * 4)));
typedef float unaligned_vector __attribute__((vector_size(LANES * 4), aligned(1)));
typedef float quad __attribute__((vector_size(16)));
typedef float unaligned_quad __attribute__((vector_size(16), aligned(1)));
typedef float unaligned_word __attribute__((aligned(1)));

#define INLINE static inline __attribute__((always_inline))

INLINE vector load(const void *source) { return *(const unaligned_vector *)source; }
INLINE void store(void *target, vector value) { *(unaligned_vector *)target = value; }
INLINE quad loadQuad(const void *source) { return *(const unaligned_quad *)source; }
INLINE void storeQuad(void *target, quad value) { *(unaligned_quad *)target = value; }
INLINE float loadWord(const void *source) { return *(const unaligned_word *)source; }

/// Copies a few words, four at a time; the last four overlap those before.
INLINE void copyShort(ptrdiff_t count, const void *source, float *target) {
  const char *const x = source;
  if (count >= 4) {
    for (ptrdiff_t i = 0; i + 4 < count; i += 4) storeQuad(target + i, loadQuad(x + 4 * i));
    storeQuad(target + count - 4, loadQuad(x + 4 * count - 16));
  } else {
    for (ptrdiff_t i = 0; i < count; i++) target[i] = loadWord(x + 4 * i);
  }
}

// The type of C that is the operands' own.
enum { NATIVE = NUMBERS == 1 ? CK_FLOAT32 : CK_BFLOAT16, NATIVE_SIZE = 4 / NUMBERS };

enum { MOST_VECTORS = 8 };  // in tiles of one or two rows; others have no more than two

enum { PITCH = (ROWS + LANES - 1) / LANES * LANES, WIDTH = 2 * LANES };

#include "gemm_finish.h"
#include "gemm_pack.h"

// MARK: - Tiles

// How many words of k ahead a tile fetches its operands: they come from L2 or, where B is not
// packed or read for the first time, from further away. Wide tiles read runs that the processor
// follows by itself.
enum { AHEAD = 32, AHEAD_WIDE = 16, AHEAD_LINES = 8, LINE_WORDS = 16 };

/// Brings the two lines where `size` bytes begin and end to L2: rows of results may be so far apart
/// that they drive each other out of L1.
INLINE void fetchEnds(const char *x, ptrdiff_t size) {
  __builtin_prefetch(x, 0, 2);
  __builtin_prefetch(x + size - 1, 0, 2);
}

/// The body of every ck_tile: `rows` and `vectors` are constants where it is inlined, so that the
/// sums stay in registers.
INLINE void tile(
  const int rows, const int vectors, ptrdiff_t k, const char *a, ptrdiff_t a_row,
  ptrdiff_t a_column, const char *b, ptrdiff_t b_row, const ck_target *target) {
  // Copies, which the compiler knows that no store changes.
  const ck_way way = target->way;
  const ptrdiff_t size = target->type == CK_FLOAT32 ? 4 : 2;
  const ptrdiff_t row = target->row * size;
  char *const c = target->c;
  vector sums[ROWS][MOST_VECTORS];
#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++) {
    fetchEnds(c + i * row, vectors * LANES * size);
    if (target->factor != NULL) fetchEnds(target->factor + i * row, vectors * LANES * size);
    if (target->derivative != NULL) {
      fetchEnds(target->derivative + i * row, vectors * LANES * size);
    }
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) sums[i][v] = (vector){0};
  }
  // Of rows whose words are neighbours, a line of each is fetched while the words of one are used.
  const int liesInRows = a_column == 4;
  const char *ahead = a;
#pragma clang loop unroll(disable)
  for (ptrdiff_t p = 0; p < k; p++) {
    vector right[MOST_VECTORS];
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
      right[v] = load(b + v * LANES * 4);
      __builtin_prefetch(b + (vectors > 2 ? AHEAD_WIDE : AHEAD) * b_row + v * LANES * 4);
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) {
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; v++) ADD_PRODUCT(a + i * a_row, right[v], sums[i][v]);
    }
    if (p % LINE_WORDS == 0) {
      ahead = a + (liesInRows ? AHEAD_LINES * LINE_WORDS * 4 : AHEAD * a_column);
    }
    __builtin_prefetch(ahead);
    ahead += liesInRows ? a_row : a_column;
    a += a_column;
    b += b_row;
  }
  if (way == CK_STORE) {
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) {
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; v++) store(c + i * row + v * LANES * 4, sums[i][v]);
    }
  } else if (way == CK_ADD) {
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) {
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; v++) {
        char *const place = c + i * row + v * LANES * 4;
        store(place, load(place) + sums[i][v]);
      }
    }
  } else if (way == CK_MODIFY) {
    const float *const bias = target->bias;
    const char *const factor = target->factor;
    vector added[MOST_VECTORS];
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
      added[v] = bias == NULL ? (vector){0} : load(bias + v * LANES);
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) {
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; v++) {
        sums[i][v] += added[v];
        if (factor != NULL) {
          sums[i][v] *= loadNumbers(NATIVE, LANES, factor + i * row + v * LANES * NATIVE_SIZE);
        }
      }
      storeVectors(NATIVE, vectors, c + i * row, sums[i]);
    }
  } else {
    float whole[ROWS * MOST_VECTORS * LANES];
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) {
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; v++) store(whole + (i * vectors + v) * LANES, sums[i][v]);
    }
    finish(rows, vectors * LANES, whole, vectors * LANES, target);
  }
}

#define TILE(rows, vectors)                                                                     \
  static void tile_##rows##_##vectors(                                                          \
    ptrdiff_t k, const char *a, ptrdiff_t a_row, ptrdiff_t a_column, const char *b,             \
    ptrdiff_t b_row, const ck_target *target) {                                                 \
    tile(rows, vectors, k, a, a_row, a_column, b, b_row, target);                               \
  }
#define BOTH(rows) TILE(rows, 1) TILE(rows, 2)
#define WIDER(rows) \
  TILE(rows, 3) TILE(rows, 4) TILE(rows, 5) TILE(rows, 6) TILE(rows, 7) TILE(rows, 8)
TILES(BOTH)
WIDER(1)
WIDER(2)

// MARK: - Dot products

/// The sum of the quads that make up a vector.
INLINE quad fold(vector v) {
  const union {
    vector whole;
    quad parts[LANES / 4];
  } u = {v};
  quad sum = u.parts[0];
#pragma clang loop unroll(full)
  for (int i = 1; i < LANES / 4; i++) sum += u.parts[i];
  return sum;
}

/// The sums of the lanes of four vectors.
INLINE quad sumLanes(const vector sums[4]) {
  const quad a = fold(sums[0]), b = fold(sums[1]), c = fold(sums[2]), d = fold(sums[3]);
  const quad ab =
    __builtin_shufflevector(a, b, 0, 4, 1, 5) + __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const quad cd =
    __builtin_shufflevector(c, d, 0, 4, 1, 5) + __builtin_shufflevector(c, d, 2, 6, 3, 7);
  return __builtin_shufflevector(ab, cd, 0, 1, 4, 5) + __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
}

/// The numbers in the first `size` bytes of `source`, less than a vector's, then zeros.
INLINE vector loadPart(const char *source, ptrdiff_t size) {
  float part[LANES] = {0};
  memcpy(part, source, (size_t)size);
  return load(part);
}

/// The dot products of `rows` rows of X with four of Y, of which n are there.
INLINE void dotTile(
  const int rows, const int fetches, ptrdiff_t n, ptrdiff_t k, const char *x, ptrdiff_t x_row,
  const char *y, ptrdiff_t y_row, float *t, ptrdiff_t t_row) {
  enum { STEP = LANES * 4 };
  const ptrdiff_t size = k * (4 / NUMBERS);
  const char *line[4];
  vector sums[4][4];
#pragma clang loop unroll(full)
  for (int j = 0; j < 4; j++) {
    line[j] = y + (j < n ? j : n - 1) * y_row;
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) sums[i][j] = (vector){0};
  }
  ptrdiff_t p = 0;
#pragma clang loop unroll(disable)
  for (; p + STEP <= size; p += STEP) {
    const vector y0 = load(line[0] + p), y1 = load(line[1] + p);
    const vector y2 = load(line[2] + p), y3 = load(line[3] + p);
    // The next four rows of Y.
    if (fetches) {
#pragma clang loop unroll(full)
      for (int j = 0; j < 4; j++) __builtin_prefetch(line[j] + 4 * y_row + p);
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) {
      const vector factor = load(x + i * x_row + p);
      sums[i][0] = MULTIPLY_ADD(factor, y0, sums[i][0]);
      sums[i][1] = MULTIPLY_ADD(factor, y1, sums[i][1]);
      sums[i][2] = MULTIPLY_ADD(factor, y2, sums[i][2]);
      sums[i][3] = MULTIPLY_ADD(factor, y3, sums[i][3]);
    }
  }
  if (p < size) {
    vector last[4];
#pragma clang loop unroll(full)
    for (int j = 0; j < 4; j++) last[j] = loadPart(line[j] + p, size - p);
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) {
      const vector factor = loadPart(x + i * x_row + p, size - p);
#pragma clang loop unroll(full)
      for (int j = 0; j < 4; j++) sums[i][j] = MULTIPLY_ADD(factor, last[j], sums[i][j]);
    }
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++) {
    const quad result = sumLanes(sums[i]);
    if (n == 4) {
      storeQuad(t + i * t_row, result);
    } else {
      for (ptrdiff_t j = 0; j < n; j++) t[i * t_row + j] = result[j];
    }
  }
}

static void dots(
  ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, const char *x, ptrdiff_t x_row, const char *y,
  ptrdiff_t y_row, float *t, ptrdiff_t t_row) {
#define DOTS(rows, fetches)                                                                  \
  dotTile(rows, fetches, columns, k, x + i * x_row, x_row, y, y_row, t + i * t_row, t_row);  \
  i += rows
  for (ptrdiff_t j = 0; j < n; j += 4, y += 4 * y_row, t += 4) {
    const ptrdiff_t columns = n - j < 4 ? n - j : 4;
    ptrdiff_t i = 0;
    // More rows leave the processor time to fetch by itself.
    if (m == 4) {
      DOTS(4, 1);
    } else if (m == 2 || m == 3) {
      DOTS(2, 1);
    } else if (m == 1) {
      DOTS(1, 1);
    }
    while (i + 4 <= m) {
      DOTS(4, 0);
    }
    while (i + 2 <= m) {
      DOTS(2, 0);
    }
    while (i < m) {
      DOTS(1, 0);
    }
  }
#undef DOTS
}

#define TILE_1(rows) tile_##rows##_1,
#define TILE_2(rows) tile_##rows##_2,
#define WIDE(vectors) {tile_1_##vectors, tile_2_##vectors}

const ck_gemm_kernels KERNELS = {
  .lanes = LANES,
  .rows = ROWS,
  .pitch = PITCH,
  .numbers = NUMBERS,
  .tile = {
    {TILES(TILE_1)}, {TILES(TILE_2)}, WIDE(3), WIDE(4), WIDE(5), WIDE(6), WIDE(7), WIDE(8),
  },
  .pack_a = packA,
  .pack_b = packB,
  .dots = dots,
  .finish = finish,
};
