// Convolutions in which each channel has a kernel of its own.

#include "ck_convolution.h"
#include "ck_target.h"

CK_CLONES void ck_depthwise_f32(
  const ck_window *w, const ck_pixels *x, const float *weight, const float *bias, int relu,
  float *y, ptrdiff_t first, ptrdiff_t count) {
  const ptrdiff_t channels = x->channels, pixel = x->images * channels;
  const float floor = relu ? 0.0f : -__builtin_inff();
  for (ptrdiff_t q = first; q < first + count; q++) {
    float *const target = y + q * pixel;
    for (ptrdiff_t b = 0; b < x->images; b++) {
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
        const float *const source = (const float *)x->data + (row * w->x_width + column) * pixel;
        const float *const factor = weight + tap * channels;
        for (ptrdiff_t b = 0; b < x->images; b++) {
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
  const ptrdiff_t channels = b->channels, pixel = b->images * channels;
  for (ptrdiff_t q = first; q < first + count; q++) {
    const float *const right = (const float *)b->data + q * pixel;
    for (ptrdiff_t i = 0; i < w->kernel_height; i++) {
      const ptrdiff_t row = w->rows[q / w->width * w->kernel_height + i];
      for (ptrdiff_t j = 0; row >= 0 && j < w->kernel_width; j++) {
        const ptrdiff_t column = w->columns[q % w->width * w->kernel_width + j];
        const ptrdiff_t tap = i * w->kernel_width + j;
        if (column < 0 || !w->live[tap]) continue;
        const float *const left = (const float *)a->data + (row * w->x_width + column) * pixel;
        float *const target = dw + tap * channels;
        for (ptrdiff_t k = 0; k < b->images; k++) {
          for (ptrdiff_t c = 0; c < channels; c++) {
            target[c] += left[k * channels + c] * right[k * channels + c];
          }
        }
      }
    }
  }
}
