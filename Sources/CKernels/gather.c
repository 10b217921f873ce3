// Rows of a table by number: copies, and sums into it.

#include "ck_rows.h"
#include "ck_target.h"
#include "ck_types.h"

CK_INLINE void gather(
  const int type, const void *table, ptrdiff_t table_row, const int32_t *ids, float scale, void *y,
  ptrdiff_t rows, ptrdiff_t columns) {
  for (ptrdiff_t n = 0; n < rows; n++) {
    const ptrdiff_t row = ids[n] * table_row;
    ptrdiff_t c = 0;
    for (; c + CK_LANES <= columns; c += CK_LANES) {
      ck_store_as(type, y, n * columns + c, ck_load_as(type, table, row + c) * scale);
    }
    // A loop for what is left: rows of a few values, as of a classifier's weights, are nothing else, and a copy of part of
    // a vector costs more than its values.
    if (type == CK_FLOAT32) {
      const float *from = (const float *)table + row;
      float *to = (float *)y + n * columns;
      for (; c < columns; c++) to[c] = from[c] * scale;
    } else if (c < columns) {
      const ck_lanes v = ck_load_part_as(type, table, row + c, columns - c);
      ck_store_part_as(type, y, n * columns + c, columns - c, v * scale);
    }
  }
}

CK_CLONES void ck_gather(
  int type, const void *table, ptrdiff_t table_row, const int32_t *ids, float scale, void *y,
  ptrdiff_t rows, ptrdiff_t columns) {
  if (type == CK_FLOAT32) {
    gather(CK_FLOAT32, table, table_row, ids, scale, y, rows, columns);
  } else {
    gather(CK_BFLOAT16, table, table_row, ids, scale, y, rows, columns);
  }
}

CK_INLINE void scatter_add(
  const int type, const void *x, const int32_t *ids, float scale, float *table, ptrdiff_t rows,
  ptrdiff_t columns, ptrdiff_t begin, ptrdiff_t count) {
  for (ptrdiff_t n = 0; n < rows; n++) {
    const ptrdiff_t source = n * columns + begin;
    float *row = table + ids[n] * columns + begin;
    ptrdiff_t c = 0;
    for (; c + CK_LANES <= count; c += CK_LANES) {
      ck_store(row + c, ck_load(row + c) + scale * ck_load_as(type, x, source + c));
    }
    if (type == CK_FLOAT32) {
      const float *from = (const float *)x + source;
      for (; c < count; c++) row[c] += scale * from[c];
    } else if (c < count) {
      const ck_lanes v = ck_load_part_as(type, x, source + c, count - c);
      const ck_lanes old = ck_load_part_as(CK_FLOAT32, row, c, count - c);
      ck_store_part_as(CK_FLOAT32, row, c, count - c, old + scale * v);
    }
  }
}

CK_CLONES void ck_scatter_add(
  int type, const void *x, const int32_t *ids, float scale, float *table, ptrdiff_t rows,
  ptrdiff_t columns, ptrdiff_t begin, ptrdiff_t count) {
  if (type == CK_FLOAT32) {
    scatter_add(CK_FLOAT32, x, ids, scale, table, rows, columns, begin, count);
  } else {
    scatter_add(CK_BFLOAT16, x, ids, scale, table, rows, columns, begin, count);
  }
}
