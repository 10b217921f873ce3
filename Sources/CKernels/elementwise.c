// Elementwise functions of one variable.

#include "ck_elementwise.h"

#include "ck_functions.h"
#include "ck_math.h"
#include "ck_target.h"

#define CK_MAP(name, value)                                   \
  CK_CLONES void name(const float *x, float *y, ptrdiff_t n) { \
    CK_EACH                                                    \
    for (ptrdiff_t i = 0; i < n; i++) y[i] = value(x[i]);      \
  }

CK_MAP(ck_exp_f32, ck_exp)
CK_MAP(ck_log_f32, ck_log)
CK_MAP(ck_sqrt_f32, __builtin_elementwise_sqrt)
CK_MAP(ck_tanh_f32, ck_tanh)
CK_MAP(ck_sigmoid_f32, ck_sigmoid)
CK_MAP(ck_gelu_f32, ck_gelu)
CK_MAP(ck_gelu_derivative_f32, ck_gelu_derivative)

CK_MAP(ck_gelu_tanh_f32, ck_gelu_tanh)
CK_MAP(ck_relu_f32, ck_relu)
CK_MAP(ck_silu_f32, ck_silu)
CK_MAP(ck_softplus_f32, ck_softplus)
CK_MAP(ck_absolute_f32, ck_absolute)
CK_MAP(ck_square_f32, ck_square)
CK_MAP(ck_sin_f32, ck_sin)
CK_MAP(ck_cos_f32, ck_cos)

/// ds = dy f', of which `derivative` gives f' from s.
#define CK_MAP_BACKWARD(name, derivative)                                            \
  CK_CLONES void name(const float *dy, const float *s, float *ds, ptrdiff_t n) {     \
    CK_EACH                                                                          \
    for (ptrdiff_t i = 0; i < n; i++) {                                              \
      const float v = s[i];                                                          \
      ds[i] = dy[i] * (derivative);                                                  \
    }                                                                                \
  }

CK_MAP_BACKWARD(ck_sqrt_backward_f32, 0.5f / v)
CK_MAP_BACKWARD(ck_tanh_backward_f32, 1.0f - v * v)
CK_MAP_BACKWARD(ck_sigmoid_backward_f32, v * (1.0f - v))
CK_MAP_BACKWARD(ck_gelu_backward_f32, ck_gelu_derivative(v))
CK_MAP_BACKWARD(ck_gelu_tanh_backward_f32, ck_gelu_tanh_derivative(v))
CK_MAP_BACKWARD(ck_relu_backward_f32, v > 0.0f ? 1.0f : 0.0f)
CK_MAP_BACKWARD(ck_silu_backward_f32, ck_silu_derivative(v))
CK_MAP_BACKWARD(ck_softplus_backward_f32, ck_sigmoid(v))
CK_MAP_BACKWARD(ck_absolute_backward_f32, ck_sign(v))
CK_MAP_BACKWARD(ck_square_backward_f32, 2.0f * v)
CK_MAP_BACKWARD(ck_sin_backward_f32, ck_cos(v))
CK_MAP_BACKWARD(ck_cos_backward_f32, -ck_sin(v))

CK_CLONES void ck_affine_f32(const float *x, float scale, float shift, float *y, ptrdiff_t n) {
  CK_EACH
  for (ptrdiff_t i = 0; i < n; i++) y[i] = x[i] * scale + shift;
}

CK_CLONES void ck_fill_f32(float value, float *y, ptrdiff_t n) {
  for (ptrdiff_t i = 0; i < n; i++) y[i] = value;
}
