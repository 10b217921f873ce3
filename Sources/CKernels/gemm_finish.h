// From sums to results, as gemm_template.h includes it. Where NUMBERS is 2, narrow(target, vector)
// stores a vector as bfloat16.

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

/// GELU of each lane, and its derivative.
INLINE vector geluVector(vector x, vector *derivative) {
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

/// Finishes one vector; bias, derivative and factor may be NULL.
INLINE void finishVector(
  const ck_target *target, const float *t, char *c, const float *bias, char *derivative,
  const char *factor) {
  const int type = target->type;
  vector y = target->alpha * load(t);
  if (target->beta != 0) y = target->beta * loadNumbers(type, c) + y;
  if (bias != NULL) y += load(bias);
  vector slope = (vector){0} + 1;
  if (target->activation == CK_GELU) y = geluVector(y, &slope);
  if (derivative != NULL) storeNumbers(type, derivative, slope);
  if (factor != NULL) y *= loadNumbers(type, factor);
  storeNumbers(type, c, y);
}

static void finish(
  ptrdiff_t m, ptrdiff_t n, const float *t, ptrdiff_t t_row, const ck_target *target) {
  const ptrdiff_t size = target->type == CK_FLOAT32 ? 4 : 2;
  const ptrdiff_t whole = n / LANES * LANES, rest = n - whole;
  const size_t restSize = (size_t)(rest * size);
  float restT[LANES] = {0}, restC[LANES] = {0}, restBias[LANES] = {0};
  float restSlope[LANES] = {0}, restFactor[LANES] = {0};
  if (target->bias != NULL) copyShort(rest, target->bias + whole, restBias);
  for (ptrdiff_t i = 0; i < m; i++, t += t_row) {
    const ptrdiff_t line = i * target->row;
    for (ptrdiff_t j = 0; j < whole; j += LANES) {
      const ptrdiff_t place = (line + j) * size;
      finishVector(
        target, t + j, target->c + place, target->bias == NULL ? NULL : target->bias + j,
        target->derivative == NULL ? NULL : target->derivative + place,
        target->factor == NULL ? NULL : target->factor + place);
    }
    if (rest == 0) continue;
    const ptrdiff_t place = (line + whole) * size;
    copyShort(rest, t + whole, restT);
    if (target->beta != 0) memcpy(restC, target->c + place, restSize);
    if (target->factor != NULL) memcpy(restFactor, target->factor + place, restSize);
    finishVector(
      target, restT, (char *)restC, restBias,
      target->derivative == NULL ? NULL : (char *)restSlope,
      target->factor == NULL ? NULL : (char *)restFactor);
    memcpy(target->c + place, restC, restSize);
    if (target->derivative != NULL) memcpy(target->derivative + place, restSlope, restSize);
  }
}

