// Cross entropy of softmax.

#include "ck_cross_entropy.h"

#include "ck_functions.h"
#include "ck_reduce.h"
#include "ck_target.h"

/// Returns -Σ t log softmax = log Σ exp(x) - (1 - smoothing) x[target] - smoothing mean(x), from
/// the row's maximum and Σ exp(x - maximum).
CK_INLINE float row_loss(
  const float *x, int32_t target, float smoothing, float maximum, float total,
  ptrdiff_t columns) {
  float loss = ck_log(total) - (1.0f - smoothing) * (x[target] - maximum);
  if (smoothing != 0.0f) {
    const float mean = ck_row_sum(x, columns) / (float)columns;
    loss -= smoothing * (mean - maximum);
  }
  return loss;
}

CK_CLONES void ck_cross_entropy_f32(
  const float *x, const int32_t *targets, float smoothing, float *loss, ptrdiff_t rows,
  ptrdiff_t columns) {
  for (ptrdiff_t r = 0; r < rows; r++) {
    const float *row = x + r * columns;
    const float maximum = ck_row_max(row, columns);
    const float total = ck_row_sum_exp(row, columns, maximum);
    loss[r] = row_loss(row, targets[r], smoothing, maximum, total, columns);
  }
}

CK_CLONES void ck_cross_entropy_backward_f32(
  float *x, const int32_t *targets, float smoothing, float scale, float *loss, ptrdiff_t rows,
  ptrdiff_t columns) {
  CK_REASSOCIATE
  for (ptrdiff_t r = 0; r < rows; r++) {
    float *row = x + r * columns;
    const float maximum = ck_row_max(row, columns);
    // The exponentials take the place of the logits, so what the loss needs of these comes first.
    const float wanted = row_loss(row, targets[r], smoothing, maximum, 1.0f, columns);
    float total = 0.0f;
    for (ptrdiff_t c = 0; c < columns; c++) {
      row[c] = ck_exp(row[c] - maximum);
      total += row[c];
    }
    loss[r] = wanted + ck_log(total);
    const float share = scale / total;
    const float spread = scale * smoothing / (float)columns;
    for (ptrdiff_t c = 0; c < columns; c++) row[c] = row[c] * share - spread;
    row[targets[r]] -= scale * (1.0f - smoothing);
  }
}
