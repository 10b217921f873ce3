// Normalizations of channels, x: [batch, channels, size], and by the root of the mean square.

#ifndef CK_CHANNEL_NORM_H
#define CK_CHANNEL_NORM_H

#include <stddef.h>

/// What a tensor of channels is: [batch, channels, size], without gaps.
typedef struct ck_channels {
  ptrdiff_t batch, channels, size;
} ck_channels;

/// The most channels that one call of ck_batch_norm_f32 takes.
enum { CK_MAX_CHANNELS = 32 };

/// Group normalization (Wu & He 2018, §3) of groups [begin, begin + count) of batch · groups: y = gain (x
/// - mean) inverse + bias with mean and inverse = 1 / √(variance + epsilon) of each group of one
/// example. x, y: as `shape` says; gain, bias: [channels]; mean, inverse: [batch, groups].
void ck_group_norm_f32(
  ck_channels shape, ptrdiff_t groups, const float *x, const float *gain, const float *bias,
  float epsilon, float *y, float *mean, float *inverse, ptrdiff_t begin, ptrdiff_t count);

/// dx, and the examples' own dgain = Σ dy x̂ and dbias = Σ dy, both [batch, channels]. With
/// x̂ = (x - mean) inverse and d = dy gain: dx = (d - mean(d) - x̂ mean(d x̂)) inverse, means over the
/// group.
void ck_group_norm_backward_f32(
  ck_channels shape, ptrdiff_t groups, const float *dy, const float *x, const float *gain,
  const float *mean, const float *inverse, float *dx, float *dgain, float *dbias, ptrdiff_t begin,
  ptrdiff_t count);

/// Batch normalization (Ioffe & Szegedy 2015, Algorithm 1) of channels [begin, begin + count), count at
/// most CK_MAX_CHANNELS: as above, with mean, variance and inverse of each channel over batch and size.
/// gain, bias, mean, variance, inverse: [channels].
void ck_batch_norm_f32(
  ck_channels shape, const float *x, const float *gain, const float *bias, float epsilon, float *y,
  float *mean, float *variance, float *inverse, ptrdiff_t begin, ptrdiff_t count);

/// dx, dgain = Σ dy x̂ and dbias = Σ dy over batch and size; with n = batch · size:
/// dx = gain inverse (dy - dbias / n - x̂ dgain / n).
void ck_batch_norm_backward_f32(
  ck_channels shape, const float *dy, const float *x, const float *gain, const float *mean,
  const float *inverse, float *dx, float *dgain, float *dbias, ptrdiff_t begin, ptrdiff_t count);

/// Root mean square normalization (Zhang & Sennrich 2019, equation 4): y = gain x inverse with inverse =
/// 1 / √(mean x² + epsilon) of each row. x, y: [rows, columns]; gain: [columns]; inverse: [rows].
void ck_rms_norm_f32(
  const float *x, const float *gain, float epsilon, float *y, float *inverse, ptrdiff_t rows,
  ptrdiff_t columns);

/// dx, and the rows' sum dgain = Σ dy x̂. With x̂ = x inverse and d = dy gain:
/// dx = (d - x̂ mean(d x̂)) inverse.
void ck_rms_norm_backward_f32(
  const float *dy, const float *x, const float *gain, const float *inverse, float *dx,
  float *dgain, ptrdiff_t rows, ptrdiff_t columns);

#endif
