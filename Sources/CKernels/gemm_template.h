// The kernels of one instruction set. gemm_portable.c, gemm_avx2.c, gemm_avx512.c and
// gemm_avx512_bf16.c include this file once each, with the target set and these defined: LANES, the
// words in a vector; ROWS, the most rows of a tile; TILES(F), which expands to F(1) … F(ROWS);
// KERNELS, the table's name; NUMBERS, those in a word; MULTIPLY_ADD(a, b, sum), which adds the
// products of the numbers of two vectors of words to a vector of float32 sums; and where NUMBERS is
// 2, ZIP(count, first, second, target), which makes count ≤ 16 words of two rows of numbers, and
// NARROW(target, vector), which stores a vector as bfloat16.

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

INLINE vector broadcast(const void *source) {
  vector value;
#pragma clang loop unroll(full)
  for (int i = 0; i < LANES; i++) value[i] = loadWord(source);
  return value;
}

// MARK: - Tiles

static void finish(
  ptrdiff_t m, ptrdiff_t n, const float *t, ptrdiff_t t_row, const ck_target *target);

/// The body of every ck_tile: `rows`, `vectors` and mostly `a_row` are constants where it is
/// inlined, so that the sums stay in registers.
INLINE void tile(
  const int rows, const int vectors, ptrdiff_t k, const char *a, ptrdiff_t a_row,
  ptrdiff_t a_column, const char *b, ptrdiff_t b_row, const ck_target *target) {
  vector sums[ROWS][2];
#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++) {
    const char *const line = target->c + i * target->row * 4;
    __builtin_prefetch(line, 1);
    __builtin_prefetch(line + vectors * LANES * 4 - 1, 1);
    sums[i][0] = (vector){0};
    sums[i][1] = (vector){0};
  }
#pragma clang loop unroll(disable)
  for (ptrdiff_t p = 0; p < k; p++) {
    const vector first = load(b);
    const vector second = vectors > 1 ? load(b + LANES * 4) : first;
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) {
      const vector factor = broadcast(a + i * a_row);
      sums[i][0] = MULTIPLY_ADD(factor, first, sums[i][0]);
      if (vectors > 1) sums[i][1] = MULTIPLY_ADD(factor, second, sums[i][1]);
    }
    a += a_column;
    b += b_row;
  }
  if (target->finishes) {
    float whole[ROWS * 2 * LANES];
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) {
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; v++) store(whole + (i * 2 + v) * LANES, sums[i][v]);
    }
    finish(rows, vectors * LANES, whole, 2 * LANES, target);
    return;
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++) {
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
      float *const c = (float *)target->c + i * target->row + v * LANES;
      vector result = target->alpha * sums[i][v];
      if (target->beta != 0) result = target->beta * load(c) + result;
      store(c, result);
    }
  }
}

#define TILE(rows, vectors)                                                                     \
  static void tile_##rows##_##vectors(                                                          \
    ptrdiff_t k, const char *a, ptrdiff_t a_row, ptrdiff_t a_column, const char *b,             \
    ptrdiff_t b_row, const ck_target *target) {                                                 \
    (void)a_row;                                                                                \
    tile(rows, vectors, k, a, 4, a_column, b, b_row, target);                                   \
  }                                                                                             \
  static void strided_##rows##_##vectors(                                                       \
    ptrdiff_t k, const char *a, ptrdiff_t a_row, ptrdiff_t a_column, const char *b,             \
    ptrdiff_t b_row, const ck_target *target) {                                                 \
    tile(rows, vectors, k, a, a_row, a_column, b, b_row, target);                               \
  }
#define BOTH(rows) TILE(rows, 1) TILE(rows, 2)
TILES(BOTH)

// MARK: - Packing

