// One matrix product, as the drivers hand it on.

#ifndef CK_GEMM_PRODUCT_H
#define CK_GEMM_PRODUCT_H

#include "ck_pool.h"
#include "gemm_kernels.h"

typedef struct ck_product {
  const ck_gemm_kernels *kernels;
  ptrdiff_t m, n, k;
  float alpha, beta;
  const char *a, *b;
  ptrdiff_t a_row, a_column, b_row, b_column;  // in bytes
  const char *packed;  // B as ck_gemm_pack left it, or NULL
  char *c;
  ptrdiff_t c_row;  // in elements
  int c_type;
  const ck_epilogue *epilogue;
  int transposed;  // whether element (i, j) of the product belongs to C[j, i]
  int parallel;    // whether it may use the pool
} ck_product;

static inline ptrdiff_t ck_least(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }
static inline ptrdiff_t ck_most(ptrdiff_t a, ptrdiff_t b) { return a > b ? a : b; }
static inline ptrdiff_t ck_divide_up(ptrdiff_t a, ptrdiff_t b) { return (a + b - 1) / b; }

/// Bytes of one of its operands' numbers.
static inline ptrdiff_t ck_number_size(const ck_product *x) { return 4 / x->kernels->numbers; }

/// Runs the tasks on the pool or, for a product that may not use it, here.
static inline void ck_for_each(const ck_product *x, ptrdiff_t count, ck_task task, void *context) {
  if (x->parallel) {
    ck_parallel(count, task, context);
  } else {
    for (ptrdiff_t index = 0; index < count; index++) task(context, index);
  }
}

/// The product whose transpose is x: C is the same, its elements are computed as Bᵀ Aᵀ.
static inline ck_product ck_transposed(const ck_product *x) {
  ck_product y = *x;
  y.m = x->n, y.n = x->m, y.transposed = !x->transposed;
  y.a = x->b, y.a_row = x->b_column, y.a_column = x->b_row;
  y.b = x->a, y.b_row = x->a_column, y.b_column = x->a_row;
  y.packed = NULL;
  return y;
}

/// Where the sums of C's elements from [row, column] on go; the epilogue only if they are
/// `complete`.
static inline ck_target ck_target_at(
  const ck_product *x, int complete, ptrdiff_t row, ptrdiff_t column, float beta) {
  const ptrdiff_t size = x->c_type == CK_FLOAT32 ? 4 : 2, offset = (row * x->c_row + column) * size;
  ck_target t = {
    .c = x->c + offset, .row = x->c_row, .type = x->c_type, .way = CK_FINISH, .alpha = x->alpha,
    .beta = beta, .activation = CK_IDENTITY,
  };
  const ck_epilogue *const e = x->epilogue;
  const int isBare = !complete || e == NULL;
  if (x->alpha == 1) {
    const int isNative = (x->c_type == CK_BFLOAT16) == (x->kernels->numbers == 2);
    if (x->c_type == CK_FLOAT32 && isBare && (beta == 0 || beta == 1)) {
      t.way = beta == 0 ? CK_STORE : CK_ADD;
    } else if (
      isNative && beta == 0
      && (isBare || (e->activation == CK_IDENTITY && e->derivative == NULL))) {
      t.way = CK_MODIFY;
    }
  }
  if (!isBare) {
    t.activation = e->activation;
    if (e->bias != NULL) t.bias = e->bias + column;
    if (e->derivative != NULL) t.derivative = (char *)e->derivative + offset;
    if (e->factor != NULL) t.factor = (const char *)e->factor + offset;
  }
  return t;
}

/// The general product, in blocks and packed panels; m, n, k > 0. C in bfloat16 takes no more than
/// CK_DEEPEST numbers of k.
void ck_gemm_blocked(const ck_product *x, float *scratch);

enum { CK_DEEPEST = 8192 };

/// Whether the general product takes A as it lies.
int ck_gemm_takes_a(const ck_product *x);

/// Floats of scratch that the general product needs on `threads` threads.
size_t ck_gemm_blocked_scratch(
  const ck_gemm_kernels *kernels, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, int threads);

/// Whether the product is one of a few rows with the rows of Bᵀ, which dot products do best.
int ck_gemm_is_skinny(const ck_product *x);

/// The product as dot products; m, n, k > 0.
void ck_gemm_skinny(const ck_product *x, float *scratch);

/// Floats of scratch that it needs.
size_t ck_gemm_skinny_scratch(ptrdiff_t m, ptrdiff_t k);

#endif
