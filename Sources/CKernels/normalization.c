// Layer normalization.

#include "ck_normalization.h"

#include "ck_reduce.h"
#include "ck_target.h"

CK_CLONES void ck_layer_norm_f32(
  const float *x, const float *gain, const float *bias, float epsilon, float *y, float *mean,
  float *inverse, ptrdiff_t rows, ptrdiff_t columns) {
  CK_REASSOCIATE
  for (ptrdiff_t r = 0; r < rows; r++) {
    const float *xr = x + r * columns;
    float *yr = y + r * columns;
    const float m = ck_row_sum(xr, columns) / (float)columns;
    // The deviations are squared, not x: a row far from 0 keeps its variance.
    float squares = 0.0f;
    for (ptrdiff_t c = 0; c < columns; c++) squares += (xr[c] - m) * (xr[c] - m);
    const float i = 1.0f / __builtin_elementwise_sqrt(squares / (float)columns + epsilon);
    for (ptrdiff_t c = 0; c < columns; c++) yr[c] = (xr[c] - m) * i * gain[c] + bias[c];
    mean[r] = m;
    inverse[r] = i;
  }
}

CK_CLONES void ck_layer_norm_backward_f32(
  const float *dy, const float *x, const float *gain, const float *mean, const float *inverse,
  float *dx, float *dgain, float *dbias, ptrdiff_t rows, ptrdiff_t columns) {
  CK_REASSOCIATE
  for (ptrdiff_t c = 0; c < columns; c++) dgain[c] = dbias[c] = 0.0f;
  for (ptrdiff_t r = 0; r < rows; r++) {
    const float *dyr = dy + r * columns;
    const float *xr = x + r * columns;
    float *dxr = dx + r * columns;
    const float m = mean[r];
    const float i = inverse[r];
    float sum = 0.0f;
    float projection = 0.0f;
    for (ptrdiff_t c = 0; c < columns; c++) {
      const float normalized = (xr[c] - m) * i;
      const float d = dyr[c] * gain[c];
      sum += d;
      projection += d * normalized;
      dgain[c] += dyr[c] * normalized;
      dbias[c] += dyr[c];
    }
    sum /= (float)columns;
    projection /= (float)columns;
    for (ptrdiff_t c = 0; c < columns; c++) {
      const float normalized = (xr[c] - m) * i;
      dxr[c] = (dyr[c] * gain[c] - sum - normalized * projection) * i;
    }
  }
}
