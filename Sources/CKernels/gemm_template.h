// The kernels of one instruction set. gemm_portable.c, gemm_avx2.c and gemm_avx512.c include this
// file once each, with the target set and these defined: LANES, the floats in a vector; ROWS, the
// most rows of a tile; TILES(F), which expands to F(1) … F(ROWS); and the table's KERNELS, NAME and
// ISA.

#include <string.h>

typedef float vector __attribute__((vector_size(LANES * 4)));
typedef float unaligned_vector __attribute__((vector_size(LANES * 4), aligned(4)));
typedef float quad __attribute__((vector_size(16)));
typedef float unaligned_quad __attribute__((vector_size(16), aligned(4)));

#define INLINE static inline __attribute__((always_inline))

INLINE vector load(const float *source) { return *(const unaligned_vector *)source; }
INLINE void store(float *target, vector value) { *(unaligned_vector *)target = value; }
INLINE quad loadQuad(const float *source) { return *(const unaligned_quad *)source; }
INLINE void storeQuad(float *target, quad value) { *(unaligned_quad *)target = value; }

// MARK: - Tiles

/// The body of every ck_tile: `rows`, `vectors` and mostly `a_row` are constants where it is
/// inlined, so that the sums stay in registers.
INLINE void tile(
  const int rows, const int vectors, ptrdiff_t k, float alpha, const float *a, ptrdiff_t a_row,
  ptrdiff_t a_column, const float *b, ptrdiff_t b_row, float beta, float *c, ptrdiff_t c_row) {
  vector sums[ROWS][2];
#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++) {
    __builtin_prefetch(c + i * c_row, 1);
    __builtin_prefetch(c + i * c_row + vectors * LANES - 1, 1);
    sums[i][0] = (vector){0};
    sums[i][1] = (vector){0};
  }
#pragma clang loop unroll(disable)
  for (ptrdiff_t p = 0; p < k; p++) {
    const vector first = load(b);
    const vector second = vectors > 1 ? load(b + LANES) : first;
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) {
      const float factor = a[i * a_row];
      sums[i][0] = factor * first + sums[i][0];
      if (vectors > 1) sums[i][1] = factor * second + sums[i][1];
    }
    a += a_column;
    b += b_row;
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++) {
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
      float *const target = c + i * c_row + v * LANES;
      vector result = alpha * sums[i][v];
      if (beta != 0) result = beta * load(target) + result;
      store(target, result);
    }
  }
}

#define TILE(rows, vectors)                                                                   \
  static void tile_##rows##_##vectors(                                                        \
    ptrdiff_t k, float alpha, const float *a, ptrdiff_t a_row, ptrdiff_t a_column,            \
    const float *b, ptrdiff_t b_row, float beta, float *c, ptrdiff_t c_row) {                 \
    (void)a_row;                                                                              \
    tile(rows, vectors, k, alpha, a, 1, a_column, b, b_row, beta, c, c_row);                  \
  }                                                                                           \
  static void strided_##rows##_##vectors(                                                     \
    ptrdiff_t k, float alpha, const float *a, ptrdiff_t a_row, ptrdiff_t a_column,            \
    const float *b, ptrdiff_t b_row, float beta, float *c, ptrdiff_t c_row) {                 \
    tile(rows, vectors, k, alpha, a, a_row, a_column, b, b_row, beta, c, c_row);              \
  }
#define BOTH(rows) TILE(rows, 1) TILE(rows, 2)
TILES(BOTH)

// MARK: - Packing

/// Packs `width` ≤ `stride` lines of k floats, line_step apart, so that element (i, p) lies at
/// packed[p stride + i]. Of what lies between width and stride, some is overwritten.
INLINE void interleave(
  ptrdiff_t width, ptrdiff_t k, const float *source, ptrdiff_t line_step, float *packed,
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
      const float *line[4];
      for (ptrdiff_t j = 0; j < 4; j++) {
        line[j] = source + (i + j < width ? i + j : width - 1) * line_step;
      }
      ptrdiff_t p = start;
      float *target = packed + p * stride + i;
      for (; p + 4 <= safe; p += 4, target += 4 * stride) {
        const quad a = loadQuad(line[0] + p), b = loadQuad(line[1] + p);
        const quad c = loadQuad(line[2] + p), d = loadQuad(line[3] + p);
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
        for (ptrdiff_t j = 0; j < 4 && i + j < width; j++) target[j] = line[j][p];
      }
    }
  }
}

