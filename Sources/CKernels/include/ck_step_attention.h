// Scaled dot-product attention of one new position, as decoding step by step takes it (Vaswani et al. 2017, equation 1).

#ifndef CK_STEP_ATTENTION_H
#define CK_STEP_ATTENTION_H

#include <stddef.h>
#include <stdint.h>

/// The keys and values that one text attends to. Those of position t lie in row places[t] of blocks[t], of `type` (one of
/// ck_type); with blocks NULL, in row t of `base`. Rows are `row` elements apart, values `values` elements behind their keys.
typedef struct ck_step_memory {
  int type;
  ptrdiff_t count;  // positions, at least 1
  ptrdiff_t row, values;
  const void *base;
  const void *const *blocks;  // [count]
  const int32_t *places;      // [count]
} ck_step_memory;

/// Floats of scratch memory that a call needs for so many positions and heads.
ptrdiff_t ck_step_attention_scratch(ptrdiff_t count, ptrdiff_t heads);

/// y[h] = Σₜ pₜ vₜ[h] with p = softmax(q[h] · kₜ[h] scale) over all positions, for each of `heads` heads of `width` numbers that
/// lie side by side in q, y, keys and values. p, if it is not NULL, receives the weights [heads, count].
void ck_step_attention(
  const ck_step_memory *memory, ptrdiff_t heads, ptrdiff_t width, float scale, const float *q,
  float *y, float *p, float *scratch);

#endif
