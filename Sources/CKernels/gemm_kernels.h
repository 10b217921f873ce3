// What the drivers of the matrix product need from an instruction set.
//
// Kernels take their operands as 32-bit words along k: one float32, or a pair of bfloat16 with
// neighbouring k, the first in the low half. A last word without its second number has zero there.
// Strides of operands are in bytes.

#ifndef CK_GEMM_KERNELS_H
#define CK_GEMM_KERNELS_H

#include "ck_gemm.h"

/// The most rows that a tile has in any instruction set, and the most columns of a packed panel;
/// tiles of no more than CK_WIDE_ROWS rows have up to CK_WIDE vectors of columns.
enum { CK_MOST_ROWS = 14, CK_MOST_COLUMNS = 32, CK_WIDE_ROWS = 2, CK_WIDE = 8 };

/// What becomes of a tile's sums.
typedef enum ck_way {
  CK_STORE,   // C = sum in float32
  CK_ADD,     // C = C + sum in float32
  CK_MODIFY,  // C = (sum + bias) factor in the operands' type
  CK_FINISH   // anything else
} ck_way;

/// Where the sums of a part of the product go:
/// s = beta C + alpha sum + bias, C = activation(s) factor, derivative = activation'(s).
typedef struct ck_target {
  char *c;
  ptrdiff_t row;      // elements between rows of C, derivative and factor
  int type;           // of C, derivative and factor
  ck_way way;         // the tiles' short cuts
  float alpha, beta;  // with beta = 0, C is not read
  const float *bias;  // of C's first column; or NULL
  int activation;
  char *derivative;   // or NULL
  const char *factor; // or NULL
} ck_target;

/// One tile of r rows and v vectors of columns, r and v being fixed by the function. A: [r, k],
/// words a_column apart; B: [k, columns], k in words, rows b_row apart.
typedef void (*ck_tile)(
  ptrdiff_t k, const char *a, ptrdiff_t a_row, ptrdiff_t a_column, const char *b, ptrdiff_t b_row,
  const ck_target *target);

typedef struct ck_gemm_kernels {
  ptrdiff_t lanes;    // words in a vector
  ptrdiff_t rows;     // the most rows in a tile
  ptrdiff_t pitch;    // words between the columns of a packed panel of A
  ptrdiff_t numbers;  // in a word: 1 or 2

  ck_tile tile[CK_WIDE][CK_MOST_ROWS];  // by [v - 1][r - 1]

  /// Packs A [m, k], k in numbers, in panels of `height` ≤ `rows` rows, each k-major: word p of row
  /// i at packed[((i / height) words + p) pitch + i % height].
  void (*pack_a)(
    ptrdiff_t m, ptrdiff_t k, const char *a, ptrdiff_t a_row, ptrdiff_t a_column, float *packed,
    ptrdiff_t height);

  /// Packs B [k, n] in panels of 2 lanes columns likewise: word p of column j at
  /// packed[((j / (2 lanes)) words + p) 2 lanes + j % (2 lanes)].
  void (*pack_b)(
    ptrdiff_t n, ptrdiff_t k, const char *b, ptrdiff_t b_row, ptrdiff_t b_column, float *packed);

  /// T = X Yᵀ as dot products, nothing packed. X: [m, k], Y: [n, k], k in numbers, neighbours along
  /// k adjacent, with rows x_row and y_row apart; T: [m, n], rows t_row floats apart.
  void (*dots)(
    ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, const char *x, ptrdiff_t x_row, const char *y,
    ptrdiff_t y_row, float *t, ptrdiff_t t_row);

  /// Brings the sums T [m, n], rows t_row apart, to their target.
  void (*finish)(
    ptrdiff_t m, ptrdiff_t n, const float *t, ptrdiff_t t_row, const ck_target *target);
} ck_gemm_kernels;

extern const ck_gemm_kernels ck_gemm_portable;
#if defined(__x86_64__)
extern const ck_gemm_kernels ck_gemm_avx2;
extern const ck_gemm_kernels ck_gemm_avx512;
extern const ck_gemm_kernels ck_gemm_avx512_bf16;
#endif

/// An instruction set.
typedef struct ck_gemm_set {
  const char *name;
  int isa;
  const ck_gemm_kernels *f32;
  const ck_gemm_kernels *bf16;  // or NULL: operands become float32 first
} ck_gemm_set;

/// The one in use.
const ck_gemm_set *ck_gemm_current(void);

#endif
