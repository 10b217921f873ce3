// Sums of small matrix products.

#include "ck_products.h"

#include "ck_gemm.h"
#include "ck_lanes.h"

// The most vectors of columns that a tile has, and the most rows.
enum { MOST_VECTORS = 4, MOST_ROWS = 14 };

/// One tile: `rows` and `vectors` are constants of the caller, so that the sums stay in registers.
CK_INLINE void tile(
  const int rows, const int vectors, const ck_products *p, ptrdiff_t count, const ck_term *terms,
  ptrdiff_t a_offset, ptrdiff_t b_offset, float *c, ptrdiff_t c_row) {
  CK_REASSOCIATE
  ck_lanes sum[MOST_ROWS][MOST_VECTORS];
#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++) {
#pragma clang loop unroll(full)
    for (int j = 0; j < vectors; j++) {
      const ptrdiff_t column = j * CK_LANES;
      sum[i][j] = p->adds ? ck_load(c + i * c_row + column)
        : p->bias != NULL ? ck_load(p->bias + b_offset + column)
                          : (ck_lanes)0.0f;
    }
  }
  const ptrdiff_t depth = p->depth, a_row = p->a_row, a_column = p->a_column, b_row = p->b_row;
  for (ptrdiff_t term = 0; term < count; term++) {
    const float *a = terms[term].a + a_offset;
    const float *b = terms[term].b + b_offset;
#pragma clang loop unroll(disable)
    for (ptrdiff_t k = 0; k < depth; k++) {
      ck_lanes right[MOST_VECTORS];
#pragma clang loop unroll(full)
      for (int j = 0; j < vectors; j++) right[j] = ck_load(b + j * CK_LANES);
#pragma clang loop unroll(full)
      for (int i = 0; i < rows; i++) {
        const ck_lanes left = a[i * a_row];
#pragma clang loop unroll(full)
        for (int j = 0; j < vectors; j++) sum[i][j] += left * right[j];
      }
      a += a_column;
      b += b_row;
    }
  }
  const ck_lanes least = p->relu ? 0.0f : -__builtin_inff();
#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++) {
#pragma clang loop unroll(full)
    for (int j = 0; j < vectors; j++) {
      const ck_lanes y = sum[i][j];
      ck_store(c + i * c_row + j * CK_LANES, y < least ? least : y);  // NaN stays NaN
    }
  }
}

/// A tile, computed beside C where that has only `columns` of its columns.
CK_INLINE void tile_of(
  const int rows, const int vectors, const ck_products *p, ptrdiff_t count, const ck_term *terms,
  ptrdiff_t a_offset, ptrdiff_t b_offset, ptrdiff_t columns, float *c, ptrdiff_t c_row) {
  float whole[MOST_ROWS * MOST_VECTORS * CK_LANES];
  const ptrdiff_t width = vectors * CK_LANES;
  const int fits = columns >= width;
  if (!fits && p->adds) {
    for (int i = 0; i < rows; i++) {
      for (ptrdiff_t j = 0; j < width; j++) {
        whole[i * width + j] = j < columns ? c[i * c_row + j] : 0.0f;
      }
    }
  }
  tile(
    rows, vectors, p, count, terms, a_offset, b_offset, fits ? c : whole, fits ? c_row : width);
  if (fits) return;
  for (int i = 0; i < rows; i++) {
    for (ptrdiff_t j = 0; j < columns; j++) c[i * c_row + j] = whole[i * width + j];
  }
}

/// All rows of `vectors` vectors of columns from `column` on, by tiles of `most` rows and then fewer.
CK_INLINE void strip(
  const int most, const int vectors, const ck_products *p, ptrdiff_t m, ptrdiff_t n,
  ptrdiff_t column, ptrdiff_t count, const ck_term *terms, float *c, ptrdiff_t c_row) {
  const ptrdiff_t columns = n - column;
  ptrdiff_t i = 0;
  c += column;
#define TILES(rows)                                                                               \
  if (rows <= most) {                                                                             \
    for (; i + rows <= m; i += rows) {                                                            \
      tile_of(                                                                                    \
        rows, vectors, p, count, terms, i * p->a_row, column, columns, c + i * c_row, c_row);     \
    }                                                                                             \
  }
  TILES(14)
  TILES(7)
  TILES(4)
  TILES(2)
  TILES(1)
#undef TILES
}

/// The whole sum by strips, each with the most rows that the registers allow beside its vectors; 0
/// for strips that they do not allow.
CK_INLINE void sum(
  const int most4, const int most2, const int most1, const ck_products *p, ptrdiff_t m,
  ptrdiff_t n, ptrdiff_t count, const ck_term *terms, float *c, ptrdiff_t c_row) {
  ptrdiff_t column = 0;
#define STRIPS(vectors, most)                                                            \
  if (most > 0) {                                                                        \
    for (; column + (vectors - 1) * CK_LANES < n; column += vectors * CK_LANES) {        \
      strip(most, vectors, p, m, n, column, count, terms, c, c_row);                     \
    }                                                                                    \
  }
  STRIPS(4, most4)
  STRIPS(2, most2)
  STRIPS(1, most1)
#undef STRIPS
}

#define PARAMETERS                                                                        \
  const ck_products *p, ptrdiff_t m, ptrdiff_t n, ptrdiff_t count, const ck_term *terms,  \
    float *c, ptrdiff_t c_row
#define ARGUMENTS p, m, n, count, terms, c, c_row

#if defined(__x86_64__)
// 28 sums and 4 or 2 vectors of B in 32 registers; the elements of A come from memory.
__attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma"))) static void sum_avx512(
  PARAMETERS) {
  sum(7, 14, 14, ARGUMENTS);
}

// 4 sums of two registers each beside 2 of B, of 16 registers.
__attribute__((target("avx2,fma"))) static void sum_avx2(PARAMETERS) { sum(0, 0, 4, ARGUMENTS); }
#endif

static void sum_portable(PARAMETERS) { sum(0, 0, 2, ARGUMENTS); }

void ck_sum_products(PARAMETERS) {
#if defined(__x86_64__)
  const int isa = ck_isa();
  if (isa >= 3) {
    sum_avx512(ARGUMENTS);
  } else if (isa == 2) {
    sum_avx2(ARGUMENTS);
  } else {
    sum_portable(ARGUMENTS);
  }
#else
  sum_portable(ARGUMENTS);
#endif
}
