// Scaled dot-product attention of one head.

#include "ck_attention.h"

#include <string.h>

#include "ck_reduce.h"
#include "ck_small.h"

/// Queries whose scores exist at once: few enough to stay in the first-level cache and to make use of
/// causal masks, many enough to fill the tiles of the products.
enum { BLOCK = 32 };

static ptrdiff_t rounded(ptrdiff_t n) { return (n + CK_LANES - 1) / CK_LANES * CK_LANES; }

static ptrdiff_t clamped(ptrdiff_t n, ptrdiff_t most) { return n < 0 ? 0 : n > most ? most : n; }

ptrdiff_t ck_attention_scratch(ptrdiff_t keys, ptrdiff_t width) {
  return rounded(keys) * (width + 2 * BLOCK);
}

/// x[0 ..< n] becomes its softmax, x[n ..< padded] zeros; padded is a multiple of 16.
CK_INLINE void softmax(float *x, ptrdiff_t n, ptrdiff_t padded) {
  CK_REASSOCIATE
  const ptrdiff_t used = (n + CK_LANES - 1) / CK_LANES * CK_LANES;
  for (ptrdiff_t i = n; i < used; i++) x[i] = -__builtin_inff();
  const float maximum = ck_row_max(x, used);
  float sum = 0.0f;
  for (ptrdiff_t i = 0; i < used; i++) {
    x[i] = ck_exp(x[i] - maximum);
    sum += x[i];
  }
  const float share = 1.0f / sum;
  for (ptrdiff_t i = 0; i < used; i++) x[i] *= share;
  for (ptrdiff_t i = used; i < padded; i++) x[i] = 0.0f;
}

/// Row i of `rows` becomes its softmax over its first clamped(first + i, limit) of `padded` values,
/// zeros elsewhere. x: rows `padded` apart.
CK_CLONES static void softmax_rows(
  float *x, ptrdiff_t rows, ptrdiff_t first, ptrdiff_t limit, ptrdiff_t padded) {
  for (ptrdiff_t i = 0; i < rows; i++) {
    const ptrdiff_t visible = first + i < limit ? first + i : limit;
    softmax(x + i * padded, visible > 0 ? visible : 0, padded);
  }
}

void ck_attention_f32(
  const ck_head *head, float scale, ptrdiff_t length, ptrdiff_t first, const ck_dropout *dropout,
  uint64_t begin, float *y, ptrdiff_t y_row, float *p, float *scratch) {
  const ptrdiff_t queries = head->queries, keys = head->keys, width = head->width;
  const ptrdiff_t limit = clamped(first + queries - 1, clamped(length, keys));
  const ptrdiff_t padded = rounded(limit);
  float *transposed = scratch;  // kᵀ scale: [E, padded]
  float *scores = scratch + rounded(keys) * width;  // [BLOCK, padded]
  ck_transpose_scaled(limit, width, head->k, head->k_row, scale, transposed, padded);
  for (ptrdiff_t t = 0; t < queries; t += BLOCK) {
    const ptrdiff_t rows = queries - t < BLOCK ? queries - t : BLOCK;
    const ptrdiff_t visible = clamped(first + t + rows - 1, limit);  // to the last of these rows
    ck_small_product(
      rows, rounded(visible), width, head->q + t * head->q_row, head->q_row, 1, transposed, padded,
      0, scores, padded);
    softmax_rows(scores, rows, first + t, limit, padded);
    for (ptrdiff_t i = 0; i < rows; i++) {
      float *row = scores + i * padded;
      if (p != NULL) {
        memcpy(p + (t + i) * keys, row, (size_t)limit * sizeof(float));
        memset(p + (t + i) * keys + limit, 0, (size_t)(keys - limit) * sizeof(float));
      }
      if (dropout != NULL) {
        const uint64_t place = begin + (uint64_t)((t + i) * keys);
        ck_dropout_f32(*dropout, place, row, row, clamped(first + t + i, limit));
      }
    }
    ck_small_product(
      rows, width, visible, scores, padded, 1, head->v, head->v_row, 0, y + t * y_row, y_row);
  }
}

