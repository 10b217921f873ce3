// zlib as Swift needs it: its initialisers are macros, which Swift can't see.
#pragma once

#include <zlib.h>

/// Readies `stream` to read members of the gzip format (RFC 1952); returns Z_OK or a zlib error.
static inline int czlib_inflate_init_gzip(z_stream *stream) {
  return inflateInit2(stream, 16 + MAX_WBITS);
}
