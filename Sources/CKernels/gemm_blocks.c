// The general matrix product: blocking, packing and the order of the work (after Goto & van de
// Geijn 2008 and Van Zee & van de Geijn 2015). The smaller operand is packed first, for all
// threads; a task packs its part of the larger one, which then stays in its own cache. An operand
// that tiles can take as it lies is not packed.

#include "gemm_product.h"

enum {
  DEPTH = 1024,           // the most words of k that a tile adds at a time: a panel of B is 128 KiB
  PASS_DEPTH = 8192,      // the most words of k in a pass: bounds the packed shared operand
  GROUP = 1 << 16,        // about the words of its own operand that a task packs at a time: in L2
  SPLIT_COLUMNS = 256,    // the fewest columns worth packing the same rows of A again for
  SHARED = 2 << 20,       // words of the shared operand that should fit the last level of cache
  SMALL = 1 << 16,        // bytes of an operand's block that L2 gives without packing
  SHALLOW = 256, LOW = 8, // words of k up to which panels of A have no more rows
  FEW_PANELS = 4,         // of A, which do not pay for packing rows of B
  TASKS_PER_THREAD = 8,   // enough for threads that lose their processor for a while
  SERIAL_PACKING = 1 << 15  // words that are packed before a thread wakes
};

/// One of the two operands: A by its rows or B by its columns.
typedef struct operand {
  const char *base;
  ptrdiff_t count;   // lines
  ptrdiff_t line;    // bytes from one to the next
  ptrdiff_t step;    // bytes from a number to the next along k
  ptrdiff_t height;  // lines in a panel
  ptrdiff_t pitch;   // words that a packed panel takes for each word of k
  int direct;        // whether tiles take it as it lies
} operand;

/// How a product is cut. Of all this only the two depths can change a bit of the result, and they
/// depend on k and C's type alone.
typedef struct plan {
  ptrdiff_t depth;       // terms of the sum in a block, a multiple of the numbers in a word
  ptrdiff_t pass_depth;  // terms of the sum in a pass, likewise
  ptrdiff_t lines;       // of the shared operand in a pass: whole panels
  ptrdiff_t group;       // panels of its own operand that a task packs at a time
  ptrdiff_t shared;      // words of the packed shared operand in a pass, a multiple of 16
  ptrdiff_t own;         // words of a thread's own part, a multiple of 16
} plan;

static ptrdiff_t wordsOf(const ck_gemm_kernels *kernels, ptrdiff_t k) {
  return ck_divide_up(k, kernels->numbers);
}

static ptrdiff_t roundUp(ptrdiff_t count, ptrdiff_t unit) {
  return ck_divide_up(count, unit) * unit;
}

/// C is whole after one block if it `rounds`: its sums cannot be added up in it.
static plan makePlan(
  const ck_gemm_kernels *kernels, ptrdiff_t k, int rounds, const operand *shared,
  const operand *own) {
  plan p;
  const ptrdiff_t all = wordsOf(kernels, k);
  const ptrdiff_t words = ck_divide_up(all, ck_divide_up(all, PASS_DEPTH));
  const ptrdiff_t depth =
    rounds ? words : ck_divide_up(words, ck_divide_up(words, DEPTH));
  p.pass_depth = words * kernels->numbers;
  p.depth = depth * kernels->numbers;
  const ptrdiff_t most = ck_most(shared->height, SHARED / words);
  p.lines = roundUp(
    ck_divide_up(shared->count, ck_divide_up(shared->count, most)), shared->height);
  p.group = ck_most(1, GROUP / depth / own->pitch);
  p.shared = roundUp(p.lines / shared->height * shared->pitch * words, 16);
  p.own = roundUp(p.group * own->pitch * depth, 16);
  return p;
}

