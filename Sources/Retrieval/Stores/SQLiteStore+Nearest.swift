#if canImport(CSQLite)
  import SeqaeFiles

  /// The vectors of an index in memory, in eight bits, for a process that asks more than once.
  struct KeptVectors {
    /// The vectors.
    let scan: VectorScan
    /// What they are of.
    let places: [StreamedNeighbors.Place]
    /// What SQLite calls the state of the file that they are of.
    let version: [Int]
  }

  extension SQLiteStore {
    // What vectors may take in memory; those of larger indexes are read for every call.
    private static let mostKept = 1 << 30
    // Where more than one in so many is to be read again, all are read one after the other.
    private static let readShare = 4
    // The most candidates of all queries together, which take some 50 bytes each: very many vectors may be equal.
    private static let mostPairs = 1 << 22

    /// Exactly: the first call reads the vectors and compares them as they come by; from the second on, while nobody writes,
    /// they stay in memory in eight bits, and only those that may be among the best are read.
    public func nearest(
      to queries: [[Float]], limit: Int, filters: [DocumentFilter]
    ) throws(Failure) -> [[Hit]] {
      guard let vectors = configuration.vectors, limit > 0, !queries.isEmpty else {
        return queries.map { _ in [] }
      }
      let flat = Array(queries.joined())
      guard filters.isEmpty else { return try streamed(flat, vectors.dimensions, limit, filters) }
      return try database.reading { () throws(Failure) in
        // The state of the file is that of the first look at it; others' changes have a number, our own another.
        let pieces = try counts().pieces
        let version = [
          try Self.integer(database, "PRAGMA data_version"),
          try Self.integer(database, "SELECT total_changes()"),
        ]
        defer { asked = version }
        if kept?.version != version { kept = nil }
        guard limit <= pieces / Self.readShare / queries.count else {
          return try streamed(flat, vectors.dimensions, limit, [])
        }
        if let kept { return try among(kept, flat, limit) }
        guard asked == version, pieces * vectors.dimensions <= Self.mostKept else {
          return try streamed(flat, vectors.dimensions, limit, [])
        }
        let read = try self.read(vectors.dimensions, version)
        kept = read
        return try among(read, flat, limit)
      }
    }

    /// Calls `body` with the vectors in the order of their pieces.
    private func forEachVector(
      _ dimensions: Int, _ filters: [DocumentFilter],
      _ body: (UnsafeRawBufferPointer, StreamedNeighbors.Place) -> Void
    ) throws(Failure) {
      let scan = try statement(
        "SELECT p.number, p.document, p.vector FROM pieces p WHERE true\(Self.condition(filters)) "
          + "ORDER BY p.number")
      try scan.forEach(Self.values(filters)) { row throws(Failure) in
        let place = (piece: row.integer(0), document: row.integer(1))
        body(try vector(row.bytes(2), dimensions, of: place.piece), place)
        return true
      }
    }

    /// Returns a vector's bytes if it has as many as it should and all its values are finite.
    private func vector(
      _ bytes: UnsafeRawBufferPointer, _ dimensions: Int, of piece: Int
    ) throws(Failure) -> UnsafeRawBufferPointer {
      let size = dimensions * MemoryLayout<Float>.stride
      guard bytes.count == size else {
        throw Failure(
          .data,
          "\(name): damaged: the vector of piece \(piece) has \(bytes.count) bytes in place of \(size): seqae index "
            + "verify says what else is")
      }
      // What is no number has no place in an order, and each way to find the nearest would give it another.
      guard VectorMetric.isFinite(bytes) else {
        throw Failure(
          .data,
          "\(name): damaged: the vector of piece \(piece) has a value that is no number: seqae index verify says what else "
            + "is")
      }
      return bytes
    }

    private func streamed(
      _ queries: [Float], _ dimensions: Int, _ limit: Int, _ filters: [DocumentFilter]
    ) throws(Failure) -> [[Hit]] {
      let stream = StreamedNeighbors(queries, dimensions: dimensions, limit: limit)
      try forEachVector(dimensions, filters) { stream.take($0, $1) }
      return stream.finish()
    }

    private func read(_ dimensions: Int, _ version: [Int]) throws(Failure) -> KeptVectors {
      let scan = VectorScan(dimensions: dimensions, precision: .int8)
      var places: [StreamedNeighbors.Place] = []
      var row = [Float](repeating: 0, count: dimensions)
      try forEachVector(dimensions, []) { bytes, place in
        row.withUnsafeMutableBytes { $0.copyMemory(from: bytes) }
        scan.append(row)
        places.append(place)
      }
      return KeptVectors(scan: scan, places: places, version: version)
    }

    private func among(
      _ kept: KeptVectors, _ queries: [Float], _ limit: Int
    ) throws(Failure) -> [[Hit]] {
      let dimensions = kept.scan.dimensions
      let count = queries.count / dimensions
      var hits = [[Hit]](repeating: [], count: count)
      var open = Array(0..<count)
      // Documents are as good as their best piece: as many pieces, or more if some are of one document.
      var wanted = limit
      while !open.isEmpty {
        let own = open.flatMap { queries[$0 * dimensions..<($0 + 1) * dimensions] }
        let candidates = kept.scan.candidates(for: own, limit: wanted)
        guard candidates.reduce(0, { $0 + $1.count }) <= Self.mostPairs,
          Set(candidates.joined()).count <= kept.scan.count / Self.readShare
        else {
          return try streamed(queries, dimensions, limit, [])
        }
        let pieces = try compared(own, candidates, kept)
        var left: [Int] = []
        for (query, pieces) in zip(open, pieces) {
          var documents: Set<Int> = []
          // The others' order is not known.
          hits[query] = pieces.prefix(wanted).filter { documents.insert($0.document).inserted }
          hits[query] = Array(hits[query].prefix(limit))
          if documents.count < limit, wanted < kept.scan.count { left.append(query) }
        }
        (open, wanted) = (left, 2 * wanted)
      }
      return hits
    }

    /// Returns the candidates of each query with exact scores, the best first.
    private func compared(
      _ queries: [Float], _ candidates: [[Int]], _ kept: KeptVectors
    ) throws(Failure) -> [[Hit]] {
      let dimensions = kept.scan.dimensions
      let read = try statement("SELECT vector FROM pieces WHERE number = ?")
      var pairs: [(row: Int, query: Int)] = []
      for (query, rows) in candidates.enumerated() { pairs += rows.map { ($0, query) } }
      pairs.sort { $0 < $1 }
      var hits = [[Hit]](repeating: [], count: candidates.count)
      var vector = [Float](repeating: 0, count: dimensions)
      var last = -1
      for (row, query) in pairs {
        let place = kept.places[row]
        if row != last {
          try read.forEach([.integer(place.piece)]) { found throws(Failure) in
            let bytes = try self.vector(found.bytes(0), dimensions, of: place.piece)
            vector.withUnsafeMutableBytes { $0.copyMemory(from: bytes) }
            return false
          }
          last = row
        }
        let score = queries.withUnsafeBufferPointer { queries in
          queries.baseAddress.map { VectorScan.score($0 + query * dimensions, vector, dimensions) }
        }
        hits[query].append(
          Hit(document: place.document, piece: place.piece, score: Double(score ?? 0)))
      }
      return hits.map { $0.sorted { ($0.score, $1.piece) > ($1.score, $0.piece) } }
    }
  }
#endif
