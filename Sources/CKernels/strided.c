// Elementwise functions of two variables with broadcasting, and copies between layouts.

#include "ck_elementwise.h"
#include "ck_target.h"

/// A row (the elements along the last axis) of an index space, and where two operands have it.
typedef struct {
  ptrdiff_t index[CK_MAX_RANK];
  ptrdiff_t a, b;
} position;

/// Moves to the row that holds element `begin` of the row-major order.
CK_INLINE position start(
  ptrdiff_t rank, const ptrdiff_t *sizes, const ptrdiff_t *a_strides, const ptrdiff_t *b_strides,
  ptrdiff_t begin) {
  position at = {.a = 0, .b = 0};
  ptrdiff_t rest = begin / sizes[rank - 1];
  for (ptrdiff_t axis = rank - 2; axis >= 0; axis--) {
    at.index[axis] = rest % sizes[axis];
    rest /= sizes[axis];
    at.a += at.index[axis] * a_strides[axis];
    at.b += at.index[axis] * b_strides[axis];
  }
  return at;
}

/// Moves to the next row.
CK_INLINE void advance(
  position *at, ptrdiff_t rank, const ptrdiff_t *sizes, const ptrdiff_t *a_strides,
  const ptrdiff_t *b_strides) {
  for (ptrdiff_t axis = rank - 2; axis >= 0; axis--) {
    at->a += a_strides[axis];
    at->b += b_strides[axis];
    if (++at->index[axis] < sizes[axis]) return;
    at->index[axis] = 0;
    at->a -= sizes[axis] * a_strides[axis];
    at->b -= sizes[axis] * b_strides[axis];
  }
}

/// Runs `row(first column, columns)` for the part of each row inside [begin, begin + count), with
/// `at` the row's position in both operands and `done` the elements before it.
#define FOR_EACH_ROW(a_strides, b_strides, row)                              \
  const ptrdiff_t width = sizes[rank - 1];                                   \
  position at = start(rank, sizes, a_strides, b_strides, begin);             \
  ptrdiff_t column = begin % width;                                          \
  for (ptrdiff_t done = 0; done < count;) {                                  \
    const ptrdiff_t left = count - done;                                     \
    const ptrdiff_t n = width - column < left ? width - column : left;       \
    row;                                                                     \
    done += n;                                                               \
    column = 0;                                                              \
    advance(&at, rank, sizes, a_strides, b_strides);                         \
  }

#define CK_ZIP(name, function)                                                                 \
  CK_INLINE void name##_row(                                                                   \
    const float *a, ptrdiff_t a_stride, const float *b, ptrdiff_t b_stride, float *y,          \
    ptrdiff_t n) {                                                                             \
    if (a_stride == 1 && b_stride == 1) {                                                      \
      CK_EACH                                                                                  \
      for (ptrdiff_t i = 0; i < n; i++) y[i] = function(a[i], b[i]);                           \
    } else if (a_stride == 1 && b_stride == 0) {                                               \
      const float value = *b;                                                                  \
      for (ptrdiff_t i = 0; i < n; i++) y[i] = function(a[i], value);                          \
    } else if (a_stride == 0 && b_stride == 1) {                                               \
      const float value = *a;                                                                  \
      for (ptrdiff_t i = 0; i < n; i++) y[i] = function(value, b[i]);                          \
    } else {                                                                                   \
      for (ptrdiff_t i = 0; i < n; i++) y[i] = function(a[i * a_stride], b[i * b_stride]);     \
    }                                                                                          \
  }                                                                                            \
  CK_CLONES void name(                                                                         \
    ptrdiff_t rank, const ptrdiff_t *sizes, const float *a, const ptrdiff_t *a_strides,        \
    const float *b, const ptrdiff_t *b_strides, float *y, ptrdiff_t begin, ptrdiff_t count) {  \
    const ptrdiff_t a_step = a_strides[rank - 1];                                              \
    const ptrdiff_t b_step = b_strides[rank - 1];                                              \
    FOR_EACH_ROW(                                                                              \
      a_strides, b_strides,                                                                    \
      name##_row(                                                                              \
        a + at.a + column * a_step, a_step, b + at.b + column * b_step, b_step,                \
        y + begin + done, n))                                                                  \
  }

