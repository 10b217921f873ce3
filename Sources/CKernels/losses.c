// Losses that compare each number with a target.

#include "ck_losses.h"

#include "ck_functions.h"
#include "ck_target.h"

// Each loss is followed by its derivative by x.

CK_INLINE float squared(float x, float t, float parameter) {
  (void)parameter;
  return (x - t) * (x - t);
}

CK_INLINE float squared_derivative(float x, float t, float parameter) {
  (void)parameter;
  return 2.0f * (x - t);
}

CK_INLINE float absolute(float x, float t, float parameter) {
  (void)parameter;
  return ck_absolute(x - t);
}

CK_INLINE float absolute_derivative(float x, float t, float parameter) {
  (void)parameter;
  return ck_sign(x - t);
}

CK_INLINE float smooth_absolute(float x, float t, float beta) {
  const float d = ck_absolute(x - t);
  return d < beta ? 0.5f * d * d / beta : d - 0.5f * beta;
}

CK_INLINE float smooth_absolute_derivative(float x, float t, float beta) {
  const float d = x - t;
  return ck_absolute(d) < beta ? d / beta : ck_sign(d);
}

CK_INLINE float logits_cross_entropy(float x, float t, float parameter) {
  (void)parameter;
  return ck_softplus(x) - x * t;
}

CK_INLINE float logits_cross_entropy_derivative(float x, float t, float parameter) {
  (void)parameter;
  return ck_sigmoid(x) - t;
}

CK_INLINE float binary_cross_entropy(float x, float t, float parameter) {
  (void)parameter;
  const float yes = ck_log(x);
  const float no = ck_log(1.0f - x);
  return -t * (yes < -100.0f ? -100.0f : yes) - (1.0f - t) * (no < -100.0f ? -100.0f : no);
}

CK_INLINE float binary_cross_entropy_derivative(float x, float t, float parameter) {
  (void)parameter;
  const float variance = x * (1.0f - x);
  return (x - t) / (variance < 1e-12f ? 1e-12f : variance);  // as PyTorch bounds it
}

/// Runs `each(f)` with f the function of the loss's kind, so that loops hold no choice.
#define FOR_KIND(suffix, each)                                                       \
  switch (loss.kind) {                                                               \
    case CK_SQUARED: each(squared##suffix) break;                                    \
    case CK_ABSOLUTE: each(absolute##suffix) break;                                  \
    case CK_SMOOTH_ABSOLUTE: each(smooth_absolute##suffix) break;                    \
    case CK_LOGITS_CROSS_ENTROPY: each(logits_cross_entropy##suffix) break;          \
    default: each(binary_cross_entropy##suffix) break;                               \
  }

CK_CLONES void ck_loss_f32(
  ck_loss loss, const float *x, const float *t, float *y, ptrdiff_t n) {
#define EACH(f) \
  for (ptrdiff_t i = 0; i < n; i++) y[i] = f(x[i], t[i], loss.parameter);
  FOR_KIND(, EACH)
#undef EACH
}

CK_CLONES double ck_loss_sum_f32(ck_loss loss, const float *x, const float *t, ptrdiff_t n) {
  CK_REASSOCIATE
  enum { CHUNK = 512 };
  double total = 0.0;
  for (ptrdiff_t first = 0; first < n; first += CHUNK) {
    const ptrdiff_t end = n - first < CHUNK ? n : first + CHUNK;
    float sum = 0.0f;
#define EACH(f) \
  for (ptrdiff_t i = first; i < end; i++) sum += f(x[i], t[i], loss.parameter);
    FOR_KIND(, EACH)
#undef EACH
    total += (double)sum;
  }
  return total;
}

CK_CLONES void ck_loss_backward_f32(
  ck_loss loss, const float *dy, ptrdiff_t dy_stride, const float *x, const float *t, float *dx,
  ptrdiff_t n) {
  if (dy_stride == 0) {
    const float scale = *dy;
#define EACH(f) \
  for (ptrdiff_t i = 0; i < n; i++) dx[i] = scale * f(x[i], t[i], loss.parameter);
    FOR_KIND(_derivative, EACH)
#undef EACH
  } else {
#define EACH(f) \
  for (ptrdiff_t i = 0; i < n; i++) dx[i] = dy[i] * f(x[i], t[i], loss.parameter);
    FOR_KIND(_derivative, EACH)
#undef EACH
  }
}
