// The matrix product's entry points.

#include "gemm_product.h"

// Multiplications that are not worth waking a thread for.
static const double serialWork = 262144;

// Up to so many columns, a taller product is computed transposed: as one of few rows.
enum { FEW_COLUMNS = 4 };

/// The product of no terms: C = beta C, then the epilogue.
static void scale(const ck_product *x) {
  for (ptrdiff_t i = 0; i < x->m; i++) {
    float *const line = x->c + i * x->c_row;
    for (ptrdiff_t j = 0; j < x->n; j++) line[j] = x->beta == 0 ? 0 : x->beta * line[j];
  }
  if (x->epilogue != NULL) ck_finish(x, 1, 0, 0, x->m, x->n, x->c, x->c_row, 0);
}

static void choose(const ck_product *x, float *scratch) {
  if (ck_gemm_is_skinny(x)) {
    ck_gemm_skinny(x, scratch);
  } else {
    ck_gemm_blocked(x, scratch);
  }
}

static int isNarrow(ptrdiff_t m, ptrdiff_t n) { return n <= FEW_COLUMNS && m > n; }

/// Floats that the transposed product takes, a multiple of 16.
static ptrdiff_t transposedSize(ptrdiff_t m, ptrdiff_t n) {
  return ck_divide_up(m * n, 16) * 16;
}

/// Computes Tᵀ = Bᵀ Aᵀ in scratch, then C = beta C + T.
static void runTransposed(const ck_product *x, float *scratch) {
  ck_product y = *x;
  y.m = x->n, y.n = x->m;
  y.a = x->b, y.a_row = x->b_column, y.a_column = x->b_row;
  y.b = x->a, y.b_row = x->a_column, y.b_column = x->a_row;
  y.beta = 0, y.c = scratch, y.c_row = x->m, y.epilogue = NULL;
  choose(&y, scratch + transposedSize(x->m, x->n));
  for (ptrdiff_t i = 0; i < x->m; i++) {
    for (ptrdiff_t j = 0; j < x->n; j++) {
      float *const target = x->c + i * x->c_row + j;
      const float value = scratch[j * x->m + i];
      *target = x->beta == 0 ? value : x->beta * *target + value;
    }
  }
  if (x->epilogue != NULL) ck_finish(x, 1, 0, 0, x->m, x->n, x->c, x->c_row, 0);
}

static void run(const ck_product *x, float *scratch) {
  if (x->m <= 0 || x->n <= 0) return;
  if (x->k <= 0) {
    scale(x);
  } else if (isNarrow(x->m, x->n)) {
    runTransposed(x, scratch);
  } else {
    choose(x, scratch);
  }
}

/// Floats of scratch for one product on `threads` threads, a multiple of 16.
static size_t scratchSize(ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, int threads) {
  if (m <= 0 || n <= 0 || k <= 0) return 0;
  if (isNarrow(m, n)) return (size_t)transposedSize(m, n) + scratchSize(n, m, k, threads);
  const size_t blocked = ck_gemm_blocked_scratch(ck_gemm_current(), m, n, k, threads);
  const size_t skinny = ck_gemm_skinny_scratch(m, k);
  return ((blocked > skinny ? blocked : skinny) + 15) / 16 * 16;
}

static int isWorthThreads(ptrdiff_t count, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k) {
  return (double)count * (double)m * (double)n * (double)k >= serialWork;
}

size_t ck_gemm_scratch(ptrdiff_t m, ptrdiff_t n, ptrdiff_t k) {
  return scratchSize(m, n, k, ck_thread_limit()) * sizeof(float);
}

void ck_gemm_f32(
  ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, float alpha, const float *a, ptrdiff_t a_row,
  ptrdiff_t a_column, const float *b, ptrdiff_t b_row, ptrdiff_t b_column, float beta, float *c,
  ptrdiff_t c_row, const ck_epilogue *epilogue, void *scratch) {
  const ck_product x = {
    .kernels = ck_gemm_current(), .m = m, .n = n, .k = k, .alpha = alpha, .beta = beta, .a = a,
    .b = b, .a_row = a_row, .a_column = a_column, .b_row = b_row, .b_column = b_column, .c = c,
    .c_row = c_row, .epilogue = epilogue, .parallel = isWorthThreads(1, m, n, k),
  };
  run(&x, scratch);
}

// MARK: - Many products

typedef struct batch {
  ck_product first;
  ptrdiff_t a_batch, b_batch, c_batch;
  float *scratch;
  size_t scratch_step;  // floats for each thread
} batch;

static void multiplyOne(void *context, ptrdiff_t index) {
  const batch *const y = context;
  ck_product x = y->first;
  x.a += index * y->a_batch;
  x.b += index * y->b_batch;
  x.c += index * y->c_batch;
  run(&x, y->scratch + (size_t)ck_thread_index() * y->scratch_step);
}

size_t ck_gemm_batched_scratch(ptrdiff_t count, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k) {
  return count <= 0 ? 0 : (size_t)ck_thread_limit() * scratchSize(m, n, k, 1) * sizeof(float);
}

void ck_gemm_batched_f32(
  ptrdiff_t count, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, float alpha, const float *a,
  ptrdiff_t a_row, ptrdiff_t a_column, ptrdiff_t a_batch, const float *b, ptrdiff_t b_row,
  ptrdiff_t b_column, ptrdiff_t b_batch, float beta, float *c, ptrdiff_t c_row, ptrdiff_t c_batch,
  void *scratch) {
  batch y = {
    .first = {
      .kernels = ck_gemm_current(), .m = m, .n = n, .k = k, .alpha = alpha, .beta = beta, .a = a,
      .b = b, .a_row = a_row, .a_column = a_column, .b_row = b_row, .b_column = b_column, .c = c,
      .c_row = c_row,
    },
    .a_batch = a_batch, .b_batch = b_batch, .c_batch = c_batch, .scratch = scratch,
    .scratch_step = scratchSize(m, n, k, 1),
  };
  ck_product whole = y.first;
  whole.parallel = isWorthThreads(count, m, n, k);
  ck_for_each(&whole, count, multiplyOne, &y);
}
