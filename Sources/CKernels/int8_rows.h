// Rounding rows of a product's left factor.

#ifndef CK_INT8_ROWS_H
#define CK_INT8_ROWS_H

#include "ck_int8.h"
#include "ck_types.h"

/// Rounds m rows of x to numbers of `size` bytes, q_count of them a row, zeros behind the k there are:
/// q_count is a multiple of 16. starts[i] = -offset times the sum of row i.
void ck_int8_round_some(
  int type, int size, int offset, ptrdiff_t m, ptrdiff_t k, const void *x, ptrdiff_t x_row,
  char *q, ptrdiff_t q_count, float *scales, int32_t *starts);

#endif
