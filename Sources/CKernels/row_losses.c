// Cross entropy of rows of logits.

#include "ck_losses.h"

#include "ck_functions.h"
#include "ck_reduce.h"

CK_CLONES void ck_row_cross_entropy_f32(
  const float *x, const int32_t *targets, int32_t ignored, float smoothing, float *loss,
  float *total, ptrdiff_t rows, ptrdiff_t columns) {
  for (ptrdiff_t r = 0; r < rows; r++) {
    const float *row = x + r * columns;
    if (targets[r] == ignored) {
      loss[r] = total[r] = 0.0f;
      continue;
    }
    const float maximum = ck_row_max(row, columns);
    const float excess = ck_log(ck_row_sum_exp(row, columns, maximum));
    // -Σ t log softmax, in differences from the maximum.
    float value = excess - (1.0f - smoothing) * (row[targets[r]] - maximum);
    if (smoothing != 0.0f) {
      value -= smoothing * (ck_row_sum(row, columns) / (float)columns - maximum);
    }
    loss[r] = value;
    total[r] = maximum + excess;
  }
}

CK_CLONES void ck_row_cross_entropy_backward_f32(
  const float *dy, const float *x, const int32_t *targets, const float *total, int32_t ignored,
  float smoothing, float *dx, ptrdiff_t rows, ptrdiff_t columns) {
  for (ptrdiff_t r = 0; r < rows; r++) {
    const float *source = x + r * columns;
    float *row = dx + r * columns;
    if (targets[r] == ignored) {
      for (ptrdiff_t c = 0; c < columns; c++) row[c] = 0.0f;
      continue;
    }
    const float scale = dy[r], shift = total[r];
    const float spread = scale * smoothing / (float)columns;
    for (ptrdiff_t c = 0; c < columns; c++) row[c] = ck_exp(source[c] - shift) * scale - spread;
    row[targets[r]] -= scale * (1.0f - smoothing);
  }
}
