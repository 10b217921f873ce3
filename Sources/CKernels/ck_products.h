// Sums of small matrix products, which need no packing: what convolutions and attention are made of
// (after the batch-reduce product of Georganas et al. 2019).

#ifndef CK_PRODUCTS_H
#define CK_PRODUCTS_H

#include <stddef.h>

/// One term of a sum of products: where its factors begin.
typedef struct ck_term {
  const void *a, *b;
} ck_term;

/// How the factors of all terms lie, and what their sum is added to. A factor is made of words along
/// k: one float32, or two bfloat16, the first in the lower half.
typedef struct ck_products {
  int type;                   // of the factors, one of ck_type; bfloat16 if ck_isa() is 4
  int c_type;                 // of C
  ptrdiff_t depth;            // k of each product, in words
  ptrdiff_t a_row, a_column;  // A: [m, k] with any strides, in words
  ptrdiff_t b_row;            // B: [k, n] with rows b_row apart, in words
  int adds;                   // whether C is added to, which is float32 then
  const float *bias;          // [n] of the first addend otherwise, or NULL for zeros
  int relu;                   // whether negative results become zeros
} ck_products;

/// C = C + Σ A B over the terms, or bias + Σ A B, summed in float32. C: [m, n] with rows c_row numbers
/// apart. Every B has rows of n rounded up to a multiple of 16 that may be read, and so has the
/// bias; C has n. Serial.
void ck_sum_products(
  const ck_products *p, ptrdiff_t m, ptrdiff_t n, ptrdiff_t count, const ck_term *terms, void *c,
  ptrdiff_t c_row);

#endif
