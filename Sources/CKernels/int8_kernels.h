// What the products with weights of eight bits need from an instruction set.
//
// Both factors come in 32-bit words along k: four numbers of eight bits, or two of sixteen. Absent
// numbers of a last word are zeros.

#ifndef CK_INT8_KERNELS_H
#define CK_INT8_KERNELS_H

#include "ck_int8.h"
#include "gemm_kernels.h"

/// T[i, ·] = a_scales[i] b_scales[·] (starts[i] + the integer sum of A[i, ·] B) for r rows, r being
/// fixed by the function. A: words, rows a_row bytes apart; B: a packed panel of 2 lanes columns; T: rows
/// of 2 lanes.
typedef void (*ck_int8_tile)(
  ptrdiff_t words, const char *a, ptrdiff_t a_row, const char *b, const int32_t *starts,
  const float *a_scales, const float *b_scales, float *t);

typedef struct ck_int8_kernels {
  ptrdiff_t lanes;    // words in a vector
  ptrdiff_t rows;     // the most rows in a tile
  ptrdiff_t numbers;  // in a word: 4 or 2
  int offset;         // what is added to each weight, so that it has no sign: 128 or 0
  ck_int8_tile tile[CK_MOST_ROWS];  // by [r - 1]
} ck_int8_kernels;

extern const ck_int8_kernels ck_int8_portable;
#if defined(__x86_64__)
extern const ck_int8_kernels ck_int8_avx2;
extern const ck_int8_kernels ck_int8_vnni;
#endif

#endif
