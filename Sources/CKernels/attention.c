// Scaled dot-product attention of one head.

#include "ck_attention.h"

#include <string.h>

#include "ck_reduce.h"
#include "ck_small.h"
#include "ck_softmax.h"

/// Queries whose scores exist at once: few enough to stay in the first-level cache and to make use
/// of causal masks, many enough to fill the tiles of the products.
enum { BLOCK = 32 };

static ptrdiff_t rounded(ptrdiff_t n) { return (n + CK_LANES - 1) / CK_LANES * CK_LANES; }

static ptrdiff_t clamped(ptrdiff_t n, ptrdiff_t most) { return n < 0 ? 0 : n > most ? most : n; }

ptrdiff_t ck_attention_scratch(ptrdiff_t keys, ptrdiff_t width) {
  return rounded(keys) * (width + 3 * BLOCK) + CK_LANES;
}

/// The scores x [padded] become their softmax over the first `visible`, zeros elsewhere.
/// p [keys rounded up to 16] receives the result, or is NULL. Then the result is multiplied by the
/// mask, of which `padded` numbers are finite, or that is NULL.
CK_INLINE void weigh_row(
  float *x, ptrdiff_t visible, ptrdiff_t padded, ptrdiff_t keys, float *p, const float *mask) {
  ck_softmax(x, visible, padded);
  if (p != NULL) {
    for (ptrdiff_t i = 0; i < padded; i += CK_LANES) ck_store(p + i, ck_load(x + i));
    for (ptrdiff_t i = padded; i < keys; i += CK_LANES) ck_store(p + i, (ck_lanes)0.0f);
  }
  if (mask != NULL) {
    for (ptrdiff_t i = 0; i < padded; i += CK_LANES) {
      ck_store(x + i, ck_load(x + i) * ck_load(mask + i));
    }
  }
}

/// weigh_row for each row i, which sees min(first + i, limit) keys. x: rows `padded` apart; p: rows
/// p_row apart; mask: rows `keys` apart, with 16 finite numbers behind the last.
CK_CLONES static void weigh(
  float *x, ptrdiff_t rows, ptrdiff_t first, ptrdiff_t limit, ptrdiff_t padded, ptrdiff_t keys,
  float *p, ptrdiff_t p_row, const float *mask) {
  for (ptrdiff_t i = 0; i < rows; i++) {
    const ptrdiff_t visible = first + i < limit ? first + i : limit;
    weigh_row(
      x + i * padded, visible > 0 ? visible : 0, padded, keys, p == NULL ? NULL : p + i * p_row,
      mask == NULL ? NULL : mask + i * keys);
  }
}

/// Draws the mask of queries [t, t + rows): [rows, S], and 16 numbers more.
static void draw_mask(
  const ck_dropout *dropout, uint64_t begin, ptrdiff_t t, ptrdiff_t rows, ptrdiff_t keys,
  float *mask) {
  if (mask == NULL) return;
  ck_dropout_mask_f32(*dropout, begin + (uint64_t)(t * keys), mask, rows * keys + CK_LANES);
}

void ck_attention_f32(
  const ck_head *head, float scale, ptrdiff_t length, ptrdiff_t first, const ck_dropout *dropout,
  uint64_t begin, float *y, ptrdiff_t y_row, float *p, ptrdiff_t p_row, float *scratch) {
  const ptrdiff_t queries = head->queries, keys = head->keys, width = head->width;
  const ptrdiff_t limit = clamped(first + queries - 1, clamped(length, keys));
  const ptrdiff_t padded = rounded(limit);
  float *transposed = scratch;  // kᵀ scale: [E, padded]
  float *scores = scratch + rounded(keys) * width;  // [BLOCK, padded]
  float *mask = dropout == NULL ? NULL : scores + BLOCK * rounded(keys);  // [BLOCK, S]
  // A single query, as in decoding step by step, meets each key but once: not worth transposing.
  if (queries > 1) {
    ck_transpose_scaled(limit, width, head->k, head->k_row, scale, transposed, padded);
  }
  for (ptrdiff_t t = 0; t < queries; t += BLOCK) {
    const ptrdiff_t rows = queries - t < BLOCK ? queries - t : BLOCK;
    const ptrdiff_t visible = clamped(first + t + rows - 1, limit);  // to the last of these rows
    const float *q = head->q + t * head->q_row;
    if (queries > 1) {
      ck_small_product(
        rows, rounded(visible), width, q, head->q_row, 1, transposed, padded, 0, scores, padded);
    } else {
      ck_scaled_dots(visible, width, head->k, head->k_row, q, scale, scores);
    }
    draw_mask(dropout, begin, t, rows, keys, mask);
    weigh(
      scores, rows, first + t, limit, padded, keys, p == NULL ? NULL : p + t * p_row, p_row, mask);
    ck_small_product(
      rows, width, visible, scores, padded, 1, head->v, head->v_row, 0, y + t * y_row, y_row);
  }
}

