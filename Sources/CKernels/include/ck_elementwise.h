// Elementwise functions in float32, broadcasting, and copies between layouts.

#ifndef CK_ELEMENTWISE_H
#define CK_ELEMENTWISE_H

#include <stddef.h>
#include <stdint.h>

/// The most axes that a strided operand may have once axes that lie one inside the other are
/// joined.
enum { CK_MAX_RANK = 8 };

// One variable: y[i] = f(x[i]) for i in [0, n); in place allowed.
void ck_exp_f32(const float *x, float *y, ptrdiff_t n);
void ck_log_f32(const float *x, float *y, ptrdiff_t n);
void ck_sqrt_f32(const float *x, float *y, ptrdiff_t n);
void ck_tanh_f32(const float *x, float *y, ptrdiff_t n);
void ck_sigmoid_f32(const float *x, float *y, ptrdiff_t n);
void ck_gelu_f32(const float *x, float *y, ptrdiff_t n);
void ck_gelu_derivative_f32(const float *x, float *y, ptrdiff_t n);

void ck_gelu_tanh_f32(const float *x, float *y, ptrdiff_t n);
void ck_relu_f32(const float *x, float *y, ptrdiff_t n);
void ck_silu_f32(const float *x, float *y, ptrdiff_t n);
void ck_softplus_f32(const float *x, float *y, ptrdiff_t n);
void ck_absolute_f32(const float *x, float *y, ptrdiff_t n);
void ck_square_f32(const float *x, float *y, ptrdiff_t n);
void ck_sin_f32(const float *x, float *y, ptrdiff_t n);
void ck_cos_f32(const float *x, float *y, ptrdiff_t n);

// Their gradients: ds[i] = dy[i] f'(x[i]) with s = f(x) for √, tanh and sigmoid, s = x for the
// others; in place allowed.
void ck_sqrt_backward_f32(const float *dy, const float *s, float *ds, ptrdiff_t n);
void ck_tanh_backward_f32(const float *dy, const float *s, float *ds, ptrdiff_t n);
void ck_sigmoid_backward_f32(const float *dy, const float *s, float *ds, ptrdiff_t n);
void ck_gelu_backward_f32(const float *dy, const float *s, float *ds, ptrdiff_t n);
void ck_gelu_tanh_backward_f32(const float *dy, const float *s, float *ds, ptrdiff_t n);
void ck_relu_backward_f32(const float *dy, const float *s, float *ds, ptrdiff_t n);
void ck_silu_backward_f32(const float *dy, const float *s, float *ds, ptrdiff_t n);
void ck_softplus_backward_f32(const float *dy, const float *s, float *ds, ptrdiff_t n);
void ck_absolute_backward_f32(const float *dy, const float *s, float *ds, ptrdiff_t n);
void ck_square_backward_f32(const float *dy, const float *s, float *ds, ptrdiff_t n);
void ck_sin_backward_f32(const float *dy, const float *s, float *ds, ptrdiff_t n);
void ck_cos_backward_f32(const float *dy, const float *s, float *ds, ptrdiff_t n);

/// y[i] = x[i] scale + shift; in place allowed.
void ck_affine_f32(const float *x, float scale, float shift, float *y, ptrdiff_t n);

/// y[i] = value.
void ck_fill_f32(float value, float *y, ptrdiff_t n);

// Two variables: y = f(a, b), elements [begin, begin + count) of the row-major index space `sizes`
// [rank]. Strides are in elements and 0 along a stretched axis; y has no gaps.
void ck_add_f32(
  ptrdiff_t rank, const ptrdiff_t *sizes, const float *a, const ptrdiff_t *a_strides,
  const float *b, const ptrdiff_t *b_strides, float *y, ptrdiff_t begin, ptrdiff_t count);
void ck_subtract_f32(
  ptrdiff_t rank, const ptrdiff_t *sizes, const float *a, const ptrdiff_t *a_strides,
  const float *b, const ptrdiff_t *b_strides, float *y, ptrdiff_t begin, ptrdiff_t count);