/// One pass over a rectangle of C: all of its own operand's lines, and of the shared operand's those
/// from `first` to `end`.
typedef struct pass {
  const ck_product *product;
  plan plan;
  operand a, b;
  int shares_a;  // whether A is the shared operand and B the tasks' own
  float *packed, *own;
  ptrdiff_t first, end;
  ptrdiff_t shared_chunks, own_chunks;  // the tasks
} pass;

static const operand *sharedOf(const pass *y) { return y->shares_a ? &y->a : &y->b; }
static const operand *ownOf(const pass *y) { return y->shares_a ? &y->b : &y->a; }

/// Packs an operand's lines from `line` to `end`, for the terms from `start` on.
static void pack(
  const pass *y, const operand *x, ptrdiff_t line, ptrdiff_t end, ptrdiff_t start,
  ptrdiff_t depth, float *packed) {
  const char *const first = x->base + line * x->line + start * x->step;
  const ck_gemm_kernels *const kernels = y->product->kernels;
  if (x == &y->a) {
    kernels->pack_a(end - line, depth, first, x->line, x->step, packed, x->height);
  } else {
    kernels->pack_b(end - line, depth, first, x->step, x->line, packed);
  }
}

/// Where the shared operand's panel from `line` on is packed, for the terms from `start` on, of
/// which a block has `words`.
static float *sharedPlace(const pass *y, ptrdiff_t line, ptrdiff_t start, ptrdiff_t words) {
  const operand *const x = sharedOf(y);
  const ptrdiff_t panels = ck_divide_up(y->end - y->first, x->height);
  const ptrdiff_t before = start / y->product->kernels->numbers * panels;
  return y->packed + (before + (line - y->first) / x->height * words) * x->pitch;
}

enum { PANELS_PER_TASK = 4 };

/// Packs a few panels of the shared operand, for one block of terms.
static void packShared(void *context, ptrdiff_t index) {
  const pass *const y = context;
  const operand *const x = sharedOf(y);
  const ptrdiff_t k = y->product->k, blocks = ck_divide_up(k, y->plan.depth);
  const ptrdiff_t start = index % blocks * y->plan.depth, depth = ck_least(y->plan.depth, k - start);
  const ptrdiff_t line = y->first + index / blocks * PANELS_PER_TASK * x->height;
  const ptrdiff_t end = ck_least(line + PANELS_PER_TASK * x->height, y->end);
  const ptrdiff_t words = wordsOf(y->product->kernels, depth);
  pack(y, x, line, end, start, depth, sharedPlace(y, line, start, words));
}

/// Panels of an operand as tiles take them, all in bytes.
typedef struct view {
  const char *base;
  ptrdiff_t panel, line, word;  // distances
} view;

static view viewOf(
  const pass *y, const operand *x, const float *packed, ptrdiff_t line, ptrdiff_t start,
  ptrdiff_t words) {
  if (x->direct) {
    return (view){
      x->base + line * x->line + start * x->step, x->height * x->line, x->line,
      x->step * y->product->kernels->numbers,
    };
  }
  return (view){(const char *)packed, 4 * x->pitch * words, 4, 4 * x->pitch};
}

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
  ptrdiff_t columns, ptrdiff_t words, const char *a, const view *viewA, const char *b,
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

enum { TURNED = 16 };

