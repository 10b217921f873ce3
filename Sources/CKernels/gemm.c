// The matrix product's entry points.

#include "ck_bf16.h"
#include "gemm_operand.h"

// Multiplications that are not worth waking a thread for.
static const double serialWork = 262144;

// Up to so many columns, a taller product is computed transposed: as one of few rows.
enum { FEW_COLUMNS = 4 };

static ptrdiff_t roundUp(ptrdiff_t count) { return ck_divide_up(count, 16) * 16; }

/// The product of no terms: C = beta C, then the epilogue.
static void scale(const ck_product *x) {
  enum { WIDTH = 64 };
  static const float zeros[WIDTH];
  for (ptrdiff_t j = 0; j < x->n; j += WIDTH) {
    const ck_target target = ck_target_at(x, 1, 0, j, x->beta);
    x->kernels->finish(x->m, ck_least(WIDTH, x->n - j), zeros, 0, &target);
  }
}

static int isDeep(ptrdiff_t k) { return k > CK_DEEPEST; }

/// Whether computing the transpose is cheaper: for few columns, and where B's terms are neighbours
/// down its columns. Packing those takes about as long as 4.8 rows of products; the transpose takes
/// them as they lie, but rounds the rows up to vectors and must transpose its results, which takes
/// as long as 6.4 words of terms.
static int isBetterTransposed(const ck_product *x) {
  if (x->n <= FEW_COLUMNS && x->m > x->n) return 1;
  if (x->b_row != ck_number_size(x) || x->m >= x->n) return 0;
  const double absent = (double)(ck_divide_up(x->m, x->kernels->lanes) * x->kernels->lanes - x->m);
  const double words = (double)ck_divide_up(x->k, x->kernels->numbers);
  const ck_product y = ck_transposed(x);
  return absent + 6.4 * (double)x->m / words < 4.8 && ck_gemm_takes_a(&y);
}

/// Whether it is computed as dot products: packed rows of Bᵀ are faster from CK_PACKED_ROWS rows on.
static int isSkinny(const ck_product *x) {
  return ck_gemm_is_skinny(x) && (x->packed == NULL || x->m < CK_PACKED_ROWS);
}

static void choose(const ck_product *x, float *scratch) {
  if (isSkinny(x)) {
    ck_gemm_skinny(x, scratch);
  } else if (x->c_type != CK_FLOAT32 && isDeep(x->k)) {
    // Blocks of k add up in C, which therefore is float32 first.
    ck_product sums = *x;
    sums.alpha = 1, sums.beta = 0, sums.epilogue = NULL;
    sums.c = (char *)scratch, sums.c_type = CK_FLOAT32;
    sums.c_row = x->transposed ? x->m : x->n;
    const ptrdiff_t rows = x->transposed ? x->n : x->m;
    ck_gemm_blocked(&sums, scratch + roundUp(x->m * x->n));
    const ck_target target = ck_target_at(x, 1, 0, 0, x->beta);
    x->kernels->finish(rows, sums.c_row, scratch, sums.c_row, &target);
  } else {
    ck_gemm_blocked(x, scratch);
  }
}

static void run(const ck_product *x, float *scratch) {
  if (x->m <= 0 || x->n <= 0) return;
  if (x->k <= 0) {
    scale(x);
  } else if (x->packed == NULL && !isSkinny(x) && isBetterTransposed(x)) {
    const ck_product y = ck_transposed(x);
    choose(&y, scratch);
  } else {
    choose(x, scratch);
  }
}

/// Floats of scratch for one product on `threads` threads, a multiple of 16; C may be bfloat16 if
/// `rounds`.
static size_t scratchSize(
  const ck_gemm_kernels *kernels, int rounds, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, int threads) {
  if (m <= 0 || n <= 0 || k <= 0) return 0;
  // The strides, which are not known here, decide whether the transpose is computed.
  size_t most = 0;
  for (int turned = 0; turned < 2; turned++) {
    const ptrdiff_t rows = turned ? n : m, columns = turned ? m : n;
    size_t blocked = ck_gemm_blocked_scratch(kernels, rows, columns, k, threads);
    if (rounds && isDeep(k)) blocked += (size_t)roundUp(m * n);
    const size_t skinny = ck_gemm_skinny_scratch(rows, k);
    const size_t size = blocked > skinny ? blocked : skinny;
    most = size > most ? size : most;
  }
  return (most + 15) / 16 * 16;
}

static int isWorthThreads(ptrdiff_t count, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k) {
  return (double)count * (double)m * (double)n * (double)k >= serialWork;
}

