// Exact scores, and the places of large ones.

#include "ck_search.h"

#include "ck_lanes.h"

typedef double double_lanes __attribute__((ext_vector_type(8)));
typedef float float_lanes __attribute__((ext_vector_type(8)));

CK_INLINE double_lanes widened(const float *x) {
  float_lanes v;
  memcpy(&v, x, sizeof v);
  return __builtin_convertvector(v, double_lanes);
}

CK_INLINE double dot(const float *x, const float *y, ptrdiff_t n) {
  // Two sums at a time, since one would wait for itself. Products of float32 have 48 bits, so that it
  // does not matter whether an instruction set adds them in one step.
  double_lanes first = 0.0, second = 0.0;
  ptrdiff_t i = 0;
  for (; i + 16 <= n; i += 16) {
    first += widened(x + i) * widened(y + i);
    second += widened(x + i + 8) * widened(y + i + 8);
  }
  first += second;
  double sum = 0.0;
  for (int lane = 0; lane < 8; lane++) sum += first[lane];
  for (; i < n; i++) sum += (double)x[i] * (double)y[i];
  return sum;
}

CK_CLONES double ck_dot_f64(const float *x, const float *y, ptrdiff_t n) { return dot(x, y, n); }

CK_CLONES ptrdiff_t ck_places_from_f32(
  const float *x, ptrdiff_t n, float least, int32_t *places) {
  enum { STRIP = 64 };
  ptrdiff_t count = 0;
  for (ptrdiff_t start = 0; start < n; start += STRIP) {
    const ptrdiff_t end = n - start < STRIP ? n : start + STRIP;
    // Few strips have any.
    if (end - start == STRIP) {
      int isAny = 0;
      for (ptrdiff_t i = 0; i < STRIP; i++) isAny |= !(x[start + i] < least);
      if (!isAny) continue;
    }
    for (ptrdiff_t i = start; i < end; i++) {
      places[count] = (int32_t)i;
      count += !(x[i] < least);
    }
  }
  return count;
}
