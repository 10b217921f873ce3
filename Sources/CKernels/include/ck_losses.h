// Losses that compare each number x[i] with a target t[i], or rows of logits with classes, forward and
// backward.

#ifndef CK_LOSSES_H
#define CK_LOSSES_H

#include <stddef.h>
#include <stdint.h>

/// What is computed of x and t. `parameter` is that of ck_loss, unused by most.
enum ck_loss_kind {
  CK_SQUARED,                 // (x - t)²
  CK_ABSOLUTE,                // |x - t|
  CK_SMOOTH_ABSOLUTE,         // d² / 2β for d = |x - t| < β, else d - β/2; the parameter is β
  CK_LOGITS_CROSS_ENTROPY,    // -t ln σ(x) - (1 - t) ln(1 - σ(x)), without overflow
  CK_BINARY_CROSS_ENTROPY,    // -t ln x - (1 - t) ln(1 - x), no logarithm below -100
};

typedef struct ck_loss {
  int kind;  // one of ck_loss_kind
  float parameter;
} ck_loss;

/// y[i] = loss(x[i], t[i]) for i in [0, n).
void ck_loss_f32(ck_loss loss, const float *x, const float *t, float *y, ptrdiff_t n);

/// Returns Σ loss(x[i], t[i]), in blocks of single precision that double precision adds.
double ck_loss_sum_f32(ck_loss loss, const float *x, const float *t, ptrdiff_t n);

/// dx[i] = dy[i dy_stride] times the derivative of loss(x[i], t[i]) by x[i]; the stride is 0 or 1.
void ck_loss_backward_f32(
  ck_loss loss, const float *dy, ptrdiff_t dy_stride, const float *x, const float *t, float *dx,
  ptrdiff_t n);

/// loss[r] = the cross entropy of softmax(x[r, ·]) against the target t of row r, which has
/// 1 - smoothing on class targets[r] and smoothing spread over all classes; 0 where targets[r] is
/// `ignored`. total[r] = log Σ exp(x[r, ·]). x: [rows, columns]; targets, loss, total: [rows].
void ck_row_cross_entropy_f32(
  const float *x, const int32_t *targets, int32_t ignored, float smoothing, float *loss,
  float *total, ptrdiff_t rows, ptrdiff_t columns);

/// dx[r, c] = dy[r] (softmax(x[r, ·])[c] - t[c]), 0 where targets[r] is `ignored`. dy: [rows]; dx:
/// [rows, columns]; in place allowed.
void ck_row_cross_entropy_backward_f32(
  const float *dy, const float *x, const int32_t *targets, const float *total, int32_t ignored,
  float smoothing, float *dx, ptrdiff_t rows, ptrdiff_t columns);

#endif
