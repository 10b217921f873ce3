// Scaled dot-product attention of one head in bfloat16: products of pairs of numbers, sums, softmax
// and gradients in float32.
//
// Two neighbouring numbers along the axis that a product sums over make a word. The left factor's
// words are read where they lie, or from a matrix whose pairs of rows are interleaved; the right
// factor is packed as rows of words.

#include "ck_attention.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

// The headers' functions are compiled for this instruction set too.
#pragma clang attribute push(                                                                 \
  __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx512bf16,avx2,fma"))),          \
  apply_to = function)

#include "ck_draw.h"
#include "ck_softmax.h"
#include "ck_transpose.h"

/// Queries whose scores exist at once: few enough to stay in the first-level cache and to make use
/// of causal masks, many enough to fill the tiles of the products.
enum { BLOCK = 32 };

static ptrdiff_t rounded(ptrdiff_t n) { return (n + CK_LANES - 1) / CK_LANES * CK_LANES; }

static ptrdiff_t clamped(ptrdiff_t n, ptrdiff_t most) { return n < 0 ? 0 : n > most ? most : n; }

ptrdiff_t ck_attention_bf16_scratch(ptrdiff_t keys, ptrdiff_t width) {
  const ptrdiff_t padded = rounded(keys);
  // Floats: two packed operands, two sums of gradients, scores, weights twice, and pairs of rows.
  return 2 * padded * width / 2 + 2 * padded * width + BLOCK * padded + 2 * BLOCK * padded / 2
    + 2 * (BLOCK / 2) * (width > padded ? width : padded) + 4 * CK_LANES;
}

/// A matrix of words: element (i, p) at base[i row + p column], strides counted in numbers.
typedef struct words {
  const uint16_t *base;
  ptrdiff_t row, column;
} words;

CK_INLINE __m512 multiplied(__m512 sum, __m512i left, __m512i right) {
  return _mm512_dpbf16_ps(sum, (__m512bh)left, (__m512bh)right);
}

/// C = alpha A B, or C += A B if `adds`, for `rows` rows and `vectors` vectors of columns, constants
/// of the caller. B: [k, ·] words with rows b_row words apart; C: of `type`, rows c_row apart.
CK_INLINE void tile(
  const int rows, const int vectors, const int type, ptrdiff_t k, float alpha, words a,
  const uint32_t *b, ptrdiff_t b_row, int adds, void *c, ptrdiff_t c_row) {
  __m512 sum[8][2];
#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++) sum[i][0] = sum[i][1] = _mm512_setzero_ps();
  for (ptrdiff_t p = 0; p < k; p++) {
    __m512i right[2];
#pragma clang loop unroll(full)
    for (int j = 0; j < vectors; j++) right[j] = _mm512_loadu_si512(b + p * b_row + 16 * j);
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) {
      int32_t word;
      memcpy(&word, a.base + i * a.row + p * a.column, sizeof word);
      const __m512i left = _mm512_set1_epi32(word);
#pragma clang loop unroll(full)
      for (int j = 0; j < vectors; j++) sum[i][j] = multiplied(sum[i][j], left, right[j]);
    }
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++) {
#pragma clang loop unroll(full)
    for (int j = 0; j < vectors; j++) {
      const ptrdiff_t place = i * c_row + 16 * j;
      if (type == CK_BFLOAT16) {
        const __m256bh half = _mm512_cvtneps_pbh(sum[i][j]);
        memcpy((uint16_t *)c + place, &half, sizeof half);
      } else {
        float *const target = (float *)c + place;
        __m512 result = sum[i][j] * alpha;
        if (adds) result += _mm512_loadu_ps(target);
        _mm512_storeu_ps(target, result);
      }
    }
  }
}

CK_INLINE void strip(
  const int vectors, const int type, ptrdiff_t m, ptrdiff_t k, float alpha, words a,
  const uint32_t *b, ptrdiff_t b_row, int adds, void *c, ptrdiff_t c_row) {
  ptrdiff_t i = 0;
#define ROWS(rows)                                                                              \
  for (; i + rows <= m; i += rows) {                                                            \
    const words part = {a.base + i * a.row, a.row, a.column};                                   \
    void *const target = type == CK_BFLOAT16 ? (void *)((uint16_t *)c + i * c_row)              \
                                             : (void *)((float *)c + i * c_row);                \
    tile(rows, vectors, type, k, alpha, part, b, b_row, adds, target, c_row);                   \
  }
  ROWS(8)
  ROWS(4)
  ROWS(2)
  ROWS(1)
#undef ROWS
}