/// From dp and p it makes ds = p (dp - Σ dp p) scale in dp's place, n values.
CK_CLONES static void softmax_backward(const float *p, float *dp, ptrdiff_t n, float scale) {
  CK_REASSOCIATE
  float inner = 0.0f;
  for (ptrdiff_t i = 0; i < n; i++) inner += dp[i] * p[i];
  for (ptrdiff_t i = 0; i < n; i++) dp[i] = p[i] * (dp[i] - inner) * scale;
}

/// dp = dp mask, and p mask takes the mask's place, n values.
CK_CLONES static void apply_mask(const float *p, float *mask, float *dp, ptrdiff_t n) {
  for (ptrdiff_t i = 0; i < n; i++) {
    const float factor = mask[i];
    dp[i] *= factor;
    mask[i] = p[i] * factor;
  }
}

/// The number of keys up to the last one with a weight.
static ptrdiff_t extent(const float *p, ptrdiff_t rows, ptrdiff_t keys) {
  ptrdiff_t result = 0;
  for (ptrdiff_t i = 0; i < rows; i++) {
    ptrdiff_t n = keys;
    while (n > result && p[i * keys + n - 1] == 0.0f) n--;
    result = n;
    if (result == keys) break;
  }
  return result;
}

static void clear(float *x, ptrdiff_t x_row, ptrdiff_t from, ptrdiff_t to, ptrdiff_t width) {
  for (ptrdiff_t r = from; r < to; r++) {
    memset(x + r * x_row, 0, (size_t)width * sizeof(float));
  }
}

void ck_attention_backward_f32(
  const ck_head *head, float scale, const ck_dropout *dropout, uint64_t begin, const float *p,
  const float *dy, ptrdiff_t dy_row, float *dq, ptrdiff_t dq_row, float *dk, ptrdiff_t dk_row,
  float *dv, ptrdiff_t dv_row, float *scratch) {
  const ptrdiff_t queries = head->queries, keys = head->keys, width = head->width;
  const ptrdiff_t limit = extent(p, queries, keys);
  const ptrdiff_t padded = rounded(limit);
  float *transposed = scratch;  // vᵀ: [E, padded]
  float *dp = scratch + rounded(keys) * width;  // [BLOCK, padded]
  float *dropped = dp + BLOCK * rounded(keys);  // [BLOCK, padded]
  ck_transpose_scaled(limit, width, head->v, head->v_row, 1.0f, transposed, padded);
  ptrdiff_t known = 0;  // rows of dk and dv that hold sums
  for (ptrdiff_t t = 0; t < queries; t += BLOCK) {
    const ptrdiff_t rows = queries - t < BLOCK ? queries - t : BLOCK;
    const float *weights = p + t * keys;
    const ptrdiff_t visible = extent(weights, rows, keys);
    const float *q = head->q + t * head->q_row;
    const float *gradient = dy + t * dy_row;
    ck_small_product(
      rows, rounded(visible), width, gradient, dy_row, 1, transposed, padded, 0, dp, padded);
    const float *factor = weights;
    ptrdiff_t factor_row = keys;
    for (ptrdiff_t i = 0; i < rows; i++) {
      if (dropout != NULL) {
        float *row = dropped + i * padded;
        ck_dropout_mask_f32(*dropout, begin + (uint64_t)((t + i) * keys), row, visible);
        apply_mask(weights + i * keys, row, dp + i * padded, visible);
        factor = dropped;
        factor_row = padded;
      }
      softmax_backward(weights + i * keys, dp + i * padded, visible, scale);
    }
    if (visible > known) {
      clear(dk, dk_row, known, visible, width);
      clear(dv, dv_row, known, visible, width);
      known = visible;
    }
    ck_small_product(
      visible, width, rows, factor, 1, factor_row, gradient, dy_row, 1, dv, dv_row);
    ck_small_product(visible, width, rows, dp, 1, padded, q, head->q_row, 1, dk, dk_row);
    ck_small_product(
      rows, width, visible, dp, padded, 1, head->k, head->k_row, 0, dq + t * dq_row, dq_row);
  }
  clear(dk, dk_row, known, keys, width);
  clear(dv, dv_row, known, keys, width);
}