/// Computes a panel's columns of a transposed product, for up to TURNED panels of A from `row` on.
static void computeTurned(
  const ck_product *x, int complete, ptrdiff_t row, ptrdiff_t endRow, ptrdiff_t column,
  ptrdiff_t columns, ptrdiff_t words, ptrdiff_t height, const view *a, const char *first,
  const view *b, float beta) {
  const ptrdiff_t vectors = ck_divide_up(columns, x->kernels->lanes);
  const ptrdiff_t width = 2 * x->kernels->lanes, size = ck_number_size(x);
  float sums[TURNED * CK_MOST_ROWS * CK_MOST_COLUMNS], turned[TURNED * CK_MOST_ROWS * CK_MOST_COLUMNS + CK_MOST_COLUMNS * CK_MOST_COLUMNS];
  ck_target whole = {.row = width, .type = CK_FLOAT32, .way = CK_STORE};
  for (ptrdiff_t i = row; i < endRow; i += height, first += a->panel) {
    const ck_tile tile = x->kernels->tile[vectors - 1][ck_least(height, endRow - i) - 1];
    whole.c = (char *)(sums + (i - row) * width);
    tile(words, first, a->line, a->word, b->base, b->word, &whole);
  }
  // Packing the sums' rows as if they were columns of B transposes them.
  x->kernels->pack_b(endRow - row, width * x->kernels->numbers, (char *)sums, size, 4 * width, turned);
  for (ptrdiff_t i = row; i < endRow; i += width) {
    const ck_target target = ck_target_at(x, complete, column, i, beta);
    x->kernels->finish(columns, ck_least(width, endRow - i), turned + (i - row) * width, width, &target);
  }
}

/// Computes the part of C that belongs to A's rows and B's columns from `row` and `column` on, for
/// one block of terms.
static void computeBlock(
  const pass *y, ptrdiff_t row, ptrdiff_t endRow, ptrdiff_t column, ptrdiff_t endColumn,
  ptrdiff_t start, ptrdiff_t depth, view a, view b) {
  const ck_product *const x = y->product;
  const ptrdiff_t words = wordsOf(x->kernels, depth);
  const float beta = start == 0 ? x->beta : 1;
  const int complete = start + depth == x->k;
  if (x->transposed) {
    const ptrdiff_t most = TURNED * y->a.height;
    for (ptrdiff_t j = column; j < endColumn; j += y->b.height, b.base += b.panel) {
      const char *first = a.base;
      for (ptrdiff_t i = row; i < endRow; i += most, first += TURNED * a.panel) {
        computeTurned(
          x, complete, i, ck_least(i + most, endRow), j, ck_least(y->b.height, endColumn - j),
          words, y->a.height, &a, first, &b, beta);
      }
    }
    return;
  }
  for (ptrdiff_t j = column; j < endColumn; j += y->b.height, b.base += b.panel) {
    const char *first = a.base;
    for (ptrdiff_t i = row; i < endRow; i += y->a.height, first += a.panel) {
      computeTile(
        x, complete, i, j, ck_least(y->a.height, endRow - i), ck_least(y->b.height, endColumn - j),
        words, first, &a, b.base, b.word, beta);
    }
  }
}

/// Line `index` of `all` equal parts of the lines from `first` to `end`, at a panel's edge.
static ptrdiff_t cut(
  ptrdiff_t first, ptrdiff_t end, ptrdiff_t height, ptrdiff_t index, ptrdiff_t all) {
  const ptrdiff_t panels = ck_divide_up(end - first, height);
  return ck_least(end, first + panels * index / all * height);
}

/// Computes a task's part of C from the first term to the epilogue.
static void computeChunk(void *context, ptrdiff_t index) {
  const pass *const y = context;
  const ck_product *const x = y->product;
  const operand *const shared = sharedOf(y), *const own = ownOf(y);
  const ptrdiff_t i = index % y->shared_chunks, j = index / y->shared_chunks;
  const ptrdiff_t line = cut(y->first, y->end, shared->height, i, y->shared_chunks);
  const ptrdiff_t end = cut(y->first, y->end, shared->height, i + 1, y->shared_chunks);
  const ptrdiff_t endOwn = cut(0, own->count, own->height, j + 1, y->own_chunks);
  float *const packed = y->own + (x->parallel ? ck_thread_index() * y->plan.own : 0);
  const ptrdiff_t most = y->plan.group * own->height;
  ptrdiff_t ownLine = cut(0, own->count, own->height, j, y->own_chunks);
  for (; ownLine < endOwn; ownLine += most) {
    const ptrdiff_t ownEnd = ck_least(ownLine + most, endOwn);
    for (ptrdiff_t start = 0; start < x->k; start += y->plan.depth) {
      const ptrdiff_t depth = ck_least(y->plan.depth, x->k - start);
      const ptrdiff_t words = wordsOf(x->kernels, depth);
      if (!own->direct) pack(y, own, ownLine, ownEnd, start, depth, packed);
      const float *const place = sharedPlace(y, line, start, words);
      const view ownView = viewOf(y, own, packed, ownLine, start, words);
      const view sharedView = viewOf(y, shared, place, line, start, words);
      if (y->shares_a) {
        computeBlock(y, line, end, ownLine, ownEnd, start, depth, sharedView, ownView);
      } else {
        computeBlock(y, ownLine, ownEnd, line, end, start, depth, ownView, sharedView);
      }
    }
  }
}

