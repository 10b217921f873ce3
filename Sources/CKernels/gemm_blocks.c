// The general matrix product: blocking, packing and the order of the work (after Goto & van de
// Geijn 2008 and Van Zee & van de Geijn 2015). The smaller operand is packed first, for all
// threads; a task packs its part of the larger one, which then stays in its own cache. An operand
// that is read only once, or that is small, is not packed where its strides allow it.

#include "gemm_product.h"

enum {
  DEPTH = 512,            // the most words of k that a tile adds at a time: a panel of B is 64 KiB
  PASS_DEPTH = 8192,      // the most words of k in a pass: bounds the packed shared operand
  TASK_ROWS = 140,        // about the most rows of A that a task packs, to stay in L2
  TASK_COLUMNS = 256,     // the most columns of B that a task packs, panel by panel
  SPLIT_COLUMNS = 256,    // the fewest columns worth packing the same rows of A again for
  SHARED = 2 << 20,       // words of the shared operand that should fit the last level of cache
  SMALL = 1 << 14,        // words of an operand's block that L2 gives without packing
  TASKS_PER_THREAD = 8,   // enough for threads that lose their processor for a while
  SERIAL_PACKING = 1 << 15  // words that are packed before a thread wakes
};

/// How a product is cut. Of all this only the two depths can change a bit of the result, and they
/// depend on k alone.
typedef struct plan {
  int shares_a;            // whether A is the shared operand and B the tasks' own
  ptrdiff_t height;        // rows in a panel of A
  ptrdiff_t width;         // columns in a panel of B
  ptrdiff_t depth;         // terms of the sum in a block, a multiple of the numbers in a word
  ptrdiff_t pass_depth;    // terms of the sum in a pass, likewise
  ptrdiff_t rows;          // of C in a pass: all, or as many as the shared operand may have
  ptrdiff_t columns;       // likewise
  ptrdiff_t shared;        // words of the shared operand in a pass, a multiple of 16
  ptrdiff_t own;           // words of a thread's own part, a multiple of 16
} plan;

static ptrdiff_t wordsOf(const ck_gemm_kernels *kernels, ptrdiff_t k) {
  return ck_divide_up(k, kernels->numbers);
}

/// C is whole after one block if it `rounds`: its sums cannot be added up in it.
static plan makePlan(
  const ck_gemm_kernels *kernels, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, int rounds,
  int shares_a) {
  plan p = {.shares_a = shares_a, .rows = m, .columns = n};
  p.height = ck_divide_up(m, ck_divide_up(m, kernels->rows));
  p.width = 2 * kernels->lanes;
  const ptrdiff_t all = wordsOf(kernels, k);
  const ptrdiff_t words = ck_divide_up(all, ck_divide_up(all, PASS_DEPTH));
  const ptrdiff_t depth =
    rounds ? words : ck_divide_up(words, ck_divide_up(words, DEPTH));
  p.pass_depth = words * kernels->numbers;
  p.depth = depth * kernels->numbers;
  const ptrdiff_t most = ck_most(TASK_COLUMNS, SHARED / words);
  if (shares_a) {
    const ptrdiff_t rows = ck_divide_up(m, ck_divide_up(m, most));
    p.rows = ck_divide_up(rows, p.height) * p.height;
    p.shared = p.rows / p.height * kernels->pitch * words;
    p.own = p.width * depth;
  } else {
    const ptrdiff_t columns = ck_divide_up(n, ck_divide_up(n, most));
    p.columns = ck_divide_up(columns, p.width) * p.width;
    p.shared = p.columns * words;
    p.own = ck_most(1, TASK_ROWS / p.height) * kernels->pitch * depth;
  }
  p.shared = ck_divide_up(p.shared, 16) * 16;
  p.own = ck_divide_up(p.own, 16) * 16;
  return p;
}

/// One pass over a rectangle of C.
typedef struct pass {
  const ck_product *product;
  plan plan;
  int direct_a, direct_b;  // whether the operand is read where it lies
  float *shared, *own;
  ptrdiff_t first_row, end_row, first_column, end_column;
  ptrdiff_t row_panels, column_panels;
  ptrdiff_t row_chunks, column_chunks;  // the tasks
} pass;

/// Words that the terms before `start` take in the packed shared operand.
static ptrdiff_t sharedOffset(const pass *y, ptrdiff_t start) {
  const plan *const p = &y->plan;
  return start / y->product->kernels->numbers
    * (p->shares_a ? y->row_panels * y->product->kernels->pitch : y->column_panels * p->width);
}

