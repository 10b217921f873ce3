import SeqaeFiles

/// Makes and opens indexes, whatever keeps them.
public enum DocumentStores {
  /// Makes an index in a file or in a database.
  ///
  /// - Parameters:
  ///   - path: the file, which must not be there, or the address of a PostgreSQL database, `postgresql://…`.
  ///   - configuration: what the index is made with.
  /// - Returns: the index.
  /// - Throws: `Failure(.cannotCreate)` if it is there or can't be made; `Failure(.usage)` for a graph in a file; `Failure(.unavailable)` in
  ///   a build without SQLite or libpq, or without the server.
  public static func create(
    _ path: String, _ configuration: IndexConfiguration
  ) throws(Failure) -> any DocumentStore {
    if isAddress(path) {
      #if canImport(CPQ)
        return try PostgreSQLStore.create(path, configuration)
      #else
        throw withoutPostgreSQL()
      #endif
    }
    guard configuration.vectors?.graph == nil else {
      throw Failure(
        .usage,
        "\(path): a file's vectors are compared exactly: leave --hnsw out, or give the address of a PostgreSQL database"
      )
    }
    #if canImport(CSQLite)
      return try SQLiteStore.create(path, configuration)
    #else
      throw unavailable(path)
    #endif
  }

  /// Opens an index.
  ///
  /// - Parameters:
  ///   - path: its file, or the address of its database.
  ///   - patience: for how many seconds to wait for another process that writes.
  ///   - searchWidth: among how many pieces a search by a graph looks for the nearest; nil for the server's number.
  /// - Returns: the index.
  /// - Throws: `Failure(.missingInput)` if there is none; `Failure(.data)` if it can't be read; `Failure(.unavailable)` in a build
  ///   without SQLite; `Failure(.usage)` for a width where there is no graph.
  public static func open(
    _ path: String, patience: Double = 10, searchWidth: Int? = nil
  ) throws(Failure) -> any DocumentStore {
    if isAddress(path) {
      #if canImport(CPQ)
        let store = try PostgreSQLStore(path)
        if searchWidth != nil, store.configuration.vectors?.graph == nil {
          throw withoutGraph(store.name)
        }
        store.searchWidth = searchWidth
        return store
      #else
        throw withoutPostgreSQL()
      #endif
    }
    if searchWidth != nil { throw withoutGraph(path) }
    #if canImport(CSQLite)
      return try SQLiteStore(path, patience: patience)
    #else
      throw unavailable(path)
    #endif
  }

  /// Makes an index in memory, gone when it is let go of.
  ///
  /// - Parameter configuration: what the index is made with.
  /// - Returns: the index.
  /// - Throws: `Failure(.unavailable)` in a build without SQLite.
  public static func inMemory(
    _ configuration: IndexConfiguration
  ) throws(Failure) -> any DocumentStore {
    #if canImport(CSQLite)
      return try SQLiteStore.inMemory(configuration)
    #else
      throw unavailable("an index in memory")
    #endif
  }

  /// Whether an index is named by the address of a server, not by a file.
  private static func isAddress(_ path: String) -> Bool {
    path.hasPrefix("postgresql://") || path.hasPrefix("postgres://")
  }

  private static func withoutGraph(_ name: String) -> Failure {
    Failure(
      .usage,
      "\(name): has no graph of its vectors, which are compared exactly: leave --ef-search out, or make the index "
        + "anew with --hnsw in a PostgreSQL database")
  }

  #if !canImport(CPQ)
    private static func withoutPostgreSQL() -> Failure {
      Failure(
        .unavailable,
        "this build can't speak to PostgreSQL: install libpq-dev and run `make build`, or keep the index in a file"
      )
    }
  #endif

  #if !canImport(CSQLite)
    private static func unavailable(_ name: String) -> Failure {
      Failure(
        .unavailable,
        "\(name): this build has no SQLite, which indexes are kept in: install libsqlite3-dev and run `make build`"
      )
    }
  #endif
}
