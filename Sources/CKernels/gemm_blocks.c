// The general matrix product: blocking, packing and the order of the work (after Goto & van de
// Geijn 2008 and Van Zee & van de Geijn 2015). The smaller operand is packed first, for all
// threads; a task packs its part of the larger one, which then stays in its own cache. An operand
// that tiles can take as it lies is not packed.

#include "gemm_operand.h"

enum {
  PASS_DEPTH = 8192,      // the most words of k in a pass: bounds the packed shared operand
  GROUP = 1 << 16,        // about the words of its own operand that a task packs at a time: in L2
  SPLIT_COLUMNS = 256,    // the fewest columns worth packing the same rows of A again for
  SHARED = 2 << 20,       // words of the shared operand that should fit the last level of cache
  TASKS_PER_THREAD = 24,   // enough for threads that lose their processor for a while
  SERIAL_PACKING = 1 << 12  // words that are packed before a thread wakes
};

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

/// C is whole after one block if it `rounds`: its sums cannot be added up in it.
static plan makePlan(
  const ck_gemm_kernels *kernels, ptrdiff_t k, int rounds, const ck_operand *shared,
  const ck_operand *own) {
  plan p;
  const ptrdiff_t all = ck_words(kernels, k);
  const ptrdiff_t words = ck_divide_up(all, ck_divide_up(all, PASS_DEPTH));
  const ptrdiff_t depth = rounds ? words : ck_divide_up(words, ck_divide_up(words, CK_DEPTH));
  p.pass_depth = words * kernels->numbers;
  p.depth = depth * kernels->numbers;
  const ptrdiff_t most = ck_most(shared->height, SHARED / words);
  p.lines = ck_round_up(
    ck_divide_up(shared->count, ck_divide_up(shared->count, most)), shared->height);
  p.group = ck_most(1, GROUP / depth / own->pitch);
  p.shared = ck_round_up(p.lines / shared->height * shared->pitch * words, 16);
  p.own = ck_round_up(p.group * own->pitch * depth, 16);
  return p;
}

/// One pass over a rectangle of C: all lines of the tasks' own operand, and the shared operand's
/// from `first` to `end`.
typedef struct pass {
  const ck_product *product;
  plan plan;
  const ck_operand *shared, *own;
  float *packed, *own_packed;
  ptrdiff_t first, end;
  ptrdiff_t shared_chunks, own_chunks;  // the tasks
} pass;

/// Where the shared operand's panel from `line` on is packed, for the terms from `start` on, of
/// which a block has `words`.
static float *sharedPlace(const pass *y, ptrdiff_t line, ptrdiff_t start, ptrdiff_t words) {
  const ck_operand *const x = y->shared;
  const ptrdiff_t panels = ck_divide_up(y->end - y->first, x->height);
  const ptrdiff_t before = start / y->product->kernels->numbers * panels;
  return y->packed + (before + (line - y->first) / x->height * words) * x->pitch;
}

enum { PANELS_PER_TASK = 4, PANELS_PER_THREAD = 4 };

/// Packs a few panels of the shared operand, for one block of terms.
static void packShared(void *context, ptrdiff_t index) {
  const pass *const y = context;
  const ck_operand *const x = y->shared;
  const ck_gemm_kernels *const kernels = y->product->kernels;
  const ptrdiff_t k = y->product->k, blocks = ck_divide_up(k, y->plan.depth);
  const ptrdiff_t start = index % blocks * y->plan.depth;
  const ptrdiff_t depth = ck_least(y->plan.depth, k - start);
  const ptrdiff_t line = y->first + index / blocks * PANELS_PER_TASK * x->height;
  const ptrdiff_t end = ck_least(line + PANELS_PER_TASK * x->height, y->end);
  float *const packed = sharedPlace(y, line, start, ck_words(kernels, depth));
  ck_pack(kernels, x, line, end, start, depth, packed);
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
  const ck_operand *const shared = y->shared, *const own = y->own;
  const ptrdiff_t i = index % y->shared_chunks, j = index / y->shared_chunks;
  const ptrdiff_t line = cut(y->first, y->end, shared->height, i, y->shared_chunks);
  const ptrdiff_t end = cut(y->first, y->end, shared->height, i + 1, y->shared_chunks);
  const ptrdiff_t endOwn = cut(0, own->count, own->height, j + 1, y->own_chunks);
  float *const packed = y->own_packed + (x->parallel ? ck_thread_index() * y->plan.own : 0);
  const ptrdiff_t most = y->plan.group * own->height;
  ptrdiff_t ownLine = cut(0, own->count, own->height, j, y->own_chunks);
  for (; ownLine < endOwn; ownLine += most) {
    const ptrdiff_t ownEnd = ck_least(ownLine + most, endOwn);
    for (ptrdiff_t start = 0; start < x->k; start += y->plan.depth) {
      const ptrdiff_t depth = ck_least(y->plan.depth, x->k - start);
      const ptrdiff_t words = ck_words(x->kernels, depth);
      if (!own->direct) ck_pack(x->kernels, own, ownLine, ownEnd, start, depth, packed);
      const float *const place = sharedPlace(y, line, start, words);
      const ck_view ownView = ck_view_of(x->kernels, own, packed, ownLine, start, words);
      const ck_view sharedView = ck_view_of(x->kernels, shared, place, line, start, words);
      if (shared->is_a) {
        const ck_block block = {line, end, ownLine, ownEnd, start, depth};
        ck_compute_block(x, shared, own, block, sharedView, ownView);
      } else {
        const ck_block block = {ownLine, ownEnd, line, end, start, depth};
        ck_compute_block(x, own, shared, block, ownView, sharedView);
      }
    }
  }
}

