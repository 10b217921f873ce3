// The product with weights of eight bits: packing, and the division into tasks.

#include <string.h>

#include "ck_pool.h"
#include "gemm_product.h"
#include "int8_kernels.h"
#include "int8_rows.h"

enum {
  ROWS = 112,        // of a task, so that its part of the left factor stays near
  COLUMNS = 256,     // likewise; a multiple of every panel
  FEW_COLUMNS = 64,  // the same where rows are so few that weights are the work
  FEW_ROWS = 14,
  ROUNDED_ROWS = 32, // that are rounded in a task
  PACKED_WORDS = 16
};

// Multiplications that are not worth waking a thread for, and weights that are, whatever is done with them.
static const double serialWork = 262144, parallelWeights = 196608;

static const ck_int8_kernels *currentKernels(void) {
#if defined(__x86_64__)
  if (ck_isa() >= 3 && __builtin_cpu_supports("avx512vnni")) return &ck_int8_vnni;
  if (ck_isa() >= 2) return &ck_int8_avx2;
#endif
  return &ck_int8_portable;
}

/// Bytes of a number of either factor: a word is four.
static ptrdiff_t numberSize(const ck_int8_kernels *kernels) { return 4 / kernels->numbers; }

static ptrdiff_t rounded(ptrdiff_t count, ptrdiff_t step) {
  return ck_divide_up(count, step) * step;
}

// MARK: - Packed weights

/// Where the scales begin, behind the panels, each [words, 2 lanes].
static size_t panelsSize(const ck_int8_kernels *kernels, ptrdiff_t n, ptrdiff_t k) {
  return (size_t)rounded(n, 2 * kernels->lanes) * (size_t)ck_divide_up(k, kernels->numbers) * 4;
}

size_t ck_int8_packed_size(ptrdiff_t n, ptrdiff_t k) {
  const ck_int8_kernels *const kernels = currentKernels();
  return panelsSize(kernels, n, k) + (size_t)rounded(n, 2 * kernels->lanes) * sizeof(float);
}

/// The word of `count` weights, at most as many as it holds.
static uint32_t packedWord(const ck_int8_kernels *kernels, const int8_t *w, ptrdiff_t count) {
  uint32_t word = 0;
  if (kernels->numbers == 4) {
    if (count == 4) {
      memcpy(&word, w, 4);
    } else {
      memcpy(&word, w, (size_t)count);
    }
    return word ^ 0x80808080;  // adds 128 to each byte
  }
  for (ptrdiff_t i = 0; i < count; i++) word |= (uint32_t)(uint16_t)(int16_t)w[i] << (16 * i);
  return word;
}

void ck_int8_pack(
  ptrdiff_t n, ptrdiff_t k, const int8_t *w, const float *scales, void *packed) {
  const ck_int8_kernels *const kernels = currentKernels();
  const ptrdiff_t width = 2 * kernels->lanes, numbers = kernels->numbers;
  const ptrdiff_t words = ck_divide_up(k, numbers);
  uint32_t *panel = packed;
  for (ptrdiff_t j = 0; j < n; j += width, panel += words * width) {
    // Some words of every row at a time, which land in lines that are still near.
    for (ptrdiff_t first = 0; first < words; first += PACKED_WORDS) {
      const ptrdiff_t end = ck_least(words, first + PACKED_WORDS);
      for (ptrdiff_t c = 0; c < width; c++) {
        const int8_t *const row = w + ck_least(j + c, n - 1) * k;
        for (ptrdiff_t p = first; p < end; p++) {
          const ptrdiff_t count = j + c < n ? ck_least(numbers, k - p * numbers) : 0;
          panel[p * width + c] = packedWord(kernels, row + p * numbers, count);
        }
      }
    }
  }
  float *const target = (float *)((char *)packed + panelsSize(kernels, n, k));
  for (ptrdiff_t j = 0; j < rounded(n, width); j++) target[j] = j < n ? scales[j] : 0.0f;
}

// MARK: - Rounded rows

/// The left factor as ck_int8_round_rows leaves it.
typedef struct left {
  float *scales;    // [m]
  int32_t *starts;  // [m]
  char *numbers;    // [m, count], aligned to 64
  ptrdiff_t count;
} left;

static left leftAt(ptrdiff_t m, ptrdiff_t k, const void *rows) {
  left x = {.scales = (float *)rows, .count = rounded(k, 64)};
  x.starts = (int32_t *)(x.scales + rounded(m, 16));
  x.numbers = (char *)(x.starts + rounded(m, 16));
  return x;
}

size_t ck_int8_rows_size(ptrdiff_t m, ptrdiff_t k) {
  const size_t each = (size_t)rounded(k, 64) * (size_t)numberSize(currentKernels());
  return (size_t)m * each + (size_t)rounded(m, 16) * (sizeof(float) + sizeof(int32_t));
}

typedef struct rounding {
  int type, offset;
  ptrdiff_t m, k, x_row, size;
  const char *x;
  left target;
} rounding;

