// Dropout, drawn from Philox4x32-10 (Salmon et al. 2011, §3.3).

#include "ck_dropout.h"

#include <string.h>

#include "ck_target.h"

/// Half-words drawn at a time: eight blocks of four words.
enum { CHUNK = 64 };

/// Eight words, one of each block, in the low halves; the products below ignore the high halves.
typedef uint64_t words __attribute__((ext_vector_type(8)));

/// half[j] = the random half-word of value first + j for j in [0, 64); first is a multiple of 64.
CK_INLINE void draw(uint64_t key, uint64_t first, uint16_t *half) {
  const words low = 0xffffffffu;
  const words block = first / 8 + (words){0, 1, 2, 3, 4, 5, 6, 7};
  words c0 = block, c1 = block >> 32, c2 = 0, c3 = 0;
  uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
#pragma clang loop unroll(full)
  for (int round = 0; round < 10; round++) {
    const words left = (c0 & low) * (words)0xD2511F53u;
    const words right = (c2 & low) * (words)0xCD9E8D57u;
    c0 = (right >> 32) ^ c1 ^ (words)(uint64_t)k0;
    c2 = (left >> 32) ^ c3 ^ (words)(uint64_t)k1;
    c1 = right;
    c3 = left;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  const words front = (c0 & low) | c1 << 32;  // words 0 and 1 of each block
  const words back = (c2 & low) | c3 << 32;   // words 2 and 3
  const words blocks[2] = {
    __builtin_shufflevector(front, back, 0, 8, 1, 9, 2, 10, 3, 11),
    __builtin_shufflevector(front, back, 4, 12, 5, 13, 6, 14, 7, 15),
  };
  memcpy(half, blocks, sizeof blocks);
}

/// Runs `each` with j in [0, n) and `kept`, whether value begin + j is kept.
#define FOR_EACH_VALUE(each)                                                    \
  uint16_t half[CHUNK] __attribute__((aligned(64)));                            \
  const uint16_t threshold = (uint16_t)dropout.threshold;                       \
  for (ptrdiff_t done = 0; done < n;) {                                         \
    const uint64_t first = (begin + (uint64_t)done) & ~(uint64_t)(CHUNK - 1);   \
    const ptrdiff_t skip = (ptrdiff_t)(begin + (uint64_t)done - first);         \
    const ptrdiff_t left = n - done;                                            \
    draw(dropout.key, first, half);                                             \
    if (skip == 0 && left >= CHUNK) {                                           \
      for (ptrdiff_t i = 0; i < CHUNK; i++) {                                   \
        const ptrdiff_t j = done + i;                                           \
        const int kept = half[i] >= threshold;                                  \
        each;                                                                   \
      }                                                                         \
      done += CHUNK;                                                            \
    } else {                                                                    \
      const ptrdiff_t count = CHUNK - skip < left ? CHUNK - skip : left;        \
      for (ptrdiff_t i = 0; i < count; i++) {                                   \
        const ptrdiff_t j = done + i;                                           \
        const int kept = half[skip + i] >= threshold;                           \
        each;                                                                   \
      }                                                                         \
      done += count;                                                            \
    }                                                                           \
  }

CK_CLONES void ck_dropout_mask_f32(ck_dropout dropout, uint64_t begin, float *y, ptrdiff_t n) {
  FOR_EACH_VALUE(y[j] = kept ? dropout.scale : 0.0f)
}

CK_CLONES void ck_dropout_f32(
  ck_dropout dropout, uint64_t begin, const float *x, float *y, ptrdiff_t n) {
  FOR_EACH_VALUE(y[j] = kept ? x[j] * dropout.scale : 0.0f)
}

CK_CLONES void ck_residual_f32(
  ck_dropout dropout, uint64_t begin, const float *x, const float *y, float *z, ptrdiff_t n) {
  FOR_EACH_VALUE(z[j] = x[j] + (kept ? y[j] * dropout.scale : 0.0f))
}
