import SeqaeFiles

/// Makes and opens indexes, whatever keeps them.
public enum DocumentStores {
  /// Makes an index in a file.
  ///
  /// - Parameters:
  ///   - path: the file, which must not be there.
  ///   - configuration: what the index is made with.
  ///   - product: how vectors are compared.
  /// - Returns: the index.
  /// - Throws: `Failure(.cannotCreate)` if it is there or can't be made; `Failure(.unavailable)` in a build without SQLite.
  public static func create(
    _ path: String, _ configuration: IndexConfiguration, product: VectorProduct = .plain
  ) throws(Failure) -> any DocumentStore {
    #if canImport(CSQLite)
      let store = try SQLiteStore.create(path, configuration)
      store.product = product
      return store
    #else
      throw unavailable(path)
    #endif
  }

  /// Opens an index.
  ///
  /// - Parameters:
  ///   - path: its file.
  ///   - product: how vectors are compared.
  ///   - patience: for how many seconds to wait for another process that writes.
  /// - Returns: the index.
  /// - Throws: `Failure(.missingInput)` if there is none; `Failure(.data)` if it can't be read; `Failure(.unavailable)` in a build
  ///   without SQLite.
  public static func open(
    _ path: String, product: VectorProduct = .plain, patience: Double = 10
  ) throws(Failure) -> any DocumentStore {
    #if canImport(CSQLite)
      let store = try SQLiteStore(path, patience: patience)
      store.product = product
      return store
    #else
      throw unavailable(path)
    #endif
  }

  /// Makes an index in memory, gone when it is let go of.
  ///
  /// - Parameters:
  ///   - configuration: what the index is made with.
  ///   - product: how vectors are compared.
  /// - Returns: the index.
  /// - Throws: `Failure(.unavailable)` in a build without SQLite.
  public static func inMemory(
    _ configuration: IndexConfiguration, product: VectorProduct = .plain
  ) throws(Failure) -> any DocumentStore {
    #if canImport(CSQLite)
      let store = try SQLiteStore.inMemory(configuration)
      store.product = product
      return store
    #else
      throw unavailable("an index in memory")
    #endif
  }

  #if !canImport(CSQLite)
    private static func unavailable(_ name: String) -> Failure {
      Failure(
        .unavailable,
        "\(name): this build has no SQLite, which indexes are kept in: install libsqlite3-dev and run `make build`"
      )
    }
  #endif
}
