#if canImport(CPQ)
  import SeqaeFiles

  extension PostgreSQLStore {
    /// BM25 as FTS5 computes it, k₁ = 1.2, b = 0.75, over the table of terms; in one order of these, so that pieces of the same
    /// terms are equally good to the last bit.
    public func matches(
      _ terms: [KeywordTerms.Term], limit: Int, filters: [DocumentFilter]
    ) throws(Failure) -> [Hit] {
      guard !terms.isEmpty, limit > 0 else { return [] }
      let counts = Array(Self.counts(KeywordTerms.tokens(terms)))
      let rows = try database.run(
        """
        WITH query AS (SELECT term COLLATE "C" AS term, weight FROM unnest($1::text[], $2::integer[]) AS q (term, weight)),
          pieces AS (SELECT count(*)::float8 AS n, avg(length)::float8 AS mean FROM seqae.pieces),
          rare AS (SELECT q.term, q.weight, greatest(1e-6, ln((n - count(*) + 0.5) / (count(*) + 0.5))) AS idf
            FROM query q JOIN seqae.postings p ON p.term = q.term, pieces GROUP BY q.term, q.weight, n),
          scored AS (SELECT p.document, p.number, sum(r.weight * r.idf * t.count * 2.2::float8
              / (t.count + 1.2::float8 * (0.25::float8 + 0.75::float8 * p.length / mean)) ORDER BY r.term) AS score
            FROM rare r JOIN seqae.postings t ON t.term = r.term JOIN seqae.pieces p ON p.number = t.piece, pieces
            WHERE true\(Self.condition(filters, from: 4)) GROUP BY p.document, p.number),
          best AS (SELECT DISTINCT ON (document) * FROM scored ORDER BY document, score DESC, number)
        SELECT document, number, score FROM best ORDER BY score DESC, document LIMIT $3
        """,
        [
          .texts(counts.map(\.key.bytes)), .integers(counts.map(\.value)), .integer(limit),
        ] + Self.values(filters))
      return Self.hits(rows)
    }

    public func nearest(
      to queries: [[Float]], limit: Int, filters: [DocumentFilter]
    ) throws(Failure) -> [[Hit]] {
      guard let vectors = configuration.vectors, limit > 0 else { return queries.map { _ in [] } }
      // What a graph leads to may have none of the documents that a filter wants.
      if vectors.graph != nil, filters.isEmpty, limit <= Self.widestSearch {
        return try near(queries, limit)
      }
      return try exact(queries, limit, filters)
    }

    // The largest number that pgvector lets a search look among, and the one that it has by itself.
    private static let widestSearch = 1000
    private static let standardWidth = 40

    /// By the graph, among more and more of its pieces until they are of enough documents; exactly where it gives fewer pieces than
    /// asked for, and where so few documents are wanted that none may be missing.
    private func near(_ queries: [[Float]], _ limit: Int) throws(Failure) -> [[Hit]] {
      let least = max(limit, min(searchWidth ?? Self.standardWidth, Self.widestSearch))
      var all: [[Hit]] = []
      var documents: Int?
      try database.change { () throws(Failure) in
        for query in queries {
          var wanted = least
          var (hits, found) = try near(query, limit, among: wanted)
          while hits.count < limit, found == wanted, wanted < Self.widestSearch {
            wanted = min(2 * wanted, Self.widestSearch)
            (hits, found) = try near(query, limit, among: wanted)
          }
          if hits.count < limit, found < wanted || limit <= Self.standardWidth {
            if documents == nil { documents = try documentCount() }
            if hits.count < documents ?? 0 { hits = try exact([query], limit, [])[0] }
          }
          all.append(hits)
        }
      }
      return all
    }

    /// Returns the best documents among so many of a graph's pieces, and how many pieces it gave.
    private func near(
      _ query: [Float], _ limit: Int, among wanted: Int
    ) throws(Failure) -> (hits: [Hit], found: Int) {
      try database.run("SET LOCAL hnsw.ef_search = \(wanted)")
      let rows = try database.run(
        """
        WITH near AS MATERIALIZED (SELECT document, number, -(vector <#> $1::vector) AS score FROM seqae.pieces
            ORDER BY vector <#> $1::vector LIMIT $3),
          best AS (SELECT DISTINCT ON (document) * FROM near ORDER BY document, score DESC, number)
        SELECT document, number, score, (SELECT count(*) FROM near) FROM best ORDER BY score DESC, document LIMIT $2
        """, [.vector(query), .integer(limit), .integer(wanted)])
      return (Self.hits(rows), rows.count > 0 ? rows.integer(0, 3) : 0)
    }

    private func documentCount() throws(Failure) -> Int {
      try database.run("SELECT count(*) FROM seqae.documents").integer(0, 0)
    }

    private func exact(
      _ queries: [[Float]], _ limit: Int, _ filters: [DocumentFilter]
    ) throws(Failure) -> [[Hit]] {
      var all: [[Hit]] = []
      for query in queries {
        // <#> is the inner product with the sign changed.
        let rows = try database.run(
          """
          WITH scored AS (SELECT document, number, -(vector <#> $1::vector) AS score FROM seqae.pieces p
              WHERE true\(Self.condition(filters, from: 3))),
            best AS (SELECT DISTINCT ON (document) * FROM scored ORDER BY document, score DESC, number)
          SELECT document, number, score FROM best ORDER BY score DESC, document LIMIT $2
          """, [.vector(query), .integer(limit)] + Self.values(filters))
        all.append(Self.hits(rows))
      }
      return all
    }

    private static func hits(_ rows: PostgreSQLRows) -> [Hit] {
      (0..<rows.count).map {
        Hit(document: rows.integer($0, 0), piece: rows.integer($0, 1), score: rows.number($0, 2))
      }
    }

    /// What a document's row must fulfil, by the piece's `p.document`; parameters from a number on.
    private static func condition(_ filters: [DocumentFilter], from first: Int) -> String {
      filters.indices.map { index in
        let (key, value) = (first + 2 * index, first + 2 * index + 1)
        return " AND p.document IN (SELECT document FROM seqae.fields WHERE key = $\(key) "
          + "AND md5(value) = md5($\(value)) AND value = $\(value))"
      }.joined()
    }

    private static func values(_ filters: [DocumentFilter]) -> [PostgreSQLDatabase.Value] {
      filters.flatMap { [.text($0.key.bytes), .text($0.value.bytes)] }
    }

    public func document(_ number: Int) throws(Failure) -> Document {
      let rows = try database.run(
        "SELECT \(Self.documentColumns) FROM seqae.documents WHERE number = $1", [.integer(number)])
      guard rows.count == 1 else {
        throw Failure(
          .data, "\(name): damaged: document number \(number) is missing: see seqae index verify")
      }
      return try document(rows, 0)
    }

    static let documentColumns = "number, id, title, text, metadata, checksum"

    /// Reads a row of `documentColumns` and compares it with its checksum.
    func document(_ rows: PostgreSQLRows, _ row: Int) throws(Failure) -> Document {
      let id = ByteString(rows.text(row, 1))
      let metadata = try? JSON.parse(rows.text(row, 4), name: name).objectValue
      let document = Document(
        id: id, title: rows.text(row, 2), text: rows.text(row, 3),
        metadata: metadata ?? JSONObject())
      guard metadata != nil, document.checksum == UInt64(bitPattern: Int64(rows.integer(row, 5)))
      else {
        throw Failure(
          .data,
          "\(name): damaged: document \(id.quoted) has changed since it was written: remove it, and add it again"
        )
      }
      return document
    }

    public func range(ofPiece number: Int) throws(Failure) -> Range<Int> {
      let rows = try database.run(
        "SELECT start, stop FROM seqae.pieces WHERE number = $1", [.integer(number)])
      guard rows.count == 1, 0 <= rows.integer(0, 0), rows.integer(0, 0) <= rows.integer(0, 1)
      else {
        throw Failure(
          .data, "\(name): damaged: piece number \(number) is missing: see seqae index verify")
      }
      return rows.integer(0, 0)..<rows.integer(0, 1)
    }
  }

  // MARK: - Verifying

  extension PostgreSQLStore {
    // Rows that are fetched at once.
    private static let blockRows = 500

    public func verify(_ progress: (Int, Int) -> Void) throws(Failure) -> [String] {
      var report = DamageReport()
      let (documents, pieces) = try counts()
      var done = 0
      var last = 0
      while true {
        let rows = try database.run(
          "SELECT \(Self.documentColumns) FROM seqae.documents WHERE number > $1 ORDER BY number LIMIT \(Self.blockRows)",
          [.integer(last)])
        guard rows.count > 0 else { break }
        for row in 0..<rows.count {
          last = rows.integer(row, 0)
          do throws(Failure) {
            try verifyFields(of: try document(rows, row), last, &report)
          } catch {
            report.add(
              "document \(ByteString(rows.text(row, 1)).quoted): its text or metadata has changed")
          }
        }
        done += rows.count
        progress(done, documents + pieces)
      }
      last = 0
      while let next = try verifyPieces(after: last, &report) {
        last = next
        done = min(done + Self.blockRows, documents + pieces)
        progress(done, documents + pieces)
      }
      for (table, column, of) in [
        ("postings", "piece", "pieces"), ("fields", "document", "documents"),
      ] {
        let lost = try database.run(
          "SELECT count(*) FROM seqae.\(table) WHERE \(column) NOT IN (SELECT number FROM seqae.\(of))"
        ).integer(0, 0)
        if lost > 0 { report.add("\(lost) rows of \(table) belong to nothing") }
      }
      return report.lines
    }

    private func verifyFields(
      of document: Document, _ number: Int, _ report: inout DamageReport
    ) throws(Failure) {
      let rows = try database.run(
        "SELECT key, value FROM seqae.fields WHERE document = $1", [.integer(number)])
      let kept = (0..<rows.count).map {
        [ByteString(rows.text($0, 0)), ByteString(rows.text($0, 1))]
      }
      let expected = Set(document.fields.map { [$0.key, $0.value] })
      if Set(kept) != expected || kept.count != expected.count {
        report.add("document \(document.id.quoted): what filters find it by is not its metadata")
      }
    }

    /// Looks at a block of pieces and returns the number of its last; nil after all.
    private func verifyPieces(
      after number: Int, _ report: inout DamageReport
    ) throws(Failure) -> Int? {
      let rows = try database.run(
        "SELECT p.number, p.document, p.start, p.stop, p.vector::text, p.checksum, d.id, p.tokens, "
          + "octet_length(d.text), (SELECT string_agg(t.term || ' ' || t.count, ' ' ORDER BY t.term) "
          + "FROM seqae.postings t WHERE t.piece = p.number) FROM seqae.pieces p "
          + "LEFT JOIN seqae.documents d ON d.number = p.document WHERE p.number > $1 ORDER BY p.number "
          + "LIMIT \(Self.blockRows)", [.integer(number)])
      for row in 0..<rows.count {
        let (start, stop) = (rows.integer(row, 2), rows.integer(row, 3))
        let isLost = rows.isNull(row, 6)
        let place =
          isLost
          ? "piece \(rows.integer(row, 0)), of no document"
          : "document \(ByteString(rows.text(row, 6)).quoted), bytes \(start) to \(stop)"
        if isLost { report.add("\(place): left over") }
        if !isLost, start < 0 || start > stop || stop > rows.integer(row, 8) {
          report.add("\(place): outside of its text")
        }
        let vector = Self.vector(rows.string(row, 4))
        let checksum = vector.withUnsafeBytes {
          StoredDocument.Piece.checksum(
            document: rows.integer(row, 1), start: start, stop: stop, tokens: rows.text(row, 7),
            vector: $0)
        }
        let terms = Self.counts(rows.text(row, 7)).sorted { $0.key < $1.key }
          .map { "\($0.key) \($0.value)" }.joined(separator: " ")
        if checksum != rows.integer(row, 5) || ByteString(terms) != ByteString(rows.text(row, 9)) {
          report.add("\(place): its vector or its terms have changed")
        }
      }
      return rows.count > 0 ? rows.integer(rows.count - 1, 0) : nil
    }

    /// Reads pgvector's text: `[0.5,-1]`; none for NULL.
    private static func vector(_ text: String) -> [Float] {
      text.dropFirst().dropLast().split(separator: ",").map { Float($0) ?? .nan }
    }
  }
#endif
