// The operands of a product as its tiles take them: packed in panels or where they lie.

#ifndef CK_GEMM_OPERAND_H
#define CK_GEMM_OPERAND_H

#include "gemm_product.h"

/// The most words of k that a tile adds at a time: a panel of B is 128 KiB.
enum { CK_DEPTH = 1024 };

/// One of the two operands: A by its rows or B by its columns.
typedef struct ck_operand {
  const char *base;
  ptrdiff_t count;   // lines
  ptrdiff_t line;    // bytes from one to the next
  ptrdiff_t step;    // bytes from a number to the next along k
  ptrdiff_t height;  // lines in a panel
  ptrdiff_t panel;   // bytes from a panel to the next, if tiles take it as it lies
  ptrdiff_t pitch;   // words that a packed panel takes for each word of k
  int is_a;
  int direct;        // whether tiles take it as it lies
} ck_operand;

/// A part of a product: the terms from `start` on, `depth` of them, of C's elements from
/// [row, column] to [end_row, end_column].
typedef struct ck_block {
  ptrdiff_t row, end_row, column, end_column, start, depth;
} ck_block;

/// Panels of an operand as tiles take them, all in bytes.
typedef struct ck_view {
  const char *base;
  ptrdiff_t panel, line, word;  // distances
} ck_view;

static inline ptrdiff_t ck_words(const ck_gemm_kernels *kernels, ptrdiff_t k) {
  return ck_divide_up(k, kernels->numbers);
}

static inline ptrdiff_t ck_round_up(ptrdiff_t count, ptrdiff_t unit) {
  return ck_divide_up(count, unit) * unit;
}

/// A's sizes; C is bfloat16 if it `rounds`.
ck_operand ck_operand_a(const ck_gemm_kernels *kernels, ptrdiff_t m, ptrdiff_t words, int rounds);

/// B's sizes.
ck_operand ck_operand_b(const ck_gemm_kernels *kernels, ptrdiff_t n);

/// Sets where the product's A and B lie, and whether tiles take them so.
void ck_place_operands(const ck_product *x, ck_operand *a, ck_operand *b);

/// Words that an operand takes when packed as a whole, a multiple of 16.
ptrdiff_t ck_packed_size(const ck_operand *x, ptrdiff_t words);

/// Packs an operand's lines from `line` to `end`, for the terms from `start` on.
void ck_pack(
  const ck_gemm_kernels *kernels, const ck_operand *x, ptrdiff_t line, ptrdiff_t end,
  ptrdiff_t start, ptrdiff_t depth, float *packed);

/// The panels from `line` on, for the terms from `start` on, `words` of which are at `packed` if
/// they are packed.
ck_view ck_view_of(
  const ck_gemm_kernels *kernels, const ck_operand *x, const float *packed, ptrdiff_t line,
  ptrdiff_t start, ptrdiff_t words);

/// Adds a block's products to C, whose panels are in the views; the epilogue if no term is missing
/// then.
void ck_compute_block(
  const ck_product *x, const ck_operand *a, const ck_operand *b, ck_block block, ck_view viewA,
  ck_view viewB);

#endif
