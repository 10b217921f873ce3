// What the gradients of convolutions begin with.

#include "ck_convolution.h"
#include "ck_types.h"

/// `vectors` vectors of columns, a constant of the caller.
CK_INLINE void backward_sums(
  const int type, const int vectors, const void *dy, const void *y, void *ds, float *sums,
  ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t c) {
  ck_lanes total[4] = {0.0f, 0.0f, 0.0f, 0.0f};
  for (ptrdiff_t r = 0; r < rows; r++) {
#pragma clang loop unroll(full)
    for (int j = 0; j < vectors; j++) {
      const ptrdiff_t place = r * columns + c + j * CK_LANES;
      ck_lanes v = ck_load_as(type, dy, place);
      if (y != NULL) {
        v = ck_load_as(type, y, place) > 0.0f ? v : (ck_lanes)0.0f;
        ck_store_as(type, ds, place, v);
      }
      total[j] += v;
    }
  }
#pragma clang loop unroll(full)
  for (int j = 0; j < vectors; j++) ck_store(sums + c + j * CK_LANES, total[j]);
}

/// The columns behind the last whole vector.
CK_INLINE void backward_sums_part(
  const int type, const void *dy, const void *y, void *ds, float *sums, ptrdiff_t rows,
  ptrdiff_t columns, ptrdiff_t c) {
  const ptrdiff_t n = columns - c;
  ck_lanes total = 0.0f;
  for (ptrdiff_t r = 0; r < rows; r++) {
    ck_lanes v = ck_load_part_as(type, dy, r * columns + c, n);
    if (y != NULL) {
      v = ck_load_part_as(type, y, r * columns + c, n) > 0.0f ? v : (ck_lanes)0.0f;
      ck_store_part_as(type, ds, r * columns + c, n, v);
    }
    total += v;
  }
  ck_store_part_as(CK_FLOAT32, sums, c, n, total);
}

CK_INLINE void relu_backward_sums(
  const int type, const void *dy, const void *y, void *ds, float *sums, ptrdiff_t rows,
  ptrdiff_t columns) {
  ptrdiff_t c = 0;
  for (; c + 4 * CK_LANES <= columns; c += 4 * CK_LANES) {
    backward_sums(type, 4, dy, y, ds, sums, rows, columns, c);
  }
  for (; c + 2 * CK_LANES <= columns; c += 2 * CK_LANES) {
    backward_sums(type, 2, dy, y, ds, sums, rows, columns, c);
  }
  for (; c + CK_LANES <= columns; c += CK_LANES) {
    backward_sums(type, 1, dy, y, ds, sums, rows, columns, c);
  }
  if (c < columns) backward_sums_part(type, dy, y, ds, sums, rows, columns, c);
}

CK_CLONES void ck_relu_backward_sums(
  int type, const void *dy, const void *y, void *ds, float *sums, ptrdiff_t rows,
  ptrdiff_t columns) {
  if (type == CK_FLOAT32) {
    relu_backward_sums(CK_FLOAT32, dy, y, ds, sums, rows, columns);
  } else {
    relu_backward_sums(CK_BFLOAT16, dy, y, ds, sums, rows, columns);
  }
}

CK_CLONES void ck_pair_images(
  const uint16_t *x, ptrdiff_t images, ptrdiff_t channels, uint32_t *y, ptrdiff_t first,
  ptrdiff_t count) {
  const ptrdiff_t pairs = (images + 1) / 2;
  for (ptrdiff_t p = first; p < first + count; p++) {
    for (ptrdiff_t i = 0; i < pairs; i++) {
      const uint16_t *const even = x + (p * images + 2 * i) * channels;
      uint32_t *const words = y + (p * pairs + i) * channels;
      if (2 * i + 1 < images) {
        const uint16_t *const odd = even + channels;
        for (ptrdiff_t c = 0; c < channels; c++) words[c] = even[c] | (uint32_t)odd[c] << 16;
      } else {
        for (ptrdiff_t c = 0; c < channels; c++) words[c] = even[c];
      }
    }
  }
}
