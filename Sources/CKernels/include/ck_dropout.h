// Dropout: 16 bits of Philox4x32-10 decide on each value, so that a mask is a pure function of its
// key and can be drawn again anywhere.

#ifndef CK_DROPOUT_H
#define CK_DROPOUT_H

#include <stddef.h>
#include <stdint.h>

/// A mask: value i is kept, and scaled, iff half-word i mod 8 of block i / 8 is at least
/// `threshold`. The block's counter is (i / 8, 0) and its key `key`, each of two words, low first;
/// the half-words are those of its four words in order, low half first.
typedef struct ck_dropout {
  uint64_t key;
  uint32_t threshold;  // rate · 65536
  float scale;         // 1 / (1 - rate)
} ck_dropout;

/// y[j] = scale where value begin + j is kept, else 0, for j in [0, n).
void ck_dropout_mask_f32(ck_dropout dropout, uint64_t begin, float *y, ptrdiff_t n);

/// y[j] = x[j] scale where value begin + j is kept, else 0, for j in [0, n); in place allowed.
/// x, y: of `type`, one of ck_type.
void ck_apply_dropout(
  int type, ck_dropout dropout, uint64_t begin, const void *x, void *y, ptrdiff_t n);

#endif
