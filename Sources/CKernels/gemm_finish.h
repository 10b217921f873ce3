// From sums to results, as gemm_template.h includes it. Where NUMBERS is 2, narrow(vector) makes
// bfloat16 numbers of a vector and narrowPair(target, vector, vector) stores two vectors as such.
// Where LANES is 16, the first numbers of a vector are loaded and stored by masks. Where
// GELU(type, x, &derivative) is defined, it is that of vectors.

typedef uint16_t half_vector __attribute__((vector_size(LANES * 2)));
typedef uint32_t word_vector __attribute__((vector_size(LANES * 4)));

INLINE half_vector toHalves(vector value) {
#if NUMBERS == 2
  return (half_vector)narrow((__m512)value);
#else
  half_vector halves;
  for (int i = 0; i < LANES; i++) halves[i] = ck_bf16_from_float(value[i]);
  return halves;
#endif
}

/// The first `count` numbers at `source`, with anything behind them.
INLINE vector loadNumbers(const int type, ptrdiff_t count, const void *source) {
  if (type == CK_FLOAT32) {
    if (count == LANES) return load(source);
#if LANES == 16
    return (vector)_mm512_maskz_loadu_ps((__mmask16)((1u << count) - 1), source);
#else
    float part[LANES] = {0};
    memcpy(part, source, (size_t)count * 4);
    return load(part);
#endif
  }
  half_vector halves = {0};
  if (count == LANES) {
    memcpy(&halves, source, sizeof halves);
  } else {
#if LANES == 16
    halves = (half_vector)_mm256_maskz_loadu_epi16((__mmask16)((1u << count) - 1), source);
#else
    memcpy(&halves, source, (size_t)count * 2);
#endif
  }
  return (vector)(__builtin_convertvector(halves, word_vector) << 16);
}

/// Stores the first `count` numbers of a vector.
INLINE void storeNumbers(const int type, ptrdiff_t count, void *target, vector value) {
  if (type == CK_FLOAT32) {
    if (count == LANES) {
      store(target, value);
      return;
    }
#if LANES == 16
    _mm512_mask_storeu_ps(target, (__mmask16)((1u << count) - 1), (__m512)value);
#else
    memcpy(target, &value, (size_t)count * 4);
#endif
    return;
  }
  const half_vector halves = toHalves(value);
  if (count == LANES) {
    memcpy(target, &halves, sizeof halves);
  } else {
#if LANES == 16
    _mm256_mask_storeu_epi16(target, (__mmask16)((1u << count) - 1), (__m256i)halves);
#else
    memcpy(target, &halves, (size_t)count * 2);
#endif
  }
}

/// Stores a few whole vectors.
INLINE void storeVectors(const int type, const int vectors, char *target, const vector *v) {
  const ptrdiff_t step = LANES * (type == CK_FLOAT32 ? 4 : 2);
  int i = 0;
#if NUMBERS == 2
  if (type == CK_BFLOAT16) {
#pragma clang loop unroll(full)
    for (; i + 2 <= vectors; i += 2) narrowPair(target + i * step, v[i], v[i + 1]);
  }
#endif
#pragma clang loop unroll(full)
  for (; i < vectors; i++) storeNumbers(type, LANES, target + i * step, v[i]);
}

#ifndef GELU
/// GELU of each lane, and its derivative.
INLINE vector geluVector(int type, vector x, vector *derivative) {
  (void)type;  // others have a rougher form for bfloat16
  float lanes[LANES], slopes[LANES];
  store(lanes, x);
  for (int i = 0; i < LANES; i++) {
    const ck_with_derivative y = ck_gelu_pair(lanes[i]);
    lanes[i] = y.value;
    slopes[i] = y.derivative;
  }
  *derivative = load(slopes);
  return load(lanes);
}
#define GELU geluVector
#endif

