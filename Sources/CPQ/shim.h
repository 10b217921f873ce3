// libpq as a store of documents uses it. The library is opened when it is first asked for and not linked:
// it brings some twenty others with it, which no other use of the program should load.
#ifndef SEQAE_CPQ_SHIM_H
#define SEQAE_CPQ_SHIM_H

#include <dlfcn.h>
#include <postgresql/libpq-fe.h>

#define CPQ_FUNCTIONS(use)                                                                  \
  use(PQconnectdb) use(PQfinish) use(PQstatus) use(PQerrorMessage) use(PQexec)              \
  use(PQexecParams) use(PQresultStatus) use(PQresultErrorField) use(PQntuples)              \
  use(PQgetvalue) use(PQgetlength) use(PQgetisnull) use(PQclear) use(PQsetNoticeProcessor)  \
  use(PQputCopyData) use(PQputCopyEnd) use(PQgetResult)

/// The library's functions.
typedef struct cpq_library {
#define CPQ_FIELD(name) __typeof__(&name) name;
  CPQ_FUNCTIONS(CPQ_FIELD)
#undef CPQ_FIELD
} cpq_library;

static inline void cpq_say_nothing(void *unused, const char *message) {
  (void)unused;
  (void)message;
}

/// Opens the library; returns NULL where it can't be.
static inline const cpq_library *cpq_open(void) {
  static cpq_library library;
  static void *file;
  if (file) return &library;
  void *opened = dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL);
  if (!opened) return NULL;
#define CPQ_LOAD(name)                                                 \
  library.name = (__typeof__(&name))dlsym(opened, #name);              \
  if (!library.name) return NULL;
  CPQ_FUNCTIONS(CPQ_LOAD)
#undef CPQ_LOAD
  file = opened;
  return &library;
}

/// Connects to a server, whose notices go nowhere; NULL without the library or without memory.
static inline PGconn *cpq_connect(const char *address) {
  const cpq_library *library = cpq_open();
  if (!library) return NULL;
  PGconn *connection = library->PQconnectdb(address);
  if (connection) library->PQsetNoticeProcessor(connection, cpq_say_nothing, NULL);
  return connection;
}

static inline void cpq_close(PGconn *connection) {
  if (connection) cpq_open()->PQfinish(connection);
}

/// Whether the connection still stands.
static inline int cpq_is_connected(PGconn *connection) {
  return cpq_open()->PQstatus(connection) == CONNECTION_OK;
}

static inline const char *cpq_message(PGconn *connection) {
  return cpq_open()->PQerrorMessage(connection);
}

/// Runs statements without parameters, or one with `count` of them, as texts; a result to be cleared.
static inline PGresult *cpq_run(PGconn *connection, const char *sql, int count,
                                const char *const *values) {
  const cpq_library *library = cpq_open();
  return count == 0 ? library->PQexec(connection, sql)
                    : library->PQexecParams(connection, sql, count, NULL, values, NULL, NULL, 0);
}

/// Runs COPY … FROM STDIN with these bytes, of any number; a result to be cleared, or NULL where the connection is of no
/// use any more.
static inline PGresult *cpq_copy(PGconn *connection, const char *sql, const char *bytes,
                                 size_t count) {
  enum { CHUNK = 1 << 20 };
  const cpq_library *library = cpq_open();
  PGresult *result = library->PQexec(connection, sql);
  if (library->PQresultStatus(result) != PGRES_COPY_IN) return result;
  library->PQclear(result);
  int sent = 1;
  for (size_t start = 0; start < count && sent == 1; start += CHUNK) {
    const size_t rest = count - start;
    sent = library->PQputCopyData(connection, bytes + start, rest < CHUNK ? (int)rest : CHUNK);
  }
  // A server that was not told of the end waits for more rows, and there would be no last result.
  if (library->PQputCopyEnd(connection, sent == 1 ? NULL : "not all could be sent") != 1) return NULL;
  result = library->PQgetResult(connection);
  for (PGresult *next; (next = library->PQgetResult(connection));) library->PQclear(next);
  return result;
}

/// Whether a statement did what it should.
static inline int cpq_is_done(const PGresult *result) {
  const ExecStatusType status = cpq_open()->PQresultStatus(result);
  return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY;
}

/// The five signs of SQLSTATE, or NULL.
static inline const char *cpq_state(const PGresult *result) {
  return cpq_open()->PQresultErrorField(result, PG_DIAG_SQLSTATE);
}

/// What the server says, in one line, or NULL.
static inline const char *cpq_error(const PGresult *result) {
  return cpq_open()->PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
}

static inline int cpq_rows(const PGresult *result) { return cpq_open()->PQntuples(result); }

/// A value as text and its length in bytes.
static inline const char *cpq_value(const PGresult *result, int row, int column, int *length) {
  *length = cpq_open()->PQgetlength(result, row, column);
  return cpq_open()->PQgetvalue(result, row, column);
}

static inline int cpq_is_null(const PGresult *result, int row, int column) {
  return cpq_open()->PQgetisnull(result, row, column);
}

static inline void cpq_clear(PGresult *result) {
  if (result) cpq_open()->PQclear(result);
}

#endif
