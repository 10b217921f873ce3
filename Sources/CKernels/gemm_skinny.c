// Products of a few rows with the rows of Bᵀ, such as a decoding step's x Wᵀ: each row of Bᵀ is
// read once and nothing is packed.

#include "gemm_product.h"

enum {
  MOST_ROWS = 16,     // above, packing costs less than summing lanes
  LEAST_DEPTH = 32,   // below, the sums of lanes outweigh the products
  CHUNK = 1 << 15     // floats of B in a task
};

typedef struct skinny {
  const ck_product *product;
  const float *a;  // [m, k]
  ptrdiff_t a_row;
  ptrdiff_t columns;  // in a task
} skinny;

static void computeColumns(void *context, ptrdiff_t index) {
  const skinny *const s = context;
  const ck_product *const x = s->product;
  const ptrdiff_t column = index * s->columns, n = ck_least(s->columns, x->n - column);
  x->kernels->dots(
    x->m, n, x->k, x->alpha, s->a, s->a_row, x->b + column * x->b_column, x->b_column, x->beta,
    x->c + column, x->c_row);
  if (x->epilogue != NULL) {
    ck_finish(x, 1, 0, column, x->m, n, x->c + column, x->c_row, 0);
  }
}

int ck_gemm_is_skinny(const ck_product *x) {
  return x->m <= MOST_ROWS && x->k >= LEAST_DEPTH && x->b_row == 1;
}

void ck_gemm_skinny(const ck_product *x, float *scratch) {
  skinny s = {.product = x, .a = x->a, .a_row = x->a_row};
  if (x->a_column != 1) {
    for (ptrdiff_t i = 0; i < x->m; i++) {
      for (ptrdiff_t p = 0; p < x->k; p++) {
        scratch[i * x->k + p] = x->a[i * x->a_row + p * x->a_column];
      }
    }
    s.a = scratch;
    s.a_row = x->k;
  }
  s.columns = ck_most(4, CHUNK / x->k / 4 * 4);
  ck_for_each(x, ck_divide_up(x->n, s.columns), computeColumns, &s);
}

size_t ck_gemm_skinny_scratch(ptrdiff_t m, ptrdiff_t k) {
  return m <= MOST_ROWS ? (size_t)m * (size_t)k : 0;
}