static void roundSome(void *context, ptrdiff_t index) {
  const rounding *const r = context;
  const ptrdiff_t first = index * ROUNDED_ROWS, size = r->type == CK_FLOAT32 ? 4 : 2;
  ck_int8_round_some(
    r->type, (int)r->size, r->offset, ck_least(ROUNDED_ROWS, r->m - first), r->k,
    r->x + first * r->x_row * size, r->x_row,
    r->target.numbers + first * r->target.count * r->size, r->target.count,
    r->target.scales + first, r->target.starts + first);
}

static void runTasks(int parallel, ptrdiff_t count, ck_task task, void *context) {
  if (parallel) {
    ck_parallel(count, task, context);
  } else {
    for (ptrdiff_t index = 0; index < count; index++) task(context, index);
  }
}

void ck_int8_round_rows(
  int type, ptrdiff_t m, ptrdiff_t k, const void *x, ptrdiff_t x_row, void *rows) {
  const ck_int8_kernels *const kernels = currentKernels();
  rounding r = {
    .type = type, .offset = kernels->offset, .m = m, .k = k, .x_row = x_row,
    .size = numberSize(kernels), .x = x, .target = leftAt(m, k, rows),
  };
  const int parallel = (double)m * (double)k >= serialWork / 8;
  runTasks(parallel, ck_divide_up(m, ROUNDED_ROWS), roundSome, &r);
}

// MARK: - The product

typedef struct int8_product {
  const ck_int8_kernels *kernels;
  void (*finish)(ptrdiff_t, ptrdiff_t, const float *, ptrdiff_t, const ck_target *);
  ptrdiff_t m, n, words, panel;  // panel: its bytes
  left x;
  const char *packed;
  const float *scales;
  ck_target target;  // for all of y
  ptrdiff_t rowTasks, columns;
} int8_product;

/// Tiles of `rows` rows and one panel's `columns` columns, from row `i` and column `j` on.
static void computeTile(
  const int8_product *p, ptrdiff_t i, ptrdiff_t rows, ptrdiff_t j, ptrdiff_t columns) {
  float sums[CK_MOST_ROWS * CK_MOST_COLUMNS];
  const ptrdiff_t width = 2 * p->kernels->lanes, row = p->x.count * numberSize(p->kernels);
  const ptrdiff_t size = p->target.type == CK_FLOAT32 ? 4 : 2;
  ck_target target = p->target;
  target.c += (i * target.row + j) * size;
  if (target.bias != NULL) target.bias += j;
  // The lines where results go, while the sums are made.
  for (ptrdiff_t r = 0; r < rows; r++) {
    __builtin_prefetch(target.c + r * target.row * size, 1, 2);
    __builtin_prefetch(target.c + (r * target.row + columns) * size - 1, 1, 2);
  }
  p->kernels->tile[rows - 1](
    p->words, p->x.numbers + i * row, row, p->packed + j / width * p->panel, p->x.starts + i,
    p->x.scales + i, p->scales + j, sums);
  p->finish(rows, columns, sums, width, &target);
}

static void computePart(void *context, ptrdiff_t index) {
  const int8_product *const p = context;
  const ptrdiff_t width = 2 * p->kernels->lanes;
  // Neighbouring tasks share their columns, which then stay near.
  const ptrdiff_t top = index % p->rowTasks * ROWS, bottom = ck_least(p->m, top + ROWS);
  const ptrdiff_t first = index / p->rowTasks * p->columns;
  const ptrdiff_t end = ck_least(p->n, first + p->columns);
  // Tiles of nearly as many rows each: one of a few rows waits for its weights.
  const ptrdiff_t tiles = ck_divide_up(bottom - top, p->kernels->rows);
  for (ptrdiff_t j = first; j < end; j += width) {
    for (ptrdiff_t t = 0; t < tiles; t++) {
      const ptrdiff_t i = top + (bottom - top) * t / tiles;
      computeTile(
        p, i, top + (bottom - top) * (t + 1) / tiles - i, j, ck_least(width, end - j));
    }
  }
}

void ck_int8_product(
  ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, const void *rows, const void *packed, const float *bias,
  int activation, void *y, ptrdiff_t y_row, int y_type) {
  if (m <= 0 || n <= 0) return;
  const ck_gemm_set *const set = ck_gemm_current();
  const ck_int8_kernels *const kernels = currentKernels();
  const ptrdiff_t width = 2 * kernels->lanes, words = ck_divide_up(k, kernels->numbers);
  int8_product p = {
    .kernels = kernels,
    .finish = y_type == CK_BFLOAT16 && set->bf16 != NULL ? set->bf16->finish : set->f32->finish,
    .m = m, .n = n, .words = words, .panel = words * width * 4, .x = leftAt(m, k, rows),
    .packed = packed,
    .scales = (const float *)((const char *)packed + panelsSize(kernels, n, k)),
    .target = {
      .c = y, .row = y_row, .type = y_type, .way = CK_FINISH, .alpha = 1, .bias = bias,
      .activation = activation,
    },
    .rowTasks = ck_divide_up(m, ROWS),
    .columns = m <= FEW_ROWS ? FEW_COLUMNS : COLUMNS,
  };
  const double weights = (double)n * (double)k;
  const int parallel = (double)m * weights >= serialWork || weights >= parallelWeights;
  runTasks(parallel, p.rowTasks * ck_divide_up(n, p.columns), computePart, &p);
}
