// Layer normalization (Ba, Kiros & Hinton 2016, §3), forward and backward, with the residual sum before
// it.

#ifndef CK_NORMALIZATION_H
#define CK_NORMALIZATION_H

#include <stddef.h>
#include <stdint.h>

#include "ck_dropout.h"

/// s = x + y · mask, and n = gain (s - mean) inverse + bias for each row of s, with the row's mean and
/// inverse = 1 / √(variance + epsilon). x, y, s, n: [rows, columns] of `type`, one of ck_type; gain,
/// bias: [columns]; mean, inverse: [rows]. Without y (NULL), s is x and not written; without dropout
/// (NULL) the mask is 1; it begins with value `begin`. `row` has room for `columns` + 16 floats.
void ck_residual_norm(
  int type, const void *x, const void *y, const ck_dropout *dropout, uint64_t begin,
  const float *gain, const float *bias, float epsilon, void *s, void *n, float *mean,
  float *inverse, ptrdiff_t rows, ptrdiff_t columns, float *row);

/// The gradients of ck_residual_norm: dx, dy = dx · mask, and the rows' sums dgain = Σ dn ŝ and dbias =
/// Σ dn, in order of the rows. With ŝ = (s - mean) inverse and d = dn gain:
/// dx = (d - mean(d) - ŝ mean(d ŝ)) inverse + ds.
/// dn, ds, s, dx, dy: [rows, columns] of `type`; gain, dgain, dbias: [columns]; mean, inverse:
/// [rows]. ds may be NULL for zeros, dy where it is not wanted.
void ck_residual_norm_backward(
  int type, const void *dn, const void *ds, const void *s, const ck_dropout *dropout,
  uint64_t begin, const float *gain, const float *mean, const float *inverse, void *dx, void *dy,
  float *dgain, float *dbias, ptrdiff_t rows, ptrdiff_t columns);

#endif
