import SeqaeTensors

/// What the distances in a latent space say.
public enum Neighbourhoods {
  /// The share of neighbours in a map that are neighbours in the space it shows too, each stranger counted by how far it is
  /// off (Venna & Kaski 2001): T = 1 − 2 / (N k (2N − 3k − 1)) Σ (r − k), over the k nearest in the map whose rank r in the
  /// space is beyond k. 1 is best. N² (D + log N) operations.
  ///
  /// - Parameters:
  ///   - map: points [N, d].
  ///   - space: what they show [N, D].
  ///   - neighbours: k, below N / 2.
  /// - Returns: the share.
  public static func trustworthiness(
    of map: DenseMatrix, in space: DenseMatrix, neighbours: Int = 5
  ) -> Double {
    let n = map.rows
    precondition(
      space.rows == n && neighbours > 0 && 2 * neighbours < n,
      "trustworthiness: \(n) points for \(space.rows), \(neighbours) neighbours")
    let strangers = Threads.map(n) { row -> Int in
      let ranks = ranks(around: row, in: space)
      let near = order(around: row, in: map).prefix(neighbours)
      return near.reduce(0) { $0 + max(0, ranks[$1] - neighbours) }
    }
    let k = neighbours
    let scale = 2 / Double(n * k * (2 * n - 3 * k - 1))
    return 1 - scale * Double(strangers.reduce(0, +))
  }

  /// Where a vector stands among others by its distance from a query.
  public struct Standing: Sendable, Equatable {
    /// 1 for the nearest, and half a rank for each other that is just as far, so that where all are alike none is near.
    public let rank: Double
    /// Its distance from the query over the mean distance of the others: 1 where it is as far as any; 0 where that is 0.
    public let distance: Double
  }

  /// Returns where vectors stand among others by their distances from queries.
  ///
  /// |q − v|² = |q|² − 2 qᵀv + |v|², of which qᵀv is a product of matrices in single precision; what lies so near the vector's own
  /// distance that rounding could exchange them is measured once more in double precision, so that ranks are exact. Q N D
  /// operations, at a product's speed as long as not all vectors are alike.
  ///
  /// - Parameters:
  ///   - rows: of each query the number of the vector that is asked for.
  ///   - queries: vectors [Q, D].
  ///   - vectors: two or more [N, D].
  /// - Returns: of each query its vector's rank, 1 to N, and its relative distance.
  public static func standings(
    of rows: [Int], from queries: DenseMatrix, among vectors: DenseMatrix
  ) -> [Standing] {
    precondition(
      queries.columns == vectors.columns && vectors.rows > 1 && rows.count == queries.rows,
      "standings: \(rows.count) of \(vectors.rows) vectors of \(vectors.columns), from \(queries.rows) "
        + "of \(queries.columns)")
    // Around the vectors' mean products are small, and so is what is rounded off.
    let mean = vectors.mean()
    let among = CentredVectors(vectors, mean)
    return stride(from: 0, to: rows.count, by: queryBlock).flatMap { start -> [Standing] in
      let range = start..<min(rows.count, start + queryBlock)
      let block = CentredVectors(queries.selecting(Array(range)), mean)
      let products = matmul(block.singles, among.singles.transposed()).floats()  // [block, N]
      return Threads.map(range.count) { place in
        let own = products[place * vectors.rows..<(place + 1) * vectors.rows]
        return standing(of: rows[start + place], from: block, place, among, products: own)
      }
    }
  }

  private static let queryBlock = 256  // whose products with 10,000 vectors take 10 MB

  /// Vectors, and what is left of them less a mean.
  private struct CentredVectors {
    let vectors: DenseMatrix
    let squares: [Double]  // of the lengths of what is left [N]
    let singles: Tensor  // what is left [N, D]

    init(_ vectors: DenseMatrix, _ mean: [Double]) {
      self.vectors = vectors
      let left = vectors.centred(on: mean)
      squares = (0..<left.rows).map { left[row: $0].reduce(0) { $0 + $1 * $1 } }
      singles = Tensor(left.elements.map { Float($0) }, [left.rows, left.columns])
    }
  }

