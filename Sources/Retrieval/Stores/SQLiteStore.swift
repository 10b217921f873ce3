#if canImport(CSQLite)
  import Glibc
  import SeqaeFiles

  /// An index in one file of SQLite's: documents, their pieces with vectors, and FTS5 for their terms.
  ///
  /// A change is on the disk when the call that makes it returns (a rollback journal, synchronous = FULL); a process that is
  /// killed leaves the index before or after it. Each row has a checksum, by which `verify` finds what is damaged.
  public final class SQLiteStore: DocumentStore {
    /// The version of the file's form that this program writes.
    public static let version = 1
    // "SQAE", by which `file` and we tell an index from other databases.
    private static let applicationID = 0x5351_4145

    public let name: String
    public let configuration: IndexConfiguration
    let database: SQLiteDatabase
    // The vectors in memory, and the state of the file when they were last asked for.
    var kept: KeptVectors?
    var asked: [Int]?
    private var statements: [String: SQLiteStatement] = [:]

    /// Makes an index.
    ///
    /// - Parameters:
    ///   - path: the file, which must not be there, unless it is empty.
    ///   - configuration: what the index is made with.
    /// - Returns: the index.
    /// - Throws: `Failure(.cannotCreate)` if there is something of the name, or the file can't be made.
    public static func create(
      _ path: String, _ configuration: IndexConfiguration
    ) throws(Failure) -> SQLiteStore {
      // What is wrong with the place is said as of any file.
      if !Path.exists(path) { try AtomicFile.write(path, bytes: []) }
      let database = try SQLiteDatabase(path, .existing)
      // A creation that was killed leaves an empty file, and perhaps what SQLite needs to make it so.
      guard try integer(database, "SELECT count(*) FROM sqlite_master") == 0 else {
        throw Failure(
          .cannotCreate,
          "\(path): there is an index of this name already: seqae index add adds to it; to make it anew, "
            + "remove it first")
      }
      return try SQLiteStore(making: database, configuration)
    }

    /// Makes an index in memory, gone with the object.
    ///
    /// - Parameter configuration: what the index is made with.
    /// - Returns: the index.
    /// - Throws: `Failure(.unavailable)` where SQLite can't search texts.
    public static func inMemory(_ configuration: IndexConfiguration) throws(Failure) -> SQLiteStore
    {
      try SQLiteStore(making: try SQLiteDatabase("memory", .memory), configuration)
    }

    private init(
      making database: SQLiteDatabase, _ configuration: IndexConfiguration
    ) throws(Failure) {
      (name, self.database, self.configuration) = (database.name, database, configuration)
      try Self.requireFTS5(database)
      try database.change { () throws(Failure) in
        try database.execute(Self.schema)
        try database.execute(
          "PRAGMA application_id = \(Self.applicationID); PRAGMA user_version = \(Self.version)")
        let meta = try database.prepare("INSERT INTO meta VALUES (?, ?)")
        for (key, value) in configuration.members {
          try meta.run(.text(key.bytes), .text(value.bytes))
        }
        try meta.run(
          .text(IndexConfiguration.checksumKey.bytes),
          .text(Array("\(IndexConfiguration.checksum(configuration.members))".utf8)))
      }
    }

    /// Opens an index.
    ///
    /// - Parameters:
    ///   - path: its file.
    ///   - patience: for how many seconds to wait for another process that writes.
    /// - Throws: `Failure(.missingInput)` if there is none; `Failure(.data)` if it is damaged, newer than this version reads, or
    ///   another file.
    public init(_ path: String, patience: Double = 10) throws(Failure) {
      guard Path.exists(path) else {
        throw Failure(
          .missingInput, "\(path): no such index: make one with seqae index create")
      }
      guard !Path.isDirectory(path) else {
        throw Failure(.missingInput, "\(path): expected the file of an index, found a folder")
      }
      (name, database) = (path, try SQLiteDatabase(path, .existing, patience: patience))
      guard try Self.integer(database, "PRAGMA application_id") == Self.applicationID else {
        throw Failure(.data, "\(path): expected an index of seqae's, found another file")
      }
      let version = try Self.integer(database, "PRAGMA user_version")
      guard version <= Self.version else {
        throw Failure(
          .data,
          "\(path): its form is version \(version), and this seqae reads up to \(Self.version): install a newer one"
        )
      }
      try Self.requireFTS5(database)
      var meta: [(ByteString, ByteString)] = []
      try database.prepare("SELECT key, value FROM meta").forEach { row throws(Failure) in
        meta.append((ByteString(row.text(0)), ByteString(row.text(1))))
        return true
      }
      let kept = meta.first { $0.0 == IndexConfiguration.checksumKey }?.1
      meta.removeAll { $0.0 == IndexConfiguration.checksumKey }
      guard kept == ByteString("\(IndexConfiguration.checksum(meta))"),
        let found = IndexConfiguration(meta)
      else {
        throw Failure(
          .data,
          "\(path): damaged: what it was made with can't be read: restore a copy, or make it anew")
      }
      configuration = found
    }

    /// A statement that is prepared once.
    func statement(_ sql: String) throws(Failure) -> SQLiteStatement {
      if let statement = statements[sql] { return statement }
      let statement = try database.prepare(sql)
      statements[sql] = statement
      return statement
    }

    static func integer(_ database: SQLiteDatabase, _ sql: String) throws(Failure) -> Int {
      try database.prepare(sql).first { $0.integer(0) } ?? 0
    }

    private static func requireFTS5(_ database: SQLiteDatabase) throws(Failure) {
      guard try integer(database, "SELECT sqlite_compileoption_used('ENABLE_FTS5')") == 1 else {
        throw SQLiteDatabase.withoutFTS5(database.name)
      }
    }
  }

  // MARK: - The form of the file

  extension SQLiteStore {
    // The tokenizer `ascii` takes all bytes above ASCII for parts of tokens; told so of ASCII's marks, it cuts at spaces
    // alone, where `KeywordTerms.tokens` has put them.
    private static let schema = """
      CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
      CREATE TABLE documents (
        number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, title TEXT NOT NULL, text TEXT NOT NULL,
        metadata TEXT NOT NULL, checksum INTEGER NOT NULL, run INTEGER NOT NULL);
      CREATE TABLE fields (
        key TEXT NOT NULL, value TEXT NOT NULL, document INTEGER NOT NULL,
        PRIMARY KEY (key, value, document)) WITHOUT ROWID;
      CREATE INDEX fields_of ON fields (document);
      CREATE TABLE pieces (
        number INTEGER PRIMARY KEY, document INTEGER NOT NULL, start INTEGER NOT NULL,
        stop INTEGER NOT NULL, vector BLOB, checksum INTEGER NOT NULL);
      CREATE INDEX pieces_of ON pieces (document);
      CREATE TABLE runs (number INTEGER PRIMARY KEY);
      CREATE VIRTUAL TABLE keywords USING fts5(
        terms, tokenize = "ascii tokenchars '!#$%&()*+,-./:;<=>?@[\\]^_`{|}~""'''");
      """
  }
#endif
