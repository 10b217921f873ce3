// Layer normalization (Ba, Kiros & Hinton 2016, §3), forward and backward.

#ifndef CK_NORMALIZATION_H
#define CK_NORMALIZATION_H

#include <stddef.h>

/// y = gain (x - mean) inverse + bias for each row, with the row's mean and
/// inverse = 1 / √(variance + epsilon). x, y: [rows, columns]; gain, bias: [columns];
/// mean, inverse: [rows].
void ck_layer_norm_f32(
  const float *x, const float *gain, const float *bias, float epsilon, float *y, float *mean,
  float *inverse, ptrdiff_t rows, ptrdiff_t columns);

/// dx, and the rows' sums dgain = Σ dy x̂ and dbias = Σ dy, in order of the rows. With
/// x̂ = (x - mean) inverse and d = dy gain: dx = (d - mean(d) - x̂ mean(d x̂)) inverse.
/// dy, x, dx: [rows, columns]; gain, dgain, dbias: [columns]; mean, inverse: [rows].
void ck_layer_norm_backward_f32(
  const float *dy, const float *x, const float *gain, const float *mean, const float *inverse,
  float *dx, float *dgain, float *dbias, ptrdiff_t rows, ptrdiff_t columns);

#endif
