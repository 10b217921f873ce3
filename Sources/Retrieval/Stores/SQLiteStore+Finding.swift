#if canImport(CSQLite)
  import SeqaeFiles

  extension SQLiteStore {
    /// By FTS5's bm25(): Robertson & Zaragoza 2009, k₁ = 1.2, b = 0.75, idf = ln((N − n + ½) / (n + ½)), at least 10⁻⁶; N counts
    /// pieces.
    public func matches(
      _ terms: [KeywordTerms.Term], limit: Int, filters: [DocumentFilter]
    ) throws(Failure) -> [Hit] {
      guard !terms.isEmpty, limit > 0 else { return [] }
      let search = try statement(
        "SELECT k.rowid, p.document, bm25(keywords) FROM keywords k JOIN pieces p ON p.number = k.rowid "
          + "WHERE keywords MATCH ?\(Self.condition(filters)) ORDER BY 3, 2, 1")
      var hits: [Hit] = []
      var found: Set<Int> = []
      try search.forEach([.text(KeywordTerms.query(terms))] + Self.values(filters)) {
        row throws(Failure) in
        let document = row.integer(1)
        if found.insert(document).inserted {
          hits.append(Hit(document: document, piece: row.integer(0), score: -row.number(2)))
        }
        return hits.count < limit
      }
      return hits
    }

    public func document(_ number: Int) throws(Failure) -> Document {
      let found = try statement("SELECT \(Self.documentColumns) FROM documents WHERE number = ?")
        .first(.integer(number)) { (row: SQLiteStatement) throws(Failure) in try document(row) }
      guard let found else {
        throw Failure(
          .data, "\(name): damaged: document number \(number) is missing: see seqae index verify")
      }
      return found
    }

    static let documentColumns = "number, id, title, text, metadata, checksum"

    /// Reads a row of `documentColumns` and compares it with its checksum.
    func document(_ row: SQLiteStatement) throws(Failure) -> Document {
      let id = ByteString(row.text(1))
      let metadata = try? JSON.parse(row.text(4), name: name).objectValue
      let document = Document(
        id: id, title: row.text(2), text: row.text(3), metadata: metadata ?? JSONObject())
      guard metadata != nil, document.checksum == UInt64(bitPattern: Int64(row.integer(5))) else {
        throw Failure(
          .data,
          "\(name): damaged: document \(id.quoted) has changed since it was written: remove it, and add it again"
        )
      }
      return document
    }

    public func range(ofPiece number: Int) throws(Failure) -> Range<Int> {
      let found = try statement("SELECT start, stop FROM pieces WHERE number = ?")
        .first(.integer(number)) { ($0.integer(0), $0.integer(1)) }
      guard let (start, stop) = found, 0 <= start, start <= stop else {
        throw Failure(
          .data, "\(name): damaged: piece number \(number) is missing: see seqae index verify")
      }
      return start..<stop
    }

    /// What a document's row must fulfil, by the piece's `p.document`.
    static func condition(_ filters: [DocumentFilter]) -> String {
      filters.map { _ in
        " AND p.document IN (SELECT document FROM fields WHERE key = ? AND value = ?)"
      }.joined()
    }

    static func values(_ filters: [DocumentFilter]) -> [SQLiteStatement.Value] {
      filters.flatMap { [.text($0.key.bytes), .text($0.value.bytes)] }
    }
  }
#endif
