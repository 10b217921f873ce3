// The general matrix product: blocking, packing and the order of the work (after Goto & van de
// Geijn 2008 and Van Zee & van de Geijn 2015). The smaller operand is packed first, for all
// threads; a task packs its part of the larger one, which then stays in its own cache. An operand
// that is read only once, or that is small, is not packed where its strides allow it.

#include "gemm_product.h"

enum {
  DEPTH = 512,            // the most terms that a tile adds at a time: a panel of B is 64 KiB
  PASS_DEPTH = 8192,      // the most terms of a pass: bounds the packed shared operand
  TASK_ROWS = 140,        // about the most rows of A that a task packs, to stay in L2
  TASK_COLUMNS = 256,     // the most columns of B that a task packs, panel by panel
  SPLIT_COLUMNS = 256,    // the fewest columns worth packing the same rows of A again for
  SHARED = 2 << 20,       // floats of the shared operand that should fit the last level of cache
  SMALL = 1 << 14,        // floats of an operand's block that L2 gives without packing
  TASKS_PER_THREAD = 8,   // enough for threads that lose their processor for a while
  SERIAL_PACKING = 1 << 15  // floats that are packed before a thread wakes
};

/// How a product is cut. Of all this only the two depths can change a bit of the result, and they
/// depend on k alone.
typedef struct plan {
  int shares_a;            // whether A is the shared operand and B the tasks' own
  ptrdiff_t height;        // rows in a panel of A
  ptrdiff_t width;         // columns in a panel of B
  ptrdiff_t depth;         // terms of the sum in a block
  ptrdiff_t pass_depth;    // terms of the sum in a pass
  ptrdiff_t rows;          // of C in a pass: all, or as many as the shared operand may have
  ptrdiff_t columns;       // likewise
  ptrdiff_t shared;        // floats of the shared operand in a pass, a multiple of 16
  ptrdiff_t own;           // floats of a thread's own part, a multiple of 16
} plan;

