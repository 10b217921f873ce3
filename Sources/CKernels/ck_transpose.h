// The transpose of sixteen vectors, for kernels that turn small matrices.

#ifndef CK_TRANSPOSE_H
#define CK_TRANSPOSE_H

#include "ck_lanes.h"
#include "ck_shuffles.h"

/// Exchanges rows and columns of 16 × 16 numbers: first inside blocks of 4 × 4, each in one quarter
/// of four vectors, then the quarters.
CK_INLINE void ck_transpose(ck_lanes *x) {
#define QUARTERS(a, b, i, j)                                                                     \
  __builtin_shufflevector(                                                                       \
    a, b, i, i + 1, i + 2, i + 3, j, j + 1, j + 2, j + 3, 16 + i, 17 + i, 18 + i, 19 + i,        \
    16 + j, 17 + j, 18 + j, 19 + j)
  ck_lanes y[16];
#pragma clang loop unroll(full)
  for (int group = 0; group < 16; group += 4) {
    const ck_lanes a = CK_PAIRS(x[group], x[group + 1], 0, 1);
    const ck_lanes b = CK_PAIRS(x[group], x[group + 1], 2, 3);
    const ck_lanes c = CK_PAIRS(x[group + 2], x[group + 3], 0, 1);
    const ck_lanes d = CK_PAIRS(x[group + 2], x[group + 3], 2, 3);
    y[group] = CK_HALVES(a, c, 0);
    y[group + 1] = CK_HALVES(a, c, 2);
    y[group + 2] = CK_HALVES(b, d, 0);
    y[group + 3] = CK_HALVES(b, d, 2);
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
#undef QUARTERS
}

#endif
