// A block of a product, tile by tile.

#include "gemm_operand.h"

/// Fetches the lines of a rectangle into the cache before it is written; in bytes.
static void prefetch(const char *first, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t step) {
  for (ptrdiff_t i = 0; i < rows; i++, first += step) {
    __builtin_prefetch(first, 1);
    __builtin_prefetch(first + columns - 1, 1);
  }
}

/// Computes C's elements from [row, column] on, which may be fewer than a whole tile's; `complete`
/// says that no term is missing then.
static void computeTile(
  const ck_product *x, int complete, ptrdiff_t row, ptrdiff_t column, ptrdiff_t rows,
  ptrdiff_t columns, ptrdiff_t words, const char *a, const ck_view *viewA, const char *b,
  ptrdiff_t b_row, float beta) {
  const ptrdiff_t lanes = x->kernels->lanes, vectors = ck_divide_up(columns, lanes);
  const ck_tile tile = x->kernels->tile[vectors - 1][rows - 1];
  const ck_target target = ck_target_at(x, complete, row, column, beta);
  if (columns == vectors * lanes) {
    tile(words, a, viewA->line, viewA->word, b, b_row, &target);
  } else {
    float whole[CK_MOST_ROWS * CK_MOST_COLUMNS];
    const ck_target sums = {
      .c = (char *)whole, .row = CK_MOST_COLUMNS, .type = CK_FLOAT32, .way = CK_STORE,
    };
    const ptrdiff_t size = x->c_type == CK_FLOAT32 ? 4 : 2;
    prefetch(target.c, rows, columns * size, x->c_row * size);
    tile(words, a, viewA->line, viewA->word, b, b_row, &sums);
    x->kernels->finish(rows, columns, whole, CK_MOST_COLUMNS, &target);
  }
}

enum { TURNED = 16 };  // panels of A whose results are transposed together

/// Computes the elements of a transposed product that belong to one panel of B and up to TURNED
/// panels of A, of `height` rows, the first at `a`.
static void computeTurned(
  const ck_product *x, int complete, ck_block block, const char *a, const ck_view *viewA,
  ptrdiff_t height, const ck_view *viewB, float beta) {
  enum { MOST = TURNED * CK_MOST_ROWS };
  float sums[MOST * CK_MOST_COLUMNS], turned[(MOST + CK_MOST_COLUMNS) * CK_MOST_COLUMNS];
  const ptrdiff_t lanes = x->kernels->lanes, width = 2 * lanes;
  const ptrdiff_t words = ck_words(x->kernels, block.depth);
  const ptrdiff_t columns = block.end_column - block.column;
  const ptrdiff_t vectors = ck_divide_up(columns, lanes);
  ck_target target = {.row = width, .type = CK_FLOAT32, .way = CK_STORE};
  for (ptrdiff_t i = block.row; i < block.end_row; i += height, a += viewA->panel) {
    const ck_tile tile = x->kernels->tile[vectors - 1][ck_least(height, block.end_row - i) - 1];
    target.c = (char *)(sums + (i - block.row) * width);
    tile(words, a, viewA->line, viewA->word, viewB->base, viewB->word, &target);
  }
  // Packing the sums' rows as if they were columns of B transposes them.
  x->kernels->pack_b(
    block.end_row - block.row, width * x->kernels->numbers, (char *)sums, ck_number_size(x),
    4 * width, turned);
  const float *block_of_columns = turned;
  for (ptrdiff_t i = block.row; i < block.end_row; i += width, block_of_columns += width * width) {
    const ck_target place = ck_target_at(x, complete, block.column, i, beta);
    x->kernels->finish(
      columns, ck_least(width, block.end_row - i), block_of_columns, width, &place);
  }
}

void ck_compute_block(
  const ck_product *x, const ck_operand *a, const ck_operand *b, ck_block block, ck_view viewA,
  ck_view viewB) {
  const ptrdiff_t words = ck_words(x->kernels, block.depth);
  const float beta = block.start == 0 ? x->beta : 1;
  const int complete = block.start + block.depth == x->k;
  ptrdiff_t j = block.column;
  for (; j < block.end_column; j += b->height, viewB.base += viewB.panel) {
    const ptrdiff_t columns = ck_least(b->height, block.end_column - j);
    const char *first = viewA.base;
    if (x->transposed) {
      const ptrdiff_t most = TURNED * a->height;
      for (ptrdiff_t i = block.row; i < block.end_row; i += most, first += TURNED * viewA.panel) {
        const ck_block part = {
          i, ck_least(i + most, block.end_row), j, j + columns, block.start, block.depth,
        };
        computeTurned(x, complete, part, first, &viewA, a->height, &viewB, beta);
      }
    } else {
      for (ptrdiff_t i = block.row; i < block.end_row; i += a->height, first += viewA.panel) {
        computeTile(
          x, complete, i, j, ck_least(a->height, block.end_row - i), columns, words, first, &viewA,
          viewB.base, viewB.word, beta);
      }
    }
  }
}