  /// Returns where vector `row` stands by its distance from query `place`, whose products with all vectors are known.
  private static func standing(
    of row: Int, from queries: CentredVectors, _ place: Int, _ among: CentredVectors,
    products: ArraySlice<Float>
  ) -> Standing {
    let (vectors, width) = (among.vectors, among.vectors.columns)
    // A product of D numbers is off by (D + 2) 2⁻²⁴ Σ |qᵢ vᵢ| at most, and twice that is no more than the same of |q|² + |v|²;
    // once more as much for whatever else is rounded.
    let rounding = Double(width + 8) / Double(1 << 23)
    return queries.vectors.elements.withUnsafeBufferPointer { q in
      vectors.elements.withUnsafeBufferPointer { v -> Standing in
        guard let q = q.baseAddress, let v = v.baseAddress else {
          return Standing(rank: 1, distance: 0)
        }
        func exact(_ other: Int) -> Double {
          squaredDistance(q + place * width, v + other * width, width)
        }
        let (own, square) = (exact(row), queries.squares[place])
        var (nearer, alike, sum) = (0, 0, 0.0)
        for (other, product) in products.enumerated() where other != row {
          let squares = square + among.squares[other]
          var distance = squares - 2 * Double(product)
          // Not less than: what is no number is measured too.
          if !(abs(distance - own) > rounding * squares) { distance = exact(other) }
          if distance < own { nearer += 1 }
          if distance == own { alike += 1 }
          sum += max(0, distance).squareRoot()
        }
        let mean = sum / Double(vectors.rows - 1)
        return Standing(
          rank: 1 + Double(nearer) + Double(alike) / 2,
          distance: mean > 0 ? own.squareRoot() / mean : 0)
      }
    }
  }

  /// The standard deviation of the distances of all pairs, over their mean.
  ///
  /// Where it is small no vector is near another: √(1/2D) about for independent Gaussians of D dimensions (Beyer et al.
  /// 1999, *When Is "Nearest Neighbor" Meaningful?*). N² D / 2 operations; give a sample of many vectors.
  ///
  /// - Parameter vectors: two or more [N, D].
  /// - Returns: 0 or more; 0 where all are equally far, as when all are alike.
  public static func relativeSpread(_ vectors: DenseMatrix) -> Double {
    precondition(vectors.rows > 1, "relativeSpread: \(vectors.rows) vectors")
    let sums = Threads.map(vectors.rows - 1) { row -> (sum: Double, squares: Double) in
      let rest = distances(from: vectors[row: row], in: vectors)[(row + 1)...]
      return rest.reduce((0, 0)) { ($0.0 + $1.squareRoot(), $0.1 + $1) }
    }
    let pairs = Double(vectors.rows * (vectors.rows - 1) / 2)
    let mean = sums.reduce(0) { $0 + $1.sum } / pairs
    let variance = sums.reduce(0) { $0 + $1.squares } / pairs - mean * mean
    return mean > 0 ? max(0, variance).squareRoot() / mean : 0
  }

  /// The squared distances of all vectors from one.
  private static func distances(from query: ArraySlice<Double>, in vectors: DenseMatrix) -> [Double]
  {
    query.withUnsafeBufferPointer { query in
      vectors.elements.withUnsafeBufferPointer { elements in
        guard let q = query.baseAddress, let x = elements.baseAddress else { return [] }
        return (0..<vectors.rows).map {
          squaredDistance(q, x + $0 * vectors.columns, vectors.columns)
        }
      }
    }
  }

  /// The other vectors from the nearest on; of equally near ones the first first.
  private static func order(around row: Int, in vectors: DenseMatrix) -> [Int] {
    let distances = distances(from: vectors[row: row], in: vectors)
    return distances.indices.filter { $0 != row }.sorted {
      (distances[$0], $0) < (distances[$1], $1)
    }
  }

  /// The place of each other vector in that order, from 1.
  private static func ranks(around row: Int, in vectors: DenseMatrix) -> [Int] {
    var ranks = [Int](repeating: 0, count: vectors.rows)
    for (place, other) in order(around: row, in: vectors).enumerated() { ranks[other] = place + 1 }
    return ranks
  }
}