/// The whole product for m rows and n columns, a multiple of 16; k words.
CK_INLINE void product(
  const int type, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, float alpha, words a, const uint32_t *b,
  ptrdiff_t b_row, int adds, void *c, ptrdiff_t c_row) {
  ptrdiff_t j = 0;
#define COLUMNS(vectors)                                                                        \
  for (; j + 16 * vectors <= n; j += 16 * vectors) {                                            \
    void *const target =                                                                        \
      type == CK_BFLOAT16 ? (void *)((uint16_t *)c + j) : (void *)((float *)c + j);             \
    strip(vectors, type, m, k, alpha, a, b + j, b_row, adds, target, c_row);                    \
  }
  COLUMNS(2)
  COLUMNS(1)
#undef COLUMNS
}

static void product_f32(
  ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, float alpha, words a, const uint32_t *b, ptrdiff_t b_row,
  int adds, float *c, ptrdiff_t c_row) {
  product(CK_FLOAT32, m, n, k, alpha, a, b, b_row, adds, c, c_row);
}

static void product_bf16(
  ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, words a, const uint32_t *b, ptrdiff_t b_row, uint16_t *c,
  ptrdiff_t c_row) {
  product(CK_BFLOAT16, m, n, k, 1.0f, a, b, b_row, 0, c, c_row);
}

/// y[p, r] = the word p of row r of x for r < rows, 0 for r in [rows, rows rounded up to 16).
/// x: [rows, width] with rows x_row apart, width a multiple of 32; y: rows y_row words apart.
static void pack_transposed(
  ptrdiff_t rows, ptrdiff_t width, const uint16_t *x, ptrdiff_t x_row, uint32_t *y,
  ptrdiff_t y_row) {
  for (ptrdiff_t r = 0; r < rows; r += 16) {
    for (ptrdiff_t p = 0; p < width / 2; p += 16) {
      ck_lanes block[16];
      for (int i = 0; i < 16; i++) {
        block[i] = 0.0f;
        if (r + i < rows) memcpy(&block[i], x + (r + i) * x_row + 2 * p, sizeof block[i]);
      }
      ck_transpose(block);
      for (int i = 0; i < 16; i++) memcpy(y + (p + i) * y_row + r, &block[i], sizeof block[i]);
    }
  }
}

/// y[p, c] = the word of x[2p, c] and x[2p + 1, c], the latter 0 if there is no such row, for
/// p < rows / 2 rounded up. x: [rows, columns] with rows x_row apart, columns a multiple of 16; y: rows
/// y_row words apart.
static void pack_pairs(
  ptrdiff_t rows, ptrdiff_t columns, const uint16_t *x, ptrdiff_t x_row, uint32_t *y,
  ptrdiff_t y_row) {
  for (ptrdiff_t r = 0; r < rows; r += 2) {
    const uint16_t *const first = x + r * x_row;
    for (ptrdiff_t c = 0; c < columns; c += 16) {
      ck_half_lanes low, high = 0;
      memcpy(&low, first + c, sizeof low);
      if (r + 1 < rows) memcpy(&high, first + x_row + c, sizeof high);
      const ck_word_lanes word = __builtin_convertvector(low, ck_word_lanes)
        | __builtin_convertvector(high, ck_word_lanes) << 16;
      memcpy(y + r / 2 * y_row + c, &word, sizeof word);
    }
  }
}

/// The scores x [padded] become p, their softmax over the first `visible` and zeros up to p_row, and
/// `dropped` [padded] that times the mask of values from `value` on; without a mask (NULL) it is not
/// written.
static void weigh_row(
  float *x, ptrdiff_t visible, ptrdiff_t padded, uint16_t *p, ptrdiff_t p_row,
  const ck_dropout *dropout, uint64_t value, uint16_t *dropped) {
  ck_softmax(x, visible, padded);
  for (ptrdiff_t i = 0; i < padded; i += CK_LANES) ck_store_as(CK_BFLOAT16, p, i, ck_load(x + i));
  if (padded < p_row) memset(p + padded, 0, (size_t)(p_row - padded) * sizeof(uint16_t));
  if (dropout == NULL) return;
  ck_stream mask = ck_stream_at(dropout, value);
  for (ptrdiff_t i = 0; i < padded; i += CK_LANES) {
    const ck_lanes weight = ck_load_as(CK_BFLOAT16, p, i);
    ck_store_as(CK_BFLOAT16, dropped, i, ck_dropped(&mask, value + (uint64_t)i, weight));
  }
}

