// SQLite as Swift needs it: what tells it to copy a value is a macro of a cast, which Swift can't see.
#pragma once

#include <sqlite3.h>

/// Binds a copy of `count` bytes of UTF-8 to a parameter; returns SQLite's result code. No bytes are an empty text,
/// not NULL.
static inline int csqlite_bind_text(sqlite3_stmt *statement, int parameter, const char *bytes,
                                    sqlite3_uint64 count) {
  return sqlite3_bind_text64(statement, parameter, bytes ? bytes : "", count, SQLITE_TRANSIENT,
                             SQLITE_UTF8);
}

/// Binds a copy of `count` bytes to a parameter; returns SQLite's result code.
static inline int csqlite_bind_blob(sqlite3_stmt *statement, int parameter, const void *bytes,
                                    sqlite3_uint64 count) {
  return sqlite3_bind_blob64(statement, parameter, bytes, count, SQLITE_TRANSIENT);
}
