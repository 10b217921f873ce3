// Random half-words for dropout, from Philox4x32-10 (Salmon et al. 2011, §3.3).

#ifndef CK_DRAW_H
#define CK_DRAW_H

#include "ck_dropout.h"
#include "ck_types.h"

/// Half-words drawn at a time: eight blocks of four words.
enum { CK_DRAWN = 64 };

/// Eight words, one of each block, in the low halves; the products below ignore the high halves.
typedef uint64_t ck_words __attribute__((ext_vector_type(8)));
typedef int32_t ck_mask_lanes __attribute__((ext_vector_type(16)));

/// half[j] = the random half-word of value first + j for j in [0, 64); first is a multiple of 64.
CK_INLINE void ck_draw(uint64_t key, uint64_t first, uint16_t *half) {
  const ck_words low = 0xffffffffu;
  const ck_words block = first / 8 + (ck_words){0, 1, 2, 3, 4, 5, 6, 7};
  ck_words c0 = block, c1 = block >> 32, c2 = 0, c3 = 0;
  uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
#pragma clang loop unroll(full)
  for (int round = 0; round < 10; round++) {
    const ck_words left = (c0 & low) * (ck_words)0xD2511F53u;
    const ck_words right = (c2 & low) * (ck_words)0xCD9E8D57u;
    c0 = (right >> 32) ^ c1 ^ (ck_words)(uint64_t)k0;
    c2 = (left >> 32) ^ c3 ^ (ck_words)(uint64_t)k1;
    c1 = right;
    c3 = left;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  const ck_words front = (c0 & low) | c1 << 32;  // words 0 and 1 of each block
  const ck_words back = (c2 & low) | c3 << 32;   // words 2 and 3
  const ck_words blocks[2] = {
    __builtin_shufflevector(front, back, 0, 8, 1, 9, 2, 10, 3, 11),
    __builtin_shufflevector(front, back, 4, 12, 5, 13, 6, 14, 7, 15),
  };
  memcpy(half, blocks, sizeof blocks);
}

/// A mask that is read in order: `half` holds the half-words from value `first` on.
typedef struct ck_stream {
  ck_dropout dropout;
  uint64_t first;
  uint16_t half[2 * CK_DRAWN];
} ck_stream;

CK_INLINE ck_stream ck_stream_at(const ck_dropout *dropout, uint64_t value) {
  ck_stream s;
  s.dropout = dropout == NULL ? (ck_dropout){0} : *dropout;
  s.first = value - value % CK_DRAWN;
  if (dropout != NULL) {
    ck_draw(s.dropout.key, s.first, s.half);
    ck_draw(s.dropout.key, s.first + CK_DRAWN, s.half + CK_DRAWN);
  }
  return s;
}

/// Returns v times the mask of values `value` to `value` + 15, which follow those asked for before.
CK_INLINE ck_lanes ck_dropped(ck_stream *s, uint64_t value, ck_lanes v) {
  if (value - s->first >= CK_DRAWN) {
    s->first += CK_DRAWN;
    memcpy(s->half, s->half + CK_DRAWN, CK_DRAWN * sizeof(uint16_t));
    ck_draw(s->dropout.key, s->first + CK_DRAWN, s->half + CK_DRAWN);
  }
  ck_half_lanes half;
  memcpy(&half, s->half + (value - s->first), sizeof half);
  const ck_mask_lanes kept =
    __builtin_convertvector(half >= (uint16_t)s->dropout.threshold, ck_mask_lanes);
  return kept ? v * s->dropout.scale : (ck_lanes)0.0f;
}

#endif