enum { PANELS_PER_TASK = 4 };

/// Packs a few panels of the shared operand, for one block of terms.
static void packShared(void *context, ptrdiff_t index) {
  const pass *const y = context;
  const ck_product *const x = y->product;
  const plan *const p = &y->plan;
  const ptrdiff_t blocks = ck_divide_up(x->k, p->depth);
  const ptrdiff_t start = index % blocks * p->depth, depth = ck_least(p->depth, x->k - start);
  const ptrdiff_t panel = index / blocks * PANELS_PER_TASK;
  const ptrdiff_t words = wordsOf(x->kernels, depth);
  float *const block = y->shared + sharedOffset(y, start);
  if (p->shares_a) {
    const ptrdiff_t row = y->first_row + panel * p->height;
    x->kernels->pack_a(
      ck_least(PANELS_PER_TASK * p->height, y->end_row - row), depth,
      x->a + row * x->a_row + start * x->a_column, x->a_row, x->a_column,
      block + panel * x->kernels->pitch * words, p->height);
    return;
  }
  const ptrdiff_t end = ck_least(panel + PANELS_PER_TASK, y->column_panels);
  for (ptrdiff_t i = panel; i < end; i++) {
    const ptrdiff_t column = y->first_column + i * p->width;
    x->kernels->pack_b(
      ck_least(p->width, y->end_column - column), depth,
      x->b + start * x->b_row + column * x->b_column, x->b_row, x->b_column,
      block + i * p->width * words);
  }
}

/// Rows of A as tiles take them: panels panel_step apart, all in bytes.
typedef struct a_view {
  const char *base;
  ptrdiff_t panel_step, row, column;
} a_view;

/// Fetches the lines of a rectangle into the cache before it is written; in bytes.
static void prefetch(const char *first, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t step) {
  for (ptrdiff_t i = 0; i < rows; i++, first += step) {
    __builtin_prefetch(first, 1);
    __builtin_prefetch(first + columns - 1, 1);
  }
}

/// Computes the elements [row, row + rows) × [column, column + columns) of C, which may be less
/// than a whole tile's; `complete` says that no term is missing then.
static void computeTile(
  const ck_product *x, int complete, ptrdiff_t row, ptrdiff_t column, ptrdiff_t rows,
  ptrdiff_t columns, ptrdiff_t words, const char *a, a_view view, const char *b, ptrdiff_t b_row,
  float beta) {
  const ptrdiff_t lanes = x->kernels->lanes, vectors = ck_divide_up(columns, lanes);
  const ck_tile tile = x->kernels->tile[vectors - 1][rows - 1];
  const ck_target target = ck_target_at(x, complete, row, column, beta);
  if (columns == vectors * lanes) {
    tile(words, a, view.row, view.column, b, b_row, &target);
  } else {
    float whole[CK_MOST_ROWS * CK_MOST_COLUMNS];
    const ck_target sums = {
      .c = (char *)whole, .row = CK_MOST_COLUMNS, .type = CK_FLOAT32, .way = CK_STORE,
    };
    const ptrdiff_t size = x->c_type == CK_FLOAT32 ? 4 : 2;
    prefetch(target.c, rows, columns * size, x->c_row * size);
    tile(words, a, view.row, view.column, b, b_row, &sums);
    x->kernels->finish(rows, columns, whole, CK_MOST_COLUMNS, &target);
  }
}

/// The rows of A from `row` on, for the terms from `start` on, packed if need be.
static a_view viewRows(
  const pass *y, float *own, ptrdiff_t row, ptrdiff_t end, ptrdiff_t start, ptrdiff_t depth) {
  const ck_product *const x = y->product;
  const plan *const p = &y->plan;
  const char *const a = x->a + row * x->a_row + start * x->a_column;
  if (y->direct_a) {
    return (a_view){a, p->height * x->a_row, x->a_row, x->kernels->numbers * x->a_column};
  }
  const ptrdiff_t words = wordsOf(x->kernels, depth);
  const ptrdiff_t pitch = x->kernels->pitch;
  a_view view = {(const char *)own, 4 * pitch * words, 4, 4 * pitch};
  if (p->shares_a) {
    const ptrdiff_t panel = (row - y->first_row) / p->height;
    view.base = (const char *)(y->shared + sharedOffset(y, start) + panel * pitch * words);
  } else {
    x->kernels->pack_a(end - row, depth, a, x->a_row, x->a_column, own, p->height);
  }
  return view;
}

