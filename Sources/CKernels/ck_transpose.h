// The transpose of sixteen vectors, for kernels that turn small matrices.

#ifndef CK_TRANSPOSE_H
#define CK_TRANSPOSE_H

#include "ck_lanes.h"

/// Exchanges rows and columns of 16 × 16 numbers: first inside blocks of 4 × 4, each in one quarter
/// of four vectors, then the quarters.
CK_INLINE void ck_transpose(ck_lanes *x) {
#define PAIRS(a, b, i, j)                                                                        \
  __builtin_shufflevector(                                                                       \
    a, b, i, 16 + i, j, 16 + j, 4 + i, 20 + i, 4 + j, 20 + j, 8 + i, 24 + i, 8 + j, 24 + j,      \
    12 + i, 28 + i, 12 + j, 28 + j)
#define HALVES(a, b, i)                                                                          \
  __builtin_shufflevector(                                                                       \
    a, b, i, i + 1, 16 + i, 17 + i, 4 + i, 5 + i, 20 + i, 21 + i, 8 + i, 9 + i, 24 + i, 25 + i,  \
    12 + i, 13 + i, 28 + i, 29 + i)
#define QUARTERS(a, b, i, j)                                                                     \
  __builtin_shufflevector(                                                                       \
    a, b, i, i + 1, i + 2, i + 3, j, j + 1, j + 2, j + 3, 16 + i, 17 + i, 18 + i, 19 + i,        \
    16 + j, 17 + j, 18 + j, 19 + j)
  ck_lanes y[16];
#pragma clang loop unroll(full)
  for (int group = 0; group < 16; group += 4) {
    const ck_lanes a = PAIRS(x[group], x[group + 1], 0, 1);
    const ck_lanes b = PAIRS(x[group], x[group + 1], 2, 3);
    const ck_lanes c = PAIRS(x[group + 2], x[group + 3], 0, 1);
    const ck_lanes d = PAIRS(x[group + 2], x[group + 3], 2, 3);
    y[group] = HALVES(a, c, 0);
    y[group + 1] = HALVES(a, c, 2);
    y[group + 2] = HALVES(b, d, 0);
    y[group + 3] = HALVES(b, d, 2);
  }
#pragma clang loop unroll(full)
  for (int column = 0; column < 4; column++) {
    const ck_lanes a = QUARTERS(y[column], y[4 + column], 0, 4);
    const ck_lanes b = QUARTERS(y[column], y[4 + column], 8, 12);
    const ck_lanes c = QUARTERS(y[8 + column], y[12 + column], 0, 4);
    const ck_lanes d = QUARTERS(y[8 + column], y[12 + column], 8, 12);
    x[column] = QUARTERS(a, c, 0, 8);
    x[4 + column] = QUARTERS(a, c, 4, 12);
    x[8 + column] = QUARTERS(b, d, 0, 8);
    x[12 + column] = QUARTERS(b, d, 4, 12);
  }
#undef PAIRS
#undef HALVES
#undef QUARTERS
}

#endif
