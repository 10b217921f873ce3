// utf8proc as the Text target uses it. The layout of its property record differs between releases,
// so fields are read here, by the header that the program is built with.
#ifndef SEQAE_CUTF8PROC_SHIM_H
#define SEQAE_CUTF8PROC_SHIM_H

#include <utf8proc.h>

/// Options are passed as plain integers: a Swift enum cannot hold a union of flags.
enum {
  SEQAE_COMPATIBILITY = UTF8PROC_COMPAT,
  SEQAE_CASE_FOLD = UTF8PROC_CASEFOLD,
  SEQAE_DROP_IGNORABLE = UTF8PROC_IGNORE,
};

/// Canonical_Combining_Class of a code point (0 for starters).
static inline int32_t utf8proc_class_of(int32_t scalar) {
  return utf8proc_get_property(scalar)->combining_class;
}

/// Writes the full decomposition of `scalar` and returns how many code points it has; more than
/// `capacity` means that nothing was written beyond it, and a negative number is an error.
static inline ptrdiff_t utf8proc_decompose_scalar(int32_t scalar, int32_t *out, ptrdiff_t capacity,
                                                  int32_t options) {
  return utf8proc_decompose_char(scalar, out, capacity,
                                 (utf8proc_option_t)(UTF8PROC_DECOMPOSE | options), 0);
}

/// Returns the primary composite of a starter and the code point after it, or -1 if there is none.
static inline int32_t utf8proc_compose_pair(int32_t starter, int32_t next) {
  utf8proc_int32_t pair[2] = {starter, next};
  const utf8proc_option_t options = (utf8proc_option_t)(UTF8PROC_STABLE | UTF8PROC_COMPOSE);
  return utf8proc_normalize_utf32(pair, 2, options) == 1 ? pair[0] : -1;
}

#endif
