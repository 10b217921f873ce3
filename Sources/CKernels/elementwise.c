// Elementwise functions of one variable.

#include "ck_elementwise.h"

#include "ck_functions.h"
#include "ck_math.h"
#include "ck_target.h"

#define CK_MAP(name, value)                                   \
  CK_CLONES void name(const float *x, float *y, ptrdiff_t n) { \
    for (ptrdiff_t i = 0; i < n; i++) y[i] = value(x[i]);      \
  }

CK_MAP(ck_exp_f32, ck_exp)
CK_MAP(ck_log_f32, ck_log)
CK_MAP(ck_sqrt_f32, __builtin_elementwise_sqrt)
CK_MAP(ck_tanh_f32, ck_tanh)
CK_MAP(ck_sigmoid_f32, ck_sigmoid)
CK_MAP(ck_gelu_f32, ck_gelu)
CK_MAP(ck_gelu_derivative_f32, ck_gelu_derivative)

CK_CLONES void ck_gelu_backward_f32(const float *dy, const float *s, float *ds, ptrdiff_t n) {
  for (ptrdiff_t i = 0; i < n; i++) ds[i] = dy[i] * ck_gelu_derivative(s[i]);
}

CK_CLONES void ck_affine_f32(const float *x, float scale, float shift, float *y, ptrdiff_t n) {
  for (ptrdiff_t i = 0; i < n; i++) y[i] = x[i] * scale + shift;
}

CK_CLONES void ck_fill_f32(float value, float *y, ptrdiff_t n) {
  for (ptrdiff_t i = 0; i < n; i++) y[i] = value;
}