/// dp[0 ..< n] becomes ds = p (dp mask - Σ dp mask p) scale, and dropped[0 ..< n] = p mask;
/// without a mask (NULL) that is 1. All have room up to a multiple of 16.
CK_INLINE void softmax_backward(
  const float *p, float *dp, const float *mask, float *dropped, ptrdiff_t n, float scale) {
  ck_lanes sum = 0.0f;
  for (ptrdiff_t i = 0; i < n; i += CK_LANES) {
    const ck_lanes weight = ck_first(ck_load(p + i), n - i, 0.0f);
    ck_lanes gradient = ck_load(dp + i);
    if (mask != NULL) {
      const ck_lanes factor = ck_load(mask + i);
      gradient *= factor;
      ck_store(dp + i, gradient);
      ck_store(dropped + i, factor * weight);
    }
    sum += gradient * weight;
  }
  const ck_lanes inner = ck_lanes_sum(sum);
  for (ptrdiff_t i = 0; i < n; i += CK_LANES) {
    const ck_lanes weight = ck_first(ck_load(p + i), n - i, 0.0f);
    ck_store(dp + i, weight * (ck_load(dp + i) - inner) * scale);
  }
}

/// The rows' softmax_backward. p: rows p_row apart; dp, dropped: rows `padded` apart; mask: rows
/// `keys` apart.
CK_CLONES static void weigh_backward(
  const float *p, ptrdiff_t p_row, float *dp, const float *mask, float *dropped, ptrdiff_t rows,
  ptrdiff_t n, ptrdiff_t padded, ptrdiff_t keys, float scale) {
  for (ptrdiff_t i = 0; i < rows; i++) {
    softmax_backward(
      p + i * p_row, dp + i * padded, mask == NULL ? NULL : mask + i * keys, dropped + i * padded,
      n, scale);
  }
}

/// The number of keys up to the last one with a weight. p: [rows, keys] with rows p_row apart.
static ptrdiff_t extent(const float *p, ptrdiff_t p_row, ptrdiff_t rows, ptrdiff_t keys) {
  ptrdiff_t result = 0;
  for (ptrdiff_t i = 0; i < rows && result < keys; i++) {
    ptrdiff_t n = keys;
    while (n > result && p[i * p_row + n - 1] == 0.0f) n--;
    result = n;
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
  ptrdiff_t p_row, const float *dy, ptrdiff_t dy_row, float *dq, ptrdiff_t dq_row, float *dk,
  ptrdiff_t dk_row, float *dv, ptrdiff_t dv_row, float *scratch) {
  const ptrdiff_t queries = head->queries, keys = head->keys, width = head->width;
  const ptrdiff_t limit = extent(p, p_row, queries, keys);
  const ptrdiff_t padded = rounded(limit);
  float *transposed = scratch;  // vᵀ: [E, padded]
  float *dp = scratch + rounded(keys) * width;  // [BLOCK, padded]
  float *dropped = dp + BLOCK * rounded(keys);  // [BLOCK, padded]
  float *mask = dropout == NULL ? NULL : dropped + BLOCK * rounded(keys);  // [BLOCK, S]
  ck_transpose_scaled(limit, width, head->v, head->v_row, 1.0f, transposed, padded);
  ptrdiff_t known = 0;  // rows of dk and dv that hold sums
  for (ptrdiff_t t = 0; t < queries; t += BLOCK) {
    const ptrdiff_t rows = queries - t < BLOCK ? queries - t : BLOCK;
    const float *weights = p + t * p_row;
    const ptrdiff_t visible = extent(weights, p_row, rows, keys);
    const float *q = head->q + t * head->q_row;
    const float *gradient = dy + t * dy_row;
    ck_small_product(
      rows, rounded(visible), width, gradient, dy_row, 1, transposed, padded, 0, dp, padded);
    draw_mask(dropout, begin, t, rows, keys, mask);
    weigh_backward(weights, p_row, dp, mask, dropped, rows, visible, padded, keys, scale);
    if (visible > known) {
      clear(dk, dk_row, known, visible, width);
      clear(dv, dv_row, known, visible, width);
      known = visible;
    }
    const float *left = mask == NULL ? weights : dropped;
    const ptrdiff_t left_row = mask == NULL ? p_row : padded;
    ck_small_product(visible, width, rows, left, 1, left_row, gradient, dy_row, 1, dv, dv_row);
    ck_small_product(visible, width, rows, dp, 1, padded, q, head->q_row, 1, dk, dk_row);
    ck_small_product(
      rows, width, visible, dp, padded, 1, head->k, head->k_row, 0, dq + t * dq_row, dq_row);
  }
  clear(dk, dk_row, known, keys, width);
  clear(dv, dv_row, known, keys, width);
}
