// Layer normalization and the residual sum before it.

#include "ck_normalization.h"

#include "ck_draw.h"

// What is done for each whole vector of a row and for the part of one at its end.
#define FOR_EACH_VECTOR(each)                        \
  {                                                  \
    ptrdiff_t c = 0;                                 \
    for (; c + CK_LANES <= columns; c += CK_LANES) { \
      enum { WHOLE = 1 };                            \
      const ptrdiff_t count = CK_LANES;              \
      each                                           \
    }                                                \
    if (c < columns) {                               \
      enum { WHOLE = 0 };                            \
      const ptrdiff_t count = columns - c;           \
      each                                           \
    }                                                \
  }

#define LOAD(type, x, i) \
  (WHOLE ? ck_load_as(type, x, i) : ck_load_part_as(type, x, i, count))
#define STORE(type, y, i, v)              \
  if (WHOLE) {                            \
    ck_store_as(type, y, i, v);           \
  } else {                                \
    ck_store_part_as(type, y, i, count, v); \
  }

CK_INLINE void forward(
  const int type, const void *x, const void *y, const ck_dropout *dropout, uint64_t begin,
  const float *gain, const float *bias, float epsilon, void *s, void *n, float *mean,
  float *inverse, ptrdiff_t rows, ptrdiff_t columns, float *row) {
  CK_REASSOCIATE
  ck_stream mask = ck_stream_at(dropout, begin);
  for (ptrdiff_t r = 0; r < rows; r++) {
    const ptrdiff_t first = r * columns;
    ck_lanes sum = 0.0f;
    FOR_EACH_VECTOR(
      ck_lanes v = LOAD(type, x, first + c);
      if (y != NULL) {
        ck_lanes added = LOAD(type, y, first + c);
        if (dropout != NULL) added = ck_dropped(&mask, begin + (uint64_t)(first + c), added);
        v += added;
        // What is normalized is the sum as it is kept, which the backward pass will find.
        if (type == CK_BFLOAT16) v = ck_rounded_bf16(v);
        STORE(type, s, first + c, v)
      }
      ck_store(row + c, v);
      sum += v;)
    const float m = ck_lanes_sum(sum) / (float)columns;
    // The deviations are squared, not the values: a row far from 0 keeps its variance.
    ck_lanes squares = 0.0f;
    FOR_EACH_VECTOR(
      const ck_lanes deviation = ck_load(row + c) - m;
      squares += WHOLE ? deviation * deviation : ck_first(deviation * deviation, count, 0.0f);)
    const float variance = ck_lanes_sum(squares) / (float)columns;
    const float i = 1.0f / __builtin_elementwise_sqrt(variance + epsilon);
    FOR_EACH_VECTOR(
      const ck_lanes normalized = (ck_load(row + c) - m) * i;
      STORE(type, n, first + c, normalized * LOAD(CK_FLOAT32, gain, c) + LOAD(CK_FLOAT32, bias, c)))
    mean[r] = m;
    inverse[r] = i;
  }
}

CK_CLONES void ck_residual_norm(
  int type, const void *x, const void *y, const ck_dropout *dropout, uint64_t begin,
  const float *gain, const float *bias, float epsilon, void *s, void *n, float *mean,
  float *inverse, ptrdiff_t rows, ptrdiff_t columns, float *row) {
#define FORWARD(type)                                                                         \
  forward(                                                                                    \
    type, x, y, dropout, begin, gain, bias, epsilon, s, n, mean, inverse, rows, columns, row)
  if (type == CK_FLOAT32) {
    FORWARD(CK_FLOAT32);
  } else {
    FORWARD(CK_BFLOAT16);
  }
}

CK_INLINE void backward(
  const int type, const void *dn, const void *ds, const void *s, const ck_dropout *dropout,
  uint64_t begin, const float *gain, const float *mean, const float *inverse, void *dx, void *dy,
  float *dgain, float *dbias, ptrdiff_t rows, ptrdiff_t columns) {
  CK_REASSOCIATE
  ck_stream mask = ck_stream_at(dropout, begin);
  for (ptrdiff_t c = 0; c < columns; c++) dgain[c] = dbias[c] = 0.0f;
  for (ptrdiff_t r = 0; r < rows; r++) {
    const ptrdiff_t first = r * columns;
    const float m = mean[r];
    const float i = inverse[r];
    ck_lanes sums = 0.0f;
    ck_lanes projections = 0.0f;
    FOR_EACH_VECTOR(
      const ck_lanes gradient = LOAD(type, dn, first + c);
      const ck_lanes normalized = (LOAD(type, s, first + c) - m) * i;
      const ck_lanes d = gradient * LOAD(CK_FLOAT32, gain, c);
      sums += d;
      projections += d * normalized;
      STORE(CK_FLOAT32, dgain, c, LOAD(CK_FLOAT32, dgain, c) + gradient * normalized)
      STORE(CK_FLOAT32, dbias, c, LOAD(CK_FLOAT32, dbias, c) + gradient))
    const float sum = ck_lanes_sum(sums) / (float)columns;
    const float projection = ck_lanes_sum(projections) / (float)columns;
    FOR_EACH_VECTOR(
      const ck_lanes normalized = (LOAD(type, s, first + c) - m) * i;
      const ck_lanes d = LOAD(type, dn, first + c) * LOAD(CK_FLOAT32, gain, c);
      ck_lanes v = (d - sum - normalized * projection) * i;
      if (ds != NULL) v += LOAD(type, ds, first + c);
      STORE(type, dx, first + c, v)
      if (dy != NULL) {
        if (dropout != NULL) v = ck_dropped(&mask, begin + (uint64_t)(first + c), v);
        STORE(type, dy, first + c, v)
      })
  }
}

CK_CLONES void ck_residual_norm_backward(
  int type, const void *dn, const void *ds, const void *s, const ck_dropout *dropout,
  uint64_t begin, const float *gain, const float *mean, const float *inverse, void *dx, void *dy,
  float *dgain, float *dbias, ptrdiff_t rows, ptrdiff_t columns) {
#define BACKWARD(type)                                                                        \
  backward(                                                                                   \
    type, dn, ds, s, dropout, begin, gain, mean, inverse, dx, dy, dgain, dbias, rows, columns)
  if (type == CK_FLOAT32) {
    BACKWARD(CK_FLOAT32);
  } else {
    BACKWARD(CK_BFLOAT16);
  }
}
