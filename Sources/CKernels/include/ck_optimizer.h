// Steps of optimizers, in float32.

#ifndef CK_OPTIMIZER_H
#define CK_OPTIMIZER_H

#include <stddef.h>

/// What an AdamW step needs besides its arrays.
typedef struct ck_adamw {
  float rate, beta1, beta2, epsilon;
  float decay;           // decoupled: the parameter shrinks by rate · decay
  float correction1;     // 1 - beta1ᵗ
  float correction2;     // 1 - beta2ᵗ
  float gradient_scale;  // what the gradient is multiplied by first
} ck_adamw;

/// One step of AdamW (Loshchilov & Hutter 2019, Algorithm 2) on n values: g is scaled, moments m
/// and v move, and p -= rate (m / correction1 / (√(v / correction2) + epsilon) + decay p).
void ck_adamw_f32(ck_adamw step, float *p, const float *g, float *m, float *v, ptrdiff_t n);

#endif