// MARK: - Kinds of operands

/// Floats that a bfloat16 product's operands take as float32, where no kernel takes them as they
/// are.
static size_t widenedSize(const ck_gemm_set *set, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k) {
  if (set->bf16 != NULL || m <= 0 || n <= 0 || k <= 0) return 0;
  return (size_t)(roundUp(m * k) + roundUp(k * n));
}

/// Writes x [rows, columns] as float32, without gaps, its smaller stride first; returns the end.
static float *widen(
  ptrdiff_t rows, ptrdiff_t columns, const char **x, ptrdiff_t *row, ptrdiff_t *column, float *y) {
  const uint16_t *const source = (const uint16_t *)*x;
  const ptrdiff_t step = *row / 2, stride = *column / 2;
  *x = (const char *)y;
  if (step < stride) {
    for (ptrdiff_t j = 0; j < columns; j++) {
      for (ptrdiff_t i = 0; i < rows; i++) {
        y[j * rows + i] = ck_float_from_bf16(source[i * step + j * stride]);
      }
    }
    *row = 4, *column = 4 * rows;
  } else {
    for (ptrdiff_t i = 0; i < rows; i++) {
      for (ptrdiff_t j = 0; j < columns; j++) {
        y[i * columns + j] = ck_float_from_bf16(source[i * step + j * stride]);
      }
    }
    *row = 4 * columns, *column = 4;
  }
  return y + roundUp(rows * columns);
}

/// Runs a product whose operands are of the type that `size` bytes tell.
static void runSized(ck_product *x, ptrdiff_t size, float *scratch) {
  if (size == 2 && x->kernels->numbers == 1 && x->m > 0 && x->n > 0 && x->k > 0) {
    scratch = widen(x->m, x->k, &x->a, &x->a_row, &x->a_column, scratch);
    scratch = widen(x->k, x->n, &x->b, &x->b_row, &x->b_column, scratch);
  }
  run(x, scratch);
}

static const ck_gemm_kernels *kernelsFor(const ck_gemm_set *set, ptrdiff_t size) {
  return size == 2 && set->bf16 != NULL ? set->bf16 : set->f32;
}

/// Bytes for `count` products in turn on one thread each, or for one on `threads`.
static size_t sizeFor(
  ptrdiff_t size, ptrdiff_t count, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, int threads) {
  const ck_gemm_set *const set = ck_gemm_current();
  const size_t one = scratchSize(kernelsFor(set, size), size == 2, m, n, k, threads);
  return (size_t)count * (one + (size == 2 ? widenedSize(set, m, n, k) : 0)) * sizeof(float);
}

size_t ck_gemm_scratch(ptrdiff_t m, ptrdiff_t n, ptrdiff_t k) {
  return sizeFor(4, 1, m, n, k, ck_thread_limit());
}

size_t ck_gemm_bf16_scratch(ptrdiff_t m, ptrdiff_t n, ptrdiff_t k) {
  return sizeFor(2, 1, m, n, k, ck_thread_limit());
}

static ck_product makeProduct(
  ptrdiff_t size, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, float alpha, const void *a,
  ptrdiff_t a_row, ptrdiff_t a_column, const void *b, ptrdiff_t b_row, ptrdiff_t b_column,
  float beta, void *c, ptrdiff_t c_row, int c_type) {
  return (ck_product){
    .kernels = kernelsFor(ck_gemm_current(), size), .m = m, .n = n, .k = k, .alpha = alpha,
    .beta = beta, .a = a, .b = b, .a_row = size * a_row, .a_column = size * a_column,
    .b_row = size * b_row, .b_column = size * b_column, .c = c, .c_row = c_row, .c_type = c_type,
  };
}

void ck_gemm_f32(
  ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, float alpha, const float *a, ptrdiff_t a_row,
  ptrdiff_t a_column, const float *b, ptrdiff_t b_row, ptrdiff_t b_column, const void *packed,
  float beta, float *c, ptrdiff_t c_row, const ck_epilogue *epilogue, void *scratch) {
  ck_product x = makeProduct(
    4, m, n, k, alpha, a, a_row, a_column, b, b_row, b_column, beta, c, c_row, CK_FLOAT32);
  x.packed = packed, x.epilogue = epilogue, x.parallel = isWorthThreads(1, m, n, k);
  run(&x, scratch);
}

