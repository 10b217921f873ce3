// Random numbers of several distributions.

#include "ck_random.h"

#include "ck_draw.h"
#include "ck_functions.h"

enum { WORDS = CK_DRAWN / 2 };  // a word is two of the half-words that ck_draw gives

/// Runs `each` with word [WORDS] drawn, which fills v [WORDS], and copies v to y.
#define FOR_EACH_WORDS(each)                                                   \
  for (ptrdiff_t done = 0; done < n; done += WORDS) {                          \
    uint16_t half[CK_DRAWN] __attribute__((aligned(64)));                      \
    uint32_t word[WORDS];                                                      \
    float v[WORDS];                                                            \
    ck_draw(key, 2 * (begin + (uint64_t)done), half);                          \
    memcpy(word, half, sizeof word);                                           \
    each                                                                       \
    const ptrdiff_t count = n - done < WORDS ? n - done : WORDS;               \
    if (count == WORDS) {                                                      \
      memcpy(y + done, v, sizeof v);                                           \
    } else {                                                                   \
      memcpy(y + done, v, (size_t)count * sizeof *v);                          \
    }                                                                          \
  }

CK_CLONES void ck_uniform_f32(uint64_t key, uint64_t begin, float *y, ptrdiff_t n) {
  FOR_EACH_WORDS(
    for (int i = 0; i < WORDS; i++) v[i] = (float)(int32_t)(word[i] >> 8) * 0x1p-24f;)
}

CK_CLONES void ck_gumbel_f32(uint64_t key, uint64_t begin, float *y, ptrdiff_t n) {
  FOR_EACH_WORDS(
    for (int i = 0; i < WORDS; i++) {
      const float u = ((float)(int32_t)(word[i] >> 9) + 0.5f) * 0x1p-23f;
      v[i] = -ck_log_of_normal(-ck_log_of_normal(u));
    })
}

CK_CLONES void ck_normal_f32(uint64_t key, uint64_t begin, float *y, ptrdiff_t n) {
  FOR_EACH_WORDS(
    for (int i = 0; i < WORDS / 2; i++) {
      const float u = (float)(int32_t)((word[i] >> 8) + 1) * 0x1p-24f;
      const float radius = __builtin_elementwise_sqrt(-2.0f * ck_log_of_normal(u));
      // The turn in quarters: whole ones, and what is left of the nearest as an angle.
      const int32_t turn = (int32_t)(word[WORDS / 2 + i] >> 8);
      const int32_t quarters = (turn + (1 << 21)) >> 22;
      const float angle = (float)(turn - (quarters << 22)) * (1.57079633f * 0x1p-22f);
      v[i] = radius * ck_sine_of_quadrant(angle, (uint32_t)quarters + 1);
      v[WORDS / 2 + i] = radius * ck_sine_of_quadrant(angle, (uint32_t)quarters);
    })
}