/// The panel of B at `column`, for the terms from `start` on, packed if need be; rows *b_row bytes
/// apart.
static const char *viewPanel(
  const pass *y, float *own, ptrdiff_t column, ptrdiff_t start, ptrdiff_t depth,
  ptrdiff_t *b_row) {
  const ck_product *const x = y->product;
  const plan *const p = &y->plan;
  const ptrdiff_t columns = ck_least(p->width, y->end_column - column);
  const char *const b = x->b + start * x->b_row + column * x->b_column;
  *b_row = 4 * p->width;
  if (!p->shares_a) {
    const ptrdiff_t words = wordsOf(x->kernels, depth);
    return (const char *)(
      y->shared + sharedOffset(y, start) + (column - y->first_column) * words);
  }
  // A tile reads whole vectors, which B may not have at its edge.
  if (y->direct_b && columns % x->kernels->lanes == 0) {
    *b_row = x->b_row;
    return b;
  }
  x->kernels->pack_b(columns, depth, b, x->b_row, x->b_column, own);
  return (const char *)own;
}

/// Fetches a share of the next panel of B, [part, part + parts) of `all` rows of tiles: packing
/// reads in short runs, for which the processor's own prefetching is too late.
static void prefetchPanel(
  const pass *y, ptrdiff_t column, ptrdiff_t start, ptrdiff_t depth, ptrdiff_t part,
  ptrdiff_t parts, ptrdiff_t all) {
  enum { LINE = 64, FEWEST_ROWS = 64 };
  const ck_product *const x = y->product;
  if (!y->plan.shares_a || y->direct_b || all < FEWEST_ROWS || column >= y->end_column) return;
  const ptrdiff_t columns = ck_least(y->plan.width, y->end_column - column);
  const char *const b = x->b + start * x->b_row + column * x->b_column;
  const ptrdiff_t size = ck_number_size(x);
  const int down = x->b_row == size;  // whether the terms of a column are neighbours
  const ptrdiff_t lines = down ? columns : depth, length = size * (down ? depth : columns);
  const ptrdiff_t step = down ? x->b_column : x->b_row;
  const ptrdiff_t end = ck_least(lines, lines * (part + parts) / all);
  for (ptrdiff_t i = lines * part / all; i < end; i++) {
    for (ptrdiff_t j = 0; j < length; j += LINE) __builtin_prefetch(b + i * step + j, 0, 2);
  }
}

/// Computes a task's part of C from the first term to the epilogue.
static void computeChunk(void *context, ptrdiff_t index) {
  const pass *const y = context;
  const ck_product *const x = y->product;
  const plan *const p = &y->plan;
  const ptrdiff_t rowChunk = index / y->column_chunks, columnChunk = index % y->column_chunks;
  const ptrdiff_t row = y->first_row + y->row_panels * rowChunk / y->row_chunks * p->height;
  const ptrdiff_t endRow = ck_least(
    y->end_row, y->first_row + y->row_panels * (rowChunk + 1) / y->row_chunks * p->height);
  const ptrdiff_t firstPanel = y->column_panels * columnChunk / y->column_chunks;
  const ptrdiff_t endPanel = y->column_panels * (columnChunk + 1) / y->column_chunks;
  float *const own = y->own + (x->parallel ? ck_thread_index() * p->own : 0);

  for (ptrdiff_t start = 0; start < x->k; start += p->depth) {
    const ptrdiff_t depth = ck_least(p->depth, x->k - start);
    const ptrdiff_t words = wordsOf(x->kernels, depth);
    const float beta = start == 0 ? x->beta : 1;
    const a_view view = viewRows(y, own, row, endRow, start, depth);
    for (ptrdiff_t panel = firstPanel; panel < endPanel; panel++) {
      const ptrdiff_t column = y->first_column + panel * p->width;
      const ptrdiff_t columns = ck_least(p->width, y->end_column - column);
      ptrdiff_t b_row;
      const char *const b = viewPanel(y, own, column, start, depth, &b_row);
      const char *a = view.base;
      for (ptrdiff_t i = row; i < endRow; i += p->height, a += view.panel_step) {
        const ptrdiff_t rows = ck_least(p->height, endRow - i);
        prefetchPanel(y, column + p->width, start, depth, i - row, rows, endRow - row);
        computeTile(
          x, start + depth == x->k, i, column, rows, columns, words, a, view, b, b_row, beta);
      }
    }
  }
}

