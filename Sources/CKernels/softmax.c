// Softmax along rows.

#include "ck_functions.h"
#include "ck_reduce.h"
#include "ck_rows.h"
#include "ck_target.h"

/// y[0 ..< n] = the softmax of x[0 ..< n].
CK_INLINE void softmax_row(const float *x, float *y, ptrdiff_t n) {
  CK_REASSOCIATE
  const float maximum = ck_row_max(x, n);
  float total = 0.0f;
  for (ptrdiff_t c = 0; c < n; c++) {
    y[c] = ck_exp(x[c] - maximum);
    total += y[c];
  }
  const float share = 1.0f / total;
  for (ptrdiff_t c = 0; c < n; c++) y[c] *= share;
}

CK_CLONES void ck_softmax_f32(const float *x, float *y, ptrdiff_t rows, ptrdiff_t columns) {
  for (ptrdiff_t r = 0; r < rows; r++) softmax_row(x + r * columns, y + r * columns, columns);
}

CK_CLONES void ck_masked_softmax_f32(
  const float *x, float *y, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t first, ptrdiff_t limit) {
  for (ptrdiff_t r = 0; r < rows; r++) {
    const ptrdiff_t least = first + r < limit ? first + r : limit;
    const ptrdiff_t n = least < 0 ? 0 : least > columns ? columns : least;
    float *row = y + r * columns;
    softmax_row(x + r * columns, row, n);
    for (ptrdiff_t c = n; c < columns; c++) row[c] = 0.0f;
  }
}

CK_CLONES void ck_softmax_backward_f32(
  const float *dy, const float *y, float *dx, ptrdiff_t rows, ptrdiff_t columns) {
  CK_REASSOCIATE
  for (ptrdiff_t r = 0; r < rows; r++) {
    const ptrdiff_t first = r * columns;
    float inner = 0.0f;
    for (ptrdiff_t c = first; c < first + columns; c++) inner += dy[c] * y[c];
    for (ptrdiff_t c = first; c < first + columns; c++) dx[c] = y[c] * (dy[c] - inner);
  }
}

/// Returns log Σ exp(row[·]).
CK_INLINE float row_log_sum_exp(const float *row, ptrdiff_t columns) {
  const float maximum = ck_row_max(row, columns);
  if (maximum == -__builtin_inff()) return maximum;  // not ∞ - ∞
  return maximum + ck_log(ck_row_sum_exp(row, columns, maximum));
}

CK_CLONES void ck_log_softmax_f32(
  const float *x, float *y, ptrdiff_t rows, ptrdiff_t columns) {
  for (ptrdiff_t r = 0; r < rows; r++) {
    const float *row = x + r * columns;
    const float shift = row_log_sum_exp(row, columns);
    for (ptrdiff_t c = 0; c < columns; c++) y[r * columns + c] = row[c] - shift;
  }
}

CK_CLONES void ck_log_softmax_backward_f32(
  const float *dy, const float *y, float *dx, ptrdiff_t rows, ptrdiff_t columns) {
  for (ptrdiff_t r = 0; r < rows; r++) {
    const ptrdiff_t first = r * columns;
    const float sum = ck_row_sum(dy + first, columns);
    for (ptrdiff_t c = first; c < first + columns; c++) dx[c] = dy[c] - ck_exp(y[c]) * sum;
  }
}

CK_CLONES void ck_log_sum_exp_f32(
  const float *x, float *y, ptrdiff_t rows, ptrdiff_t columns) {
  for (ptrdiff_t r = 0; r < rows; r++) y[r] = row_log_sum_exp(x + r * columns, columns);
}
