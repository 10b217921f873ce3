// One matrix product, as the drivers hand it on.

#ifndef CK_GEMM_PRODUCT_H
#define CK_GEMM_PRODUCT_H

#include "ck_pool.h"
#include "gemm_kernels.h"

typedef struct ck_product {
  const ck_gemm_kernels *kernels;
  ptrdiff_t m, n, k;
  float alpha, beta;
  const float *a, *b;
  ptrdiff_t a_row, a_column, b_row, b_column;
  float *c;
  ptrdiff_t c_row;
  const ck_epilogue *epilogue;
  int parallel;  // whether it may use the pool
} ck_product;

static inline ptrdiff_t ck_least(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }
static inline ptrdiff_t ck_most(ptrdiff_t a, ptrdiff_t b) { return a > b ? a : b; }
static inline ptrdiff_t ck_divide_up(ptrdiff_t a, ptrdiff_t b) { return (a + b - 1) / b; }

/// Runs the tasks on the pool or, for a product that may not use it, here.
static inline void ck_for_each(const ck_product *x, ptrdiff_t count, ck_task task, void *context) {
  if (x->parallel) {
    ck_parallel(count, task, context);
  } else {
    for (ptrdiff_t index = 0; index < count; index++) task(context, index);
  }
}

/// C = beta C + T for the elements [row, row + m) × [column, column + n) of C, then the epilogue
/// if they are `complete`. T: [m, n], rows t_row apart.
static inline void ck_finish(
  const ck_product *x, int complete, ptrdiff_t row, ptrdiff_t column, ptrdiff_t m, ptrdiff_t n,
  const float *t, ptrdiff_t t_row, float beta) {
  const ck_epilogue none = {0};
  const ck_epilogue *const e = complete && x->epilogue != NULL ? x->epilogue : &none;
  const ptrdiff_t offset = row * x->c_row + column;
  x->kernels->finish(
    m, n, t, t_row, beta, x->c + offset, x->c_row, e->bias == NULL ? NULL : e->bias + column,
    e->activation, e->preactivation == NULL ? NULL : e->preactivation + offset);
}

/// The general product, in blocks and packed panels; m, n, k > 0.
void ck_gemm_blocked(const ck_product *x, float *scratch);

/// Floats of scratch that it needs on `threads` threads.
size_t ck_gemm_blocked_scratch(
  const ck_gemm_kernels *kernels, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, int threads);

/// Whether the product is one of a few rows with the rows of Bᵀ, which dot products do best.
int ck_gemm_is_skinny(const ck_product *x);

/// The product as dot products; m, n, k > 0.
void ck_gemm_skinny(const ck_product *x, float *scratch);

/// Floats of scratch that it needs.
size_t ck_gemm_skinny_scratch(ptrdiff_t m, ptrdiff_t k);

#endif