/// Cuts a pass into tasks: large, but enough of them for the threads.
static void cutTasks(pass *y) {
  const plan *const p = &y->plan;
  const ptrdiff_t wanted = y->product->parallel ? (ptrdiff_t)ck_threads() * TASKS_PER_THREAD : 1;
  if (p->shares_a) {
    // A task packs its columns once, however few they are.
    const ptrdiff_t least = ck_divide_up(y->column_panels * p->width, TASK_COLUMNS);
    y->column_chunks = ck_least(y->column_panels, ck_most(least, wanted));
    y->row_chunks = ck_most(1, ck_least(wanted / y->column_chunks, y->row_panels / 8));
  } else {
    const ptrdiff_t own = ck_most(1, TASK_ROWS / p->height);
    const ptrdiff_t least = ck_divide_up(y->row_panels, own);
    y->row_chunks = ck_most(least, ck_least(wanted, y->row_panels / 4));
    y->column_chunks = ck_most(1, ck_least(
      wanted / y->row_chunks, y->column_panels * p->width / SPLIT_COLUMNS));
  }
}

static void runPass(pass *y) {
  const ck_product *const x = y->product;
  const plan *const p = &y->plan;
  y->row_panels = ck_divide_up(y->end_row - y->first_row, p->height);
  y->column_panels = ck_divide_up(y->end_column - y->first_column, p->width);
  if (!(p->shares_a && y->direct_a)) {
    const ptrdiff_t panels = p->shares_a ? y->row_panels : y->column_panels;
    const ptrdiff_t tasks =
      ck_divide_up(panels, PANELS_PER_TASK) * ck_divide_up(x->k, p->depth);
    if (p->shared > SERIAL_PACKING) {
      ck_for_each(x, tasks, packShared, y);
    } else {
      for (ptrdiff_t task = 0; task < tasks; task++) packShared(y, task);
    }
  }
  cutTasks(y);
  ck_for_each(x, y->row_chunks * y->column_chunks, computeChunk, y);
}

void ck_gemm_blocked(const ck_product *x, float *scratch) {
  const ptrdiff_t rows = x->kernels->rows, width = 2 * x->kernels->lanes;
  const ptrdiff_t size = ck_number_size(x);
  // Each panel of B is read once where the rows fit one tile, each row of A once where the columns
  // do; else a block must be so small that its distances do no harm.
  const ptrdiff_t depth = ck_least(x->k, DEPTH);
  const int small_b = x->m <= rows || depth * x->b_row <= 4 * SMALL;
  const int small_a = x->n <= width || depth * x->a_column + x->m * x->a_row <= 4 * SMALL
    || (x->a_column == size && x->a_row % 4096 != 0);
  // The words of pairs are there only where neighbours along k are.
  const int words_a = x->kernels->numbers == 1 ? x->a_row == size || x->a_column == size
                                               : x->a_column == size && x->k % 2 == 0;
  const int direct_b = x->kernels->numbers == 1 && x->b_column == size && small_b;
  const int direct_a = words_a && small_a;
  const int shares_a = x->n > x->m || direct_b;
  pass y = {
    .plan = makePlan(
      x->kernels, x->m, x->n, x->k, x->c_type != CK_FLOAT32, shares_a),
    .direct_a = direct_a, .direct_b = direct_b, .shared = scratch,
  };
  y.own = scratch + y.plan.shared;
  for (ptrdiff_t start = 0; start < x->k; start += y.plan.pass_depth) {
    ck_product part = *x;
    part.a += start * x->a_column;
    part.b += start * x->b_row;
    part.k = ck_least(y.plan.pass_depth, x->k - start);
    if (start > 0) part.beta = 1;
    if (start + part.k < x->k) part.epilogue = NULL;
    y.product = &part;
    for (ptrdiff_t row = 0; row < x->m; row += y.plan.rows) {
      for (ptrdiff_t column = 0; column < x->n; column += y.plan.columns) {
        y.first_row = row, y.end_row = ck_least(x->m, row + y.plan.rows);
        y.first_column = column, y.end_column = ck_least(x->n, column + y.plan.columns);
        runPass(&y);
      }
    }
  }
}

size_t ck_gemm_blocked_scratch(
  const ck_gemm_kernels *kernels, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, int threads) {
  // The strides, which are not known here, decide which operand is shared.
  size_t size = 0;
  for (int choice = 0; choice < 4; choice++) {
    const plan p = makePlan(kernels, m, n, k, choice >> 1, choice & 1);
    const size_t needed = (size_t)p.shared + (size_t)threads * (size_t)p.own;
    size = needed > size ? needed : size;
  }
  return size;
}
