import CKernels

/// The documents nearest to queries, found among vectors that come by once, exactly.
///
/// Blocks of vectors are compared with all queries in float32; what the bound of these products' error does not rule out is
/// compared again in double precision. For few queries all are, at once.
final class StreamedNeighbors {
  /// Which piece of which document a vector is of.
  typealias Place = (piece: Int, document: Int)

  // Queries for which it costs more to prepare a block than to compare it exactly.
  private static let few = 4

  private let dimensions: Int
  private let queries: [Float]
  private let prepared: VectorQueries
  private let bound: ErrorBound
  private var best: [TopHits]
  private var current: [Hit?]  // of the document whose pieces come in
  private var rows: [Float]  // of a block, as far as they have come
  private var places: [Place] = []

  /// Creates a search for so many documents for each of the queries [Q, D].
  init(_ queries: [Float], dimensions: Int, limit: Int) {
    (self.dimensions, self.queries) = (dimensions, queries)
    prepared = VectorQueries(queries, dimensions: dimensions, precision: .float32)
    bound = ErrorBound(dimensions: dimensions)
    best = [TopHits](repeating: TopHits(limit: limit), count: prepared.count)
    current = [Hit?](repeating: nil, count: prepared.count)
    rows = [Float](repeating: 0, count: VectorBlock.rows * dimensions)
  }

  /// Takes the next vector in, whose document is that of the one before or a new one.
  ///
  /// - Parameters:
  ///   - vector: D values in float32, at any address.
  ///   - place: what it is of.
  func take(_ vector: UnsafeRawBufferPointer, _ place: Place) {
    rows.withUnsafeMutableBytes {
      UnsafeMutableRawBufferPointer(rebasing: $0[(places.count * vector.count)...])
        .copyMemory(from: vector)
    }
    guard prepared.count > Self.few else { return compareExactly(place) }
    places.append(place)
    if places.count == VectorBlock.rows { compare() }
  }

  /// The hits of each query, the best first, once all vectors have come.
  func finish() -> [[Hit]] {
    if !places.isEmpty { compare() }
    return zip(best, current).map { best, last in
      var best = best
      if let last { best.add(last) }
      return best.sorted
    }
  }

  private func compare() {
    let block = rows[..<(places.count * dimensions)].withUnsafeBufferPointer {
      VectorBlock($0, dimensions: dimensions, precision: .float32)
    }
    let found = inParallel(prepared.groups) { nearEnough(of: $0, in: block) }
    for (query, score, row) in found.joined() { add(query, score, places[row]) }
    places.removeAll(keepingCapacity: true)
  }

  /// Compares the only row that there is with each query.
  private func compareExactly(_ place: Place) {
    queries.withUnsafeBufferPointer { queries in
      guard let base = queries.baseAddress else { return }
      for query in 0..<prepared.count {
        let score = VectorScan.score(base + query * dimensions, rows, dimensions)
        add(query, Double(score), place)
      }
    }
  }

  /// Takes in how good a piece is.
  private func add(_ query: Int, _ score: Double, _ place: Place) {
    if let hit = current[query], hit.document == place.document {
      guard score > hit.score else { return }
    } else if let hit = current[query] {
      best[query].add(hit)
    }
    current[query] = Hit(document: place.document, piece: place.piece, score: score)
  }

  /// The rows of a block that may be among the best for the queries of a group, row after row, with exact scores.
  private func nearEnough(
    of group: Int, in block: VectorBlock
  ) -> [(query: Int, score: Double, row: Int)] {
    let (range, width) = (prepared.range(of: group), VectorBlock.rows)
    let products = UnsafeMutablePointer<Float>.allocate(capacity: range.count * width)
    let places = UnsafeMutablePointer<Int32>.allocate(capacity: width)
    let scratch = UnsafeMutableRawPointer.allocate(
      byteCount: max(64, prepared.scratchSize), alignment: 64)
    defer {
      products.deallocate()
      places.deallocate()
      scratch.deallocate()
    }
    prepared.products(of: group, with: block, into: products, scratch: scratch)
    var found: [(query: Int, score: Double, row: Int)] = []
    queries.withUnsafeBufferPointer { queries in
      rows.withUnsafeBufferPointer { rows in
        guard let queryBase = queries.baseAddress, let rowBase = rows.baseAddress else { return }
        for query in range {
          let error = bound.error(prepared.lengths[query], block.longest)
          let least = Float(best[query].threshold - error).nextDown
          let count = ck_places_from_f32(
            products + (query - range.lowerBound) * width, block.count, least, places)
          for index in 0..<count {
            let row = Int(places[index])
            let score = VectorScan.score(
              queryBase + query * dimensions, rowBase + row * dimensions, dimensions)
            found.append((query, Double(score), row))
          }
        }
      }
    }
    return found
  }
}
