// Convolutions in which each channel has a kernel of its own, and what the gradients of all
// convolutions begin with.

#include "ck_convolution.h"
#include "ck_lanes.h"

CK_CLONES void ck_depthwise_f32(
  const ck_window *w, const ck_pixels *x, const float *weight, const float *bias, int relu,
  float *y, ptrdiff_t first, ptrdiff_t count) {
  const ptrdiff_t channels = x->channels, pixel = x->batch * channels;
  const float floor = relu ? 0.0f : -__builtin_inff();
  for (ptrdiff_t q = first; q < first + count; q++) {
    float *const target = y + q * pixel;
    for (ptrdiff_t b = 0; b < x->batch; b++) {
      for (ptrdiff_t c = 0; c < channels; c++) {
        target[b * channels + c] = bias == NULL ? 0.0f : bias[c];
      }
    }
    for (ptrdiff_t i = 0; i < w->kernel_height; i++) {
      const ptrdiff_t row = w->rows[q / w->width * w->kernel_height + i];
      for (ptrdiff_t j = 0; row >= 0 && j < w->kernel_width; j++) {
        const ptrdiff_t column = w->columns[q % w->width * w->kernel_width + j];
        const ptrdiff_t tap = i * w->kernel_width + j;
        if (column < 0 || !w->live[tap]) continue;
        const float *const source = x->data + (row * w->x_width + column) * pixel;
        const float *const factor = weight + tap * channels;
        for (ptrdiff_t b = 0; b < x->batch; b++) {
          for (ptrdiff_t c = 0; c < channels; c++) {
            target[b * channels + c] += source[b * channels + c] * factor[c];
          }
        }
      }
    }
    for (ptrdiff_t k = 0; k < pixel; k++) target[k] = target[k] < floor ? floor : target[k];
  }
}

CK_CLONES void ck_depthwise_weights_f32(
  const ck_window *w, const ck_pixels *a, const ck_pixels *b, float *dw, ptrdiff_t first,
  ptrdiff_t count) {
  const ptrdiff_t channels = b->channels, pixel = b->batch * channels;
  for (ptrdiff_t q = first; q < first + count; q++) {
    const float *const right = b->data + q * pixel;
    for (ptrdiff_t i = 0; i < w->kernel_height; i++) {
      const ptrdiff_t row = w->rows[q / w->width * w->kernel_height + i];
      for (ptrdiff_t j = 0; row >= 0 && j < w->kernel_width; j++) {
        const ptrdiff_t column = w->columns[q % w->width * w->kernel_width + j];
        const ptrdiff_t tap = i * w->kernel_width + j;
        if (column < 0 || !w->live[tap]) continue;
        const float *const left = a->data + (row * w->x_width + column) * pixel;
        float *const target = dw + tap * channels;
        for (ptrdiff_t k = 0; k < b->batch; k++) {
          for (ptrdiff_t c = 0; c < channels; c++) {
            target[c] += left[k * channels + c] * right[k * channels + c];
          }
        }
      }
    }
  }
}

/// One vector of columns.
CK_INLINE void backward_sums(
  const float *dy, const float *y, float *ds, float *sums, ptrdiff_t rows, ptrdiff_t columns) {
  ck_lanes total = 0.0f;
  for (ptrdiff_t r = 0; r < rows; r++) {
    ck_lanes v = ck_load(dy + r * columns);
    if (y != NULL) {
      v = ck_load(y + r * columns) > 0.0f ? v : (ck_lanes)0.0f;
      ck_store(ds + r * columns, v);
    }
    total += v;
  }
  ck_store(sums, total);
}

CK_CLONES void ck_relu_backward_sums_f32(
  const float *dy, const float *y, float *ds, float *sums, ptrdiff_t rows, ptrdiff_t columns) {
  ptrdiff_t c = 0;
  for (; c + CK_LANES <= columns; c += CK_LANES) {
    backward_sums(dy + c, y == NULL ? NULL : y + c, ds + c, sums + c, rows, columns);
  }
  for (; c < columns; c++) {
    float total = 0.0f;
    for (ptrdiff_t r = 0; r < rows; r++) {
      const ptrdiff_t i = r * columns + c;
      const float v = y == NULL || y[i] > 0.0f ? dy[i] : 0.0f;
      if (y != NULL) ds[i] = v;
      total += v;
    }
    sums[c] = total;
  }
}
