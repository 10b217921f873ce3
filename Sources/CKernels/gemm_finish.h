// From sums to results, as gemm_template.h includes it. Where NUMBERS is 2, narrow(target, vector)
// stores a vector as bfloat16 and narrowPair(target, vector, vector) two. Where GELU(type, x, &derivative) is defined, it is that of vectors.

INLINE vector loadNumbers(int type, const char *source) {
  if (type == CK_FLOAT32) return load(source);
  uint16_t halves[LANES];
  float lanes[LANES];
  memcpy(halves, source, sizeof halves);
  for (int i = 0; i < LANES; i++) lanes[i] = ck_float_from_bf16(halves[i]);
  return load(lanes);
}

INLINE void storeNumbers(int type, char *target, vector value) {
  if (type == CK_FLOAT32) {
    store(target, value);
    return;
  }
#if NUMBERS == 2
  narrow(target, value);
#else
  uint16_t halves[LANES];
  float lanes[LANES];
  store(lanes, value);
  for (int i = 0; i < LANES; i++) halves[i] = ck_bf16_from_float(lanes[i]);
  memcpy(target, halves, sizeof halves);
#endif
}

/// Stores one or two vectors.
INLINE void storeVectors(const int type, const int vectors, char *target, const vector v[2]) {
#if NUMBERS == 2
  if (type == CK_BFLOAT16 && vectors > 1) {
    narrowPair(target, v[0], v[1]);
    return;
  }
#endif
  const ptrdiff_t size = type == CK_FLOAT32 ? 4 : 2;
  for (int i = 0; i < vectors; i++) storeNumbers(type, target + i * LANES * size, v[i]);
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

/// Finishes one or two vectors at t; bias, derivative and factor may be NULL.
INLINE void finishVectors(
  const int type, const int activation, const int vectors, float alpha, float beta, const float *t,
  char *c, const float *bias, char *derivative, const char *factor) {
  const ptrdiff_t size = type == CK_FLOAT32 ? 4 : 2;
  vector y[2], slope[2];
#pragma clang loop unroll(full)
  for (int i = 0; i < vectors; i++) {
    const ptrdiff_t place = i * LANES * size;
    y[i] = load(t + i * LANES);
    if (alpha != 1) y[i] *= alpha;
    if (beta != 0) y[i] = beta * loadNumbers(type, c + place) + y[i];
    if (bias != NULL) y[i] += load(bias + i * LANES);
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
    if (factor != NULL) y[i] *= loadNumbers(type, factor + place);
  }
  if (derivative != NULL) storeVectors(type, vectors, derivative, slope);
  storeVectors(type, vectors, c, y);
}

/// The body of `finish` for a type and an activation.
INLINE void finishAs(
  const int type, const int activation, ptrdiff_t m, ptrdiff_t n, const float *t, ptrdiff_t t_row,
  const ck_target target) {
  const ptrdiff_t size = type == CK_FLOAT32 ? 4 : 2, step = target.row * size;
  const ptrdiff_t whole = n / LANES * LANES, rest = n - whole;
  const size_t restSize = (size_t)(rest * size);
  float restT[LANES] = {0}, restC[LANES] = {0}, restBias[LANES] = {0};
  float restSlope[LANES] = {0}, restFactor[LANES] = {0};
  if (target.bias != NULL) copyShort(rest, target.bias + whole, restBias);
  char *c = target.c, *derivative = target.derivative;
  const char *factor = target.factor;
  for (ptrdiff_t i = 0; i < m; i++, t += t_row) {
    ptrdiff_t j = 0;
#define FINISH(vectors)                                                                \
  for (; j + vectors * LANES <= n; j += vectors * LANES) {                             \
    finishVectors(                                                                     \
      type, activation, vectors, target.alpha, target.beta, t + j, c + j * size,       \
      target.bias == NULL ? NULL : target.bias + j,                                    \
      derivative == NULL ? NULL : derivative + j * size,                               \
      factor == NULL ? NULL : factor + j * size);                                      \
  }
    FINISH(2)
    FINISH(1)
#undef FINISH
    if (rest > 0) {
      const ptrdiff_t place = whole * size;
      copyShort(rest, t + whole, restT);
      if (target.beta != 0) memcpy(restC, c + place, restSize);
      if (factor != NULL) memcpy(restFactor, factor + place, restSize);
      finishVectors(
        type, activation, 1, target.alpha, target.beta, restT, (char *)restC, restBias,
        derivative == NULL ? NULL : (char *)restSlope, factor == NULL ? NULL : (char *)restFactor);
      memcpy(c + place, restC, restSize);
      if (derivative != NULL) memcpy(derivative + place, restSlope, restSize);
    }
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
