// Random numbers from Philox4x32-10, each a pure function of its key and its place, so that any division
// of the work draws the same.

#ifndef CK_RANDOM_H
#define CK_RANDOM_H

#include <stddef.h>
#include <stdint.h>

// Number i comes from word i mod 4 of block i / 4, whose counter is (i / 4, 0) and whose key is `key`,
// each of two words, low first. `begin` is a multiple of 32.

/// y[j] = the upper 24 bits of word begin + j as a fraction of [0, 1), for j in [0, n).
void ck_uniform_f32(uint64_t key, uint64_t begin, float *y, ptrdiff_t n);

/// y[j] = number begin + j of the standard normal distribution (Box & Muller 1958), for j in [0, n). Of
/// each 32, numbers i and i + 16 are r cos 2πv and r sin 2πv with r = √(-2 ln u), u the upper 24 bits of
/// word i as a fraction of (0, 1] and v those of word i + 16 as one of [0, 1).
void ck_normal_f32(uint64_t key, uint64_t begin, float *y, ptrdiff_t n);

/// y[j] = -ln(-ln u) with u the upper 23 bits of word begin + j and a half as a fraction of (0, 1), for j
/// in [0, n): the Gumbel distribution.
void ck_gumbel_f32(uint64_t key, uint64_t begin, float *y, ptrdiff_t n);

#endif