/// Copies a few floats, four at a time; the last four overlap those before.
INLINE void copyShort(ptrdiff_t count, const float *source, float *target) {
  if (count >= 4) {
    for (ptrdiff_t i = 0; i + 4 < count; i += 4) storeQuad(target + i, loadQuad(source + i));
    storeQuad(target + count - 4, loadQuad(source + count - 4));
  } else {
    for (ptrdiff_t i = 0; i < count; i++) target[i] = source[i];
  }
}

static void packA(
  ptrdiff_t m, ptrdiff_t k, const float *a, ptrdiff_t a_row, ptrdiff_t a_column, float *packed,
  ptrdiff_t height) {
  if (a_row == 1) {
    // Each line of A is read once for all panels: lines may be pages apart.
    for (ptrdiff_t p = 0; p < k; p++) {
      const float *const line = a + p * a_column;
      for (ptrdiff_t i = 0; i < m; i += height) {
        __builtin_prefetch(line + 8 * a_column + i);
        copyShort(m - i < height ? m - i : height, line + i, packed + i * k + p * height);
      }
    }
    return;
  }
  for (ptrdiff_t i = 0; i < m; i += height) {
    const ptrdiff_t rows = m - i < height ? m - i : height;
    const float *const source = a + i * a_row;
    float *const panel = packed + i * k;
    if (a_column == 1) {
      interleave(rows, k, source, a_row, panel, height);
    } else {
      for (ptrdiff_t p = 0; p < k; p++) {
        for (ptrdiff_t r = 0; r < rows; r++) {
          panel[p * height + r] = source[r * a_row + p * a_column];
        }
      }
    }
  }
}

static void packB(
  ptrdiff_t n, ptrdiff_t k, const float *b, ptrdiff_t b_row, ptrdiff_t b_column, float *packed) {
  enum { WIDTH = 2 * LANES };
  if (n < WIDTH) memset(packed, 0, (size_t)(k * WIDTH) * sizeof(float));
  if (b_column == 1 && n == WIDTH) {
    for (ptrdiff_t p = 0; p < k; p++) {
      const float *const line = b + p * b_row;
      __builtin_prefetch(line + 8 * b_row);
      __builtin_prefetch(line + 8 * b_row + WIDTH - 1);
      store(packed + p * WIDTH, load(line));
      store(packed + p * WIDTH + LANES, load(line + LANES));
    }
  } else if (b_column == 1) {
    for (ptrdiff_t p = 0; p < k; p++) copyShort(n, b + p * b_row, packed + p * WIDTH);
  } else if (b_row == 1) {
    interleave(n, k, b, b_column, packed, WIDTH);
  } else {
    for (ptrdiff_t p = 0; p < k; p++) {
      for (ptrdiff_t j = 0; j < n; j++) packed[p * WIDTH + j] = b[p * b_row + j * b_column];
    }
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

/// The first `count` < LANES floats of `source`, then zeros.
INLINE vector loadPart(const float *source, ptrdiff_t count) {
  float part[LANES] = {0};
  for (ptrdiff_t i = 0; i < count; i++) part[i] = source[i];
  return load(part);
}

/// The dot products of `rows` rows of X with four of Y, for 4 ≥ n > 0 of which C has room.
INLINE void dotTile(
  const int rows, ptrdiff_t n, ptrdiff_t k, float alpha, const float *x, ptrdiff_t x_row,
  const float *y, ptrdiff_t y_row, float beta, float *c, ptrdiff_t c_row) {
  const float *line[4];
  vector sums[4][4];
#pragma clang loop unroll(full)
  for (int j = 0; j < 4; j++) {
    line[j] = y + (j < n ? j : n - 1) * y_row;
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) sums[i][j] = (vector){0};
  }
  ptrdiff_t p = 0;
#pragma clang loop unroll(disable)
  for (; p + LANES <= k; p += LANES) {
    const vector y0 = load(line[0] + p), y1 = load(line[1] + p);
    const vector y2 = load(line[2] + p), y3 = load(line[3] + p);
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) {
      const vector factor = load(x + i * x_row + p);
      sums[i][0] = factor * y0 + sums[i][0];
      sums[i][1] = factor * y1 + sums[i][1];
      sums[i][2] = factor * y2 + sums[i][2];
      sums[i][3] = factor * y3 + sums[i][3];
    }
  }
  if (p < k) {
    vector last[4];
#pragma clang loop unroll(full)
    for (int j = 0; j < 4; j++) last[j] = loadPart(line[j] + p, k - p);
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) {
      const vector factor = loadPart(x + i * x_row + p, k - p);
#pragma clang loop unroll(full)
      for (int j = 0; j < 4; j++) sums[i][j] = factor * last[j] + sums[i][j];
    }
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++) {
    const quad result = alpha * sumLanes(sums[i]);
    float *const target = c + i * c_row;
    if (n == 4) {
      storeQuad(target, beta == 0 ? result : beta * loadQuad(target) + result);
    } else {
      for (ptrdiff_t j = 0; j < n; j++) {
        target[j] = beta == 0 ? result[j] : beta * target[j] + result[j];
      }
    }
  }
}