/// Finishes one vector, or its first `count` numbers, or two if `count` is that of two; bias,
/// derivative and factor may be NULL.
INLINE void finishVectors(
  const int type, const int activation, ptrdiff_t count, float alpha, float beta, const float *t,
  char *c, const float *bias, char *derivative, const char *factor) {
  const ptrdiff_t size = type == CK_FLOAT32 ? 4 : 2;
  const int vectors = count > LANES ? 2 : 1;
  const ptrdiff_t each = vectors > 1 ? LANES : count;
  vector y[2], slope[2];
#pragma clang loop unroll(full)
  for (int i = 0; i < vectors; i++) {
    const ptrdiff_t place = i * LANES * size;
    y[i] = loadNumbers(CK_FLOAT32, each, t + i * LANES);
    if (alpha != 1) y[i] *= alpha;
    if (beta != 0) y[i] += beta * loadNumbers(type, each, c + place);
    if (bias != NULL) y[i] += loadNumbers(CK_FLOAT32, each, bias + i * LANES);
    slope[i] = (vector){0} + 1;
    if (activation == CK_GELU) y[i] = GELU(type, y[i], &slope[i]);
    if (activation == CK_RELU) {
      float lanes[LANES], slopes[LANES];
      store(lanes, y[i]);
      for (int lane = 0; lane < LANES; lane++) {
        slopes[lane] = lanes[lane] > 0 ? 1.0f : 0.0f;
        lanes[lane] = lanes[lane] < 0 ? 0.0f : lanes[lane];  // NaN stays NaN
      }
      slope[i] = load(slopes);
      y[i] = load(lanes);
    }
    if (factor != NULL) y[i] *= loadNumbers(type, each, factor + place);
  }
  if (each == LANES) {
    if (derivative != NULL) storeVectors(type, vectors, derivative, slope);
    storeVectors(type, vectors, c, y);
  } else {
    if (derivative != NULL) storeNumbers(type, each, derivative, slope[0]);
    storeNumbers(type, each, c, y[0]);
  }
}

/// The body of `finish` for a type and an activation.
INLINE void finishAs(
  const int type, const int activation, ptrdiff_t m, ptrdiff_t n, const float *t, ptrdiff_t t_row,
  const ck_target target) {
  const ptrdiff_t size = type == CK_FLOAT32 ? 4 : 2, step = target.row * size;
  char *c = target.c, *derivative = target.derivative;
  const char *factor = target.factor;
  for (ptrdiff_t i = 0; i < m; i++, t += t_row) {
    ptrdiff_t j = 0;
#define FINISH(count)                                              \
  finishVectors(                                                   \
    type, activation, count, target.alpha, target.beta, t + j,     \
    c + j * size, target.bias == NULL ? NULL : target.bias + j,    \
    derivative == NULL ? NULL : derivative + j * size,             \
    factor == NULL ? NULL : factor + j * size)
    for (; j + 2 * LANES <= n; j += 2 * LANES) FINISH(2 * LANES);
    for (; j + LANES <= n; j += LANES) FINISH(LANES);
    if (j < n) FINISH(n - j);
#undef FINISH
    c += step;
    if (derivative != NULL) derivative += step;
    if (factor != NULL) factor += step;
  }
}

/// The body of `finish` for a type.
INLINE void finishType(
  const int type, ptrdiff_t m, ptrdiff_t n, const float *t, ptrdiff_t t_row,
  const ck_target *target) {
  if (target->activation == CK_GELU) {
    finishAs(type, CK_GELU, m, n, t, t_row, *target);
  } else if (target->activation == CK_RELU) {
    finishAs(type, CK_RELU, m, n, t, t_row, *target);
  } else {
    finishAs(type, CK_IDENTITY, m, n, t, t_row, *target);
  }
}

static void finish(
  ptrdiff_t m, ptrdiff_t n, const float *t, ptrdiff_t t_row, const ck_target *target) {
  if (target->type == CK_FLOAT32) {
    finishType(CK_FLOAT32, m, n, t, t_row, target);
  } else {
    finishType(CK_BFLOAT16, m, n, t, t_row, target);
  }
}
