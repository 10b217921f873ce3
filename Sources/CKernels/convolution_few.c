// Convolutions whose result has too few channels to fill vectors with: all taps are the columns of one
// product, and what falls on the same pixel is added.

#include "ck_convolution.h"
#include "ck_gemm.h"
#include "ck_lanes.h"
#include "ck_products.h"
#include "ck_transpose.h"

/// 16 rows of 16 columns, of which `present` are wanted.
CK_INLINE void turn_block(
  ptrdiff_t present, const float *x, ptrdiff_t x_row, float *y, ptrdiff_t y_row) {
  ck_lanes block[CK_LANES];
#pragma clang loop unroll(full)
  for (int i = 0; i < CK_LANES; i++) block[i] = ck_load(x + i * x_row);
  ck_transpose(block);
#pragma clang loop unroll(full)
  for (int i = 0; i < CK_LANES; i++) {
    if (i < present) ck_store(y + i * y_row, block[i]);
  }
}

/// y[c, r] = x[r, c] for c < columns. x: [rows, columns rounded up to 16] with rows x_row apart,
/// y: [columns, rows].
CK_CLONES static void turn(
  ptrdiff_t rows, ptrdiff_t columns, const float *x, ptrdiff_t x_row, float *y) {
  const ptrdiff_t whole = rows / CK_LANES * CK_LANES;
  for (ptrdiff_t r = 0; r < whole; r += CK_LANES) {
    for (ptrdiff_t c = 0; c < columns; c += CK_LANES) {
      turn_block(columns - c, x + r * x_row + c, x_row, y + c * rows + r, rows);
    }
  }
  for (ptrdiff_t c = 0; c < columns; c++) {
    for (ptrdiff_t r = whole; r < rows; r++) y[c * rows + r] = x[r * x_row + c];
  }
}

void ck_tap_products(
  const ck_pixels *x, const void *weight, ptrdiff_t columns, float *z, ptrdiff_t first,
  ptrdiff_t count, float *scratch) {
  const ptrdiff_t width = (columns + CK_LANES - 1) / CK_LANES * CK_LANES;
  const ck_products p = {
    .type = x->type, .c_type = CK_FLOAT32, .depth = x->channels, .a_row = x->image,
    .a_column = x->channel, .b_row = width,
  };
  for (ptrdiff_t q = first; q < first + count; q++) {
    const ck_term term = {(const char *)x->data + 4 * q * x->images * x->channels, weight};
    ck_sum_products(&p, x->images, width, 1, &term, scratch, width);
    turn(x->images, columns, scratch, width, z + q * columns * x->images);
  }
}

CK_CLONES void ck_tap_sums_f32(
  const ck_window *w, ptrdiff_t images, ptrdiff_t channels, const float *z, const float *bias,
  int relu, float *y, ptrdiff_t first, ptrdiff_t count) {
  const ptrdiff_t taps = w->kernel_height * w->kernel_width, n = channels * images;
  const float floor = relu ? 0.0f : -__builtin_inff();
  for (ptrdiff_t q = first; q < first + count; q++) {
    float *const target = y + q * n;
    for (ptrdiff_t c = 0; c < channels; c++) {
      const float start = bias == NULL ? 0.0f : bias[c];
      for (ptrdiff_t b = 0; b < images; b++) target[c * images + b] = start;
    }
    for (ptrdiff_t i = 0; i < w->kernel_height; i++) {
      const ptrdiff_t row = w->rows[q / w->width * w->kernel_height + i];
      for (ptrdiff_t j = 0; row >= 0 && j < w->kernel_width; j++) {
        const ptrdiff_t column = w->columns[q % w->width * w->kernel_width + j];
        const ptrdiff_t tap = i * w->kernel_width + j;
        if (column < 0 || !w->live[tap]) continue;
        const float *const source = z + ((row * w->x_width + column) * taps + tap) * n;
        for (ptrdiff_t k = 0; k < n; k++) target[k] += source[k];
      }
    }
    for (ptrdiff_t k = 0; k < n; k++) target[k] = target[k] < floor ? floor : target[k];
  }
}
