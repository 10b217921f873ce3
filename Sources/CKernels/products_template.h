// The sums of products of one instruction set. products.c includes this file once for each, with the
// target set and these defined: NAME(name), which makes a name the set's own; MOST_4, MOST_2 and
// MOST_1, the most rows of tiles of four, two and one vectors of columns, 0 for no such tiles;
// MULTIPLY_ADD(a, b, sum), which adds the products of the numbers of two vectors of words to a
// vector of float32 sums.

#define load NAME(load)
#define store NAME(store)
#define tile NAME(tile)
#define tile_of NAME(tile_of)
#define strip NAME(strip)

INLINE vector load(const float *source) { return *(const unaligned_vector *)source; }

/// Stores a vector as numbers of `type`, `place` numbers after c.
INLINE void store(int type, void *c, ptrdiff_t place, vector v) {
  if (type == CK_FLOAT32) {
    *(unaligned_vector *)((float *)c + place) = v;
  } else {
    NARROW((uint16_t *)c + place, v);
  }
}

/// One tile: `rows` and `vectors` are constants of the caller, so that the sums stay in registers.
INLINE void tile(
  const int rows, const int vectors, const ck_products *p, ptrdiff_t count, const ck_term *terms,
  ptrdiff_t a_offset, ptrdiff_t b_offset, void *c, ptrdiff_t place, ptrdiff_t c_row) {
  vector sum[MOST_ROWS][MOST_VECTORS];
#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++) {
#pragma clang loop unroll(full)
    for (int j = 0; j < vectors; j++) {
      sum[i][j] = p->adds ? load((const float *)c + place + i * c_row + j * LANES)
        : p->bias != NULL ? load(p->bias + b_offset + j * LANES)
                          : (vector)0.0f;
    }
  }
  const ptrdiff_t depth = p->depth, a_row = p->a_row, a_column = p->a_column, b_row = p->b_row;
  for (ptrdiff_t term = 0; term < count; term++) {
    const float *a = (const float *)terms[term].a + a_offset;
    const float *b = (const float *)terms[term].b + b_offset;
#pragma clang loop unroll(disable)
    for (ptrdiff_t k = 0; k < depth; k++) {
      vector right[MOST_VECTORS];
#pragma clang loop unroll(full)
      for (int j = 0; j < vectors; j++) right[j] = load(b + j * LANES);
#pragma clang loop unroll(full)
      for (int i = 0; i < rows; i++) {
        const vector left = a[i * a_row];
#pragma clang loop unroll(full)
        for (int j = 0; j < vectors; j++) sum[i][j] = MULTIPLY_ADD(left, right[j], sum[i][j]);
      }
      a += a_column;
      b += b_row;
    }
  }
  const vector least = p->relu ? 0.0f : -__builtin_inff();
#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++) {
#pragma clang loop unroll(full)
    for (int j = 0; j < vectors; j++) {
      const vector y = sum[i][j] < least ? least : sum[i][j];  // NaN stays NaN
      store(p->c_type, c, place + i * c_row + j * LANES, y);
    }
  }
}

/// A tile, computed beside C where that has only `columns` of its columns.
INLINE void tile_of(
  const int rows, const int vectors, const ck_products *p, ptrdiff_t count, const ck_term *terms,
  ptrdiff_t a_offset, ptrdiff_t b_offset, ptrdiff_t columns, void *c, ptrdiff_t place,
  ptrdiff_t c_row) {
  float whole[MOST_ROWS * MOST_VECTORS * LANES];
  const ptrdiff_t width = vectors * LANES, size = p->c_type == CK_FLOAT32 ? 4 : 2;
  char *const corner = (char *)c + place * size;
  const int fits = columns >= width;
  if (!fits && p->adds) {
    memset(whole, 0, sizeof whole);
    for (int i = 0; i < rows; i++) {
      memcpy(whole + i * width, corner + i * c_row * 4, (size_t)columns * 4);
    }
  }
  tile(
    rows, vectors, p, count, terms, a_offset, b_offset, fits ? c : whole, fits ? place : 0,
    fits ? c_row : width);
  if (fits) return;
  for (int i = 0; i < rows; i++) {
    memcpy(
      corner + i * c_row * size, (char *)whole + i * width * size, (size_t)(columns * size));
  }
}

/// All rows of `vectors` vectors of columns from `column` on, by tiles of `most` rows and then fewer.
INLINE void strip(
  const int most, const int vectors, const ck_products *p, ptrdiff_t m, ptrdiff_t n,
  ptrdiff_t column, ptrdiff_t count, const ck_term *terms, void *c, ptrdiff_t c_row) {
  ptrdiff_t i = 0;
#define TILES(rows)                                                                       \
  if (rows <= most) {                                                                     \
    for (; i + rows <= m; i += rows) {                                                    \
      tile_of(                                                                            \
        rows, vectors, p, count, terms, i * p->a_row, column, n - column, c,              \
        i * c_row + column, c_row);                                                       \
    }                                                                                     \
  }
  TILES(14)
  TILES(7)
  TILES(4)
  TILES(2)
  TILES(1)
#undef TILES
}

/// The whole sum by strips, as wide as there are tiles for.
static void NAME(sum)(
  const ck_products *p, ptrdiff_t m, ptrdiff_t n, ptrdiff_t count, const ck_term *terms, void *c,
  ptrdiff_t c_row) {
  ptrdiff_t column = 0;
#define STRIPS(vectors, most)                                                \
  if (most > 0) {                                                            \
    for (; column + (vectors - 1) * LANES < n; column += vectors * LANES) {  \
      strip(most, vectors, p, m, n, column, count, terms, c, c_row);         \
    }                                                                        \
  }
  STRIPS(4, MOST_4)
  STRIPS(2, MOST_2)
  STRIPS(1, MOST_1)
#undef STRIPS
}

#undef load
#undef store
#undef tile
#undef tile_of
#undef strip