/// Packs `width` ≤ `stride` lines of k words, line_step bytes apart, so that word (i, p) lies at
/// packed[p stride + i]. Of what lies between width and stride, some is overwritten.
INLINE void interleave(
  ptrdiff_t width, ptrdiff_t k, const char *source, ptrdiff_t line_step, float *packed,
  ptrdiff_t stride) {
  // Blocks of k keep the packed lines in L1 while the groups of four fill them.
  enum { BLOCK = 64 };
  for (ptrdiff_t start = 0; start < k; start += BLOCK) {
    const ptrdiff_t end = start + BLOCK < k ? start + BLOCK : k;
    // The last group comes first: what it writes behind a packed line is overwritten later, and
    // for the last lines it must not write there.
    for (ptrdiff_t i = (width - 1) / 4 * 4; i >= 0; i -= 4) {
      const ptrdiff_t excess = i + 4 > stride ? (i + 4 - stride + stride - 1) / stride : 0;
      const ptrdiff_t safe = end < k - excess ? end : k - excess;
      const char *line[4];
      for (ptrdiff_t j = 0; j < 4; j++) {
        line[j] = source + (i + j < width ? i + j : width - 1) * line_step;
      }
      ptrdiff_t p = start;
      float *target = packed + p * stride + i;
      for (; p + 4 <= safe; p += 4, target += 4 * stride) {
        const quad a = loadQuad(line[0] + 4 * p), b = loadQuad(line[1] + 4 * p);
        const quad c = loadQuad(line[2] + 4 * p), d = loadQuad(line[3] + 4 * p);
        const quad abLow = __builtin_shufflevector(a, b, 0, 4, 1, 5);
        const quad abHigh = __builtin_shufflevector(a, b, 2, 6, 3, 7);
        const quad cdLow = __builtin_shufflevector(c, d, 0, 4, 1, 5);
        const quad cdHigh = __builtin_shufflevector(c, d, 2, 6, 3, 7);
        storeQuad(target, __builtin_shufflevector(abLow, cdLow, 0, 1, 4, 5));
        storeQuad(target + stride, __builtin_shufflevector(abLow, cdLow, 2, 3, 6, 7));
        storeQuad(target + 2 * stride, __builtin_shufflevector(abHigh, cdHigh, 0, 1, 4, 5));
        storeQuad(target + 3 * stride, __builtin_shufflevector(abHigh, cdHigh, 2, 3, 6, 7));
      }
      for (; p < end; p++, target += stride) {
        for (ptrdiff_t j = 0; j < 4 && i + j < width; j++) target[j] = loadWord(line[j] + 4 * p);
      }
    }
  }
}

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

/// The word of the numbers at `first` and, if there is one, `second`.
INLINE float makeWord(const char *first, const char *second) {
  float word = 0;
  memcpy(&word, first, 4 / NUMBERS);
  if (NUMBERS > 1 && second != NULL) memcpy((char *)&word + 2, second, 2);
  return word;
}

/// Makes the words of `count` columns from the one or two rows of numbers at `line`; `present` says
/// how many there are.
INLINE void makeWords(
  ptrdiff_t count, const char *line, ptrdiff_t row, ptrdiff_t present, float *target) {
#if NUMBERS == 1
  (void)row, (void)present;
  copyShort(count, line, target);
#else
  for (ptrdiff_t j = 0; j < count; j += 16) {
    ZIP(count - j < 16 ? count - j : 16, line + 2 * j, present > 1 ? line + row + 2 * j : NULL,
        target + j);
  }
#endif
}

/// Packs lines of k numbers that lie side by side, `step` bytes apart, as `interleave` does.
INLINE void packLines(
  ptrdiff_t width, ptrdiff_t k, const char *source, ptrdiff_t step, float *packed,
  ptrdiff_t stride) {
  const ptrdiff_t whole = k / NUMBERS;
  interleave(width, whole, source, step, packed, stride);
  if (whole * NUMBERS == k) return;
  for (ptrdiff_t i = 0; i < width; i++) {
    packed[whole * stride + i] = makeWord(source + i * step + 4 * whole, NULL);
  }
}

/// Packs lines of k numbers at any strides, in bytes.
INLINE void packAny(
  ptrdiff_t width, ptrdiff_t k, const char *source, ptrdiff_t line_step, ptrdiff_t step,
  float *packed, ptrdiff_t stride) {
  for (ptrdiff_t p = 0; p < k; p += NUMBERS, packed += stride) {
    for (ptrdiff_t i = 0; i < width; i++) {
      const char *const number = source + i * line_step + p * step;
      packed[i] = makeWord(number, p + 1 < k ? number + step : NULL);
    }
  }
}

