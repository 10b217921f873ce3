// Group, batch and root mean square normalization.

#include "ck_channel_norm.h"

#include "ck_reduce.h"

CK_CLONES void ck_group_norm_f32(
  ck_channels shape, ptrdiff_t groups, const float *x, const float *gain, const float *bias,
  float epsilon, float *y, float *mean, float *inverse, ptrdiff_t begin, ptrdiff_t count) {
  const ptrdiff_t channels = shape.channels / groups;
  const ptrdiff_t n = channels * shape.size;
  for (ptrdiff_t g = begin; g < begin + count; g++) {
    const float *group = x + g * n;
    const float m = ck_row_sum(group, n) / (float)n;
    // The deviations are squared, not x: a group far from 0 keeps its variance.
    const float variance = ck_row_squares(group, n, m) / (float)n;
    const float i = 1.0f / __builtin_elementwise_sqrt(variance + epsilon);
    for (ptrdiff_t c = 0; c < channels; c++) {
      const ptrdiff_t channel = g % groups * channels + c;
      const float scale = gain[channel] * i, shift = bias[channel];
      const float *source = group + c * shape.size;
      float *target = y + g * n + c * shape.size;
      for (ptrdiff_t s = 0; s < shape.size; s++) target[s] = (source[s] - m) * scale + shift;
    }
    mean[g] = m;
    inverse[g] = i;
  }
}

CK_CLONES void ck_group_norm_backward_f32(
  ck_channels shape, ptrdiff_t groups, const float *dy, const float *x, const float *gain,
  const float *mean, const float *inverse, float *dx, float *dgain, float *dbias, ptrdiff_t begin,
  ptrdiff_t count) {
  CK_REASSOCIATE
  const ptrdiff_t channels = shape.channels / groups, size = shape.size;
  const ptrdiff_t n = channels * size;
  for (ptrdiff_t g = begin; g < begin + count; g++) {
    const float m = mean[g], i = inverse[g];
    const float *gains = gain + g % groups * channels;
    double sum = 0.0, projection = 0.0;
    for (ptrdiff_t c = 0; c < channels; c++) {
      const float *gradient = dy + g * n + c * size, *source = x + g * n + c * size;
      float total = 0.0f, product = 0.0f;
      for (ptrdiff_t s = 0; s < size; s++) {
        total += gradient[s];
        product += gradient[s] * ((source[s] - m) * i);
      }
      dbias[g * channels + c] = total;
      dgain[g * channels + c] = product;
      sum += (double)(total * gains[c]);
      projection += (double)(product * gains[c]);
    }
    const float mean_gradient = (float)(sum / (double)n);
    const float mean_product = (float)(projection / (double)n);
    for (ptrdiff_t c = 0; c < channels; c++) {
      const float *gradient = dy + g * n + c * size, *source = x + g * n + c * size;
      float *target = dx + g * n + c * size;
      for (ptrdiff_t s = 0; s < size; s++) {
        const float normalized = (source[s] - m) * i;
        target[s] = (gradient[s] * gains[c] - mean_gradient - normalized * mean_product) * i;
      }
    }
  }
}

/// Runs `each` for every example with i the element and c its channel, counted from the first one; in
/// the order in which a loop over neighbours vectorises.
#define FOR_EACH_ELEMENT(each)                                                          \
  for (ptrdiff_t b = 0; b < shape.batch; b++) {                                         \
    const ptrdiff_t first = (b * shape.channels + begin) * shape.size;                  \
    if (shape.size == 1) {                                                              \
      for (ptrdiff_t c = 0; c < count; c++) {                                           \
        const ptrdiff_t i = first + c;                                                  \
        each                                                                            \
      }                                                                                 \
    } else {                                                                            \
      for (ptrdiff_t c = 0; c < count; c++) {                                           \
        const ptrdiff_t end = first + (c + 1) * shape.size;                             \
        for (ptrdiff_t i = first + c * shape.size; i < end; i++) { each }               \
      }                                                                                 \
    }                                                                                   \
  }

/// Adds up `term` of every element of each channel: single precision along the sizes, double across
/// examples.
#define SUM_CHANNELS(sums, term)                                                        \
  for (ptrdiff_t c = 0; c < count; c++) sums[c] = 0.0;                                  \
  for (ptrdiff_t b = 0; b < shape.batch; b++) {                                         \
    const ptrdiff_t first = (b * shape.channels + begin) * shape.size;                  \
    if (shape.size == 1) {                                                              \
      for (ptrdiff_t c = 0; c < count; c++) {                                           \
        const ptrdiff_t i = first + c;                                                  \
        sums[c] += (double)(term);                                                      \
      }                                                                                 \
    } else {                                                                            \
      for (ptrdiff_t c = 0; c < count; c++) {                                           \
        const ptrdiff_t end = first + (c + 1) * shape.size;                             \
        float sum = 0.0f;                                                               \
        for (ptrdiff_t i = first + c * shape.size; i < end; i++) sum += (term);         \
        sums[c] += (double)sum;                                                         \
      }                                                                                 \
    }                                                                                   \
  }

