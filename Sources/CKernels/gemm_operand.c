// Which operands are packed, and how.

#include "gemm_operand.h"

enum {
  SMALL = 1 << 16,        // bytes of B's block that L2 gives without packing
  NEAR = 1 << 20,         // bytes of A's block, of which a tile reads parts of lines once, likewise
  SHALLOW = 256, LOW = 8, // words of k up to which panels of A have no more rows
  FEW_PANELS = 4          // of A, which do not pay for packing rows of B
};

// Stores of float32 overlap with the next tile's products if a tile has few of them, which counts
// where the products are few too.
ck_operand ck_operand_a(const ck_gemm_kernels *kernels, ptrdiff_t m, ptrdiff_t words, int rounds) {
  const ptrdiff_t most =
    words <= SHALLOW && !rounds ? ck_least(kernels->rows, LOW) : kernels->rows;
  const ptrdiff_t height = ck_divide_up(m, ck_divide_up(m, most));
  return (ck_operand){.count = m, .height = height, .pitch = kernels->pitch, .is_a = 1};
}

ck_operand ck_operand_b(const ck_gemm_kernels *kernels, ptrdiff_t n) {
  return (ck_operand){.count = n, .height = 2 * kernels->lanes, .pitch = 2 * kernels->lanes};
}

int ck_gemm_takes_a(const ck_product *x) {
  const ptrdiff_t size = ck_number_size(x);
  // The words of pairs are there only where neighbours along k are. Rows at a multiple of a page
  // from each other drive each other out of L1.
  if (x->a_column == size && x->k % x->kernels->numbers == 0) return x->a_row % 4096 != 0;
  // Else a few floats of each line are read, at once where the columns are one panel's.
  return x->kernels->numbers == 1 && x->a_row == size
    && (x->n <= 2 * x->kernels->lanes || ck_least(x->k, CK_DEPTH) * x->a_column <= NEAR);
}

/// Whether tiles take B as it lies: by whole vectors, each read a few times or from L2.
static int takesB(const ck_product *x) {
  return x->kernels->numbers == 1 && x->b_column == 4 && x->n % x->kernels->lanes == 0
    && (x->m <= FEW_PANELS * x->kernels->rows || ck_least(x->k, CK_DEPTH) * x->b_row <= SMALL);
}

void ck_place_operands(const ck_product *x, ck_operand *a, ck_operand *b) {
  a->base = x->a, a->line = x->a_row, a->step = x->a_column, a->direct = ck_gemm_takes_a(x);
  a->panel = a->height * a->line;
  if (x->packed != NULL) {
    b->base = x->packed, b->line = 4, b->step = b->pitch * ck_number_size(x), b->direct = 1;
    b->panel = 4 * b->pitch * ck_words(x->kernels, x->k);
    return;
  }
  b->base = x->b, b->line = x->b_column, b->step = x->b_row, b->direct = takesB(x);
  // Long runs of few rows: the processor fetches those ahead.
  if (b->direct && x->m <= CK_WIDE_ROWS && !x->transposed) {
    b->height = CK_WIDE * x->kernels->lanes;
  }
  b->panel = b->height * b->line;
}

ptrdiff_t ck_packed_size(const ck_operand *x, ptrdiff_t words) {
  return ck_round_up(ck_divide_up(x->count, x->height) * x->pitch * words, 16);
}

void ck_pack(
  const ck_gemm_kernels *kernels, const ck_operand *x, ptrdiff_t line, ptrdiff_t end,
  ptrdiff_t start, ptrdiff_t depth, float *packed) {
  const char *const first = x->base + line * x->line + start * x->step;
  if (x->is_a) {
    kernels->pack_a(end - line, depth, first, x->line, x->step, packed, x->height);
  } else {
    kernels->pack_b(end - line, depth, first, x->step, x->line, packed);
  }
}

ck_view ck_view_of(
  const ck_gemm_kernels *kernels, const ck_operand *x, const float *packed, ptrdiff_t line,
  ptrdiff_t start, ptrdiff_t words) {
  if (x->direct) {
    return (ck_view){
      x->base + line / x->height * x->panel + start * x->step, x->panel, x->line,
      x->step * kernels->numbers,
    };
  }
  return (ck_view){(const char *)packed, 4 * x->pitch * words, 4, 4 * x->pitch};
}
