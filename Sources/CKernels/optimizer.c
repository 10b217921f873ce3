// Steps of optimizers.

#include "ck_optimizer.h"

#include "ck_target.h"

CK_CLONES void ck_adamw_f32(
  ck_adamw step, float *restrict p, const float *restrict g, float *restrict m, float *restrict v,
  ptrdiff_t n) {
  const float keep = 1.0f - step.rate * step.decay;
  const float rate = step.rate / step.correction1;
  const float inverse2 = 1.0f / step.correction2;
  for (ptrdiff_t i = 0; i < n; i++) {
    const float gradient = g[i] * step.gradient_scale;
    m[i] = step.beta1 * m[i] + (1.0f - step.beta1) * gradient;
    v[i] = step.beta2 * v[i] + (1.0f - step.beta2) * gradient * gradient;
    p[i] = keep * p[i] - rate * m[i] / (__builtin_elementwise_sqrt(v[i] * inverse2) + step.epsilon);
  }
}
