#if canImport(CSQLite)
  import SeqaeFiles

  extension SQLiteStore {
    public func verify(_ progress: (Int, Int) -> Void) throws(Failure) -> [String] {
      var report = DamageReport()
      do throws(Failure) {
        try verifyFile(&report)
        try database.reading { () throws(Failure) in
          let (documents, pieces) = try counts()
          var done = 0
          func step() {
            done += 1
            if done & 0xFF == 0 { progress(done, documents + pieces) }
          }
          try verifyDocuments(&report, step)
          try verifyPieces(&report, step)
        }
        try verifyKeywords(&report)
      } catch {
        // Damage that SQLite itself can't read past.
        guard error.kind == .data else { throw error }
        report.add(error.message)
      }
      return report.lines
    }

    /// Looks at the pages and trees of the file.
    private func verifyFile(_ report: inout DamageReport) throws(Failure) {
      var lines: [String] = []
      try database.prepare("PRAGMA integrity_check(\(DamageReport.mostNamed))").forEach {
        row throws(Failure) in
        lines.append(ByteString(row.text(0)).string)
        return true
      }
      for line in lines where line != "ok" { report.add("the file: \(line)") }
    }

    private func verifyDocuments(
      _ report: inout DamageReport, _ step: () -> Void
    ) throws(Failure) {
      let fields = try database.prepare(
        "SELECT key, value FROM fields WHERE document = ? ORDER BY key, value")
      try database.prepare("SELECT \(Self.documentColumns) FROM documents ORDER BY number").forEach
      {
        row throws(Failure) in
        step()
        do throws(Failure) {
          let document = try document(row)
          var kept: [[ByteString]] = []
          try fields.forEach([.integer(row.integer(0))]) { field throws(Failure) in
            kept.append([ByteString(field.text(0)), ByteString(field.text(1))])
            return true
          }
          let expected = Set(document.fields.map { [$0.key, $0.value] })
          if Set(kept) != expected || kept.count != expected.count {
            report.add(
              "document \(document.id.quoted): what filters find it by is not its metadata")
          }
        } catch {
          report.add("document \(ByteString(row.text(1)).quoted): its text or metadata has changed")
        }
        return true
      }
      let orphans = try Self.integer(
        database,
        "SELECT count(*) FROM fields WHERE document NOT IN (SELECT number FROM documents)")
      if orphans > 0 { report.add("\(orphans) values of metadata belong to no document") }
    }

    private func verifyPieces(_ report: inout DamageReport, _ step: () -> Void) throws(Failure) {
      let size = configuration.vectors.map { $0.dimensions * MemoryLayout<Float>.stride }
      let columns =
        "p.number, p.document, p.start, p.stop, p.vector, p.checksum, d.id, k.terms, length(CAST(d.text AS BLOB))"
      try database.prepare(
        "SELECT \(columns) FROM pieces p LEFT JOIN documents d ON d.number = p.document "
          + "LEFT JOIN keywords k ON k.rowid = p.number ORDER BY p.number"
      ).forEach { row throws(Failure) in
        step()
        let (start, stop) = (row.integer(2), row.integer(3))
        let place =
          row.isNull(6)
          ? "piece \(row.integer(0)), of no document"
          : "document \(ByteString(row.text(6)).quoted), bytes \(start) to \(stop)"
        if row.isNull(6) { report.add("\(place): left over") }
        if row.isNull(7) { report.add("\(place): has no terms in the keyword index") }
        if !row.isNull(6), start < 0 || start > stop || stop > row.integer(8) {
          report.add("\(place): outside of its text")
        }
        let vector = row.bytes(4)
        if size ?? 0 != vector.count {
          report.add("\(place): its vector has \(vector.count) bytes, expected \(size ?? 0)")
        }
        let checksum = StoredDocument.Piece.checksum(
          document: row.integer(1), start: start, stop: stop, tokens: row.text(7), vector: vector)
        if checksum != row.integer(5) {
          report.add("\(place): its vector or its terms have changed")
        }
        return true
      }
    }

    /// Compares the keyword index with the terms that it is of.
    private func verifyKeywords(_ report: inout DamageReport) throws(Failure) {
      // FTS5 has no other way to ask than a statement that would write: where the file or its folder may not be
      // written, a copy is asked.
      let question = "INSERT INTO keywords (keywords) VALUES ('integrity-check')"
      do throws(Failure) {
        do throws(Failure) {
          try database.execute(question)
        } catch {
          guard error.kind == .cannotCreate || error.kind == .missingInput else { throw error }
          try database.copy().execute(question)
        }
      } catch {
        guard error.kind == .data else { throw error }
        report.add("the keyword index does not fit the terms that it is of")
      }
      let orphans = try Self.integer(
        database,
        "SELECT count(*) FROM keywords_docsize WHERE id NOT IN (SELECT number FROM pieces)")
      if orphans > 0 { report.add("\(orphans) entries of the keyword index belong to no piece") }
    }
  }
#endif
