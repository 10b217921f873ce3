// Convolutions of images in pixel order, as sums of products over taps.

#include "ck_convolution.h"

#include <string.h>

#include "ck_gemm.h"
#include "ck_products.h"

enum {
  MOST_TERMS = 64,       // pixels whose products are added at a time
  WORDS_AT_ONCE = 1024,  // about the terms of a weight's gradient that are worth storing its sum
  LANES = 16
};

static inline ptrdiff_t least(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }

static inline ptrdiff_t most(ptrdiff_t a, ptrdiff_t b) { return a > b ? a : b; }

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

/// How many pixels from `column` on, at most `limit`, see neighbours of what the first sees.
static ptrdiff_t runLength(const ck_window *w, ptrdiff_t column, ptrdiff_t limit) {
  const int32_t *const first = w->columns + column * w->kernel_width;
  ptrdiff_t length = 1;
  for (; length < limit; length++) {
    const int32_t *const next = first + length * w->kernel_width;
    for (ptrdiff_t j = 0; j < w->kernel_width; j++) {
      if (next[j] != (first[j] < 0 ? -1 : first[j] + (int32_t)length)) return length;
    }
  }
  return length;
}

// Words are four bytes.
static inline const char *word(const void *data, ptrdiff_t index) {
  return (const char *)data + 4 * index;
}

// MARK: - Forward

void ck_tap_matrices(
  int type, const void *weight, ptrdiff_t outputs, ptrdiff_t inputs, ptrdiff_t o_step,
  ptrdiff_t c_step, ptrdiff_t t_step, void *matrices, ptrdiff_t first, ptrdiff_t count) {
  const ptrdiff_t row = rounded(outputs);
  const ptrdiff_t numbers = type == CK_FLOAT32 ? 1 : 2, words = (inputs + numbers - 1) / numbers;
  for (ptrdiff_t t = first; t < first + count; t++) {
    for (ptrdiff_t k = 0; k < words; k++) {
      const ptrdiff_t source = k * numbers * c_step + t * t_step, target = (t * words + k) * row;
      if (type == CK_FLOAT32) {
        const float *const x = (const float *)weight + source;
        float *const y = (float *)matrices + target;
        for (ptrdiff_t o = 0; o < outputs; o++) y[o] = x[o * o_step];
        for (ptrdiff_t o = outputs; o < row; o++) y[o] = 0;
      } else {
        const uint16_t *const x = (const uint16_t *)weight + source;
        uint32_t *const y = (uint32_t *)matrices + target;
        const int isWhole = 2 * k + 1 < inputs;
        for (ptrdiff_t o = 0; o < outputs; o++) {
          const uint32_t second = isWhole ? x[o * o_step + c_step] : 0;
          y[o] = x[o * o_step] | second << 16;
        }
        for (ptrdiff_t o = outputs; o < row; o++) y[o] = 0;
      }
    }
  }
}

void ck_convolution(
  const ck_window *w, const ck_pixels *x, ptrdiff_t groups, ptrdiff_t y_channels,
  const void *weight, const float *bias, int relu, int y_type, void *y, ptrdiff_t first,
  ptrdiff_t count, ptrdiff_t image, ptrdiff_t images, void *scratch) {
  const ptrdiff_t taps = w->kernel_height * w->kernel_width, size = y_type == CK_FLOAT32 ? 4 : 2;
  const ptrdiff_t inputs = x->channels / groups, outputs = y_channels / groups;
  const ptrdiff_t matrix = inputs * rounded(outputs), pixel = x->images * x->channels;
  // The images of one pixel follow each other, and then those of the next.
  const int joins = images == x->images && x->image * x->images == pixel;
  ck_term *const terms = scratch;

  for (ptrdiff_t q = first, length; q < first + count; q += length) {
    const ptrdiff_t row = q / w->width, column = q % w->width;
    const ptrdiff_t limit = least(w->width - column, first + count - q);
    length = joins ? runLength(w, column, limit) : 1;
    for (ptrdiff_t group = 0; group < groups; group++) {
      const ck_products p = {
        .type = x->type, .c_type = y_type, .depth = inputs, .a_row = x->image,
        .a_column = x->channel, .b_row = rounded(outputs),
        .bias = bias == NULL ? NULL : bias + group * outputs, .relu = relu,
      };
      const ptrdiff_t corner = image * x->image + group * inputs * x->channel;
      ptrdiff_t n = 0;
      for (ptrdiff_t tap = 0; tap < taps; tap++) {
        const ptrdiff_t s = seen(w, row, column, tap / w->kernel_width, tap % w->kernel_width);
        if (s < 0) continue;
        terms[n++] = (ck_term){
          word(x->data, corner + s * pixel), word(weight, (group * taps + tap) * matrix)};
      }
      const ptrdiff_t place = (q * x->images + image) * y_channels + group * outputs;
      ck_sum_products(
        &p, length * images, outputs, n, terms, (char *)y + place * size, y_channels);
    }
  }
}

// MARK: - The gradient of the weight

void ck_convolution_weights(
  const ck_window *w, const ck_pixels *a, const ck_pixels *b, ptrdiff_t groups, ptrdiff_t tap,
  ptrdiff_t begin, ptrdiff_t width, float *dw, ptrdiff_t first, ptrdiff_t count) {
  // A few pixels of b at a time, which stay in L2 while the channels of a pass by.
  const ptrdiff_t atOnce = least(MOST_TERMS, most(8, WORDS_AT_ONCE / b->images));
  const ptrdiff_t taps = w->kernel_height * w->kernel_width;
  const ptrdiff_t rows = a->channels / groups, columns = b->channels / groups;
  const ptrdiff_t a_pixel = a->images * a->channels, b_pixel = b->images * b->channels;
  const ptrdiff_t i = tap / w->kernel_width, j = tap % w->kernel_width;
  for (ptrdiff_t group = 0; group < groups; group++) {
    ck_products p = {
      .type = b->type, .c_type = CK_FLOAT32, .depth = a->images, .a_row = a->channel,
      .a_column = a->image, .b_row = b->channels,
    };
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
      terms[n++] = (ck_term){
        word(a->data, s * a_pixel + (group * rows + begin) * a->channel),
        word(b->data, q * b_pixel + group * columns)};
    }
    ck_sum_products(&p, width, columns, n, terms, target, columns);
  }
}

void ck_convolution_weights_few(
  const ck_window *w, const ck_pixels *a, const ck_pixels *b, float *dw, ptrdiff_t first,
  ptrdiff_t count, float *scratch) {
  const ptrdiff_t taps = w->kernel_height * w->kernel_width;
  const ptrdiff_t a_pixel = a->images * a->channels, b_pixel = b->images * b->channels;
  ck_products p = {
    .type = b->type, .c_type = CK_FLOAT32, .depth = a->images, .a_row = a->images,
    .a_column = 1, .b_row = b->channels,
  };
  for (ptrdiff_t q = first; q < first + count; q++) {
    for (ptrdiff_t tap = 0; tap < taps; tap++) {
      const ptrdiff_t s = seen(
        w, q / w->width, q % w->width, tap / w->kernel_width, tap % w->kernel_width);
      float *const patch = scratch + tap * a_pixel;
      if (s < 0) {
        memset(patch, 0, (size_t)a_pixel * 4);
      } else {
        memcpy(patch, word(a->data, s * a_pixel), (size_t)a_pixel * 4);
      }
    }
    const ck_term term = {scratch, word(b->data, q * b_pixel)};
    p.adds = q > first;
    ck_sum_products(&p, taps * a->channels, b->channels, 1, &term, dw, b->channels);
  }
}
