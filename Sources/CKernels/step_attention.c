// Attention of one new position. Keys and values come from memory once, a row after the other, for all heads: there are far more
// of them than arithmetic.

#include "ck_step_attention.h"

#include "ck_softmax.h"
#include "ck_types.h"

enum {
  GROUP = 16,  // vectors of values whose sums are in registers at once
  AHEAD = 2,   // positions that are fetched before they are wanted
  LINE = 64
};

static ptrdiff_t padded(ptrdiff_t count) {
  return (count + CK_LANES - 1) / CK_LANES * CK_LANES;
}

ptrdiff_t ck_step_attention_scratch(ptrdiff_t count, ptrdiff_t heads) {
  return padded(count) * heads;
}

/// Where the row of position t begins.
CK_INLINE const char *rowAt(const ck_step_memory *m, const ptrdiff_t size, ptrdiff_t t) {
  if (m->blocks == NULL) return (const char *)m->base + t * m->row * size;
  return (const char *)m->blocks[t] + m->places[t] * m->row * size;
}

/// Has `count` numbers of a row that is wanted soon, from number `from` on, brought near.
CK_INLINE void fetch(
  const ck_step_memory *m, ptrdiff_t t, ptrdiff_t size, ptrdiff_t from, ptrdiff_t count) {
  if (t + AHEAD >= m->count) return;
  const char *const row = rowAt(m, size, t + AHEAD) + from * size;
  for (ptrdiff_t i = 0; i < count * size; i += LINE) __builtin_prefetch(row + i);
}

/// q · k[first ..< first + width].
CK_INLINE float dot(
  const int type, const void *k, ptrdiff_t first, const float *q, ptrdiff_t width) {
  ck_lanes sum = 0.0f;
  ptrdiff_t c = 0;
  for (; c + CK_LANES <= width; c += CK_LANES) {
    sum += ck_load_as(type, k, first + c) * ck_load(q + c);
  }
  if (c < width) {
    sum += ck_load_part_as(type, k, first + c, width - c)
           * ck_load_part_as(CK_FLOAT32, q, c, width - c);
  }
  return ck_lanes_sum(sum);
}

/// y[c ..< c + 16 vectors] = Σₜ pₜ vₜ[c …]: numbers of heads whose weights are p, `across` apart, each of `width` numbers.
CK_INLINE void mix(
  const int type, const int vectors, const ck_step_memory *m, ptrdiff_t c, ptrdiff_t width,
  const float *p, ptrdiff_t across, float *y) {
  const ptrdiff_t size = type == CK_FLOAT32 ? 4 : 2;
  ck_lanes sums[GROUP];
  const float *weights[GROUP];
#pragma clang loop unroll(full)
  for (int i = 0; i < vectors; i++) {
    sums[i] = 0.0f;
    weights[i] = p + (c + i * CK_LANES) / width * across;
  }
  for (ptrdiff_t t = 0; t < m->count; t++) {
    fetch(m, t, size, m->values + c, vectors * CK_LANES);
    const char *const v = rowAt(m, size, t);
#pragma clang loop unroll(full)
    for (int i = 0; i < vectors; i++) {
      sums[i] += ck_load_as(type, v, m->values + c + i * CK_LANES) * weights[i][t];
    }
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < vectors; i++) ck_store(y + c + i * CK_LANES, sums[i]);
}

/// The same for heads whose numbers fill no whole vectors, of head h.
CK_INLINE void mixHead(
  const int type, const ck_step_memory *m, ptrdiff_t h, ptrdiff_t width, const float *p, float *y) {
  const ptrdiff_t size = type == CK_FLOAT32 ? 4 : 2;
  for (ptrdiff_t c = h * width; c < (h + 1) * width; c += CK_LANES) {
    const ptrdiff_t n = (h + 1) * width - c < CK_LANES ? (h + 1) * width - c : CK_LANES;
    ck_lanes sum = 0.0f;
    for (ptrdiff_t t = 0; t < m->count; t++) {
      const char *const v = rowAt(m, size, t);
      sum += p[t]
             * (n == CK_LANES ? ck_load_as(type, v, m->values + c)
                              : ck_load_part_as(type, v, m->values + c, n));
    }
    if (n == CK_LANES) {
      ck_store(y + c, sum);
    } else {
      ck_store_part_as(CK_FLOAT32, y, c, n, sum);
    }
  }
}

CK_INLINE void attend(
  const int type, const ck_step_memory *m, ptrdiff_t heads, ptrdiff_t width, float scale,
  const float *q, float *y, float *p, float *scores) {
  const ptrdiff_t size = type == CK_FLOAT32 ? 4 : 2, across = padded(m->count);
  const ptrdiff_t all = heads * width;
  for (ptrdiff_t t = 0; t < m->count; t++) {
    fetch(m, t, size, 0, all);
    const char *const k = rowAt(m, size, t);
    for (ptrdiff_t h = 0; h < heads; h++) {
      scores[h * across + t] = dot(type, k, h * width, q + h * width, width) * scale;
    }
  }
  for (ptrdiff_t h = 0; h < heads; h++) {
    ck_softmax(scores + h * across, m->count, across);
    if (p != NULL) {
      memcpy(p + h * m->count, scores + h * across, (size_t)m->count * sizeof(float));
    }
  }
  if (width % CK_LANES != 0) {
    for (ptrdiff_t h = 0; h < heads; h++) mixHead(type, m, h, width, scores + h * across, y);
    return;
  }
  ptrdiff_t c = 0;
  for (; c + GROUP * CK_LANES <= all; c += GROUP * CK_LANES) {
    mix(type, GROUP, m, c, width, scores, across, y);
  }
  for (; c + 4 * CK_LANES <= all; c += 4 * CK_LANES) mix(type, 4, m, c, width, scores, across, y);
  for (; c < all; c += CK_LANES) mix(type, 1, m, c, width, scores, across, y);
}

CK_CLONES void ck_step_attention(
  const ck_step_memory *memory, ptrdiff_t heads, ptrdiff_t width, float scale, const float *q,
  float *y, float *p, float *scratch) {
  if (memory->type == CK_FLOAT32) {
    attend(CK_FLOAT32, memory, heads, width, scale, q, y, p, scratch);
  } else {
    attend(CK_BFLOAT16, memory, heads, width, scale, q, y, p, scratch);
  }
}
