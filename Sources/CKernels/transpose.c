// Copies of matrices whose rows become columns.

#include "ck_elementwise.h"
#include "ck_transpose.h"

/// One block of 16 × 16.
CK_INLINE void block(const float *x, ptrdiff_t x_row, float *y, ptrdiff_t y_row) {
  ck_lanes lanes[CK_LANES];
#pragma clang loop unroll(full)
  for (int i = 0; i < CK_LANES; i++) lanes[i] = ck_load(x + i * x_row);
  ck_transpose(lanes);
#pragma clang loop unroll(full)
  for (int i = 0; i < CK_LANES; i++) ck_store(y + i * y_row, lanes[i]);
}

// Loads, shuffles and stores of floats leave any 32 bits as they are.
CK_CLONES void ck_transpose_32(
  ptrdiff_t rows, ptrdiff_t columns, const float *x, ptrdiff_t x_row, float *y, ptrdiff_t y_row) {
  // The last blocks overlap with those before.
  for (ptrdiff_t c = 0; c < columns; c += CK_LANES) {
    const ptrdiff_t column = c + CK_LANES <= columns ? c : columns - CK_LANES;
    for (ptrdiff_t r = 0; r < rows; r += CK_LANES) {
      const ptrdiff_t row = r + CK_LANES <= rows ? r : rows - CK_LANES;
      block(x + row * x_row + column, x_row, y + column * y_row + row, y_row);
    }
  }
}
