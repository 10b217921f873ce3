// Convolutions of images in pixel order: the numbers of one pixel of all images lie together, so that
// every tap of a kernel is a plain matrix product and nothing is gathered or padded.

#ifndef CK_CONVOLUTION_H
#define CK_CONVOLUTION_H

#include <stddef.h>
#include <stdint.h>

/// Which pixels of an image x each pixel of an image y sees through a kernel.
typedef struct ck_window {
  ptrdiff_t width;                        // pixels in a row of y
  ptrdiff_t x_width;                      // pixels in a row of x
  ptrdiff_t kernel_height, kernel_width;  // taps
  const int32_t *rows;     // [y's height, kernel_height]: the row of x that a tap sees, -1 for none
  const int32_t *columns;  // [width, kernel_width]: likewise
  const int32_t *live;     // [kernel_height, kernel_width]: 0 for taps that are left out
} ck_window;

/// Where the numbers of a pixel are: pixel p, image b, channel c at data[p (batch channels) +
/// b image + c channel], with image and channel one of (channels, 1) and (1, batch).
typedef struct ck_pixels {
  const float *data;
  ptrdiff_t batch, channels;
  ptrdiff_t image, channel;
} ck_pixels;

/// y[q] = bias + Σ x[s] W[t] over the live taps t of pixel q, which see pixel s, each group of
/// channels for itself; negative results become zeros if `relu`. For pixels [first, first + count)
/// of y and images [image, image + images).
/// W: [groups, taps, C / groups, O / groups rounded up to 16]; bias: [O], with 15 numbers behind it
/// that may be read, or NULL; y: [pixels, batch, O], O = y_channels.
void ck_convolution_f32(
  const ck_window *window, const ck_pixels *x, ptrdiff_t groups, ptrdiff_t y_channels,
  const float *weight, const float *bias, int relu, float *y, ptrdiff_t first, ptrdiff_t count,
  ptrdiff_t image, ptrdiff_t images);

/// dW[t] += Σ a[s]ᵀ b[q] over the pixels q in [first, first + count) of b that see a pixel s of a
/// through tap t, for channels [begin, begin + width) of each group of a's; or dW[t] = that sum if
/// not `adds`. b's channels lie together, each group's a multiple of 16; dW: [groups, taps,
/// a's channels / groups, b's channels / groups].
void ck_convolution_weights_f32(
  const ck_window *window, const ck_pixels *a, const ck_pixels *b, ptrdiff_t groups, ptrdiff_t tap,
  ptrdiff_t begin, ptrdiff_t width, int adds, float *dw, ptrdiff_t first, ptrdiff_t count);

/// The same for all taps at once, where a has so few channels that one tap would not fill a product:
/// dW: [taps, a's channels, b's channels]. a's images lie together; one group.
/// scratch: [taps, a's channels, batch].
void ck_convolution_weights_few_f32(
  const ck_window *window, const ck_pixels *a, const ck_pixels *b, float *dw, ptrdiff_t first,
  ptrdiff_t count, float *scratch);

/// The products of each pixel of x with all taps, for y of few channels: z[p, (t, o), b] =
/// Σ x[p, b, c] W[c, (t, o)] over c, for pixels [first, first + count).
/// W: [C, columns rounded up to 16]; z: [pixels, columns, batch]; scratch: [batch, columns rounded
/// up to 16].
void ck_tap_products_f32(
  const ck_pixels *x, const float *weight, ptrdiff_t columns, float *z, ptrdiff_t first,
  ptrdiff_t count, float *scratch);

/// y[q] = bias + Σ z[s, t] over the live taps t of pixel q, which see pixel s: what
/// `ck_tap_products_f32` leaves to add. z: [x's pixels, taps, channels, batch]; y: [pixels, channels,
/// batch]; bias: [channels] or NULL.
void ck_tap_sums_f32(
  const ck_window *window, ptrdiff_t batch, ptrdiff_t channels, const float *z, const float *bias,
  int relu, float *y, ptrdiff_t first, ptrdiff_t count);

/// y[q] = bias + Σ x[s] w[t], each channel with its own kernel. x: channels together; w: [taps,
/// channels]; y: [pixels, batch, channels].
void ck_depthwise_f32(
  const ck_window *window, const ck_pixels *x, const float *weight, const float *bias, int relu,
  float *y, ptrdiff_t first, ptrdiff_t count);

/// dw[t] += Σ a[s] b[q] over pixels q and images, each channel for itself; dw: [taps, channels].
void ck_depthwise_weights_f32(
  const ck_window *window, const ck_pixels *a, const ck_pixels *b, float *dw, ptrdiff_t first,
  ptrdiff_t count);

/// ds = dy where y > 0, else 0, and sums[c] = Σ ds[r, c] over r. y may be NULL: then ds = dy, and ds
/// is not written. dy, y, ds: [rows, columns], ds may be dy.
void ck_relu_backward_sums_f32(
  const float *dy, const float *y, float *ds, float *sums, ptrdiff_t rows, ptrdiff_t columns);

#endif
