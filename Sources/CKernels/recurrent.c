// LSTM (Hochreiter & Schmidhuber 1997, with the forget gates of Gers et al. 2000) and GRU (Cho et al.
// 2014) cells after their products.

#include "ck_recurrent.h"

#include "ck_functions.h"
#include "ck_math.h"
#include "ck_target.h"

CK_CLONES void ck_lstm_f32(
  const float *s, const float *c, float *gates, float *next, float *h, ptrdiff_t rows,
  ptrdiff_t n) {
  for (ptrdiff_t r = 0; r < rows; r++, s += 4 * n, c += n, next += n, h += n) {
    for (ptrdiff_t k = 0; k < n; k++) {
      const float i = ck_sigmoid(s[k]), f = ck_sigmoid(s[n + k]);
      const float g = ck_tanh(s[2 * n + k]), o = ck_sigmoid(s[3 * n + k]);
      const float state = f * c[k] + i * g;
      next[k] = state;
      h[k] = o * ck_tanh(state);
      if (gates != NULL) {
        gates[k] = i;
        gates[n + k] = f;
        gates[2 * n + k] = g;
        gates[3 * n + k] = o;
      }
    }
    if (gates != NULL) gates += 4 * n;
  }
}

CK_CLONES void ck_lstm_backward_f32(
  const float *gates, const float *c, const float *next, const float *dnext, const float *dh,
  float *ds, float *dc, ptrdiff_t rows, ptrdiff_t n) {
  for (ptrdiff_t r = 0; r < rows; r++, gates += 4 * n, ds += 4 * n) {
    for (ptrdiff_t k = 0; k < n; k++) {
      const ptrdiff_t at = r * n + k;
      const float i = gates[k], f = gates[n + k], g = gates[2 * n + k], o = gates[3 * n + k];
      const float t = ck_tanh(next[at]), d = dh == NULL ? 0.0f : dh[at];
      const float dstate = (dnext == NULL ? 0.0f : dnext[at]) + d * o * (1.0f - t * t);
      ds[k] = dstate * g * i * (1.0f - i);
      ds[n + k] = dstate * c[at] * f * (1.0f - f);
      ds[2 * n + k] = dstate * i * (1.0f - g * g);
      ds[3 * n + k] = d * t * o * (1.0f - o);
      dc[at] = dstate * f;
    }
  }
}

CK_CLONES void ck_gru_f32(
  const float *x, const float *u, const float *h, float *gates, float *y, ptrdiff_t rows,
  ptrdiff_t n) {
  for (ptrdiff_t row = 0; row < rows; row++, x += 3 * n, u += 3 * n, h += n, y += n) {
    for (ptrdiff_t k = 0; k < n; k++) {
      const float r = ck_sigmoid(x[k] + u[k]), z = ck_sigmoid(x[n + k] + u[n + k]);
      const float m = ck_tanh(x[2 * n + k] + r * u[2 * n + k]);
      y[k] = (1.0f - z) * m + z * h[k];
      if (gates != NULL) {
        gates[k] = r;
        gates[n + k] = z;
        gates[2 * n + k] = m;
      }
    }
    if (gates != NULL) gates += 3 * n;
  }
}

CK_CLONES void ck_gru_backward_f32(
  const float *gates, const float *u, const float *h, const float *dy, float *dx, float *du,
  float *dh, ptrdiff_t rows, ptrdiff_t n) {
  for (ptrdiff_t row = 0; row < rows; row++, gates += 3 * n, u += 3 * n, dx += 3 * n, du += 3 * n) {
    for (ptrdiff_t k = 0; k < n; k++) {
      const ptrdiff_t at = row * n + k;
      const float r = gates[k], z = gates[n + k], m = gates[2 * n + k], d = dy[at];
      const float dm = d * (1.0f - z) * (1.0f - m * m);
      const float dz = d * (h[at] - m) * z * (1.0f - z);
      const float dr = dm * u[2 * n + k] * r * (1.0f - r);
      dx[k] = dr, dx[n + k] = dz, dx[2 * n + k] = dm;
      du[k] = dr, du[n + k] = dz, du[2 * n + k] = dm * r;
      dh[at] = d * z;
    }
  }
}