CK_CLONES void ck_batch_norm_f32(
  ck_channels shape, const float *x, const float *gain, const float *bias, float epsilon, float *y,
  float *mean, float *variance, float *inverse, ptrdiff_t begin, ptrdiff_t count) {
  CK_REASSOCIATE
  const double n = (double)(shape.batch * shape.size);
  double sums[CK_MAX_CHANNELS];
  float m[CK_MAX_CHANNELS], scale[CK_MAX_CHANNELS], shift[CK_MAX_CHANNELS];
  SUM_CHANNELS(sums, x[i])
  for (ptrdiff_t c = 0; c < count; c++) m[c] = (float)(sums[c] / n);
  SUM_CHANNELS(sums, (x[i] - m[c]) * (x[i] - m[c]))
  for (ptrdiff_t c = 0; c < count; c++) {
    mean[begin + c] = m[c];
    variance[begin + c] = (float)(sums[c] / n);
    inverse[begin + c] = 1.0f / __builtin_elementwise_sqrt(variance[begin + c] + epsilon);
    scale[c] = gain[begin + c] * inverse[begin + c];
    shift[c] = bias[begin + c];
  }
  FOR_EACH_ELEMENT(y[i] = (x[i] - m[c]) * scale[c] + shift[c];)
}

CK_CLONES void ck_batch_norm_backward_f32(
  ck_channels shape, const float *dy, const float *x, const float *gain, const float *mean,
  const float *inverse, float *dx, float *dgain, float *dbias, ptrdiff_t begin, ptrdiff_t count) {
  CK_REASSOCIATE
  const float share = 1.0f / (float)(shape.batch * shape.size);
  double sums[CK_MAX_CHANNELS];
  // Copies, which no store to dx can change.
  float m[CK_MAX_CHANNELS], v[CK_MAX_CHANNELS];
  float scale[CK_MAX_CHANNELS], center[CK_MAX_CHANNELS], slope[CK_MAX_CHANNELS];
  for (ptrdiff_t c = 0; c < count; c++) {
    m[c] = mean[begin + c];
    v[c] = inverse[begin + c];
  }
  SUM_CHANNELS(sums, dy[i])
  for (ptrdiff_t c = 0; c < count; c++) dbias[begin + c] = (float)sums[c];
  SUM_CHANNELS(sums, dy[i] * ((x[i] - m[c]) * v[c]))
  for (ptrdiff_t c = 0; c < count; c++) {
    dgain[begin + c] = (float)sums[c];
    scale[c] = gain[begin + c] * v[c];
    center[c] = dbias[begin + c] * share;
    slope[c] = dgain[begin + c] * share * v[c];
  }
  FOR_EACH_ELEMENT(dx[i] = scale[c] * (dy[i] - center[c] - (x[i] - m[c]) * slope[c]);)
}

CK_CLONES void ck_rms_norm_f32(
  const float *x, const float *gain, float epsilon, float *y, float *inverse, ptrdiff_t rows,
  ptrdiff_t columns) {
  for (ptrdiff_t r = 0; r < rows; r++) {
    const float *row = x + r * columns;
    const float mean = ck_row_squares(row, columns, 0.0f) / (float)columns;
    const float i = 1.0f / __builtin_elementwise_sqrt(mean + epsilon);
    for (ptrdiff_t c = 0; c < columns; c++) y[r * columns + c] = row[c] * i * gain[c];
    inverse[r] = i;
  }
}

CK_CLONES void ck_rms_norm_backward_f32(
  const float *dy, const float *x, const float *gain, const float *inverse, float *dx,
  float *dgain, ptrdiff_t rows, ptrdiff_t columns) {
  CK_REASSOCIATE
  for (ptrdiff_t c = 0; c < columns; c++) dgain[c] = 0.0f;
  for (ptrdiff_t r = 0; r < rows; r++) {
    const float *gradient = dy + r * columns, *source = x + r * columns;
    const float i = inverse[r];
    float projection = 0.0f;
    for (ptrdiff_t c = 0; c < columns; c++) {
      const float product = gradient[c] * (source[c] * i);
      projection += product * gain[c];
      dgain[c] += product;
    }
    projection /= (float)columns;
    for (ptrdiff_t c = 0; c < columns; c++) {
      dx[r * columns + c] = (gradient[c] * gain[c] - source[c] * i * projection) * i;
    }
  }
}