/// Cuts a pass into tasks: large, but enough of them for the threads.
static void cutTasks(pass *y) {
  const ptrdiff_t threads = y->product->parallel ? ck_threads() : 1;
  const ptrdiff_t wanted = threads > 1 ? threads * TASKS_PER_THREAD : 1;
  const ptrdiff_t lines = y->end - y->first;
  y->own_chunks = ck_least(ck_divide_up(y->own->count, y->own->height), wanted);
  const ptrdiff_t most = y->own->direct ? ck_divide_up(lines, y->shared->height)
                                        : ck_most(1, lines / SPLIT_COLUMNS);
  y->shared_chunks = ck_most(1, ck_least(wanted / y->own_chunks, most));
}

static void runPass(pass *y) {
  const ck_product *const x = y->product;
  if (!y->shared->direct) {
    const ptrdiff_t panels = ck_divide_up(y->end - y->first, y->shared->height);
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

/// Computes a product that is one task, without the plans of a large one.
static void runSmall(
  const ck_product *x, const ck_operand *a, const ck_operand *b, ptrdiff_t words,
  float *scratch) {
  float *const packedB = scratch + ck_packed_size(a, words);
  if (!a->direct) ck_pack(x->kernels, a, 0, x->m, 0, x->k, scratch);
  if (!b->direct) ck_pack(x->kernels, b, 0, x->n, 0, x->k, packedB);
  ck_compute_block(
    x, a, b, (ck_block){0, x->m, 0, x->n, 0, x->k},
    ck_view_of(x->kernels, a, scratch, 0, 0, words),
    ck_view_of(x->kernels, b, packedB, 0, 0, words));
}

/// Words for a small product's operands, or 0 if it is not small.
static ptrdiff_t smallSize(const ck_operand *a, const ck_operand *b, ptrdiff_t words) {
  const ptrdiff_t size = ck_packed_size(a, words) + ck_packed_size(b, words);
  return words <= CK_DEPTH && size <= GROUP ? size : 0;
}

/// Whether A, which lies as tiles take it, is small enough to stay in L2 while tasks pack a panel of B
/// each, of which there are enough: one round of tasks less.
static int staysBesideB(
  const ck_product *x, const ck_operand *a, const ck_operand *b, ptrdiff_t words) {
  return a->direct && x->m * words <= GROUP
    && ck_divide_up(x->n, b->height) >= PANELS_PER_THREAD * ck_threads();
}

void ck_gemm_blocked(const ck_product *x, float *scratch) {
  const ptrdiff_t words = ck_words(x->kernels, x->k);
  const int rounds = x->c_type != CK_FLOAT32;
  ck_operand a = ck_operand_a(x->kernels, x->m, words, rounds);
  ck_operand b = ck_operand_b(x->kernels, x->n);
  ck_place_operands(x, &a, &b);
  if (smallSize(&a, &b, words) > 0 && (!x->parallel || ck_threads() == 1)) {
    runSmall(x, &a, &b, words, scratch);
    return;
  }
  const int takesB = b.direct && x->packed == NULL;
  const int shares_a = x->n > x->m || takesB || staysBesideB(x, &a, &b, words);
  pass y = {.shared = shares_a ? &a : &b, .own = shares_a ? &b : &a, .packed = scratch};
  y.plan = makePlan(x->kernels, x->k, rounds, y.shared, y.own);
  y.own_packed = scratch + y.plan.shared;
  for (ptrdiff_t start = 0; start < x->k; start += y.plan.pass_depth) {
    ck_product part = *x;
    part.k = ck_least(y.plan.pass_depth, x->k - start);
    if (start > 0) part.beta = 1;
    if (start + part.k < x->k) part.epilogue = NULL;
    y.product = &part;
    for (y.first = 0; y.first < y.shared->count; y.first += y.plan.lines) {
      y.end = ck_least(y.shared->count, y.first + y.plan.lines);
      runPass(&y);
    }
    a.base += part.k * a.step;
    b.base += part.k * b.step;
  }
}

size_t ck_gemm_blocked_scratch(
  const ck_gemm_kernels *kernels, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, int threads) {
  const ck_operand b = ck_operand_b(kernels, n);
  const ptrdiff_t words = ck_words(kernels, k);
  ptrdiff_t size = 0;
  // The strides and C's type, which are not known here, decide which operand is shared and how.
  for (int choice = 0; choice < 4; choice++) {
    const int rounds = choice >> 1;
    const ck_operand a = ck_operand_a(kernels, m, words, rounds);
    const plan p = makePlan(kernels, k, rounds, choice & 1 ? &a : &b, choice & 1 ? &b : &a);
    const ptrdiff_t needed = p.shared + threads * p.own;
    size = ck_most(size, ck_most(needed, smallSize(&a, &b, words)));
  }
  return (size_t)size;
}
