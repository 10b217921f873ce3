// Softmax along rows.

#include "ck_functions.h"
#include "ck_reduce.h"
#include "ck_rows.h"
#include "ck_target.h"

CK_CLONES void ck_softmax_f32(const float *x, float *y, ptrdiff_t rows, ptrdiff_t columns) {
  CK_REASSOCIATE
  for (ptrdiff_t r = 0; r < rows; r++) {
    const float *source = x + r * columns;
    float *row = y + r * columns;
    const float maximum = ck_row_max(source, columns);
    float total = 0.0f;
    for (ptrdiff_t c = 0; c < columns; c++) {
      row[c] = ck_exp(source[c] - maximum);
      total += row[c];
    }
    const float share = 1.0f / total;
    for (ptrdiff_t c = 0; c < columns; c++) row[c] *= share;
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
