// Reductions, gathers and what else works on the rows or columns of a matrix, in float32.

#ifndef CK_ROWS_H
#define CK_ROWS_H

#include <stddef.h>
#include <stdint.h>

/// y[r] = Σ x[r, c] over c. x: [rows, columns], y: [rows].
void ck_sum_rows_f32(const float *x, float *y, ptrdiff_t rows, ptrdiff_t columns);

/// y[r] = max x[r, c] over c, -∞ without columns. x: [rows, columns], y: [rows].
void ck_max_rows_f32(const float *x, float *y, ptrdiff_t rows, ptrdiff_t columns);

/// y[c] = Σ x[r, c] over r, added pairwise. x: [rows, columns] of `type`, one of ck_type, with rows
/// x_row apart, y: [columns].
void ck_sum_columns(
  int type, const void *x, ptrdiff_t x_row, float *y, ptrdiff_t rows, ptrdiff_t columns);

/// y[c] = max x[r, c] over r, -∞ without rows. x: [rows, columns] with rows x_row apart, y:
/// [columns].
void ck_max_columns_f32(
  const float *x, ptrdiff_t x_row, float *y, ptrdiff_t rows, ptrdiff_t columns);

/// Returns Σ x[i]² in double precision.
double ck_sum_of_squares_f32(const float *x, ptrdiff_t n);

/// y[r] = the first c with the largest x[r, c]; a NaN counts as larger than all numbers.
/// x: [rows, columns], columns > 0, y: [rows].
void ck_argmax_rows_f32(const float *x, int32_t *y, ptrdiff_t rows, ptrdiff_t columns);

/// y[r, c] = exp(x[r, c]) / Σ exp(x[r, ·]). x, y: [rows, columns]; in place allowed.
void ck_softmax_f32(const float *x, float *y, ptrdiff_t rows, ptrdiff_t columns);

/// The softmax of x[r, c] over c < n and zeros behind them, n = min(first + r, limit), which may be
/// negative. x, y: [rows, columns]; in place allowed.
void ck_masked_softmax_f32(
  const float *x, float *y, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t first, ptrdiff_t limit);

/// dx[r, c] = y[r, c] (dy[r, c] - Σ dy[r, ·] y[r, ·]) with y the softmax. All: [rows, columns]; in
/// place allowed.
void ck_softmax_backward_f32(
  const float *dy, const float *y, float *dx, ptrdiff_t rows, ptrdiff_t columns);

/// y[r, c] = x[r, c] - log Σ exp(x[r, ·]). x, y: [rows, columns]; in place allowed.
void ck_log_softmax_f32(const float *x, float *y, ptrdiff_t rows, ptrdiff_t columns);

/// dx[r, c] = dy[r, c] - exp(y[r, c]) Σ dy[r, ·] with y the log softmax. All: [rows, columns]; in
/// place allowed.
void ck_log_softmax_backward_f32(
  const float *dy, const float *y, float *dx, ptrdiff_t rows, ptrdiff_t columns);

/// y[r] = log Σ exp(x[r, ·]), -∞ where all are. x: [rows, columns], y: [rows].
void ck_log_sum_exp_f32(const float *x, float *y, ptrdiff_t rows, ptrdiff_t columns);

/// values[r, ·] = the `count` largest of x[r, ·] in descending order, the first of equals first, and
/// indices[r, ·] = their columns; a NaN counts as larger than all numbers. x: [rows, columns];
/// values, indices: [rows, count], count at most columns; keys: [count], scratch memory.
void ck_top_k_f32(
  const float *x, float *values, int32_t *indices, ptrdiff_t rows, ptrdiff_t columns,
  ptrdiff_t count, int32_t *keys);

/// y[r, k] = x[r, ids[r, k]]. x: [rows, columns]; ids, y: [rows, count].
void ck_take_along_f32(
  const float *x, const int32_t *ids, float *y, ptrdiff_t rows, ptrdiff_t columns,
  ptrdiff_t count);

/// x[r, ·] = 0, then x[r, ids[r, k]] += y[r, k] in order of k. Shapes as above.
void ck_put_along_f32(
  const float *y, const int32_t *ids, float *x, ptrdiff_t rows, ptrdiff_t columns,
  ptrdiff_t count);

/// y[n, c] = table[ids[n], c] scale. table: [V, columns] with rows table_row apart, ids: [rows],
/// y: [rows, columns]; table and y of `type`, one of ck_type.
void ck_gather(
  int type, const void *table, ptrdiff_t table_row, const int32_t *ids, float scale, void *y,
  ptrdiff_t rows, ptrdiff_t columns);

/// table[ids[n], c] += scale x[n, c] for c in [begin, begin + count), in order of n.
/// x: [rows, columns] of `type`, table: [V, columns].
void ck_scatter_add(
  int type, const void *x, const int32_t *ids, float scale, float *table, ptrdiff_t rows,
  ptrdiff_t columns, ptrdiff_t begin, ptrdiff_t count);

#endif
