// Small matrix products and transposes.

#include "ck_small.h"

#include "ck_gemm.h"
#include "ck_lanes.h"
#include "ck_transpose.h"

/// The product for `rows` rows and `vectors` vectors of columns, both constants of the caller: the
/// sums stay in registers.
CK_INLINE void tile(
  const int rows, const int vectors, ptrdiff_t k, const float *a, ptrdiff_t a_row,
  ptrdiff_t a_column, const float *b, ptrdiff_t b_row, int adds, float *c, ptrdiff_t c_row) {
  CK_REASSOCIATE
  ck_lanes sum[8][4];
#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++) {
#pragma clang loop unroll(full)
    for (int j = 0; j < vectors; j++) {
      sum[i][j] = adds ? ck_load(c + i * c_row + j * CK_LANES) : (ck_lanes)0.0f;
    }
  }
  for (ptrdiff_t p = 0; p < k; p++) {
    ck_lanes right[4];
#pragma clang loop unroll(full)
    for (int j = 0; j < vectors; j++) right[j] = ck_load(b + p * b_row + j * CK_LANES);
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) {
      const ck_lanes left = a[i * a_row + p * a_column];
#pragma clang loop unroll(full)
      for (int j = 0; j < vectors; j++) sum[i][j] += left * right[j];
    }
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++) {
#pragma clang loop unroll(full)
    for (int j = 0; j < vectors; j++) ck_store(c + i * c_row + j * CK_LANES, sum[i][j]);
  }
}

/// All rows of `vectors` vectors of columns, by tiles of `most` rows and then fewer.
CK_INLINE void strip(
  const int most, const int vectors, ptrdiff_t m, ptrdiff_t k, const float *a, ptrdiff_t a_row,
  ptrdiff_t a_column, const float *b, ptrdiff_t b_row, int adds, float *c, ptrdiff_t c_row) {
#define TILES(rows)                                                                             \
  if (rows <= most) {                                                                           \
    for (; i + rows <= m; i += rows) {                                                          \
      tile(                                                                                     \
        rows, vectors, k, a + i * a_row, a_row, a_column, b, b_row, adds, c + i * c_row, c_row); \
    }                                                                                           \
  }
  ptrdiff_t i = 0;
  TILES(8)
  TILES(4)
  TILES(2)
  TILES(1)
#undef TILES
}

/// The whole product by strips as wide as the registers allow beside `most` rows; few rows leave
/// room for wider ones, which hide the latency of the sums.
CK_INLINE void product(
  const int most, const int wide, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, const float *a,
  ptrdiff_t a_row, ptrdiff_t a_column, const float *b, ptrdiff_t b_row, int adds, float *c,
  ptrdiff_t c_row) {
  ptrdiff_t j = 0;
#define STRIPS(vectors, rows)                                                                   \
  for (; j + vectors * CK_LANES <= n; j += vectors * CK_LANES) {                                \
    strip(rows, vectors, m, k, a, a_row, a_column, b + j, b_row, adds, c + j, c_row);           \
  }
  if (m < 4) {
    STRIPS(4, 2)
  }
  if (wide == 2) {
    STRIPS(2, most)
  }
  STRIPS(1, most)
#undef STRIPS
}

#define PARAMETERS                                                                          \
  ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, const float *a, ptrdiff_t a_row, ptrdiff_t a_column, \
    const float *b, ptrdiff_t b_row, int adds, float *c, ptrdiff_t c_row
#define ARGUMENTS m, n, k, a, a_row, a_column, b, b_row, adds, c, c_row

#if defined(__x86_64__)
// 16 sums beside 2 vectors of B, of 32 registers.
__attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma"))) static void product_avx512(
  PARAMETERS) {
  product(8, 2, ARGUMENTS);
}

// 4 sums of two registers each beside 2 of B, of 16 registers.
__attribute__((target("avx2,fma"))) static void product_avx2(PARAMETERS) {
  product(4, 1, ARGUMENTS);
}
#endif

static void product_portable(PARAMETERS) { product(2, 1, ARGUMENTS); }

void ck_small_product(PARAMETERS) {
#if defined(__x86_64__)
  const int isa = ck_isa();
  if (isa >= 3) {
    product_avx512(ARGUMENTS);
  } else if (isa == 2) {
    product_avx2(ARGUMENTS);
  } else {
    product_portable(ARGUMENTS);
  }
#else
  product_portable(ARGUMENTS);
#endif
}

/// 16 columns of 16 rows, of which `present` are there.
CK_INLINE void transpose_block(
  ptrdiff_t present, const float *x, ptrdiff_t x_row, float scale, float *y, ptrdiff_t y_row) {
  ck_lanes block[16];
#pragma clang loop unroll(full)
  for (int i = 0; i < 16; i++) {
    block[i] = i < present ? ck_load(x + i * x_row) * scale : (ck_lanes)0.0f;
  }
  ck_transpose(block);
#pragma clang loop unroll(full)
  for (int i = 0; i < 16; i++) ck_store(y + i * y_row, block[i]);
}

CK_CLONES void ck_transpose_scaled(
  ptrdiff_t rows, ptrdiff_t columns, const float *x, ptrdiff_t x_row, float scale, float *y,
  ptrdiff_t y_row) {
  for (ptrdiff_t r = 0; r < rows; r += CK_LANES) {
    const ptrdiff_t present = rows - r < CK_LANES ? rows - r : CK_LANES;
    for (ptrdiff_t c = 0; c < columns; c += CK_LANES) {
      transpose_block(present, x + r * x_row + c, x_row, scale, y + c * y_row + r, y_row);
    }
  }
}

/// The dot products of `present` rows, at most 16, which the transpose turns into one sum of
/// vectors.
CK_INLINE void dots(
  ptrdiff_t present, ptrdiff_t columns, const float *x, ptrdiff_t x_row, const float *q,
  float scale, float *y) {
  CK_REASSOCIATE
  ck_lanes sums[16];
#pragma clang loop unroll(full)
  for (int i = 0; i < 16; i++) sums[i] = 0.0f;
  for (ptrdiff_t c = 0; c < columns; c += CK_LANES) {
    const ck_lanes right = ck_load(q + c);
#pragma clang loop unroll(full)
    for (int i = 0; i < 16; i++) {
      if (i < present) sums[i] += ck_load(x + i * x_row + c) * right;
    }
  }
  ck_transpose(sums);
  ck_lanes total = 0.0f;
#pragma clang loop unroll(full)
  for (int i = 0; i < 16; i++) total += sums[i];
  ck_store(y, total * scale);
}

CK_CLONES void ck_scaled_dots(
  ptrdiff_t rows, ptrdiff_t columns, const float *x, ptrdiff_t x_row, const float *q, float scale,
  float *y) {
  ptrdiff_t r = 0;
  for (; r + CK_LANES <= rows; r += CK_LANES) {
    dots(CK_LANES, columns, x + r * x_row, x_row, q, scale, y + r);
  }
  if (r < rows) dots(rows - r, columns, x + r * x_row, x_row, q, scale, y + r);
}
