#if canImport(CSQLite)
  import SeqaeFiles

  extension SQLiteStore {
    // Rows that are compared at once: enough for a product, and a few megabytes.
    private static let blockRows = 1024

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

    public func nearest(
      to queries: [[Float]], limit: Int, filters: [DocumentFilter]
    ) throws(Failure) -> [[Hit]] {
      guard let vectors = configuration.vectors, limit > 0 else { return queries.map { _ in [] } }
      let dimensions = vectors.dimensions
      let flat = Array(queries.joined())
      var best = queries.map { _ in TopHits(limit: limit) }
      var current: [Hit?] = queries.map { _ in nil }  // of the document whose pieces come in
      var rows = [Float](repeating: 0, count: Self.blockRows * dimensions)
      let size = dimensions * MemoryLayout<Float>.stride
      var places: [(piece: Int, document: Int)] = []
      func take() {
        let count = places.count * dimensions
        let block = count == rows.count ? rows : Array(rows[..<count])
        let products = product.body(flat, block, dimensions)  // [Q, N]
        for query in queries.indices {
          for (row, place) in places.enumerated() {
            let score = Double(products[query * places.count + row])
            if let hit = current[query], hit.document == place.document {
              if score > hit.score {
                current[query] = Hit(document: place.document, piece: place.piece, score: score)
              }
            } else {
              if let hit = current[query] { best[query].add(hit) }
              current[query] = Hit(document: place.document, piece: place.piece, score: score)
            }
          }
        }
        places.removeAll(keepingCapacity: true)
      }
      let scan = try statement(
        "SELECT p.number, p.document, p.vector FROM pieces p WHERE true\(Self.condition(filters)) "
          + "ORDER BY p.number")
      try scan.forEach(Self.values(filters)) { row throws(Failure) in
        let bytes = row.bytes(2)
        guard bytes.count == size else {
          throw Failure(
            .data,
            "\(name): damaged: the vector of piece \(row.integer(0)) has \(bytes.count) bytes in place of "
              + "\(size): seqae index verify says what else is")
        }
        // SQLite's bytes lie anywhere, so they are copied as such.
        rows.withUnsafeMutableBytes {
          UnsafeMutableRawBufferPointer(rebasing: $0[(places.count * size)...]).copyMemory(
            from: bytes)
        }
        places.append((row.integer(0), row.integer(1)))
        if places.count == Self.blockRows { take() }
        return true
      }
      take()
      for query in queries.indices {
        if let hit = current[query] { best[query].add(hit) }
      }
      return best.map(\.sorted)
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
    private static func condition(_ filters: [DocumentFilter]) -> String {
      filters.map { _ in
        " AND p.document IN (SELECT document FROM fields WHERE key = ? AND value = ?)"
      }.joined()
    }

    private static func values(_ filters: [DocumentFilter]) -> [SQLiteStatement.Value] {
      filters.flatMap { [.text($0.key.bytes), .text($0.value.bytes)] }
    }
  }
#endif