void ck_attention_bf16(
  const ck_head_bf16 *head, float scale, ptrdiff_t length, ptrdiff_t first,
  const ck_dropout *dropout, uint64_t begin, uint16_t *y, ptrdiff_t y_row, uint16_t *p,
  ptrdiff_t p_row, float *scratch) {
  const ptrdiff_t queries = head->queries, keys = head->keys, width = head->width;
  const ptrdiff_t limit = clamped(first + queries - 1, clamped(length, keys));
  const ptrdiff_t padded = rounded(limit);
  float *const scores = scratch;                                        // [BLOCK, padded]
  uint32_t *const k = (uint32_t *)(scores + BLOCK * rounded(keys));     // [E / 2, padded]
  uint32_t *const v = k + rounded(keys) * width / 2;                    // [padded / 2, E]
  uint16_t *const own = (uint16_t *)(v + rounded(keys) * width / 2);    // [BLOCK, padded]
  uint16_t *const dropped = own + BLOCK * rounded(keys);                // [BLOCK, padded]
  pack_transposed(limit, width, head->k, head->k_row, k, padded);
  pack_pairs(limit, width, head->v, head->v_row, v, width);
  for (ptrdiff_t t = 0; t < queries; t += BLOCK) {
    const ptrdiff_t rows = queries - t < BLOCK ? queries - t : BLOCK;
    const ptrdiff_t visible = clamped(first + t + rows - 1, limit);  // to the last of these rows
    const words q = {head->q + t * head->q_row, head->q_row, 2};
    uint16_t *const weights = p == NULL ? own : p + t * p_row;
    const ptrdiff_t row = p == NULL ? padded : p_row;
    product_f32(rows, rounded(visible), width / 2, scale, q, k, padded, 0, scores, padded);
    for (ptrdiff_t i = 0; i < rows; i++) {
      weigh_row(
        scores + i * padded, clamped(first + t + i, limit), padded, weights + i * row, row,
        dropout, begin + (uint64_t)((t + i) * keys), dropped + i * padded);
    }
    const words left = dropout == NULL ? (words){weights, row, 2} : (words){dropped, padded, 2};
    product_bf16(rows, width, (visible + 1) / 2, left, v, width, y + t * y_row, y_row);
  }
}

/// dp [n rounded up to 16] becomes ds = p (dp mask - Σ dp mask p) scale, and dropped = p mask for the
/// values of the mask from `value` on; without a mask (NULL) that is 1 and `dropped` is not written.
static void weigh_row_backward(
  const uint16_t *p, float *dp, ptrdiff_t n, float scale, const ck_dropout *dropout,
  uint64_t value, uint16_t *ds, uint16_t *dropped) {
  ck_lanes sum = 0.0f;
  if (dropout == NULL) {
    for (ptrdiff_t i = 0; i < n; i += CK_LANES) {
      sum += ck_load(dp + i) * ck_load_as(CK_BFLOAT16, p, i);
    }
  } else {
    ck_stream mask = ck_stream_at(dropout, value);
    for (ptrdiff_t i = 0; i < n; i += CK_LANES) {
      const ck_lanes weight = ck_load_as(CK_BFLOAT16, p, i);
      const ck_lanes factor = ck_dropped(&mask, value + (uint64_t)i, 1.0f);
      const ck_lanes gradient = ck_load(dp + i) * factor;
      ck_store(dp + i, gradient);
      ck_store_as(CK_BFLOAT16, dropped, i, weight * factor);
      sum += gradient * weight;
    }
  }
  const ck_lanes inner = ck_lanes_sum(sum);
  for (ptrdiff_t i = 0; i < n; i += CK_LANES) {
    const ck_lanes weight = ck_load_as(CK_BFLOAT16, p, i);
    ck_store_as(CK_BFLOAT16, ds, i, weight * (ck_load(dp + i) - inner) * scale);
  }
}

/// The number of keys up to the last one with a weight. p: [rows, keys] with rows p_row apart.
static ptrdiff_t extent(const uint16_t *p, ptrdiff_t p_row, ptrdiff_t rows, ptrdiff_t keys) {
  ptrdiff_t result = 0;
  for (ptrdiff_t i = 0; i < rows && result < keys; i++) {
    ptrdiff_t n = keys;
    while (n > result && p[i * p_row + n - 1] == 0) n--;
    result = n;
  }
  return result;
}

/// y = x rounded. x: [rows, columns] without gaps, columns a multiple of 16; y: rows y_row apart.
static void narrow_rows(
  ptrdiff_t rows, ptrdiff_t columns, const float *x, uint16_t *y, ptrdiff_t y_row) {
  for (ptrdiff_t r = 0; r < rows; r++) {
    for (ptrdiff_t c = 0; c < columns; c += CK_LANES) {
      ck_store_as(CK_BFLOAT16, y, r * y_row + c, ck_load(x + r * columns + c));
    }
  }
}