/// Cuts a pass into tasks: large, but enough of them for the threads.
static void cutTasks(pass *y) {
  const operand *const shared = sharedOf(y), *const own = ownOf(y);
  const ptrdiff_t threads = y->product->parallel ? ck_threads() : 1;
  const ptrdiff_t wanted = threads > 1 ? threads * TASKS_PER_THREAD : 1;
  const ptrdiff_t panels = ck_divide_up(own->count, own->height);
  y->own_chunks = ck_least(panels, wanted);
  y->shared_chunks = ck_most(
    1, ck_least(wanted / y->own_chunks, (y->end - y->first) / (own->direct ? 1 : SPLIT_COLUMNS)));
  y->shared_chunks =
    ck_least(y->shared_chunks, ck_divide_up(y->end - y->first, shared->height));
}

static void runPass(pass *y) {
  const ck_product *const x = y->product;
  if (!sharedOf(y)->direct) {
    const ptrdiff_t panels = ck_divide_up(y->end - y->first, sharedOf(y)->height);
    const ptrdiff_t tasks =
      ck_divide_up(panels, PANELS_PER_TASK) * ck_divide_up(x->k, y->plan.depth);
    if (y->plan.shared > SERIAL_PACKING) {
      ck_for_each(x, tasks, packShared, y);
    } else {
      for (ptrdiff_t task = 0; task < tasks; task++) packShared(y, task);
    }
  }
  cutTasks(y);
  ck_for_each(x, y->shared_chunks * y->own_chunks, computeChunk, y);
}

/// Stores of float32 overlap with the next tile's products if a tile has few of them, which counts
/// where the products are few too.
static operand operandA(
  const ck_gemm_kernels *kernels, ptrdiff_t m, ptrdiff_t words, int rounds) {
  const ptrdiff_t most =
    words <= SHALLOW && !rounds ? ck_least(kernels->rows, LOW) : kernels->rows;
  const ptrdiff_t height = ck_divide_up(m, ck_divide_up(m, most));
  return (operand){.count = m, .height = height, .pitch = kernels->pitch};
}

static operand operandB(const ck_gemm_kernels *kernels, ptrdiff_t n) {
  return (operand){.count = n, .height = 2 * kernels->lanes, .pitch = 2 * kernels->lanes};
}

int ck_gemm_takes_a(const ck_product *x) {
  const ptrdiff_t size = ck_number_size(x);
  // The words of pairs are there only where neighbours along k are. Rows at a multiple of a page
  // from each other drive each other out of L1.
  if (x->a_column == size && x->k % x->kernels->numbers == 0) return x->a_row % 4096 != 0;
  // Else a few floats of each line are read, at once where the columns are one panel's.
  return x->kernels->numbers == 1 && x->a_row == size
    && (x->n <= 2 * x->kernels->lanes || ck_least(x->k, DEPTH) * x->a_column <= SMALL);
}

/// Whether tiles take B as it lies: by whole vectors, each read a few times or from L2.
static int takesB(const ck_product *x) {
  return x->kernels->numbers == 1 && x->b_column == 4 && x->n % x->kernels->lanes == 0
    && (x->m <= FEW_PANELS * x->kernels->rows || ck_least(x->k, DEPTH) * x->b_row <= SMALL);
}

