#if canImport(CSQLite)
  import SeqaeFiles

  extension SQLiteStore {
    public func counts() throws(Failure) -> (documents: Int, pieces: Int) {
      (
        try Self.integer(database, "SELECT count(*) FROM documents"),
        try Self.integer(database, "SELECT count(*) FROM pieces")
      )
    }

    public func byteCount() throws(Failure) -> Int { try Path.fileSize(name) }

    public func state(of id: ByteString) throws(Failure) -> (checksum: UInt64, run: Int)? {
      try statement("SELECT checksum, run FROM documents WHERE id = ?").first(.text(id.bytes)) {
        (UInt64(bitPattern: Int64($0.integer(0))), $0.integer(1))
      }
    }

    public func beginRun() throws(Failure) -> Int {
      try database.change { () throws(Failure) in
        try database.execute("INSERT INTO runs DEFAULT VALUES")
        let run = database.lastRow
        try statement("DELETE FROM runs WHERE number < ?").run(.integer(run))
        return run
      }
    }

    public func write(_ documents: [StoredDocument], run: Int) throws(Failure) {
      try database.change { () throws(Failure) in
        for document in documents {
          _ = try delete(document.document.id)
          try insert(document, run)
        }
      }
    }

    public func mark(_ ids: [ByteString], run: Int) throws(Failure) {
      guard !ids.isEmpty else { return }
      try database.change { () throws(Failure) in
        let update = try statement("UPDATE documents SET run = ? WHERE id = ?")
        for id in ids { try update.run(.integer(run), .text(id.bytes)) }
      }
    }

    public func remove(_ ids: [ByteString]) throws(Failure) -> [Bool] {
      try database.change { () throws(Failure) in
        var found: [Bool] = []
        for id in ids { found.append(try delete(id)) }
        return found
      }
    }

    private func insert(_ stored: StoredDocument, _ run: Int) throws(Failure) {
      let document = stored.document
      try statement(
        "INSERT INTO documents (id, title, text, metadata, checksum, run) VALUES (?, ?, ?, ?, ?, ?)"
      ).run(
        .text(document.id.bytes), .text(document.title), .text(document.text),
        .text(JSON.object(document.metadata).serialized()),
        .integer(Int(bitPattern: UInt(document.checksum))), .integer(run))
      let number = database.lastRow
      let field = try statement("INSERT OR IGNORE INTO fields VALUES (?, ?, ?)")
      for (key, value) in document.fields {
        try field.run(.text(key.bytes), .text(value.bytes), .integer(number))
      }
      // The pieces of a document get numbers in a row, so that a scan meets them together.
      let pieces = try statement(
        "INSERT INTO pieces (document, start, stop, vector, checksum) VALUES (?, ?, ?, ?, ?)")
      let keywords = try statement("INSERT INTO keywords (rowid, terms) VALUES (?, ?)")
      for piece in stored.pieces {
        let (start, stop) = (piece.range.lowerBound, piece.range.upperBound)
        let checksum = (piece.vector ?? []).withUnsafeBytes {
          StoredDocument.Piece.checksum(
            document: number, start: start, stop: stop, tokens: piece.tokens, vector: $0)
        }
        try pieces.run(
          .integer(number), .integer(start), .integer(stop),
          piece.vector.map { .vector($0) } ?? .null,
          .integer(checksum))
        try keywords.run(.integer(database.lastRow), .text(piece.tokens))
      }
    }

    /// Deletes a document, inside a change; returns whether it was there.
    private func delete(_ id: ByteString) throws(Failure) -> Bool {
      let number = try statement("SELECT number FROM documents WHERE id = ?").first(
        .text(id.bytes)
      ) { $0.integer(0) }
      guard let number else { return false }
      for sql in [
        "DELETE FROM keywords WHERE rowid IN (SELECT number FROM pieces WHERE document = ?)",
        "DELETE FROM pieces WHERE document = ?", "DELETE FROM fields WHERE document = ?",
        "DELETE FROM documents WHERE number = ?",
      ] {
        try statement(sql).run(.integer(number))
      }
      return true
    }
  }
#endif
