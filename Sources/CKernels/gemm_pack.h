// Packing, as gemm_template.h includes it. Where NUMBERS is 2, zip(width, count, first, second,
// target) makes count ≤ width words, a constant of 16 or 32, of the numbers of one row or, if second
// is not NULL, two, and writes `width` words.

#include "ck_shuffles.h"

/// Four words of each of LANES lines, line i being at source + at[i], side by side: word p of line
/// i at target[p stride + i].
INLINE void transposeWords(
  const char *source, const ptrdiff_t at[LANES], float *target, ptrdiff_t stride) {
#if LANES == 16
  vector line[4];
#pragma clang loop unroll(full)
  for (int i = 0; i < 4; i++) {
    const quad a = loadQuad(source + at[i]), b = loadQuad(source + at[i + 4]);
    const quad c = loadQuad(source + at[i + 8]), d = loadQuad(source + at[i + 12]);
    line[i] = __builtin_shufflevector(
      __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7),
      __builtin_shufflevector(c, d, 0, 1, 2, 3, 4, 5, 6, 7), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
      12, 13, 14, 15);
  }
  const vector lowAB = CK_PAIRS(line[0], line[1], 0, 1), highAB = CK_PAIRS(line[0], line[1], 2, 3);
  const vector lowCD = CK_PAIRS(line[2], line[3], 0, 1), highCD = CK_PAIRS(line[2], line[3], 2, 3);
  store(target, CK_HALVES(lowAB, lowCD, 0));
  store(target + stride, CK_HALVES(lowAB, lowCD, 2));
  store(target + 2 * stride, CK_HALVES(highAB, highCD, 0));
  store(target + 3 * stride, CK_HALVES(highAB, highCD, 2));
#else
#pragma clang loop unroll(full)
  for (int i = 0; i < LANES; i += 4) {
    const quad a = loadQuad(source + at[i]), b = loadQuad(source + at[i + 1]);
    const quad c = loadQuad(source + at[i + 2]), d = loadQuad(source + at[i + 3]);
    const quad lowAB = __builtin_shufflevector(a, b, 0, 4, 1, 5);
    const quad highAB = __builtin_shufflevector(a, b, 2, 6, 3, 7);
    const quad lowCD = __builtin_shufflevector(c, d, 0, 4, 1, 5);
    const quad highCD = __builtin_shufflevector(c, d, 2, 6, 3, 7);
    storeQuad(target + i, __builtin_shufflevector(lowAB, lowCD, 0, 1, 4, 5));
    storeQuad(target + stride + i, __builtin_shufflevector(lowAB, lowCD, 2, 3, 6, 7));
    storeQuad(target + 2 * stride + i, __builtin_shufflevector(highAB, highCD, 0, 1, 4, 5));
    storeQuad(target + 3 * stride + i, __builtin_shufflevector(highAB, highCD, 2, 3, 6, 7));
  }
#endif
}

/// The last words of lines that have no four more: `size` bytes of each.
static void transposeRest(
  ptrdiff_t size, const char *source, const ptrdiff_t at[LANES], float *target,
  ptrdiff_t stride) {
  char lines[LANES * 16] = {0};
  ptrdiff_t place[LANES];
  float words[4 * LANES];
  for (ptrdiff_t i = 0; i < LANES; i++) {
    place[i] = 16 * i;
    memcpy(lines + place[i], source + at[i], (size_t)size);
  }
  transposeWords(lines, place, words, LANES);
  for (ptrdiff_t p = 0; 4 * p < size; p++) {
    memcpy(target + p * stride, words + p * LANES, LANES * sizeof(float));
  }
}

/// Packs `width` ≤ `stride` lines of k numbers, line_step bytes apart and of which `there` may be
/// read, so that word p of line i lies at packed[p stride + i]. What lies between width and stride
/// is undefined.
INLINE void interleave(
  ptrdiff_t width, ptrdiff_t there, ptrdiff_t k, const char *source, ptrdiff_t line_step,
  float *packed, const ptrdiff_t stride) {
  const ptrdiff_t size = k * (4 / NUMBERS);
  // All of a cache line's words at a time: lines may be so far apart that they drive each other out
  // of the cache.
  enum { BLOCK = 64, LATER = 8 * BLOCK };
  for (ptrdiff_t start = 0; start < size; start += BLOCK) {
    for (ptrdiff_t i = 0; i < width; i += LANES) {
      ptrdiff_t at[LANES];
      const char *const first = source + i * line_step + start;
      float *target = packed + start / 4 * stride + i;
      // Into L2, as the processor does not follow as many lines by itself.
      for (ptrdiff_t j = 0; j < LANES && i + j < there; j++) {
        __builtin_prefetch(first + j * line_step + LATER, 0, 2);
      }
      if (i + LANES <= there && start + BLOCK <= size) {
        if (line_step % 2048 == 0) {
          char lines[LANES * BLOCK];
#pragma clang loop unroll(full)
          for (ptrdiff_t j = 0; j < LANES; j++) {
            at[j] = j * BLOCK;
            memcpy(lines + at[j], first + j * line_step, BLOCK);
          }
#pragma clang loop unroll(full)
          for (ptrdiff_t p = 0; p < BLOCK; p += 16, target += 4 * stride) {
            transposeWords(lines + p, at, target, stride);
          }
        } else {
#pragma clang loop unroll(full)
          for (ptrdiff_t j = 0; j < LANES; j++) at[j] = j * line_step;
#pragma clang loop unroll(full)
          for (ptrdiff_t p = 0; p < BLOCK; p += 16, target += 4 * stride) {
            transposeWords(first + p, at, target, stride);
          }
        }
      } else {
        for (ptrdiff_t j = 0; j < LANES; j++) {
          at[j] = (i + j < there ? j : there - 1 - i) * line_step;
        }
        const ptrdiff_t end = size - start < BLOCK ? size - start : BLOCK;
        ptrdiff_t p = 0;
        for (; p + 16 <= end; p += 16, target += 4 * stride) {
          transposeWords(first + p, at, target, stride);
        }
        if (p < end) transposeRest(end - p, first + p, at, target, stride);
      }
    }
  }
}

