// Pools and changes of size of images in pixel order.

#include "ck_image.h"

#include "ck_types.h"

// Numbers of a pixel at a time, so that a result stays in the first-level cache until it is complete.
enum { PIECE = 1024 };

/// Up to four vectors of a pixel's numbers, `vectors` being a constant of the caller.
CK_INLINE void mix(
  const int type, const int vectors, const ck_mixture *rows, const ck_mixture *columns,
  ptrdiff_t row, ptrdiff_t column, ptrdiff_t x_width, ptrdiff_t n, const void *x, void *y,
  ptrdiff_t place, ptrdiff_t k) {
  ck_lanes sum[4] = {0.0f, 0.0f, 0.0f, 0.0f};
  for (int32_t i = rows->begins[row]; i < rows->begins[row + 1]; i++) {
    for (int32_t j = columns->begins[column]; j < columns->begins[column + 1]; j++) {
      const float weight = rows->weights[i] * columns->weights[j];
      const ptrdiff_t source = (rows->places[i] * x_width + columns->places[j]) * n + k;
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; v++) {
        sum[v] += ck_load_as(type, x, source + v * CK_LANES) * weight;
      }
    }
  }
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++) ck_store_as(type, y, place + k + v * CK_LANES, sum[v]);
}

/// The numbers behind the last whole vector.
CK_INLINE void mix_rest(
  const int type, const ck_mixture *rows, const ck_mixture *columns, ptrdiff_t row,
  ptrdiff_t column, ptrdiff_t x_width, ptrdiff_t n, const void *x, void *y, ptrdiff_t place,
  ptrdiff_t k) {
  ck_lanes sum = 0.0f;
  for (int32_t i = rows->begins[row]; i < rows->begins[row + 1]; i++) {
    for (int32_t j = columns->begins[column]; j < columns->begins[column + 1]; j++) {
      const float weight = rows->weights[i] * columns->weights[j];
      const ptrdiff_t source = (rows->places[i] * x_width + columns->places[j]) * n + k;
      sum += ck_load_part_as(type, x, source, n - k) * weight;
    }
  }
  ck_store_part_as(type, y, place + k, n - k, sum);
}

CK_INLINE void resample(
  const int type, const ck_mixture *rows, const ck_mixture *columns, ptrdiff_t width,
  ptrdiff_t x_width, ptrdiff_t n, const void *x, void *y, ptrdiff_t first, ptrdiff_t count) {
  for (ptrdiff_t q = first; q < first + count; q++) {
    const ptrdiff_t row = q / width, column = q % width;
    ptrdiff_t k = 0;
    for (; k + 4 * CK_LANES <= n; k += 4 * CK_LANES) {
      mix(type, 4, rows, columns, row, column, x_width, n, x, y, q * n, k);
    }
    for (; k + CK_LANES <= n; k += CK_LANES) {
      mix(type, 1, rows, columns, row, column, x_width, n, x, y, q * n, k);
    }
    if (k < n) mix_rest(type, rows, columns, row, column, x_width, n, x, y, q * n, k);
  }
}

CK_CLONES void ck_resample(
  int type, const ck_mixture *rows, const ck_mixture *columns, ptrdiff_t width, ptrdiff_t x_width,
  ptrdiff_t n, const void *x, void *y, ptrdiff_t first, ptrdiff_t count) {
  if (type == CK_FLOAT32) {
    resample(CK_FLOAT32, rows, columns, width, x_width, n, x, y, first, count);
  } else {
    resample(CK_BFLOAT16, rows, columns, width, x_width, n, x, y, first, count);
  }
}

CK_CLONES void ck_max_pool_f32(
  const ck_window *w, ptrdiff_t n, const float *x, float *y, int32_t *switches, ptrdiff_t first,
  ptrdiff_t count) {
  for (ptrdiff_t q = first; q < first + count; q++) {
    for (ptrdiff_t begin = 0; begin < n; begin += PIECE) {
      const ptrdiff_t size = n - begin < PIECE ? n - begin : PIECE;
      float *const best = y + q * n + begin;
      int32_t *const which = switches + q * n + begin;
      for (ptrdiff_t k = 0; k < size; k++) best[k] = -__builtin_inff(), which[k] = -1;
      for (ptrdiff_t i = 0; i < w->kernel_height; i++) {
        const ptrdiff_t row = w->rows[q / w->width * w->kernel_height + i];
        for (ptrdiff_t j = 0; row >= 0 && j < w->kernel_width; j++) {
          const ptrdiff_t column = w->columns[q % w->width * w->kernel_width + j];
          if (column < 0) continue;
          const int32_t pixel = (int32_t)(row * w->x_width + column);
          const float *const source = x + pixel * n + begin;
          for (ptrdiff_t k = 0; k < size; k++) {
            const int isBetter = source[k] > best[k] || source[k] != source[k] || which[k] < 0;
            best[k] = isBetter ? source[k] : best[k];
            which[k] = isBetter ? pixel : which[k];
          }
        }
      }
    }
  }
}

void ck_place_f32(
  ptrdiff_t pixels, ptrdiff_t n, const float *x, const int32_t *switches, int adds, float *y,
  ptrdiff_t first, ptrdiff_t count) {
  for (ptrdiff_t q = 0; q < pixels; q++) {
    for (ptrdiff_t k = first; k < first + count; k++) {
      const ptrdiff_t pixel = switches[q * n + k];
      if (pixel < 0) continue;
      float *const target = y + pixel * n + k;
      *target = adds ? *target + x[q * n + k] : x[q * n + k];
    }
  }
}

void ck_pick_f32(
  ptrdiff_t n, const float *x, const int32_t *switches, float *y, ptrdiff_t first,
  ptrdiff_t count) {
  for (ptrdiff_t i = first * n; i < (first + count) * n; i++) {
    y[i] = switches[i] < 0 ? 0.0f : x[switches[i] * n + i % n];
  }
}
