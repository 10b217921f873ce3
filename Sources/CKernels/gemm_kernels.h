// What the drivers of the matrix product need from an instruction set.

#ifndef CK_GEMM_KERNELS_H
#define CK_GEMM_KERNELS_H

#include "ck_gemm.h"

/// The most rows that a tile has in any instruction set, and the most columns.
enum { CK_MOST_ROWS = 14, CK_MOST_COLUMNS = 32 };

/// C = beta C + alpha A B for one tile of r rows and one or two vectors of columns, r and the
/// columns being fixed by the function. A: [r, k] with element (i, p) at a[i a_row + p a_column];
/// B: [k, columns] with rows b_row apart; C: rows c_row apart, not read where beta = 0.
typedef void (*ck_tile)(
  ptrdiff_t k, float alpha, const float *a, ptrdiff_t a_row, ptrdiff_t a_column, const float *b,
  ptrdiff_t b_row, float beta, float *c, ptrdiff_t c_row);

typedef struct ck_gemm_kernels {
  const char *name;
  int isa;
  ptrdiff_t lanes;  // floats in a vector
  ptrdiff_t rows;   // the most rows in a tile

  /// Tiles by [vectors - 1][rows - 1]; those of the first table take a_row = 1 only.
  ck_tile tile[2][CK_MOST_ROWS];
  ck_tile strided_tile[2][CK_MOST_ROWS];

  /// Packs A [m, k] in panels of `height` rows, each k-major: element (i, p) at
  /// packed[(i / height) height k + p height + i % height]. The rows that a last panel lacks
  /// are left as they are or overwritten.
  void (*pack_a)(
    ptrdiff_t m, ptrdiff_t k, const float *a, ptrdiff_t a_row, ptrdiff_t a_column, float *packed,
    ptrdiff_t height);

  /// Packs B [k, n], n ≤ 2 lanes, in one k-major panel of 2 lanes columns; the columns that B
  /// lacks are filled with finite numbers.
  void (*pack_b)(
    ptrdiff_t n, ptrdiff_t k, const float *b, ptrdiff_t b_row, ptrdiff_t b_column, float *packed);

  /// C = beta C + alpha X Yᵀ as dot products, nothing packed. X: [m, k], Y: [n, k] with rows
  /// x_row and y_row apart.
  void (*dots)(
    ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, float alpha, const float *x, ptrdiff_t x_row,
    const float *y, ptrdiff_t y_row, float beta, float *c, ptrdiff_t c_row);

  /// C = activation(beta C + T + bias). T, C: [m, n], rows t_row and c_row apart, which may be the
  /// same matrix; bias: [n] or NULL; pre: NULL or where C before activation goes, in C's layout.
  void (*finish)(
    ptrdiff_t m, ptrdiff_t n, const float *t, ptrdiff_t t_row, float beta, float *c,
    ptrdiff_t c_row, const float *bias, int activation, float *pre);
} ck_gemm_kernels;

extern const ck_gemm_kernels ck_gemm_portable;
#if defined(__x86_64__)
extern const ck_gemm_kernels ck_gemm_avx2;
extern const ck_gemm_kernels ck_gemm_avx512;
#endif

/// The kernels in use.
const ck_gemm_kernels *ck_gemm_current(void);

#endif