static void packA(
  ptrdiff_t m, ptrdiff_t k, const char *a, ptrdiff_t a_row, ptrdiff_t a_column, float *packed,
  ptrdiff_t height) {
  enum { SIZE = 4 / NUMBERS };
  const ptrdiff_t words = (k + NUMBERS - 1) / NUMBERS;
  if (a_row == SIZE) {
    // Each line of A is read once for all panels: lines may be pages apart.
    for (ptrdiff_t p = 0; p < words; p++) {
      const char *const line = a + p * NUMBERS * a_column;
      for (ptrdiff_t i = 0; i < m; i += height) {
        __builtin_prefetch(line + 8 * NUMBERS * a_column + i * SIZE);
        makeWords(
          m - i < height ? m - i : height, line + i * SIZE, a_column, k - p * NUMBERS,
          packed + i * words + p * height);
      }
    }
    return;
  }
  for (ptrdiff_t i = 0; i < m; i += height) {
    const ptrdiff_t rows = m - i < height ? m - i : height;
    if (a_column == SIZE) {
      packLines(rows, k, a + i * a_row, a_row, packed + i * words, height);
    } else {
      packAny(rows, k, a + i * a_row, a_row, a_column, packed + i * words, height);
    }
  }
}

static void packB(
  ptrdiff_t n, ptrdiff_t k, const char *b, ptrdiff_t b_row, ptrdiff_t b_column, float *packed) {
  enum { SIZE = 4 / NUMBERS, WIDTH = 2 * LANES };
  const ptrdiff_t words = (k + NUMBERS - 1) / NUMBERS;
  if (n < WIDTH) memset(packed, 0, (size_t)(words * WIDTH) * sizeof(float));
  if (b_column == SIZE) {
    for (ptrdiff_t p = 0; p < words; p++) {
      const char *const line = b + p * NUMBERS * b_row;
      __builtin_prefetch(line + 8 * NUMBERS * b_row);
      __builtin_prefetch(line + 8 * NUMBERS * b_row + WIDTH * SIZE - 1);
      if (NUMBERS == 1 && n == WIDTH) {
        store(packed + p * WIDTH, load(line));
        store(packed + p * WIDTH + LANES, load(line + LANES * SIZE));
      } else {
        makeWords(n, line, b_row, k - p * NUMBERS, packed + p * WIDTH);
      }
    }
  } else if (b_row == SIZE) {
    packLines(n, k, b, b_column, packed, WIDTH);
  } else {
    packAny(n, k, b, b_column, b_row, packed, WIDTH);
  }
}

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
  const int rows, ptrdiff_t n, ptrdiff_t k, const char *x, ptrdiff_t x_row, const char *y,
  ptrdiff_t y_row, float *t, ptrdiff_t t_row) {
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
  for (ptrdiff_t j = 0; j < n; j += 4, y += 4 * y_row, t += 4) {
    const ptrdiff_t columns = n - j < 4 ? n - j : 4;
    ptrdiff_t i = 0;
    for (; i + 4 <= m; i += 4) {
      dotTile(4, columns, k, x + i * x_row, x_row, y, y_row, t + i * t_row, t_row);
    }
    for (; i + 2 <= m; i += 2) {
      dotTile(2, columns, k, x + i * x_row, x_row, y, y_row, t + i * t_row, t_row);
    }
    for (; i < m; i++) {
      dotTile(1, columns, k, x + i * x_row, x_row, y, y_row, t + i * t_row, t_row);
    }
  }
}

// MARK: - Epilogue

INLINE vector loadNumbers(int type, const char *source) {
  if (type == CK_FLOAT32) return load(source);
  uint16_t halves[LANES];
  float lanes[LANES];
  memcpy(halves, source, sizeof halves);
  for (int i = 0; i < LANES; i++) lanes[i] = ck_float_from_bf16(halves[i]);
  return load(lanes);
}