CK_INLINE float add(float a, float b) { return a + b; }
CK_INLINE float subtract(float a, float b) { return a - b; }
CK_INLINE float multiply(float a, float b) { return a * b; }
CK_INLINE float divide(float a, float b) { return a / b; }
// Comparisons with NaN are false, so that a NaN in a takes the first value, one in b the second.
CK_INLINE float maximum(float a, float b) { return a > b || a != a ? a : b; }
CK_INLINE float minimum(float a, float b) { return a < b || a != a ? a : b; }
CK_INLINE float greater(float a, float b) { return a > b ? 1.0f : 0.0f; }
CK_INLINE float less(float a, float b) { return a < b ? 1.0f : 0.0f; }
CK_INLINE float equal(float a, float b) { return a == b ? 1.0f : 0.0f; }

CK_ZIP(ck_add_f32, add)
CK_ZIP(ck_subtract_f32, subtract)
CK_ZIP(ck_multiply_f32, multiply)
CK_ZIP(ck_divide_f32, divide)
CK_ZIP(ck_maximum_f32, maximum)
CK_ZIP(ck_minimum_f32, minimum)
CK_ZIP(ck_greater_f32, greater)
CK_ZIP(ck_less_f32, less)
CK_ZIP(ck_equal_f32, equal)

CK_INLINE void select_row(
  const float *mask, ptrdiff_t mask_stride, const float *a, ptrdiff_t a_stride, const float *b,
  ptrdiff_t b_stride, float *y, ptrdiff_t n) {
  if (mask_stride == 1 && a_stride == 1 && b_stride == 1) {
    for (ptrdiff_t i = 0; i < n; i++) {
      const float yes = a[i], no = b[i];
      y[i] = mask[i] != 0.0f ? yes : no;
    }
  } else {
    for (ptrdiff_t i = 0; i < n; i++) {
      const float yes = a[i * a_stride], no = b[i * b_stride];
      y[i] = mask[i * mask_stride] != 0.0f ? yes : no;
    }
  }
}

CK_CLONES void ck_select_f32(
  ptrdiff_t rank, const ptrdiff_t *sizes, const float *mask, const ptrdiff_t *mask_strides,
  const float *a, const ptrdiff_t *a_strides, const float *b, ptrdiff_t b_step, float *y,
  ptrdiff_t begin, ptrdiff_t count) {
  const ptrdiff_t mask_step = mask_strides[rank - 1];
  const ptrdiff_t a_step = a_strides[rank - 1];
  FOR_EACH_ROW(
    mask_strides, a_strides,
    select_row(
      mask + at.a + column * mask_step, mask_step, a + at.b + column * a_step, a_step,
      b + (begin + done) * b_step, b_step, y + begin + done, n))
}

CK_INLINE void accumulate_row(
  const float *x, ptrdiff_t x_stride, float scale, float *y, ptrdiff_t n) {
  if (x_stride == 1) {
    CK_EACH
    for (ptrdiff_t i = 0; i < n; i++) y[i] += x[i] * scale;
  } else {
    for (ptrdiff_t i = 0; i < n; i++) y[i] += x[i * x_stride] * scale;
  }
}

CK_CLONES void ck_accumulate_f32(
  ptrdiff_t rank, const ptrdiff_t *sizes, const float *x, const ptrdiff_t *x_strides, float scale,
  float *y, ptrdiff_t begin, ptrdiff_t count) {
  const ptrdiff_t step = x_strides[rank - 1];
  FOR_EACH_ROW(
    x_strides, x_strides,
    accumulate_row(x + at.a + column * step, step, scale, y + begin + done, n))
}

#define CK_COPY(name, element)                                                                 \
  CK_INLINE void name##_row(                                                                   \
    const element *x, ptrdiff_t x_stride, element *y, ptrdiff_t y_stride, ptrdiff_t n) {       \
    if (x_stride == 1 && y_stride == 1) {                                                      \
      for (ptrdiff_t i = 0; i < n; i++) y[i] = x[i];                                           \
    } else {                                                                                   \
      for (ptrdiff_t i = 0; i < n; i++) y[i * y_stride] = x[i * x_stride];                     \
    }                                                                                          \
  }                                                                                            \
  CK_CLONES void name(                                                                         \
    ptrdiff_t rank, const ptrdiff_t *sizes, const element *x, const ptrdiff_t *x_strides,      \
    element *y, const ptrdiff_t *y_strides, ptrdiff_t begin, ptrdiff_t count) {                \
    const ptrdiff_t x_step = x_strides[rank - 1];                                              \
    const ptrdiff_t y_step = y_strides[rank - 1];                                              \
    FOR_EACH_ROW(                                                                              \
      x_strides, y_strides,                                                                    \
      name##_row(x + at.a + column * x_step, x_step, y + at.b + column * y_step, y_step, n))   \
  }

CK_COPY(ck_copy_16, uint16_t)
CK_COPY(ck_copy_32, uint32_t)