void ck_gemm_bf16(
  ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, float alpha, const uint16_t *a, ptrdiff_t a_row,
  ptrdiff_t a_column, const uint16_t *b, ptrdiff_t b_row, ptrdiff_t b_column, const void *packed,
  float beta, void *c, ptrdiff_t c_row, int c_type, const ck_epilogue *epilogue, void *scratch) {
  ck_product x = makeProduct(
    2, m, n, k, alpha, a, a_row, a_column, b, b_row, b_column, beta, c, c_row, c_type);
  x.packed = packed, x.epilogue = epilogue, x.parallel = isWorthThreads(1, m, n, k);
  runSized(&x, 2, scratch);
}

// MARK: - Packing beforehand

size_t ck_gemm_packed_size(int type, ptrdiff_t n, ptrdiff_t k) {
  const ck_gemm_set *const set = ck_gemm_current();
  const ck_gemm_kernels *const kernels = type == CK_FLOAT32 ? set->f32 : set->bf16;
  if (kernels == NULL || n <= 0 || k <= 0) return 0;
  const ck_operand b = ck_operand_b(kernels, n);
  return (size_t)ck_packed_size(&b, ck_words(kernels, k)) * sizeof(float);
}

void ck_gemm_pack(
  int type, ptrdiff_t n, ptrdiff_t k, const void *b, ptrdiff_t b_row, ptrdiff_t b_column,
  void *packed) {
  const ck_gemm_set *const set = ck_gemm_current();
  const ptrdiff_t size = type == CK_FLOAT32 ? 4 : 2;
  (type == CK_FLOAT32 ? set->f32 : set->bf16)
    ->pack_b(n, k, b, size * b_row, size * b_column, packed);
}

// MARK: - Many products

typedef struct batch {
  ck_product first;
  ptrdiff_t size;                       // of a number of A and B, in bytes
  ptrdiff_t a_batch, b_batch, c_batch;  // in bytes
  char *scratch;
  size_t scratch_step;  // bytes for each thread
} batch;

static void multiplyOne(void *context, ptrdiff_t index) {
  const batch *const y = context;
  ck_product x = y->first;
  x.a += index * y->a_batch;
  x.b += index * y->b_batch;
  x.c += index * y->c_batch;
  runSized(&x, y->size, (float *)(y->scratch + (size_t)ck_thread_index() * y->scratch_step));
}

static void runBatch(batch *y, ptrdiff_t count) {
  const ck_product *const x = &y->first;
  y->scratch_step = sizeFor(y->size, 1, x->m, x->n, x->k, 1);
  ck_product whole = *x;
  whole.parallel = isWorthThreads(count, x->m, x->n, x->k);
  ck_for_each(&whole, count, multiplyOne, y);
}

size_t ck_gemm_batched_scratch(ptrdiff_t count, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k) {
  return count <= 0 ? 0 : sizeFor(4, ck_thread_limit(), m, n, k, 1);
}

size_t ck_gemm_batched_bf16_scratch(ptrdiff_t count, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k) {
  return count <= 0 ? 0 : sizeFor(2, ck_thread_limit(), m, n, k, 1);
}

void ck_gemm_batched_f32(
  ptrdiff_t count, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, float alpha, const float *a,
  ptrdiff_t a_row, ptrdiff_t a_column, ptrdiff_t a_batch, const float *b, ptrdiff_t b_row,
  ptrdiff_t b_column, ptrdiff_t b_batch, float beta, float *c, ptrdiff_t c_row, ptrdiff_t c_batch,
  void *scratch) {
  batch y = {
    .first = makeProduct(
      4, m, n, k, alpha, a, a_row, a_column, b, b_row, b_column, beta, c, c_row, CK_FLOAT32),
    .size = 4, .a_batch = 4 * a_batch, .b_batch = 4 * b_batch, .c_batch = 4 * c_batch,
    .scratch = scratch,
  };
  runBatch(&y, count);
}

void ck_gemm_batched_bf16(
  ptrdiff_t count, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, float alpha, const uint16_t *a,
  ptrdiff_t a_row, ptrdiff_t a_column, ptrdiff_t a_batch, const uint16_t *b, ptrdiff_t b_row,
  ptrdiff_t b_column, ptrdiff_t b_batch, float beta, void *c, ptrdiff_t c_row, ptrdiff_t c_batch,
  int c_type, void *scratch) {
  batch y = {
    .first = makeProduct(
      2, m, n, k, alpha, a, a_row, a_column, b, b_row, b_column, beta, c, c_row, c_type),
    .size = 2, .a_batch = 2 * a_batch, .b_batch = 2 * b_batch,
    .c_batch = (c_type == CK_FLOAT32 ? 4 : 2) * c_batch, .scratch = scratch,
  };
  runBatch(&y, count);
}