INLINE void storeNumbers(int type, char *target, vector value) {
  if (type == CK_FLOAT32) {
    store(target, value);
    return;
  }
#ifdef NARROW
  NARROW(target, value);
#else
  uint16_t halves[LANES];
  float lanes[LANES];
  store(lanes, value);
  for (int i = 0; i < LANES; i++) halves[i] = ck_bf16_from_float(lanes[i]);
  memcpy(target, halves, sizeof halves);
#endif
}

/// GELU of each lane, and its derivative.
INLINE vector geluVector(vector x, vector *derivative) {
  float lanes[LANES], slopes[LANES];
  store(lanes, x);
  for (int i = 0; i < LANES; i++) {
    const ck_with_derivative y = ck_gelu_pair(lanes[i]);
    lanes[i] = y.value;
    slopes[i] = y.derivative;
  }
  *derivative = load(slopes);
  return load(lanes);
}

/// Finishes one vector; bias, derivative and factor may be NULL.
INLINE void finishVector(
  const ck_target *target, const float *t, char *c, const float *bias, char *derivative,
  const char *factor) {
  const int type = target->type;
  vector y = target->alpha * load(t);
  if (target->beta != 0) y = target->beta * loadNumbers(type, c) + y;
  if (bias != NULL) y += load(bias);
  vector slope = (vector){0} + 1;
  if (target->activation == CK_GELU) y = geluVector(y, &slope);
  if (derivative != NULL) storeNumbers(type, derivative, slope);
  if (factor != NULL) y *= loadNumbers(type, factor);
  storeNumbers(type, c, y);
}

static void finish(
  ptrdiff_t m, ptrdiff_t n, const float *t, ptrdiff_t t_row, const ck_target *target) {
  const ptrdiff_t size = target->type == CK_FLOAT32 ? 4 : 2;
  const ptrdiff_t whole = n / LANES * LANES, rest = n - whole;
  const size_t restSize = (size_t)(rest * size);
  float restT[LANES] = {0}, restC[LANES] = {0}, restBias[LANES] = {0};
  float restSlope[LANES] = {0}, restFactor[LANES] = {0};
  if (target->bias != NULL) copyShort(rest, target->bias + whole, restBias);
  for (ptrdiff_t i = 0; i < m; i++, t += t_row) {
    const ptrdiff_t line = i * target->row;
    for (ptrdiff_t j = 0; j < whole; j += LANES) {
      const ptrdiff_t place = (line + j) * size;
      finishVector(
        target, t + j, target->c + place, target->bias == NULL ? NULL : target->bias + j,
        target->derivative == NULL ? NULL : target->derivative + place,
        target->factor == NULL ? NULL : target->factor + place);
    }
    if (rest == 0) continue;
    const ptrdiff_t place = (line + whole) * size;
    copyShort(rest, t + whole, restT);
    if (target->beta != 0) memcpy(restC, target->c + place, restSize);
    if (target->factor != NULL) memcpy(restFactor, target->factor + place, restSize);
    finishVector(
      target, restT, (char *)restC, restBias,
      target->derivative == NULL ? NULL : (char *)restSlope,
      target->factor == NULL ? NULL : (char *)restFactor);
    memcpy(target->c + place, restC, restSize);
    if (target->derivative != NULL) memcpy(target->derivative + place, restSlope, restSize);
  }
}

#define UNIT_1(rows) tile_##rows##_1,
#define UNIT_2(rows) tile_##rows##_2,
#define STRIDED_1(rows) strided_##rows##_1,
#define STRIDED_2(rows) strided_##rows##_2,

const ck_gemm_kernels KERNELS = {
  .lanes = LANES,
  .rows = ROWS,
  .numbers = NUMBERS,
  .tile = {{TILES(UNIT_1)}, {TILES(UNIT_2)}},
  .strided_tile = {{TILES(STRIDED_1)}, {TILES(STRIDED_2)}},
  .pack_a = packA,
  .pack_b = packB,
  .dots = dots,
  .finish = finish,
};
