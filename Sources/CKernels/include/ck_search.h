// What a search among vectors needs beside products: exact scores, and the places of large ones.

#ifndef CK_SEARCH_H
#define CK_SEARCH_H

#include <stddef.h>
#include <stdint.h>

/// Returns Σ x[i] y[i] for i in [0, n) in double precision, whose products are exact; the sum is the
/// same in every instruction set.
double ck_dot_f64(const float *x, const float *y, ptrdiff_t n);

/// places[·] = each i in [0, n) with x[i] ≥ least, or x[i] NaN, in ascending order; returns how many.
/// x: [n]; places: room for n.
ptrdiff_t ck_places_from_f32(const float *x, ptrdiff_t n, float least, int32_t *places);

#endif
