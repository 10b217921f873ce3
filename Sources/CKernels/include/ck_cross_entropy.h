// Cross entropy of softmax, with its gradient in place of the logits.

#ifndef CK_CROSS_ENTROPY_H
#define CK_CROSS_ENTROPY_H

#include <stddef.h>
#include <stdint.h>

/// loss[r] = the cross entropy of softmax(x[r, ·]) against the target t of row r, which has
/// 1 - smoothing on class targets[r] and smoothing spread over all classes.
/// x: [rows, columns]; targets: [rows], each in [0, columns); loss: [rows].
void ck_cross_entropy_f32(
  const float *x, const int32_t *targets, float smoothing, float *loss, ptrdiff_t rows,
  ptrdiff_t columns);

/// The same, and dx[r, c] = (softmax(x[r, ·])[c] - t[c]) scale: the gradient of scale Σ loss.
/// dx: [rows, columns] of `type`, one of ck_type; it may be x if that is float32. x is overwritten.
void ck_cross_entropy_backward(
  float *x, const int32_t *targets, float smoothing, float scale, float *loss, int type, void *dx,
  ptrdiff_t rows, ptrdiff_t columns);

#endif
