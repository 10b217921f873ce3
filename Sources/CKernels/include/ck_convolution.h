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

/// Images in pixel order, in words along the axis that a product sums over: one float32, or two
/// bfloat16, the first in the lower half. Pixel p, image b, channel c are at word
/// p · images · channels + b · image + c · channel.
typedef struct ck_pixels {
  const void *data;
  int type;                    // one of ck_type; bfloat16 if ck_isa() is 4
  ptrdiff_t images, channels;  // of one pixel, in words
  ptrdiff_t image, channel;    // strides in words, (channels, 1) or (1, images)
} ck_pixels;

/// One matrix for each tap of a kernel, for products that sum over inputs: matrices[t][c][o] =
/// weight[o o_step + c c_step + t t_step], [taps, words of inputs, outputs rounded up to 16], zeros
/// in the columns behind; for taps [first, first + count).
void ck_tap_matrices(
  int type, const void *weight, ptrdiff_t outputs, ptrdiff_t inputs, ptrdiff_t o_step,
  ptrdiff_t c_step, ptrdiff_t t_step, void *matrices, ptrdiff_t first, ptrdiff_t count);

/// y[q] = bias + Σ x[s] W[t] over the live taps t of pixel q, which see pixel s, each group of
/// channels for itself; negative results become zeros if `relu`. For pixels [first, first + count)
/// of y and images [image, image + images). x: words along its channels; W: [groups] of
/// ck_tap_matrices; bias: [O], with 15 numbers behind it that may be read, or NULL; y: [pixels,
/// images, O] of y_type, O = y_channels; scratch: two pointers for each tap.
void ck_convolution(
  const ck_window *window, const ck_pixels *x, ptrdiff_t groups, ptrdiff_t y_channels,
  const void *weight, const float *bias, int relu, int y_type, void *y, ptrdiff_t first,
  ptrdiff_t count, ptrdiff_t image, ptrdiff_t images, void *scratch);

/// dW[t] = Σ a[s]ᵀ b[q] over the pixels q in [first, first + count) of b that see a pixel s of a
/// through tap t, for channels [begin, begin + width) of each group of a's. a, b: words along their
/// images; b's channels lie together, each group's a multiple of 16; dW: [groups, taps, a's channels
/// / groups, b's channels / groups].
void ck_convolution_weights(
  const ck_window *window, const ck_pixels *a, const ck_pixels *b, ptrdiff_t groups, ptrdiff_t tap,
  ptrdiff_t begin, ptrdiff_t width, float *dw, ptrdiff_t first, ptrdiff_t count);

/// The same for all taps at once, where a has so few channels that one tap would not fill a product:
/// dW: [taps, a's channels, b's channels]. a's images lie together; one group; at least one pixel.
/// scratch: [taps, a's words].
void ck_convolution_weights_few(
  const ck_window *window, const ck_pixels *a, const ck_pixels *b, float *dw, ptrdiff_t first,
  ptrdiff_t count, float *scratch);

/// The products of each pixel of x with all taps, for y of few channels: z[p, (t, o), b] =
/// Σ x[p, b, c] W[c, (t, o)] over c, for pixels [first, first + count). x: words along its channels;
/// W: one matrix of ck_tap_matrices; z: [pixels, columns, images]; scratch: [images, columns rounded
/// up to 16].
void ck_tap_products(
  const ck_pixels *x, const void *weight, ptrdiff_t columns, float *z, ptrdiff_t first,
  ptrdiff_t count, float *scratch);

/// y[q] = bias + Σ z[s, t] over the live taps t of pixel q, which see pixel s: what
/// `ck_tap_products` leaves to add. z: [x's pixels, taps, channels, images]; y: [pixels, channels,
/// images]; bias: [channels] or NULL.
void ck_tap_sums_f32(
  const ck_window *window, ptrdiff_t images, ptrdiff_t channels, const float *z, const float *bias,
  int relu, float *y, ptrdiff_t first, ptrdiff_t count);

/// y[q] = bias + Σ x[s] w[t], each channel with its own kernel, in float32. x: channels together;
/// w: [taps, channels]; y: [pixels, images, channels].
void ck_depthwise_f32(
  const ck_window *window, const ck_pixels *x, const float *weight, const float *bias, int relu,
  float *y, ptrdiff_t first, ptrdiff_t count);

/// dw[t] += Σ a[s] b[q] over pixels q and images, each channel for itself, in float32. dw: [taps,
/// channels].
void ck_depthwise_weights_f32(
  const ck_window *window, const ck_pixels *a, const ck_pixels *b, float *dw, ptrdiff_t first,
  ptrdiff_t count);

/// ds = dy where y > 0, else 0, and sums[c] = Σ ds[r, c] over r. y may be NULL: then ds = dy, and ds
/// is not written. dy, y, ds: [rows, columns] of `type`; ds may be dy.
void ck_relu_backward_sums(
  int type, const void *dy, const void *y, void *ds, float *sums, ptrdiff_t rows,
  ptrdiff_t columns);

/// Words along images from numbers along channels: word (i, c) of y holds images 2 i and 2 i + 1 of
/// x, zero for one that is missing. x: [pixels, images, channels] in bfloat16; y: [pixels, images / 2
/// rounded up, channels]; for pixels [first, first + count).
void ck_pair_images(
  const uint16_t *x, ptrdiff_t images, ptrdiff_t channels, uint32_t *y, ptrdiff_t first,
  ptrdiff_t count);

#endif
