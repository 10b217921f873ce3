// Scaled dot-product attention of one head (Vaswani et al. 2017, equation 1), forward and backward.

#ifndef CK_ATTENTION_H
#define CK_ATTENTION_H

#include <stddef.h>
#include <stdint.h>

#include "ck_dropout.h"

/// One head of one example. q: [T, E], k and v: [S, E], with rows so many elements apart; E is a
/// multiple of 16.
typedef struct ck_head {
  ptrdiff_t queries, keys, width;  // T, S, E
  const float *q, *k, *v;
  ptrdiff_t q_row, k_row, v_row;
} ck_head;

/// Floats of scratch memory, aligned to 64 bytes, that one call needs, forward or backward.
ptrdiff_t ck_attention_scratch(ptrdiff_t keys, ptrdiff_t width);

/// y = dropout(p) v with p = softmax(q kᵀ scale), where query t sees the first min(length, first +
/// t) keys (none if that is negative), and gets zeros if it sees none. y: [T, E] with rows y_row
/// apart; p: [T, S] with rows p_row apart, which is at least S rounded up to 16, zeros where
/// nothing is seen, or NULL if it is not wanted. `dropout` may be NULL; weight (t, s) is its value
/// begin + t S + s.
void ck_attention_f32(
  const ck_head *head, float scale, ptrdiff_t length, ptrdiff_t first, const ck_dropout *dropout,
  uint64_t begin, float *y, ptrdiff_t y_row, float *p, ptrdiff_t p_row, float *scratch);

/// The gradients of ck_attention_f32 from dy [T, E] and the weights p it returned. dq: [T, E], dk
/// and dv: [S, E], with rows so many elements apart.
void ck_attention_backward_f32(
  const ck_head *head, float scale, const ck_dropout *dropout, uint64_t begin, const float *p,
  ptrdiff_t p_row, const float *dy, ptrdiff_t dy_row, float *dq, ptrdiff_t dq_row, float *dk,
  ptrdiff_t dk_row, float *dv, ptrdiff_t dv_row, float *scratch);

/// Whether this machine has the instructions for the functions below.
int ck_attention_has_bf16(void);

/// As ck_head, in bfloat16; E is a multiple of 32.
typedef struct ck_head_bf16 {
  ptrdiff_t queries, keys, width;  // T, S, E
  const uint16_t *q, *k, *v;
  ptrdiff_t q_row, k_row, v_row;
} ck_head_bf16;

/// As ck_attention_scratch.
ptrdiff_t ck_attention_bf16_scratch(ptrdiff_t keys, ptrdiff_t width);

/// As ck_attention_f32, in bfloat16: products add in float32, softmax is float32, weights are rounded.
void ck_attention_bf16(
  const ck_head_bf16 *head, float scale, ptrdiff_t length, ptrdiff_t first,
  const ck_dropout *dropout, uint64_t begin, uint16_t *y, ptrdiff_t y_row, uint16_t *p,
  ptrdiff_t p_row, float *scratch);

/// As ck_attention_backward_f32, in bfloat16.
void ck_attention_backward_bf16(
  const ck_head_bf16 *head, float scale, const ck_dropout *dropout, uint64_t begin,
  const uint16_t *p, ptrdiff_t p_row, const uint16_t *dy, ptrdiff_t dy_row, uint16_t *dq,
  ptrdiff_t dq_row, uint16_t *dk, ptrdiff_t dk_row, uint16_t *dv, ptrdiff_t dv_row,
  float *scratch);

#endif
