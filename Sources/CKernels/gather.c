// Rows of a table by number: copies, and sums into it.

#include "ck_rows.h"
#include "ck_target.h"

CK_CLONES void ck_gather_f32(
  const float *table, ptrdiff_t table_row, const int32_t *ids, float scale, float *y,
  ptrdiff_t rows, ptrdiff_t columns) {
  for (ptrdiff_t n = 0; n < rows; n++) {
    const float *row = table + ids[n] * table_row;
    for (ptrdiff_t c = 0; c < columns; c++) y[n * columns + c] = row[c] * scale;
  }
}

CK_CLONES void ck_scatter_add_f32(
  const float *x, const int32_t *ids, float scale, float *table, ptrdiff_t rows,
  ptrdiff_t columns, ptrdiff_t begin, ptrdiff_t count) {
  for (ptrdiff_t n = 0; n < rows; n++) {
    const float *source = x + n * columns + begin;
    float *row = table + ids[n] * columns + begin;
    for (ptrdiff_t c = 0; c < count; c++) row[c] += scale * source[c];
  }
}