/// Packs lines of k numbers at any strides, in bytes.
INLINE void packAny(
  ptrdiff_t width, ptrdiff_t k, const char *source, ptrdiff_t line_step, ptrdiff_t step,
  float *packed, ptrdiff_t stride) {
  enum { SIZE = 4 / NUMBERS };
  for (ptrdiff_t p = 0; p < k; p += NUMBERS, packed += stride) {
    for (ptrdiff_t i = 0; i < width; i++) {
      char word[4] = {0};
      for (ptrdiff_t q = 0; q < NUMBERS && p + q < k; q++) {
        memcpy(word + q * SIZE, source + i * line_step + (p + q) * step, SIZE);
      }
      memcpy(packed + i, word, 4);
    }
  }
}

/// Packs `width` ≤ `stride` neighbours of a word's rows, the first or both, of which `there` may be
/// read in each.
INLINE void packRows(
  ptrdiff_t width, ptrdiff_t there, const int both, const char *line, ptrdiff_t row, float *packed,
  const ptrdiff_t stride) {
#if NUMBERS == 1
  if (there >= stride) {
    for (ptrdiff_t i = 0; i < stride; i += LANES) store(packed + i, load(line + 4 * i));
  } else {
    copyShort(width, line, packed);
  }
  (void)both, (void)row;
#else
  (void)there;
  zip(stride, width, line, both ? line + row : NULL, packed);
#endif
}

/// Packs k rows of numbers, row_step bytes apart, in panels of `height` ≤ `pitch` neighbours.
INLINE void packRowPanels(
  ptrdiff_t count, ptrdiff_t k, const char *source, ptrdiff_t row_step, float *packed,
  ptrdiff_t height, const ptrdiff_t pitch) {
  const ptrdiff_t words = (k + NUMBERS - 1) / NUMBERS, whole = k / NUMBERS;
  const ptrdiff_t step = NUMBERS * row_step;
  enum { LATER = 64 };  // rows that the processor's own prefetching does not foresee
  // A few rows at a time, which L1 keeps for all panels: four for each of the places in its sets,
  // 4 KiB apart, that the rows' distance spreads them over.
  const ptrdiff_t even = row_step & -row_step;  // the power of two that divides it; 0 if it is 0
  const ptrdiff_t fit = even == 0 || even > 4096 ? 4 : 4 * (4096 / even);
  const ptrdiff_t block = (fit < 16 * NUMBERS ? fit : 16 * NUMBERS) / NUMBERS;
  for (ptrdiff_t start = 0; start < words; start += block) {
    const ptrdiff_t end = start + block < whole ? start + block : whole;
    float *target = packed + start * pitch;
    for (ptrdiff_t i = 0; i < count; i += height, target += words * pitch) {
      const ptrdiff_t width = count - i < height ? count - i : height;
      const char *line = source + start * step + i * (4 / NUMBERS);
      for (ptrdiff_t p = start; p < end; p++, line += step) {
        // Into L2, for L1's sets may be full: a word's two rows, or both ends of one.
        const char *const later = line + LATER * row_step;
        __builtin_prefetch(later, 0, 2);
        __builtin_prefetch(later + (NUMBERS > 1 ? row_step : height * 4 - 1), 0, 2);
        packRows(width, count - i, 1, line, row_step, target + (p - start) * pitch, pitch);
      }
      if (end < words && words <= start + block) {
        packRows(width, count - i, 0, line, row_step, target + (end - start) * pitch, pitch);
      }
    }
  }
}

/// Packs `count` lines of k numbers at any strides, in bytes, in panels of `height` ≤ `pitch`.
INLINE void packPanels(
  ptrdiff_t count, ptrdiff_t k, const char *source, ptrdiff_t line_step, ptrdiff_t step,
  float *packed, ptrdiff_t height, const ptrdiff_t pitch) {
  enum { SIZE = 4 / NUMBERS };
  if (line_step == SIZE) {
    packRowPanels(count, k, source, step, packed, height, pitch);
    return;
  }
  const ptrdiff_t panel = (k + NUMBERS - 1) / NUMBERS * pitch;
  for (ptrdiff_t i = 0; i < count; i += height, packed += panel) {
    const ptrdiff_t width = count - i < height ? count - i : height;
    const char *const first = source + i * line_step;
    if (step == SIZE) {
      interleave(width, count - i, k, first, line_step, packed, pitch);
    } else {
      packAny(width, k, first, line_step, step, packed, pitch);
    }
  }
}

static void packA(
  ptrdiff_t m, ptrdiff_t k, const char *a, ptrdiff_t a_row, ptrdiff_t a_column, float *packed,
  ptrdiff_t height) {
  packPanels(m, k, a, a_row, a_column, packed, height, PITCH);
}

static void packB(
  ptrdiff_t n, ptrdiff_t k, const char *b, ptrdiff_t b_row, ptrdiff_t b_column, float *packed) {
  packPanels(n, k, b, b_column, b_row, packed, WIDTH, WIDTH);
}

