// Copies of matrices whose rows become columns.

#include "ck_elementwise.h"
#include "ck_transpose.h"
#include "ck_types.h"

/// One block of 16 × 16. Loads, shuffles and stores of floats leave any 32 bits as they are.
CK_INLINE void block_32(const uint32_t *x, ptrdiff_t x_row, uint32_t *y, ptrdiff_t y_row) {
  ck_lanes lanes[CK_LANES];
#pragma clang loop unroll(full)
  for (int i = 0; i < CK_LANES; i++) lanes[i] = ck_load((const float *)(x + i * x_row));
  ck_transpose(lanes);
#pragma clang loop unroll(full)
  for (int i = 0; i < CK_LANES; i++) ck_store((float *)(y + i * y_row), lanes[i]);
}

/// The same for 16 bits, which take the upper half of a lane.
CK_INLINE void block_16(const uint16_t *x, ptrdiff_t x_row, uint16_t *y, ptrdiff_t y_row) {
  ck_lanes lanes[CK_LANES];
#pragma clang loop unroll(full)
  for (int i = 0; i < CK_LANES; i++) lanes[i] = ck_load_as(CK_BFLOAT16, x + i * x_row, 0);
  ck_transpose(lanes);
#pragma clang loop unroll(full)
  for (int i = 0; i < CK_LANES; i++) {
    ck_word_lanes bits;
    memcpy(&bits, &lanes[i], sizeof bits);
    const ck_half_lanes half = __builtin_convertvector(bits >> 16, ck_half_lanes);
    memcpy(y + i * y_row, &half, sizeof half);
  }
}

#define CK_TRANSPOSE(name, type, block)                                                        \
  CK_CLONES void name(                                                                         \
    ptrdiff_t rows, ptrdiff_t columns, const type *x, ptrdiff_t x_row, type *y,                \
    ptrdiff_t y_row) {                                                                         \
    const ptrdiff_t whole_rows = rows / CK_LANES * CK_LANES;                                   \
    const ptrdiff_t whole_columns = columns / CK_LANES * CK_LANES;                             \
    for (ptrdiff_t c = 0; c < whole_columns; c += CK_LANES) {                                  \
      for (ptrdiff_t r = 0; r < whole_rows; r += CK_LANES) {                                   \
        block(x + r * x_row + c, x_row, y + c * y_row + r, y_row);                             \
      }                                                                                        \
    }                                                                                          \
    for (ptrdiff_t c = 0; c < columns; c++) {                                                  \
      for (ptrdiff_t r = c < whole_columns ? whole_rows : 0; r < rows; r++) {                  \
        y[c * y_row + r] = x[r * x_row + c];                                                   \
      }                                                                                        \
    }                                                                                          \
  }

CK_TRANSPOSE(ck_transpose_16, uint16_t, block_16)
CK_TRANSPOSE(ck_transpose_32, uint32_t, block_32)
