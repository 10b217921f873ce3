import CKernels

/// A vector that is near to a query.
public struct Neighbor: Sendable, Equatable {
  /// Which vector, from 0 in the order in which they came.
  public var row: Int
  /// The inner product: summed in double precision, rounded once.
  public var score: Float

  /// Creates a neighbour.
  public init(row: Int, score: Float) { (self.row, self.score) = (row, score) }
}

/// Vectors in memory, rounded, among which those with the largest inner products with a query are found, exactly.
///
/// All vectors are compared in few bits, and each product comes with a bound of its error (`ErrorBound`): those whose upper
/// bound reaches the limit-th largest lower bound are compared again as they were. So the answer is that of exact products.
///
/// ```swift
/// let scan = VectorScan(dimensions: 384, precision: .int8)
/// scan.append(vectors)
/// scan.nearest(to: queries, limit: 10, among: vectors)[0][0].row
/// ```
public final class VectorScan {
  /// How many values a vector has.
  public let dimensions: Int
  /// What they are kept in.
  public let precision: VectorPrecision
  /// How many vectors there are.
  public private(set) var count = 0

  private var blocks: [VectorBlock] = []
  private var pending: [Float] = []  // those that fill no block yet
  private var last: VectorBlock?  // of the pending ones, once it is asked for

  /// Creates a scan without vectors.
  ///
  /// - Parameters:
  ///   - dimensions: how many values a vector has, at most 2²⁰.
  ///   - precision: what they are kept in, as far as there are products of it.
  public init(dimensions: Int, precision: VectorPrecision) {
    precondition(dimensions > 0, "VectorScan: vectors of \(dimensions) values")
    self.dimensions = dimensions
    self.precision = precision.available(dimensions: dimensions)
  }

  /// Adds vectors.
  ///
  /// - Parameter vectors: [N, D], row by row; every value a number.
  public func append(_ vectors: UnsafeBufferPointer<Float>) {
    precondition(
      vectors.count % dimensions == 0,
      "VectorScan: \(vectors.count) values for vectors of \(dimensions)")
    let size = VectorBlock.rows * dimensions
    var rest = vectors[...]
    count += vectors.count / dimensions
    last = nil
    while !rest.isEmpty {
      if pending.isEmpty, rest.count >= size {
        blocks.append(block(UnsafeBufferPointer(rebasing: rest.prefix(size))))
        rest = rest.dropFirst(size)
        continue
      }
      let part = rest.prefix(size - pending.count)
      pending += part
      rest = rest.dropFirst(part.count)
      if pending.count == size {
        blocks.append(pending.withUnsafeBufferPointer(block))
        pending.removeAll(keepingCapacity: true)
      }
    }
  }

  /// Adds vectors.
  ///
  /// - Parameter vectors: [N, D], row by row; every value a number.
  public func append(_ vectors: [Float]) { vectors.withUnsafeBufferPointer { append($0) } }

  /// The bytes that the vectors take.
  public var byteCount: Int {
    sealed.reduce(0) {
      $0 + $1.lengths.count * MemoryLayout<ErrorBound.Lengths>.stride
        + VectorBlock.byteCount($1.count, dimensions: dimensions, precision: precision)
    }
  }

  /// Returns for each query the vectors with the largest inner products, the largest first, of equal ones the first.
  ///
  /// - Parameters:
  ///   - queries: [Q, D], row by row; every value a number.
  ///   - limit: the most vectors.
  ///   - vectors: all vectors as they were added, [N, D].
  /// - Returns: at most `limit` vectors, in the order of the queries. O(Q N D), and less the fewer bits.
  public func nearest(
    to queries: [Float], limit: Int, among vectors: UnsafeBufferPointer<Float>
  ) -> [[Neighbor]] {
    precondition(
      vectors.count == count * dimensions,
      "VectorScan: \(vectors.count / dimensions) vectors, expected the \(count) that were added")
    let candidates = candidates(for: queries, limit: limit)
    return queries.withUnsafeBufferPointer { queries in
      inParallel(candidates.count) { query in
        guard let base = vectors.baseAddress,
          let own = queries.baseAddress?.advanced(by: query * dimensions)
        else { return [] }
        let found = candidates[query].map {
          Neighbor(row: $0, score: VectorScan.score(own, base + $0 * dimensions, dimensions))
        }
        return Array(found.sorted { ($0.score, $1.row) > ($1.score, $0.row) }.prefix(limit))
      }
    }
  }

  /// Returns for each query the rows among which its nearest vectors are, in ascending order.
  ///
  /// - Parameters:
  ///   - queries: [Q, D], row by row; every value a number.
  ///   - limit: how many of the nearest are wanted.
  /// - Returns: at least `limit` rows where there are as many, in the order of the queries.
  public func candidates(for queries: [Float], limit: Int) -> [[Int]] {
    precondition(
      queries.count % dimensions == 0,
      "VectorScan: \(queries.count) values for queries of \(dimensions)")
    guard limit > 0, count > 0, !queries.isEmpty else {
      return [[Int]](repeating: [], count: queries.count / dimensions)
    }
    let work = ScanWork(
      sealed, VectorQueries(queries, dimensions: dimensions, precision: precision),
      limit: limit, ErrorBound(dimensions: dimensions))
    inParallel(work.tasks) { work.run($0) }
    return work.candidates
  }

  /// The inner product of two vectors: summed in double precision, rounded once.
  static func score(_ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ count: Int) -> Float {
    Float(ck_dot_f64(x, y, count))
  }

  private var sealed: [VectorBlock] {
    guard !pending.isEmpty else { return blocks }
    let block = last ?? pending.withUnsafeBufferPointer(block)
    last = block
    return blocks + [block]
  }

  private func block(_ vectors: UnsafeBufferPointer<Float>) -> VectorBlock {
    VectorBlock(vectors, dimensions: dimensions, precision: precision)
  }
}
