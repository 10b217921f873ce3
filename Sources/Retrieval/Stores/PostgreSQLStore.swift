#if canImport(CPQ)
  import SeqaeFiles

  /// An index in a PostgreSQL database, in its schema `seqae`: for collections that outgrow a file.
  ///
  /// Vectors are pgvector's, compared exactly or found by a graph; terms lie in a table, of which BM25 is computed as FTS5 does.
  /// One index a database.
  public final class PostgreSQLStore: DocumentStore {
    /// The version of the tables that this program makes.
    public static let version = 1

    public let name: String
    public let configuration: IndexConfiguration
    let database: PostgreSQLDatabase

    /// Among how many of the pieces in its graph a search looks for the nearest; nil for pgvector's own number.
    public var searchWidth: Int?

    // The most dimensions of pgvector's `vector`, and of its HNSW.
    private static let mostDimensions = 16_000
    private static let mostIndexedDimensions = 2000

    /// Makes an index.
    ///
    /// - Parameters:
    ///   - address: `postgresql://…` of a database that has none.
    ///   - configuration: what the index is made with.
    /// - Returns: the index.
    /// - Throws: `Failure(.cannotCreate)` if there is one; `Failure(.unavailable)` without the server or pgvector.
    public static func create(
      _ address: String, _ configuration: IndexConfiguration
    ) throws(Failure) -> PostgreSQLStore {
      let database = try PostgreSQLDatabase(address)
      let encoding = try database.run("SHOW server_encoding").string(0, 0)
      guard encoding == "UTF8" else {
        throw Failure(
          .data, "\(database.name): expected a database in UTF8, found \(encoding): make another")
      }
      guard try !hasIndex(database) else {
        throw Failure(
          .cannotCreate,
          "\(database.name): there is an index already: seqae index add adds to it; to make it anew, DROP SCHEMA seqae "
            + "CASCADE before")
      }
      if let vectors = configuration.vectors { try requireVectors(database, vectors) }
      try database.change { () throws(Failure) in
        for statement in schema(configuration.vectors) { try database.run(statement) }
        let members =
          configuration.members + [
            (
              IndexConfiguration.checksumKey,
              ByteString("\(IndexConfiguration.checksum(configuration.members))")
            )
          ]
        for (key, value) in members + [("version", ByteString("\(version)"))] {
          try database.run(
            "INSERT INTO seqae.meta VALUES ($1, $2)", [.text(key.bytes), .text(value.bytes)])
        }
      }
      return try PostgreSQLStore(database)
    }

    /// Opens an index.
    ///
    /// - Parameter address: `postgresql://…` of a database that has one.
    /// - Throws: `Failure(.missingInput)` if it has none; `Failure(.data)` if it is newer than this version reads;
    ///   `Failure(.unavailable)` without the server.
    public convenience init(_ address: String) throws(Failure) {
      try self.init(try PostgreSQLDatabase(address))
    }

    private init(_ database: PostgreSQLDatabase) throws(Failure) {
      (name, self.database) = (database.name, database)
      guard try Self.hasIndex(database) else {
        throw Failure(
          .missingInput, "\(database.name): no index there: make one with seqae index create")
      }
      let rows = try database.run("SELECT key, value FROM seqae.meta")
      var meta = (0..<rows.count).map {
        (ByteString(rows.text($0, 0)), ByteString(rows.text($0, 1)))
      }
      func take(_ key: ByteString) -> String? {
        defer { meta.removeAll { $0.0 == key } }
        return meta.first { $0.0 == key }?.1.string
      }
      let version = take("version").flatMap { Int($0) } ?? 0
      guard version <= Self.version else {
        throw Failure(
          .data,
          "\(name): its form is version \(version), and this seqae reads up to \(Self.version): install a newer one"
        )
      }
      let kept = take(IndexConfiguration.checksumKey)
      guard kept == "\(IndexConfiguration.checksum(meta))", let found = IndexConfiguration(meta)
      else {
        throw Failure(.data, "\(name): damaged: what it was made with can't be read: make it anew")
      }
      configuration = found
    }

    private static func hasIndex(_ database: PostgreSQLDatabase) throws(Failure) -> Bool {
      try database.run("SELECT to_regclass('seqae.meta') IS NOT NULL").string(0, 0) == "t"
    }

    private static func requireVectors(
      _ database: PostgreSQLDatabase, _ vectors: IndexConfiguration.Vectors
    ) throws(Failure) {
      let dimensions = vectors.dimensions
      guard vectors.graph == nil || dimensions <= mostIndexedDimensions else {
        throw Failure(
          .data,
          "\(database.name): pgvector's HNSW takes vectors of up to \(mostIndexedDimensions) values, and these have "
            + "\(dimensions): leave --hnsw out")
      }
      guard dimensions <= mostDimensions else {
        throw Failure(
          .data,
          "\(database.name): pgvector keeps vectors of up to \(mostDimensions) values, and these have \(dimensions)"
        )
      }
      let has = "SELECT count(*) FROM pg_available_extensions WHERE name = 'vector'"
      guard try database.run(has).integer(0, 0) == 1 else {
        throw Failure(
          .unavailable,
          "\(database.name): the server has no pgvector: install Debian's postgresql-15-pgvector there"
        )
      }
      try database.run("CREATE EXTENSION IF NOT EXISTS vector")
      guard vectors.graph != nil else { return }
      let hasGraphs = "SELECT count(*) FROM pg_am WHERE amname = 'hnsw'"
      guard try database.run(hasGraphs).integer(0, 0) > 0 else {
        throw Failure(
          .unavailable,
          "\(database.name): the server's pgvector has no HNSW, which came with its version 0.5: install a newer one and ALTER "
            + "EXTENSION vector UPDATE, or leave --hnsw out")
      }
    }

    private static func schema(_ vectors: IndexConfiguration.Vectors?) -> [String] {
      let identity = "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
      let vector = vectors.map { "vector(\($0.dimensions))" } ?? "text"
      // Vectors are kept as they are compared, so that cosines are inner products, too.
      let graph = vectors?.graph.map {
        "CREATE INDEX pieces_graph ON seqae.pieces USING hnsw (vector vector_ip_ops) "
          + "WITH (m = \($0.links), ef_construction = \($0.width))"
      }
      return [
        "CREATE SCHEMA seqae",
        "CREATE TABLE seqae.meta (key text PRIMARY KEY, value text NOT NULL)",
        "CREATE SEQUENCE seqae.runs",
        """
        CREATE TABLE seqae.documents (number \(identity), id text NOT NULL UNIQUE, title text NOT NULL,
          text text NOT NULL, metadata text NOT NULL, checksum bigint NOT NULL, run bigint NOT NULL)
        """,
        "CREATE TABLE seqae.fields (key text NOT NULL, value text NOT NULL, document bigint NOT NULL)",
        // Values may be longer than an index takes.
        "CREATE INDEX ON seqae.fields (key, md5(value))",
        "CREATE INDEX ON seqae.fields (document)",
        """
        CREATE TABLE seqae.pieces (number \(identity), document bigint NOT NULL, start integer NOT NULL,
          stop integer NOT NULL, tokens text NOT NULL, length integer NOT NULL, vector \(vector),
          checksum bigint NOT NULL)
        """,
        "CREATE INDEX ON seqae.pieces (document)",
        "CREATE TABLE seqae.postings (term text COLLATE \"C\" NOT NULL, piece bigint NOT NULL, count integer NOT NULL)",
        "CREATE INDEX ON seqae.postings (term)",
        "CREATE INDEX ON seqae.postings (piece)",
      ] + (graph.map { [$0] } ?? [])
    }
  }

  // MARK: - Writing

  extension PostgreSQLStore {
    public func counts() throws(Failure) -> (documents: Int, pieces: Int) {
      let row = try database.run(
        "SELECT (SELECT count(*) FROM seqae.documents), (SELECT count(*) FROM seqae.pieces)")
      return (row.integer(0, 0), row.integer(0, 1))
    }

    public func byteCount() throws(Failure) -> Int {
      try database.run(
        "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0) FROM pg_class c JOIN pg_namespace n "
          + "ON n.oid = c.relnamespace WHERE n.nspname = 'seqae' AND c.relkind = 'r'"
      ).integer(0, 0)
    }

    public func state(of id: ByteString) throws(Failure) -> (checksum: UInt64, run: Int)? {
      guard !id.bytes.contains(0) else { throw database.nulCharacter(in: "the id \(id.quoted)") }
      let row = try database.run(
        "SELECT checksum, run FROM seqae.documents WHERE id = $1", [.text(id.bytes)])
      guard row.count == 1 else { return nil }
      return (UInt64(bitPattern: Int64(row.integer(0, 0))), row.integer(0, 1))
    }

    public func beginRun() throws(Failure) -> Int {
      try database.run("SELECT nextval('seqae.runs')").integer(0, 0)
    }

    public func write(_ documents: [StoredDocument], run: Int) throws(Failure) {
      for stored in documents { try refuseNUL(stored.document) }
      try database.change { () throws(Failure) in
        // One writer at a time, as in a file; readers go on.
        try database.run("LOCK TABLE seqae.documents IN SHARE ROW EXCLUSIVE MODE")
        try delete(documents.map(\.document.id))
        try insert(documents, run)
      }
    }

    public func mark(_ ids: [ByteString], run: Int) throws(Failure) {
      guard !ids.isEmpty else { return }
      try database.run(
        "UPDATE seqae.documents SET run = $1 WHERE id = ANY($2::text[])",
        [.integer(run), .texts(ids.map(\.bytes))])
    }

    public func remove(_ ids: [ByteString]) throws(Failure) -> [Bool] {
      try database.change { () throws(Failure) in
        var there = try delete(ids)
        return ids.map { there.remove($0) != nil }
      }
    }

    /// Refuses a document that the server would not keep, of which a COPY of many would not tell which it is.
    private func refuseNUL(_ document: Document) throws(Failure) {
      let fields = document.fields.flatMap { [$0.key.bytes, $0.value.bytes] }
      for text in [document.id.bytes, document.title, document.text] + fields
      where text.contains(0) {
        throw database.nulCharacter(in: "document \(document.id.quoted)")
      }
    }

    /// Adds documents whose ids are not there, inside a change: a COPY for each table.
    private func insert(_ documents: [StoredDocument], _ run: Int) throws(Failure) {
      typealias Row = [PostgreSQLDatabase.Value]
      var (own, fields, pieces, postings): ([Row], [Row], [Row], [Row]) = ([], [], [], [])
      let numbers = try nextNumbers(documents.count, of: "documents")
      var pieceNumbers = try nextNumbers(
        documents.reduce(0) { $0 + $1.pieces.count }, of: "pieces")[
          ...]
      for (number, stored) in zip(numbers, documents) {
        let document = stored.document
        own.append([
          .integer(number), .text(document.id.bytes), .text(document.title), .text(document.text),
          .text(JSON.object(document.metadata).serialized()),
          .integer(Int(bitPattern: UInt(document.checksum))), .integer(run),
        ])
        let values = Set(document.fields.map { [$0.key, $0.value] })
        fields += values.map { [.text($0[0].bytes), .text($0[1].bytes), .integer(number)] }
        for piece in stored.pieces {
          let pieceNumber = pieceNumbers.removeFirst()
          let counts = Self.counts(piece.tokens)
          pieces.append(row(of: piece, pieceNumber, in: number, length: counts.values.reduce(0, +)))
          postings += counts.map {
            [.text($0.key.bytes), .integer(pieceNumber), .integer($0.value)]
          }
        }
      }
      try database.copy(
        "seqae.documents", "number, id, title, text, metadata, checksum, run", own)
      try database.copy("seqae.fields", "key, value, document", fields)
      try database.copy(
        "seqae.pieces", "number, document, start, stop, tokens, length, vector, checksum", pieces)
      try database.copy("seqae.postings", "term, piece, count", postings)
    }

    private func row(
      of piece: StoredDocument.Piece, _ number: Int, in document: Int, length: Int
    ) -> [PostgreSQLDatabase.Value] {
      let (start, stop) = (piece.range.lowerBound, piece.range.upperBound)
      let checksum = (piece.vector ?? []).withUnsafeBytes {
        StoredDocument.Piece.checksum(
          document: document, start: start, stop: stop, tokens: piece.tokens, vector: $0)
      }
      return [
        .integer(number), .integer(document), .integer(start), .integer(stop), .text(piece.tokens),
        .integer(length), piece.vector.map { .vector($0) } ?? .null, .integer(checksum),
      ]
    }

    /// Takes the next numbers of a table's rows, in ascending order.
    private func nextNumbers(_ count: Int, of table: String) throws(Failure) -> [Int] {
      let rows = try database.run(
        "SELECT nextval(pg_get_serial_sequence($1, 'number')) FROM generate_series(1, $2::bigint)",
        [.text(Array("seqae.\(table)".utf8)), .integer(count)])
      return (0..<rows.count).map { rows.integer($0, 0) }.sorted()
    }

    /// Deletes documents, inside a change, and returns those that were there.
    @discardableResult
    private func delete(_ ids: [ByteString]) throws(Failure) -> Set<ByteString> {
      let rows = try database.run(
        "SELECT number, id FROM seqae.documents WHERE id = ANY($1::text[]) FOR UPDATE",
        [.texts(ids.map(\.bytes))])
      guard rows.count > 0 else { return [] }
      let numbers = PostgreSQLDatabase.Value.integers((0..<rows.count).map { rows.integer($0, 0) })
      for statement in [
        "DELETE FROM seqae.postings WHERE piece IN "
          + "(SELECT number FROM seqae.pieces WHERE document = ANY($1::bigint[]))",
        "DELETE FROM seqae.pieces WHERE document = ANY($1::bigint[])",
        "DELETE FROM seqae.fields WHERE document = ANY($1::bigint[])",
        "DELETE FROM seqae.documents WHERE number = ANY($1::bigint[])",
      ] {
        try database.run(statement, [numbers])
      }
      return Set((0..<rows.count).map { ByteString(rows.text($0, 1)) })
    }

    // Longer terms than these an index does not take.
    private static let longestTerm = 512

    /// How often each term occurs, as the table of terms has them.
    static func counts(_ tokens: [UInt8]) -> [ByteString: Int] {
      tokens.split(separator: 0x20).reduce(into: [:]) { counts, token in
        counts[key(Array(token)), default: 0] += 1
      }
    }

    /// A term as the table of terms has it: of a very long one its beginning and its hash.
    static func key(_ term: [UInt8]) -> ByteString {
      guard term.count > longestTerm else { return ByteString(term) }
      let text = String(decoding: term.prefix(longestTerm), as: UTF8.self)
      return ByteString("\(text)…\(FNV1a.hash(term))")
    }
  }
#endif
