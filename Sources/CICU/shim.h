// ICU as the Text target uses it. ICU's functions carry a version suffix that macros add
// (ubrk_open is ubrk_open_72), which Swift cannot see: each function used has a wrapper here.
#ifndef SEQAE_CICU_SHIM_H
#define SEQAE_CICU_SHIM_H

#include <stdbool.h>
#include <unicode/ubrk.h>
#include <unicode/ucnv.h>
#include <unicode/utext.h>
#include <unicode/uchar.h>
#include <unicode/uversion.h>

/// Opens an iterator over the boundaries of `kind` by the rules of the root locale.
static inline UBreakIterator *icu_open_breaks(UBreakIteratorType kind, UErrorCode *status) {
  return ubrk_open(kind, "", 0, 0, status);
}

static inline void icu_close_breaks(UBreakIterator *breaks) { ubrk_close(breaks); }

/// Gives `breaks` the UTF-8 text to walk; the bytes must outlive the walk. Ill-formed bytes count
/// as U+FFFD and offsets stay byte offsets.
static inline void icu_set_text(UBreakIterator *breaks, const uint8_t *bytes, int64_t count,
                                UErrorCode *status) {
  UText text = UTEXT_INITIALIZER;
  utext_openUTF8(&text, (const char *)bytes, count, status);
  ubrk_setUText(breaks, &text, status);  // keeps a shallow copy of its own
  utext_close(&text);
}

/// Moves to the next boundary and returns its byte offset, or UBRK_DONE (-1) after the last one.
static inline int32_t icu_next_break(UBreakIterator *breaks) { return ubrk_next(breaks); }

/// Reads `count` bytes in the encoding `name` and writes at most `capacity` UTF-16 units; what cannot be
/// read becomes U+FFFD. Returns how many units there are.
static inline int32_t icu_decode(const char *name, const uint8_t *bytes, int32_t count,
                                 uint16_t *units, int32_t capacity, UErrorCode *status) {
  UConverter *converter = ucnv_open(name, status);
  const int32_t written =
      ucnv_toUChars(converter, (UChar *)units, capacity, (const char *)bytes, count, status);
  ucnv_close(converter);
  return written;
}

/// Writes `count` UTF-16 units in the encoding `name`, at most `capacity` bytes; what it lacks becomes
/// its substitute. Returns how many bytes there are.
static inline int32_t icu_encode(const char *name, const uint16_t *units, int32_t count,
                                 uint8_t *bytes, int32_t capacity, UErrorCode *status) {
  UConverter *converter = ucnv_open(name, status);
  const int32_t written =
      ucnv_fromUChars(converter, (char *)bytes, capacity, (const UChar *)units, count, status);
  ucnv_close(converter);
  return written;
}

static inline const char *icu_error_name(UErrorCode status) { return u_errorName(status); }

/// Whether a code point has the property Cased.
static inline bool icu_is_cased(uint32_t scalar) {
  return u_hasBinaryProperty((UChar32)scalar, UCHAR_CASED);
}

/// Whether a code point has the property Case_Ignorable.
static inline bool icu_is_case_ignorable(uint32_t scalar) {
  return u_hasBinaryProperty((UChar32)scalar, UCHAR_CASE_IGNORABLE);
}

/// Writes ICU's own version, such as 72.1, and that of its Unicode data, such as 15.0.
static inline void icu_versions(uint8_t library[4], uint8_t unicode[4]) {
  u_getVersion(library);
  u_getUnicodeVersion(unicode);
}

#endif
