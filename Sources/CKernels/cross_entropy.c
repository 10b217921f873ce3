// Cross entropy of softmax.

#include "ck_cross_entropy.h"

#include "ck_functions.h"
#include "ck_reduce.h"
#include "ck_types.h"

/// Returns the cross entropy -Σ t log softmax(x) without its term log Σ exp(x - maximum): what is left,
/// -(1 - smoothing) (x[target] - maximum) - smoothing (mean(x) - maximum).
CK_INLINE float target_loss(
  const float *x, int32_t target, float smoothing, float maximum, ptrdiff_t columns) {
  float loss = -(1.0f - smoothing) * (x[target] - maximum);
  if (smoothing != 0.0f) {
    const float mean = ck_row_sum(x, columns) / (float)columns;
    loss -= smoothing * (mean - maximum);
  }
  return loss;
}

/// Returns Σ exp(x[c] - shift), whose terms go to y [columns], perhaps x itself, or nowhere (NULL).
CK_INLINE float sum_exponentials(const float *x, float *y, ptrdiff_t columns, float shift) {
  ck_lanes sum = 0.0f;
  ptrdiff_t c = 0;
  for (; c + CK_LANES <= columns; c += CK_LANES) {
    const ck_lanes v = ck_lanes_exp(ck_load(x + c) - shift);
    if (y != NULL) ck_store(y + c, v);
    sum += v;
  }
  float total = ck_lanes_sum(sum);
  for (; c < columns; c++) {
    const float v = ck_exp(x[c] - shift);
    if (y != NULL) y[c] = v;
    total += v;
  }
  return total;
}

CK_INLINE void forward(
  const float *x, const int32_t *targets, float smoothing, float *loss, ptrdiff_t rows,
  ptrdiff_t columns) {
  for (ptrdiff_t r = 0; r < rows; r++) {
    const float *row = x + r * columns;
    const float maximum = ck_row_max(row, columns);
    const float wanted = target_loss(row, targets[r], smoothing, maximum, columns);
    loss[r] = wanted + ck_log(sum_exponentials(row, NULL, columns, maximum));
  }
}

CK_CLONES void ck_cross_entropy_f32(
  const float *x, const int32_t *targets, float smoothing, float *loss, ptrdiff_t rows,
  ptrdiff_t columns) {
  forward(x, targets, smoothing, loss, rows, columns);
}

CK_INLINE void backward(
  float *x, const int32_t *targets, float smoothing, float scale, float *loss, const int type,
  void *dx, ptrdiff_t rows, ptrdiff_t columns) {
  for (ptrdiff_t r = 0; r < rows; r++) {
    float *row = x + r * columns;
    const float maximum = ck_row_max(row, columns);
    // The exponentials take the place of the logits, so what the loss needs of these comes first.
    const float wanted = target_loss(row, targets[r], smoothing, maximum, columns);
    const float total = sum_exponentials(row, row, columns, maximum);
    loss[r] = wanted + ck_log(total);
    const float share = scale / total;
    const float spread = scale * smoothing / (float)columns;
    // In float32 until the target's share is off: its difference from 1 would be lost in rounding.
    row[targets[r]] -= (1.0f - smoothing) * total;
    ptrdiff_t c = 0;
    for (; c + CK_LANES <= columns; c += CK_LANES) {
      ck_store_as(type, dx, r * columns + c, ck_load(row + c) * share - spread);
    }
    if (c < columns) {
      const ck_lanes last = ck_load_part_as(CK_FLOAT32, row, c, columns - c);
      ck_store_part_as(type, dx, r * columns + c, columns - c, last * share - spread);
    }
  }
}

CK_CLONES void ck_cross_entropy_backward(
  float *x, const int32_t *targets, float smoothing, float scale, float *loss, int type, void *dx,
  ptrdiff_t rows, ptrdiff_t columns) {
  if (type == CK_FLOAT32) {
    backward(x, targets, smoothing, scale, loss, CK_FLOAT32, dx, rows, columns);
  } else {
    backward(x, targets, smoothing, scale, loss, CK_BFLOAT16, dx, rows, columns);
  }
}