static void dots(
  ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, float alpha, const float *x, ptrdiff_t x_row,
  const float *y, ptrdiff_t y_row, float beta, float *c, ptrdiff_t c_row) {
  for (ptrdiff_t j = 0; j < n; j += 4, y += 4 * y_row, c += 4) {
    const ptrdiff_t columns = n - j < 4 ? n - j : 4;
    ptrdiff_t i = 0;
    for (; i + 4 <= m; i += 4) {
      dotTile(
        4, columns, k, alpha, x + i * x_row, x_row, y, y_row, beta, c + i * c_row, c_row);
    }
    for (; i + 2 <= m; i += 2) {
      dotTile(
        2, columns, k, alpha, x + i * x_row, x_row, y, y_row, beta, c + i * c_row, c_row);
    }
    for (; i < m; i++) {
      dotTile(
        1, columns, k, alpha, x + i * x_row, x_row, y, y_row, beta, c + i * c_row, c_row);
    }
  }
}

// MARK: - Epilogue

INLINE vector geluVector(vector x) {
  float lanes[LANES];
  store(lanes, x);
  for (int i = 0; i < LANES; i++) lanes[i] = ck_gelu(lanes[i]);
  return load(lanes);
}

/// Finishes one vector; bias and pre may be NULL.
INLINE void finishVector(
  const float *t, float beta, float *c, const float *bias, int activation, float *pre) {
  vector y = load(t);
  if (beta != 0) y = beta * load(c) + y;
  if (bias != NULL) y += load(bias);
  if (pre != NULL) store(pre, y);
  if (activation == CK_GELU) y = geluVector(y);
  store(c, y);
}

static void finish(
  ptrdiff_t m, ptrdiff_t n, const float *t, ptrdiff_t t_row, float beta, float *c,
  ptrdiff_t c_row, const float *bias, int activation, float *pre) {
  const ptrdiff_t whole = n / LANES * LANES, rest = n - whole;
  float restT[LANES] = {0}, restC[LANES] = {0}, restBias[LANES] = {0}, restPre[LANES];
  if (bias != NULL) copyShort(rest, bias + whole, restBias);
  for (ptrdiff_t i = 0; i < m; i++, t += t_row, c += c_row) {
    float *const line = pre == NULL ? NULL : pre + i * c_row;
    for (ptrdiff_t j = 0; j < whole; j += LANES) {
      finishVector(
        t + j, beta, c + j, bias == NULL ? NULL : bias + j, activation,
        line == NULL ? NULL : line + j);
    }
    if (rest == 0) continue;
    copyShort(rest, t + whole, restT);
    if (beta != 0) copyShort(rest, c + whole, restC);
    finishVector(restT, beta, restC, bias == NULL ? NULL : restBias, activation, restPre);
    copyShort(rest, restC, c + whole);
    if (line != NULL) copyShort(rest, restPre, line + whole);
  }
}

#define UNIT_1(rows) tile_##rows##_1,
#define UNIT_2(rows) tile_##rows##_2,
#define STRIDED_1(rows) strided_##rows##_1,
#define STRIDED_2(rows) strided_##rows##_2,

const ck_gemm_kernels KERNELS = {
  .name = NAME,
  .isa = ISA,
  .lanes = LANES,
  .rows = ROWS,
  .tile = {{TILES(UNIT_1)}, {TILES(UNIT_2)}},
  .strided_tile = {{TILES(STRIDED_1)}, {TILES(STRIDED_2)}},
  .pack_a = packA,
  .pack_b = packB,
  .dots = dots,
  .finish = finish,
};
