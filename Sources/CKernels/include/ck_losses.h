// Losses that compare each number x[i] with a target t[i], forward and backward.

#ifndef CK_LOSSES_H
#define CK_LOSSES_H

#include <stddef.h>

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

#endif