static plan makePlan(
  const ck_gemm_kernels *kernels, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, int shares_a) {
  plan p = {.shares_a = shares_a, .rows = m, .columns = n};
  p.height = ck_divide_up(m, ck_divide_up(m, kernels->rows));
  p.width = 2 * kernels->lanes;
  p.pass_depth = ck_divide_up(k, ck_divide_up(k, PASS_DEPTH));
  k = p.pass_depth;
  p.depth = ck_divide_up(k, ck_divide_up(k, DEPTH));
  const ptrdiff_t most = ck_most(TASK_COLUMNS, SHARED / k);
  if (shares_a) {
    const ptrdiff_t rows = ck_divide_up(m, ck_divide_up(m, most));
    p.rows = ck_divide_up(rows, p.height) * p.height;
    p.shared = p.rows * k;
    p.own = p.width * p.depth;
  } else {
    const ptrdiff_t columns = ck_divide_up(n, ck_divide_up(n, most));
    p.columns = ck_divide_up(columns, p.width) * p.width;
    p.shared = p.columns * k;
    p.own = ck_most(1, TASK_ROWS / p.height) * p.height * p.depth;
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

/// Floats that the terms before `start` take in the packed shared operand.
static ptrdiff_t sharedOffset(const pass *y, ptrdiff_t start) {
  const plan *const p = &y->plan;
  return start * (p->shares_a ? y->row_panels * p->height : y->column_panels * p->width);
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
  float *const block = y->shared + sharedOffset(y, start);
  if (p->shares_a) {
    const ptrdiff_t row = y->first_row + panel * p->height;
    x->kernels->pack_a(
      ck_least(PANELS_PER_TASK * p->height, y->end_row - row), depth,
      x->a + row * x->a_row + start * x->a_column, x->a_row, x->a_column,
      block + panel * p->height * depth, p->height);
    return;
  }
  const ptrdiff_t end = ck_least(panel + PANELS_PER_TASK, y->column_panels);
  for (ptrdiff_t i = panel; i < end; i++) {
    const ptrdiff_t column = y->first_column + i * p->width;
    x->kernels->pack_b(
      ck_least(p->width, y->end_column - column), depth,
      x->b + start * x->b_row + column * x->b_column, x->b_row, x->b_column,
      block + i * p->width * depth);
  }
}

/// Rows of A as tiles take them: panels panel_step apart.
typedef struct a_view {
  const float *base;
  ptrdiff_t panel_step, row, column;
} a_view;

/// Fetches the lines of a rectangle into the cache before it is written.
static void prefetch(const float *first, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t step) {
  for (ptrdiff_t i = 0; i < rows; i++, first += step) {
    __builtin_prefetch(first, 1);
    __builtin_prefetch(first + columns - 1, 1);
  }
}

/// Computes the elements [row, row + rows) × [column, column + columns) of C, which may be less
/// than a whole tile's; `complete` says that no term is missing then.
static void computeTile(
  const ck_product *x, int complete, ptrdiff_t row, ptrdiff_t column, ptrdiff_t rows,
  ptrdiff_t columns, ptrdiff_t depth, const float *a, a_view view, const float *b,
  ptrdiff_t b_row, float beta) {
  const ptrdiff_t lanes = x->kernels->lanes, vectors = ck_divide_up(columns, lanes);
  const ck_tile tile = view.row == 1 ? x->kernels->tile[vectors - 1][rows - 1]
                                     : x->kernels->strided_tile[vectors - 1][rows - 1];
  if (columns == vectors * lanes && !(complete && x->epilogue != NULL)) {
    float *const c = x->c + row * x->c_row + column;
    tile(depth, x->alpha, a, view.row, view.column, b, b_row, beta, c, x->c_row);
  } else {
    float whole[CK_MOST_ROWS * CK_MOST_COLUMNS];
    prefetch(x->c + row * x->c_row + column, rows, columns, x->c_row);
    if (complete && x->epilogue != NULL && x->epilogue->preactivation != NULL) {
      prefetch(x->epilogue->preactivation + row * x->c_row + column, rows, columns, x->c_row);
    }
    tile(depth, x->alpha, a, view.row, view.column, b, b_row, 0, whole, CK_MOST_COLUMNS);
    ck_finish(x, complete, row, column, rows, columns, whole, CK_MOST_COLUMNS, beta);
  }
}

/// The rows of A from `row` on, for the terms from `start` on, packed if need be.
static a_view viewRows(
  const pass *y, float *own, ptrdiff_t row, ptrdiff_t end, ptrdiff_t start, ptrdiff_t depth) {
  const ck_product *const x = y->product;
  const plan *const p = &y->plan;
  const float *const a = x->a + row * x->a_row + start * x->a_column;
  if (y->direct_a) return (a_view){a, p->height * x->a_row, x->a_row, x->a_column};
  a_view view = {own, p->height * depth, 1, p->height};
  if (p->shares_a) {
    view.base = y->shared + sharedOffset(y, start) + (row - y->first_row) * depth;
  } else {
    x->kernels->pack_a(end - row, depth, a, x->a_row, x->a_column, own, p->height);
  }
  return view;
}

/// The panel of B at `column`, for the terms from `start` on, packed if need be; rows *b_row apart.
static const float *viewPanel(
  const pass *y, float *own, ptrdiff_t column, ptrdiff_t start, ptrdiff_t depth,
  ptrdiff_t *b_row) {
  const ck_product *const x = y->product;
  const plan *const p = &y->plan;
  const ptrdiff_t columns = ck_least(p->width, y->end_column - column);
  const float *const b = x->b + start * x->b_row + column * x->b_column;
  *b_row = p->width;
  if (!p->shares_a) {
    return y->shared + sharedOffset(y, start) + (column - y->first_column) * depth;
  }
  // A tile reads whole vectors, which B may not have at its edge.
  if (y->direct_b && columns % x->kernels->lanes == 0) {
    *b_row = x->b_row;
    return b;
  }
  x->kernels->pack_b(columns, depth, b, x->b_row, x->b_column, own);
  return own;
}

/// Fetches a share of the next panel of B, [part, part + parts) of `all` rows of tiles: packing
/// reads in short runs, for which the processor's own prefetching is too late.
static void prefetchPanel(
  const pass *y, ptrdiff_t column, ptrdiff_t start, ptrdiff_t depth, ptrdiff_t part,
  ptrdiff_t parts, ptrdiff_t all) {
  enum { LINE = 16, FEWEST_ROWS = 64 };
  const ck_product *const x = y->product;
  if (!y->plan.shares_a || y->direct_b || all < FEWEST_ROWS || column >= y->end_column) return;
  const ptrdiff_t columns = ck_least(y->plan.width, y->end_column - column);
  const float *const b = x->b + start * x->b_row + column * x->b_column;
  const ptrdiff_t lines = x->b_row == 1 ? columns : depth;
  const ptrdiff_t length = x->b_row == 1 ? depth : columns;
  const ptrdiff_t step = x->b_row == 1 ? x->b_column : x->b_row;
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
    const float beta = start == 0 ? x->beta : 1;
    const a_view view = viewRows(y, own, row, endRow, start, depth);
    for (ptrdiff_t panel = firstPanel; panel < endPanel; panel++) {
      const ptrdiff_t column = y->first_column + panel * p->width;
      const ptrdiff_t columns = ck_least(p->width, y->end_column - column);
      ptrdiff_t b_row;
      const float *const b = viewPanel(y, own, column, start, depth, &b_row);
      const float *a = view.base;
      for (ptrdiff_t i = row; i < endRow; i += p->height, a += view.panel_step) {
        const ptrdiff_t rows = ck_least(p->height, endRow - i);
        prefetchPanel(y, column + p->width, start, depth, i - row, rows, endRow - row);
        computeTile(
          x, start + depth == x->k, i, column, rows, columns, depth, a, view, b, b_row, beta);
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
  // Each panel of B is read once where the rows fit one tile, each row of A once where the columns
  // do; else a block must be so small that its distances do no harm.
  const ptrdiff_t depth = ck_least(x->k, DEPTH);
  const int small_b = x->m <= rows || depth * x->b_row <= SMALL;
  const int small_a = x->n <= width || depth * x->a_column + x->m * x->a_row <= SMALL;
  const int direct_b = x->b_column == 1 && small_b;
  const int direct_a = (x->a_row == 1 || x->a_column == 1) && small_a;
  const int shares_a = x->n > x->m || direct_b || direct_a;
  pass y = {
    .plan = makePlan(x->kernels, x->m, x->n, x->k, shares_a),
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
  for (int shares_a = 0; shares_a < 2; shares_a++) {
    const plan p = makePlan(kernels, m, n, k, shares_a);
    const size_t needed = (size_t)p.shared + (size_t)threads * (size_t)p.own;
    size = needed > size ? needed : size;
  }
  return size;
}