/// Words that an operand takes when packed as a whole, a multiple of 16.
static ptrdiff_t packedSize(const operand *x, ptrdiff_t words) {
  return roundUp(ck_divide_up(x->count, x->height) * x->pitch * words, 16);
}

/// Computes a product that is one task, without the plans of a large one.
static void runSmall(pass *y, ptrdiff_t words, float *scratch) {
  const ck_product *const x = y->product;
  float *const packedB = scratch + packedSize(&y->a, words);
  if (!y->a.direct) pack(y, &y->a, 0, x->m, 0, x->k, scratch);
  if (!y->b.direct) pack(y, &y->b, 0, x->n, 0, x->k, packedB);
  computeBlock(
    y, 0, x->m, 0, x->n, 0, x->k, viewOf(y, &y->a, scratch, 0, 0, words),
    viewOf(y, &y->b, packedB, 0, 0, words));
}

void ck_gemm_blocked(const ck_product *x, float *scratch) {
  const ptrdiff_t words = wordsOf(x->kernels, x->k);
  const int rounds = x->c_type != CK_FLOAT32;
  pass y = {
    .product = x, .a = operandA(x->kernels, x->m, words, rounds),
    .b = operandB(x->kernels, x->n), .packed = scratch,
  };
  y.a.base = x->a, y.a.line = x->a_row, y.a.step = x->a_column, y.a.direct = ck_gemm_takes_a(x);
  y.b.base = x->b, y.b.line = x->b_column, y.b.step = x->b_row, y.b.direct = takesB(x);
  // Long runs of few rows: the processor fetches those ahead.
  if (y.b.direct && x->m <= CK_WIDE_ROWS && !x->transposed) {
    y.b.height = CK_WIDE * x->kernels->lanes;
  }
  if (
    words <= DEPTH && packedSize(&y.a, words) + packedSize(&y.b, words) <= GROUP
    && (!x->parallel || ck_threads() == 1)) {
    runSmall(&y, words, scratch);
    return;
  }
  y.shares_a = x->n > x->m || y.b.direct;
  y.plan = makePlan(x->kernels, x->k, rounds, sharedOf(&y), ownOf(&y));
  y.own = scratch + y.plan.shared;
  for (ptrdiff_t start = 0; start < x->k; start += y.plan.pass_depth) {
    ck_product part = *x;
    part.k = ck_least(y.plan.pass_depth, x->k - start);
    if (start > 0) part.beta = 1;
    if (start + part.k < x->k) part.epilogue = NULL;
    y.product = &part;
    y.a.base = x->a + start * x->a_column;
    y.b.base = x->b + start * x->b_row;
    for (y.first = 0; y.first < sharedOf(&y)->count; y.first += y.plan.lines) {
      y.end = ck_least(sharedOf(&y)->count, y.first + y.plan.lines);
      runPass(&y);
    }
  }
}

size_t ck_gemm_blocked_scratch(
  const ck_gemm_kernels *kernels, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, int threads) {
  const operand b = operandB(kernels, n);
  const ptrdiff_t words = wordsOf(kernels, k);
  size_t size = 0;
  // The strides and C's type, which are not known here, decide which operand is shared and how.
  for (int choice = 0; choice < 4; choice++) {
    const int rounds = choice >> 1;
    const operand a = operandA(kernels, m, words, rounds);
    const ptrdiff_t small = packedSize(&a, words) + packedSize(&b, words);
    const plan p = makePlan(kernels, k, rounds, choice & 1 ? &a : &b, choice & 1 ? &b : &a);
    size_t needed = (size_t)p.shared + (size_t)threads * (size_t)p.own;
    if (words <= DEPTH && small <= GROUP && (size_t)small > needed) needed = (size_t)small;
    size = needed > size ? needed : size;
  }
  return size;
}
