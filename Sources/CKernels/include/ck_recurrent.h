// What recurrent cells do after their products, forward and backward, in float32.

#ifndef CK_RECURRENT_H
#define CK_RECURRENT_H

#include <stddef.h>

/// An LSTM cell's state from its gates: i, f, o = σ and g = tanh of their parts of s, c' = f c + i g,
/// h = o tanh(c'). s: [rows, 4 n], parts i, f, g, o; c, next, h: [rows, n]; gates: [rows, 4 n]
/// receives i, f, g, o, or NULL.
void ck_lstm_f32(
  const float *s, const float *c, float *gates, float *next, float *h, ptrdiff_t rows,
  ptrdiff_t n);

/// The gradients of ck_lstm_f32: ds [rows, 4 n] and dc [rows, n] from those of next and h, either of
/// which may be NULL for zeros.
void ck_lstm_backward_f32(
  const float *gates, const float *c, const float *next, const float *dnext, const float *dh,
  float *ds, float *dc, ptrdiff_t rows, ptrdiff_t n);

/// A GRU cell's state: r = σ(x_r + u_r), z = σ(x_z + u_z), m = tanh(x_m + r u_m),
/// y = (1 - z) m + z h. x, u: [rows, 3 n], parts r, z, m; h, y: [rows, n]; gates: [rows, 3 n]
/// receives r, z, m, or NULL.
void ck_gru_f32(
  const float *x, const float *u, const float *h, float *gates, float *y, ptrdiff_t rows,
  ptrdiff_t n);

/// The gradients of ck_gru_f32: dx, du [rows, 3 n] and dh [rows, n].
void ck_gru_backward_f32(
  const float *gates, const float *u, const float *h, const float *dy, float *dx, float *du,
  float *dh, ptrdiff_t rows, ptrdiff_t n);

#endif
