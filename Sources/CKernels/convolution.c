// Convolutions of images in pixel order, as sums of products over taps.

#include "ck_convolution.h"

#include <string.h>

#include "ck_products.h"
#include "ck_target.h"

enum {
  MOST_TERMS = 64,        // taps, or pixels, whose products are added at a time
  WEIGHTS_AT_ONCE = 1 << 15,  // floats of the weight that stay in L2 while pixels pass by
  IMAGES_AT_ONCE = 256,       // terms of a weight's gradient that are worth storing its sum
  LANES = 16
};

static inline ptrdiff_t least(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }

static inline ptrdiff_t rounded(ptrdiff_t n) { return (n + LANES - 1) / LANES * LANES; }

/// The pixel of x that pixel (row, column) of y sees through tap (i, j), or -1.
static inline ptrdiff_t seen(
  const ck_window *w, ptrdiff_t row, ptrdiff_t column, ptrdiff_t i, ptrdiff_t j) {
  const ptrdiff_t x_row = w->rows[row * w->kernel_height + i];
  const ptrdiff_t x_column = w->columns[column * w->kernel_width + j];
  return x_row < 0 || x_column < 0 || !w->live[i * w->kernel_width + j]
    ? -1
    : x_row * w->x_width + x_column;
}

/// How many pixels from (row, column) on, at most `most`, see neighbours of what the first sees.
static ptrdiff_t runLength(const ck_window *w, ptrdiff_t column, ptrdiff_t most) {
  const int32_t *const first = w->columns + column * w->kernel_width;
  ptrdiff_t length = 1;
  for (; length < most; length++) {
    const int32_t *const next = first + length * w->kernel_width;
    for (ptrdiff_t j = 0; j < w->kernel_width; j++) {
      if (next[j] != (first[j] < 0 ? -1 : first[j] + (int32_t)length)) return length;
    }
  }
  return length;
}

// MARK: - Forward

void ck_convolution_f32(
  const ck_window *w, const ck_pixels *x, ptrdiff_t groups, ptrdiff_t y_channels,
  const float *weight, const float *bias, int relu, float *y, ptrdiff_t first, ptrdiff_t count,
  ptrdiff_t image, ptrdiff_t images) {
  const ptrdiff_t taps = w->kernel_height * w->kernel_width;
  const ptrdiff_t inputs = x->channels / groups, outputs = y_channels / groups;
  const ptrdiff_t matrix = inputs * rounded(outputs), pixel = x->batch * x->channels;
  const ptrdiff_t block = least(rounded(outputs), 64) * inputs;
  const ptrdiff_t atOnce = block == 0 ? 1 : least(MOST_TERMS, 1 + WEIGHTS_AT_ONCE / block);
  // The images of one pixel follow each other, and then those of the next.
  const int joins = images == x->batch && x->image * x->batch == pixel;

  for (ptrdiff_t q = first, length; q < first + count; q += length) {
    const ptrdiff_t row = q / w->width, column = q % w->width;
    const ptrdiff_t most = least(w->width - column, first + count - q);
    length = joins ? runLength(w, column, most) : 1;
    for (ptrdiff_t group = 0; group < groups; group++) {
      ck_products p = {
        .depth = inputs, .a_row = x->image, .a_column = x->channel, .b_row = rounded(outputs),
        .bias = bias == NULL ? NULL : bias + group * outputs,
      };
      const float *const source = x->data + image * x->image + group * inputs * x->channel;
      const float *const matrices = weight + group * taps * matrix;
      float *const target = y + (q * x->batch + image) * y_channels + group * outputs;
      ck_term terms[MOST_TERMS];
      ptrdiff_t n = 0;
      for (ptrdiff_t tap = 0; tap < taps; tap++) {
        const ptrdiff_t s = seen(w, row, column, tap / w->kernel_width, tap % w->kernel_width);
        if (s < 0) continue;
        if (n == atOnce) {
          ck_sum_products(&p, length * images, outputs, n, terms, target, y_channels);
          p.adds = 1;
          n = 0;
        }
        terms[n++] = (ck_term){source + s * pixel, matrices + tap * matrix};
      }
      p.relu = relu;
      ck_sum_products(&p, length * images, outputs, n, terms, target, y_channels);
    }
  }
}

// MARK: - The gradient of the weight

void ck_convolution_weights_f32(
  const ck_window *w, const ck_pixels *a, const ck_pixels *b, ptrdiff_t groups, ptrdiff_t tap,
  ptrdiff_t begin, ptrdiff_t width, int adds, float *dw, ptrdiff_t first, ptrdiff_t count) {
  // A few pixels of b at a time, which stay in L2 while the channels of a pass by.
  const ptrdiff_t atOnce = least(MOST_TERMS, 8 + IMAGES_AT_ONCE / (1 + b->batch));
  const ptrdiff_t taps = w->kernel_height * w->kernel_width;
  const ptrdiff_t rows = a->channels / groups, columns = b->channels / groups;
  const ptrdiff_t a_pixel = a->batch * a->channels, b_pixel = b->batch * b->channels;
  const ptrdiff_t i = tap / w->kernel_width, j = tap % w->kernel_width;
  for (ptrdiff_t group = 0; group < groups; group++) {
    ck_products p = {
      .depth = a->batch, .a_row = a->channel, .a_column = a->image, .b_row = b->channels,
      .adds = adds,
    };
    const float *const left = a->data + (group * rows + begin) * a->channel;
    const float *const right = b->data + group * columns;
    float *const target = dw + ((group * taps + tap) * rows + begin) * columns;
    ck_term terms[MOST_TERMS];
    ptrdiff_t n = 0;
    for (ptrdiff_t q = first; q < first + count; q++) {
      const ptrdiff_t s = seen(w, q / w->width, q % w->width, i, j);
      if (s < 0) continue;
      if (n == atOnce) {
        ck_sum_products(&p, width, columns, n, terms, target, columns);
        p.adds = 1;
        n = 0;
      }
      terms[n++] = (ck_term){left + s * a_pixel, right + q * b_pixel};
    }
    ck_sum_products(&p, width, columns, n, terms, target, columns);
  }
}

void ck_convolution_weights_few_f32(
  const ck_window *w, const ck_pixels *a, const ck_pixels *b, float *dw, ptrdiff_t first,
  ptrdiff_t count, float *scratch) {
  const ptrdiff_t taps = w->kernel_height * w->kernel_width;
  const ptrdiff_t a_pixel = a->batch * a->channels, b_pixel = b->batch * b->channels;
  ck_products p = {
    .depth = a->batch, .a_row = a->batch, .a_column = 1, .b_row = b->channels,
  };
  for (ptrdiff_t q = first; q < first + count; q++) {
    for (ptrdiff_t tap = 0; tap < taps; tap++) {
      const ptrdiff_t s = seen(
        w, q / w->width, q % w->width, tap / w->kernel_width, tap % w->kernel_width);
      float *const patch = scratch + tap * a_pixel;
      if (s < 0) {
        memset(patch, 0, (size_t)a_pixel * sizeof(float));
      } else {
        memcpy(patch, a->data + s * a_pixel, (size_t)a_pixel * sizeof(float));
      }
    }
    const ck_term term = {scratch, b->data + q * b_pixel};
    p.adds = q > first;
    ck_sum_products(&p, taps * a->channels, b->channels, 1, &term, dw, b->channels);
  }
}
