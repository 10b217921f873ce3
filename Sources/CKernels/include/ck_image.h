// Pools and changes of size of images in pixel order: [pixels, n], the n numbers of a pixel of all
// images and channels together.

#ifndef CK_IMAGE_H
#define CK_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "ck_convolution.h"

/// Of which places along an axis each place of another axis is the weighted sum: the terms of place i
/// are [begins[i], begins[i + 1]).
typedef struct ck_mixture {
  const int32_t *begins;  // [places + 1]
  const int32_t *places;  // of the terms
  const float *weights;   // of the terms
} ck_mixture;

/// y[(i, j)] = Σ rows' weight · columns' weight · x[(p, q)] over the terms p of row i and q of column
/// j, for pixels [first, first + count) of y. x: [pixels, n], y: [pixels, n] of `type`; the sums are
/// float32.
void ck_resample(
  int type, const ck_mixture *rows, const ck_mixture *columns, ptrdiff_t width, ptrdiff_t x_width,
  ptrdiff_t n, const void *x, void *y, ptrdiff_t first, ptrdiff_t count);

/// y[q] = the largest of the pixels of x that pixel q sees, and switches[q] which of them it is, the
/// first of equals; NaN counts as largest. Where a pixel sees none, -∞ and -1. For pixels
/// [first, first + count) of y. x, y, switches: [pixels, n].
void ck_max_pool_f32(
  const ck_window *window, ptrdiff_t n, const float *x, float *y, int32_t *switches,
  ptrdiff_t first, ptrdiff_t count);

/// y[switches[q, k], k] = x[q, k], or += if `adds`, in order of q, for k in [first, first + count);
/// what has no place (-1) is left out. x, switches: [pixels, n], y: [y's pixels, n].
void ck_place_f32(
  ptrdiff_t pixels, ptrdiff_t n, const float *x, const int32_t *switches, int adds, float *y,
  ptrdiff_t first, ptrdiff_t count);

/// y[q, k] = x[switches[q, k], k], 0 for -1, for pixels [first, first + count) of y.
void ck_pick_f32(
  ptrdiff_t n, const float *x, const int32_t *switches, float *y, ptrdiff_t first,
  ptrdiff_t count);

/// y = tanh(a) σ(b), and gates = tanh(a), σ(b), or NULL, of rows a, b. x, gates: [rows, 2 n], y:
/// [rows, n], of `type`.
void ck_gated(
  int type, const void *x, void *y, void *gates, ptrdiff_t rows, ptrdiff_t n);

/// The gradient of ck_gated: da = dy s (1 - t²), db = dy t s (1 - s) of the gates t, s. dx, gates:
/// [rows, 2 n], dy: [rows, n].
void ck_gated_backward(
  int type, const void *gates, const void *dy, void *dx, ptrdiff_t rows, ptrdiff_t n);

#endif
