#if canImport(CSQLite)
  import CSQLite
  import SeqaeFiles

  /// A database in a file, used by one thread.
  final class SQLiteDatabase {
    /// What messages call it.
    let name: String
    private let handle: OpaquePointer

    /// How a database is opened.
    enum Access {
      /// A file that is there.
      case existing
      /// No file: in memory, until it is closed.
      case memory
      /// A file of SQLite's own among temporary ones, gone when it is closed.
      case temporary
    }

    /// Opens a database.
    ///
    /// - Parameters:
    ///   - path: its file.
    ///   - access: how it is opened.
    ///   - patience: for how many seconds to wait for another process that writes.
    /// - Throws: a `Failure` of what SQLite says.
    init(_ path: String, _ access: Access, patience: Double = 10) throws(Failure) {
      name = path
      let file =
        switch access {
        case .existing: path.hasPrefix(":") ? "./" + path : path  // colons are not names to SQLite
        case .memory: ":memory:"
        case .temporary: ""
        }
      let flags = SQLITE_OPEN_READWRITE | (access == .existing ? 0 : SQLITE_OPEN_CREATE)
      var handle: OpaquePointer?
      let code = sqlite3_open_v2(file, &handle, flags, nil)
      guard code == SQLITE_OK, let handle else {
        let failure = Self.failure(handle, code, path)
        sqlite3_close_v2(handle)
        throw failure
      }
      self.handle = handle
      sqlite3_extended_result_codes(handle, 1)
      sqlite3_busy_timeout(handle, Int32(patience * 1000))
      // Damage is to be found where it is read, and what is committed is to be on the disk.
      try execute("PRAGMA cell_size_check = ON; PRAGMA synchronous = FULL")
    }

    deinit { sqlite3_close_v2(handle) }

    /// Returns a copy of all pages, in a temporary file, that may be written.
    ///
    /// - Returns: the copy.
    /// - Throws: `Failure(.unavailable)` while another process writes, once patience is at its end; another `Failure` of what
    ///   SQLite says.
    func copy() throws(Failure) -> SQLiteDatabase {
      let copy = try SQLiteDatabase(name, .temporary)
      guard let backup = sqlite3_backup_init(copy.handle, "main", handle, "main") else {
        throw Self.failure(copy.handle, sqlite3_errcode(copy.handle), name)
      }
      let step = sqlite3_backup_step(backup, -1)
      // To its end a database that was busy is no error.
      let end = sqlite3_backup_finish(backup)
      guard step == SQLITE_DONE, end == SQLITE_OK else {
        throw Self.failure(copy.handle, end == SQLITE_OK ? step : end, name)
      }
      return copy
    }

    /// Runs statements that return nothing.
    func execute(_ sql: String) throws(Failure) {
      try check(sqlite3_exec(handle, sql, nil, nil, nil))
    }

    /// Makes a statement to be run again and again.
    func prepare(_ sql: String) throws(Failure) -> SQLiteStatement {
      var statement: OpaquePointer?
      try check(sqlite3_prepare_v2(handle, sql, -1, &statement, nil))
      guard let statement else {
        throw Failure(.internalError, "\(name): nothing to run in \(ByteString(sql).quoted)")
      }
      return SQLiteStatement(statement, of: self)
    }

    /// Makes a change completely or not at all.
    func change<Result>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
      try execute("BEGIN IMMEDIATE")
      do throws(Failure) {
        let result = try body()
        try execute("COMMIT")
        return result
      } catch {
        // SQLite may have rolled back by itself.
        try? execute("ROLLBACK")
        throw error
      }
    }

    /// Reads what does not change in between.
    func reading<Result>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
      try execute("BEGIN")
      defer { try? execute("ROLLBACK") }
      return try body()
    }

    /// The number of the row that was inserted last.
    var lastRow: Int { Int(sqlite3_last_insert_rowid(handle)) }

    /// Throws what a result code stands for, unless all is well.
    func check(_ code: Int32) throws(Failure) {
      guard code != SQLITE_OK else { return }
      throw Self.failure(handle, code, name)
    }

    private static func failure(
      _ handle: OpaquePointer?, _ code: Int32, _ name: String
    ) -> Failure {
      let said = handle.flatMap { sqlite3_errmsg($0) }.map { String(cString: $0) } ?? "no memory"
      switch code & 0xFF {
      case SQLITE_BUSY, SQLITE_LOCKED:
        return Failure(
          .unavailable, "\(name): another process is writing to it: try again when it has ended")
      case SQLITE_CORRUPT:
        return Failure(
          .data,
          "\(name): damaged (\(said)): restore a copy, or make it anew from the documents; seqae index verify "
            + "names what is damaged as far as it can be read")
      case SQLITE_NOTADB:
        return Failure(.data, "\(name): expected an index of seqae's, found another file")
      case SQLITE_CANTOPEN:
        return Failure(.missingInput, "\(name): can't be opened: check the permissions")
      case SQLITE_READONLY, SQLITE_PERM:
        return Failure(.cannotCreate, "\(name): can't be written: check the permissions")
      case SQLITE_FULL:
        return Failure(.io, "\(name): writing failed: no space is left on the disk: free some")
      case SQLITE_IOERR:
        return Failure(.io, "\(name): reading or writing failed (\(said)): check the disk")
      case _ where said.contains("no such module: fts5"):
        return withoutFTS5(name)
      default:
        return Failure(.internalError, "\(name): SQLite: \(said)")
      }
    }

    /// The failure of a SQLite that can't search texts.
    static func withoutFTS5(_ name: String) -> Failure {
      Failure(
        .unavailable,
        "\(name): this SQLite was compiled without FTS5, which finds words: install Debian's libsqlite3-0, or "
          + "compile one with SQLITE_ENABLE_FTS5")
    }
  }

  /// A statement with parameters, from 1, and columns, from 0.
  final class SQLiteStatement {
    private let handle: OpaquePointer
    private let database: SQLiteDatabase

    init(_ handle: OpaquePointer, of database: SQLiteDatabase) {
      (self.handle, self.database) = (handle, database)
    }

    deinit { sqlite3_finalize(handle) }

    /// A parameter's value.
    enum Value {
      case integer(Int)
      case text([UInt8])
      case vector([Float])
      case null
    }

    /// Runs the statement to its end with these values of its parameters.
    func run(_ values: Value...) throws(Failure) {
      try bind(values)
      defer { sqlite3_reset(handle) }
      while try step() {}
    }

    /// Returns what `body` makes of the first row; nil without one.
    func first<Result>(
      _ values: Value..., body: (SQLiteStatement) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
      try bind(values)
      defer { sqlite3_reset(handle) }
      return try step() ? try body(self) : nil
    }

    /// Calls `body` with each row until it returns false.
    func forEach(
      _ values: [Value] = [], body: (SQLiteStatement) throws(Failure) -> Bool
    ) throws(Failure) {
      try bind(values)
      defer { sqlite3_reset(handle) }
      while try step() {
        guard try body(self) else { break }
      }
    }

    /// A column as a number.
    func integer(_ column: Int32) -> Int { Int(sqlite3_column_int64(handle, column)) }

    /// A column as a number with a fraction.
    func number(_ column: Int32) -> Double { sqlite3_column_double(handle, column) }

    /// Whether a column has nothing.
    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }

    /// A column's bytes, valid until the next row.
    func bytes(_ column: Int32) -> UnsafeRawBufferPointer {
      let start = sqlite3_column_blob(handle, column)  // before its length is asked for
      return UnsafeRawBufferPointer(
        start: start, count: start == nil ? 0 : Int(sqlite3_column_bytes(handle, column)))
    }

    /// A column's text.
    func text(_ column: Int32) -> [UInt8] { Array(bytes(column)) }

    private func step() throws(Failure) -> Bool {
      switch sqlite3_step(handle) {
      case SQLITE_ROW: return true
      case SQLITE_DONE: return false
      case let code:
        try database.check(code)
        return false
      }
    }

    private func bind(_ values: [Value]) throws(Failure) {
      for (position, value) in zip(Int32(1)..., values) {
        let code =
          switch value {
          case .integer(let number): sqlite3_bind_int64(handle, position, Int64(number))
          case .text(let bytes):
            bytes.withUnsafeBytes {
              csqlite_bind_text(
                handle, position, $0.baseAddress?.assumingMemoryBound(to: CChar.self),
                UInt64($0.count))
            }
          case .vector(let values):
            values.withUnsafeBytes {
              csqlite_bind_blob(handle, position, $0.baseAddress, UInt64($0.count))
            }
          case .null: sqlite3_bind_null(handle, position)
          }
        try database.check(code)
      }
    }
  }
#endif