void ck_attention_backward_bf16(
  const ck_head_bf16 *head, float scale, const ck_dropout *dropout, uint64_t begin,
  const uint16_t *p, ptrdiff_t p_row, const uint16_t *dy, ptrdiff_t dy_row, uint16_t *dq,
  ptrdiff_t dq_row, uint16_t *dk, ptrdiff_t dk_row, uint16_t *dv, ptrdiff_t dv_row,
  float *scratch) {
  const ptrdiff_t queries = head->queries, keys = head->keys, width = head->width;
  const ptrdiff_t limit = extent(p, p_row, queries, keys), padded = rounded(limit);
  float *const key_sums = scratch;                                      // [S, E]
  float *const value_sums = key_sums + rounded(keys) * width;           // [S, E]
  float *const dp = value_sums + rounded(keys) * width;                 // [BLOCK, padded]
  uint32_t *const k = (uint32_t *)(dp + BLOCK * rounded(keys));         // [padded / 2, E]
  uint32_t *const v = k + rounded(keys) * width / 2;                    // [E / 2, padded]
  uint16_t *const ds = (uint16_t *)(v + rounded(keys) * width / 2);     // [BLOCK, padded]
  uint16_t *const dropped = ds + BLOCK * rounded(keys);                 // [BLOCK, padded]
  uint32_t *const left = (uint32_t *)(dropped + BLOCK * rounded(keys));  // [BLOCK / 2, padded]
  uint32_t *const right =                                               // [BLOCK / 2, E]
    left + BLOCK / 2 * (width > rounded(keys) ? width : rounded(keys));
  pack_pairs(limit, width, head->k, head->k_row, k, width);
  pack_transposed(limit, width, head->v, head->v_row, v, padded);
  memset(key_sums, 0, (size_t)(keys * width) * sizeof(float));
  memset(value_sums, 0, (size_t)(keys * width) * sizeof(float));
  for (ptrdiff_t t = 0; t < queries; t += BLOCK) {
    const ptrdiff_t rows = queries - t < BLOCK ? queries - t : BLOCK, pairs = (rows + 1) / 2;
    const uint16_t *const weights = p + t * p_row;
    const ptrdiff_t visible = extent(weights, p_row, rows, keys);
    const words gradient = {dy + t * dy_row, dy_row, 2};
    product_f32(rows, rounded(visible), width / 2, 1.0f, gradient, v, padded, 0, dp, padded);
    for (ptrdiff_t i = 0; i < rows; i++) {
      weigh_row_backward(
        weights + i * p_row, dp + i * padded, rounded(visible), scale, dropout,
        begin + (uint64_t)((t + i) * keys), ds + i * padded, dropped + i * padded);
    }
    const words scores = {ds, padded, 2};
    product_bf16(rows, width, (visible + 1) / 2, scores, k, width, dq + t * dq_row, dq_row);

    const words turned = {(const uint16_t *)left, 2, 2 * padded};
    pack_pairs(rows, rounded(visible), ds, padded, left, padded);
    pack_pairs(rows, width, head->q + t * head->q_row, head->q_row, right, width);
    product_f32(visible, width, pairs, 1.0f, turned, right, width, 1, key_sums, width);

    const uint16_t *const kept = dropout == NULL ? weights : dropped;
    pack_pairs(rows, rounded(visible), kept, dropout == NULL ? p_row : padded, left, padded);
    pack_pairs(rows, width, gradient.base, dy_row, right, width);
    product_f32(visible, width, pairs, 1.0f, turned, right, width, 1, value_sums, width);
  }
  narrow_rows(keys, width, key_sums, dk, dk_row);
  narrow_rows(keys, width, value_sums, dv, dv_row);
}

#pragma clang attribute pop

int ck_attention_has_bf16(void) {
  return __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512vl")
    && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq");
}

#else

int ck_attention_has_bf16(void) { return 0; }

ptrdiff_t ck_attention_bf16_scratch(ptrdiff_t keys, ptrdiff_t width) {
  (void)keys, (void)width;
  return 0;
}

void ck_attention_bf16(
  const ck_head_bf16 *head, float scale, ptrdiff_t length, ptrdiff_t first,
  const ck_dropout *dropout, uint64_t begin, uint16_t *y, ptrdiff_t y_row, uint16_t *p,
  ptrdiff_t p_row, float *scratch) {
  (void)head, (void)scale, (void)length, (void)first, (void)dropout, (void)begin, (void)y;
  (void)y_row, (void)p, (void)p_row, (void)scratch;
}

void ck_attention_backward_bf16(
  const ck_head_bf16 *head, float scale, const ck_dropout *dropout, uint64_t begin,
  const uint16_t *p, ptrdiff_t p_row, const uint16_t *dy, ptrdiff_t dy_row, uint16_t *dq,
  ptrdiff_t dq_row, uint16_t *dk, ptrdiff_t dk_row, uint16_t *dv, ptrdiff_t dv_row,
  float *scratch) {
  (void)head, (void)scale, (void)dropout, (void)begin, (void)p, (void)p_row, (void)dy;
  (void)dy_row, (void)dq, (void)dq_row, (void)dk, (void)dk_row, (void)dv, (void)dv_row;
  (void)scratch;
}

#endif