void ck_multiply_f32(
  ptrdiff_t rank, const ptrdiff_t *sizes, const float *a, const ptrdiff_t *a_strides,
  const float *b, const ptrdiff_t *b_strides, float *y, ptrdiff_t begin, ptrdiff_t count);
void ck_divide_f32(
  ptrdiff_t rank, const ptrdiff_t *sizes, const float *a, const ptrdiff_t *a_strides,
  const float *b, const ptrdiff_t *b_strides, float *y, ptrdiff_t begin, ptrdiff_t count);

// The larger and the smaller of two, NaN if one is NaN.
void ck_maximum_f32(
  ptrdiff_t rank, const ptrdiff_t *sizes, const float *a, const ptrdiff_t *a_strides,
  const float *b, const ptrdiff_t *b_strides, float *y, ptrdiff_t begin, ptrdiff_t count);
void ck_minimum_f32(
  ptrdiff_t rank, const ptrdiff_t *sizes, const float *a, const ptrdiff_t *a_strides,
  const float *b, const ptrdiff_t *b_strides, float *y, ptrdiff_t begin, ptrdiff_t count);

// 1 where a > b, a < b or a = b, else 0.
void ck_greater_f32(
  ptrdiff_t rank, const ptrdiff_t *sizes, const float *a, const ptrdiff_t *a_strides,
  const float *b, const ptrdiff_t *b_strides, float *y, ptrdiff_t begin, ptrdiff_t count);
void ck_less_f32(
  ptrdiff_t rank, const ptrdiff_t *sizes, const float *a, const ptrdiff_t *a_strides,
  const float *b, const ptrdiff_t *b_strides, float *y, ptrdiff_t begin, ptrdiff_t count);
void ck_equal_f32(
  ptrdiff_t rank, const ptrdiff_t *sizes, const float *a, const ptrdiff_t *a_strides,
  const float *b, const ptrdiff_t *b_strides, float *y, ptrdiff_t begin, ptrdiff_t count);

/// y = a where mask is not 0, else b; elements and strides as above. b has no gaps (b_step is 1) or one
/// element (0).
void ck_select_f32(
  ptrdiff_t rank, const ptrdiff_t *sizes, const float *mask, const ptrdiff_t *mask_strides,
  const float *a, const ptrdiff_t *a_strides, const float *b, ptrdiff_t b_step, float *y,
  ptrdiff_t begin, ptrdiff_t count);

/// y += x scale, elements [begin, begin + count) of the index space `sizes`; y has no gaps.
void ck_accumulate_f32(
  ptrdiff_t rank, const ptrdiff_t *sizes, const float *x, const ptrdiff_t *x_strides, float scale,
  float *y, ptrdiff_t begin, ptrdiff_t count);

/// y = x for elements of 16 or 32 bits of any type, [begin, begin + count) of the index space `sizes`.
void ck_copy_16(
  ptrdiff_t rank, const ptrdiff_t *sizes, const uint16_t *x, const ptrdiff_t *x_strides,
  uint16_t *y, const ptrdiff_t *y_strides, ptrdiff_t begin, ptrdiff_t count);
void ck_copy_32(
  ptrdiff_t rank, const ptrdiff_t *sizes, const uint32_t *x, const ptrdiff_t *x_strides,
  uint32_t *y, const ptrdiff_t *y_strides, ptrdiff_t begin, ptrdiff_t count);

/// y[c, r] = x[r, c] for elements of 16 or 32 bits of any type. x: [rows, columns] with rows x_row
/// apart; y: [columns, rows] with rows y_row apart.
void ck_transpose_16(
  ptrdiff_t rows, ptrdiff_t columns, const uint16_t *x, ptrdiff_t x_row, uint16_t *y,
  ptrdiff_t y_row);
void ck_transpose_32(
  ptrdiff_t rows, ptrdiff_t columns, const uint32_t *x, ptrdiff_t x_row, uint32_t *y,
  ptrdiff_t y_row);

#endif
