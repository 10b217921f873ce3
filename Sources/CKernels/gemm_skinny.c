// Products of a few rows with the rows of Bᵀ, such as a decoding step's x Wᵀ: each row of Bᵀ is
// read once and nothing is packed.

#include <string.h>

#include "gemm_product.h"

enum {
  MOST_ROWS = 16,     // above, packing costs less than summing lanes
  LEAST_DEPTH = 32,   // below, the sums of lanes outweigh the products
  CHUNK = 1 << 15,    // words of B in a task
  STRIP = 64          // columns that are finished together
};

typedef struct skinny {
  const ck_product *product;
  const char *a;  // [m, k]
  ptrdiff_t a_row;
  ptrdiff_t columns;  // in a task
} skinny;

static void computeColumns(void *context, ptrdiff_t index) {
  const skinny *const s = context;
  const ck_product *const x = s->product;
  const ptrdiff_t end = ck_least(x->n, (index + 1) * s->columns);
  for (ptrdiff_t column = index * s->columns; column < end; column += STRIP) {
    const ptrdiff_t n = ck_least(STRIP, end - column);
    float sums[MOST_ROWS * STRIP];
    x->kernels->dots(
      x->m, n, x->k, s->a, s->a_row, x->b + column * x->b_column, x->b_column, sums, STRIP);
    if (!x->transposed) {
      const ck_target target = ck_target_at(x, 1, 0, column, x->beta);
      x->kernels->finish(x->m, n, sums, STRIP, &target);
      continue;
    }
    float turned[MOST_ROWS * STRIP];
    for (ptrdiff_t i = 0; i < x->m; i++) {
      for (ptrdiff_t j = 0; j < n; j++) turned[j * MOST_ROWS + i] = sums[i * STRIP + j];
    }
    const ck_target target = ck_target_at(x, 1, column, 0, x->beta);
    x->kernels->finish(n, x->m, turned, MOST_ROWS, &target);
  }
}

int ck_gemm_is_skinny(const ck_product *x) {
  // As many floats as a vector's lanes are better transposed.
  const ptrdiff_t most = x->kernels->numbers == 1 ? MOST_ROWS - 1 : MOST_ROWS;
  return x->m <= most && x->k >= LEAST_DEPTH && x->b_row == ck_number_size(x);
}

void ck_gemm_skinny(const ck_product *x, float *scratch) {
  skinny s = {.product = x, .a = x->a, .a_row = x->a_row};
  const ptrdiff_t size = ck_number_size(x);
  if (x->a_column != size) {
    char *const rows = (char *)scratch;
    for (ptrdiff_t i = 0; i < x->m; i++) {
      for (ptrdiff_t p = 0; p < x->k; p++) {
        memcpy(rows + (i * x->k + p) * size, x->a + i * x->a_row + p * x->a_column, (size_t)size);
      }
    }
    s.a = rows;
    s.a_row = x->k * size;
  }
  s.columns = ck_most(4, CHUNK * x->kernels->numbers / x->k / 4 * 4);
  ck_for_each(x, ck_divide_up(x->n, s.columns), computeColumns, &s);
}

size_t ck_gemm_skinny_scratch(ptrdiff_t m, ptrdiff_t k) {
  return m <= MOST_ROWS ? (size_t)m * (size_t)k : 0;
}
