// Rounding to eight bits, row by row, and back.

#include "int8_rows.h"

static const float most = 127;

// Rows whose largest number is smaller count as zeros: what it is divided by must stay finite.
static const float least = 1e-30f;

// Adding this to a number rounds it to a whole one, ties to even, and leaves that in the lowest bits.
static const float magic = 12582912.0f;

typedef uint8_t byte_lanes __attribute__((ext_vector_type(16)));
typedef int16_t short_lanes __attribute__((ext_vector_type(16)));
typedef int32_t int_lanes __attribute__((ext_vector_type(16)));

CK_INLINE ck_word_lanes bits(ck_lanes v) {
  ck_word_lanes words;
  memcpy(&words, &v, sizeof words);
  return words;
}

CK_INLINE ck_word_lanes larger(ck_word_lanes a, ck_word_lanes b) { return a > b ? a : b; }

/// The largest magnitude of a row; NaN if it holds one, whose bits exceed those of every number.
CK_INLINE float peakOf(const int type, const void *x, ptrdiff_t start, ptrdiff_t k) {
  ck_word_lanes largest = 0;
  ptrdiff_t p = 0;
  for (; p + CK_LANES <= k; p += CK_LANES) {
    const ck_word_lanes next = bits(ck_load_as(type, x, start + p)) & 0x7fffffff;
    largest = larger(largest, next);
  }
  if (p < k) {
    const ck_word_lanes next = bits(ck_load_part_as(type, x, start + p, k - p)) & 0x7fffffff;
    largest = larger(largest, next);
  }
  largest = larger(largest, CK_EXCHANGED(largest, 8));
  largest = larger(largest, CK_EXCHANGED(largest, 4));
  largest = larger(largest, CK_EXCHANGED(largest, 2));
  largest = larger(largest, CK_EXCHANGED(largest, 1));
  return ck_float_from_bits(largest[0]);
}

/// q[0 ..< 16] of eight or sixteen bits, and their sums.
CK_INLINE int_lanes roundLanes(const int size, ck_lanes v, char *q) {
  const ck_word_lanes words = bits(v + magic);
  // As a byte: of what is no number, too, every instruction set shall see the same.
  int_lanes numbers;
  memcpy(&numbers, &words, sizeof numbers);
  numbers = numbers << 24 >> 24;
  if (size == 1) {
    const byte_lanes narrow = __builtin_convertvector(words, byte_lanes);
    memcpy(q, &narrow, sizeof narrow);
  } else {
    const short_lanes narrow = __builtin_convertvector(numbers, short_lanes);
    memcpy(q, &narrow, sizeof narrow);
  }
  return numbers;
}

/// Rounds one row to numbers of `size` bytes, with zeros up to q_count, a multiple of 16 that is at
/// least k; returns their sum.
CK_INLINE int32_t roundRow(
  const int type, const int size, const void *x, ptrdiff_t start, ptrdiff_t k, char *q,
  ptrdiff_t q_count, float *scale) {
  const float peak = peakOf(type, x, start, k);
  const float inverse = peak >= least ? most / peak : 0.0f;
  *scale = peak >= least || peak != peak ? peak / most : 0.0f;
  int_lanes sum = 0;
  ptrdiff_t p = 0;
  for (; p + CK_LANES <= k; p += CK_LANES) {
    sum += roundLanes(size, ck_load_as(type, x, start + p) * inverse, q + p * size);
  }
  if (p < k) {
    sum += roundLanes(size, ck_load_part_as(type, x, start + p, k - p) * inverse, q + p * size);
    p += CK_LANES;
  }
  memset(q + p * size, 0, (size_t)((q_count - p) * size));
  sum += CK_EXCHANGED(sum, 8);
  sum += CK_EXCHANGED(sum, 4);
  sum += CK_EXCHANGED(sum, 2);
  sum += CK_EXCHANGED(sum, 1);
  return sum[0];
}

CK_CLONES void ck_int8_round_some(
  int type, int size, int offset, ptrdiff_t m, ptrdiff_t k, const void *x, ptrdiff_t x_row,
  char *q, ptrdiff_t q_count, float *scales, int32_t *starts) {
#define ROUND(type, size)                                                                       \
  for (ptrdiff_t i = 0; i < m; i++) {                                                           \
    starts[i] = -offset * roundRow(                                                             \
      type, size, x, i * x_row, k, q + i * q_count * size, q_count, scales + i);                \
  }
  if (type == CK_FLOAT32) {
    if (size == 1) {
      ROUND(CK_FLOAT32, 1)
    } else {
      ROUND(CK_FLOAT32, 2)
    }
  } else {
    if (size == 1) {
      ROUND(CK_BFLOAT16, 1)
    } else {
      ROUND(CK_BFLOAT16, 2)
    }
  }
#undef ROUND
}

CK_INLINE void quantize(ptrdiff_t m, ptrdiff_t k, const float *x, int8_t *q, float *scales) {
  for (ptrdiff_t i = 0; i < m; i++) {
    const float peak = peakOf(CK_FLOAT32, x, i * k, k);
    const float inverse = peak >= least ? most / peak : 0.0f;
    scales[i] = peak >= least ? peak / most : 0.0f;
    char *const row = (char *)q + i * k;
    ptrdiff_t p = 0;
    for (; p + CK_LANES <= k; p += CK_LANES) {
      roundLanes(1, ck_load(x + i * k + p) * inverse, row + p);
    }
    if (p < k) {
      char rest[CK_LANES];
      roundLanes(1, ck_load_part_as(CK_FLOAT32, x, i * k + p, k - p) * inverse, rest);
      memcpy(row + p, rest, (size_t)(k - p));
    }
  }
}

CK_CLONES void ck_int8_quantize(
  ptrdiff_t m, ptrdiff_t k, const float *x, int8_t *q, float *scales) {
  quantize(m, k, x, q, scales);
}

CK_INLINE void gather(
  const int type, const int8_t *table, const float *scales, const int32_t *ids, float scale,
  void *y, ptrdiff_t rows, ptrdiff_t columns) {
  typedef int8_t signed_lanes __attribute__((ext_vector_type(16)));
  for (ptrdiff_t n = 0; n < rows; n++) {
    const int8_t *const row = table + (ptrdiff_t)ids[n] * columns;
    const float factor = scale * scales[ids[n]];
    ptrdiff_t c = 0;
    for (; c + CK_LANES <= columns; c += CK_LANES) {
      signed_lanes q;
      memcpy(&q, row + c, sizeof q);
      ck_store_as(type, y, n * columns + c, __builtin_convertvector(q, ck_lanes) * factor);
    }
    if (c < columns) {
      signed_lanes q = 0;
      memcpy(&q, row + c, (size_t)(columns - c));
      ck_store_part_as(
        type, y, n * columns + c, columns - c, __builtin_convertvector(q, ck_lanes) * factor);
    }
  }
}

CK_CLONES void ck_int8_gather(
  int type, const int8_t *table, const float *scales, const int32_t *ids, float scale, void *y,
  ptrdiff_t rows, ptrdiff_t columns) {
  if (type == CK_FLOAT32) {
    gather(CK_FLOAT32, table, scales, ids, scale, y, rows, columns);
  } else {
    gather(CK_BFLOAT16, table, scales, ids, scale, y, rows, columns);
  }
}
