import SeqaeRandom
import SeqaeTensors

/// k-means: K centres, each the mean of the vectors that it is nearest to (Lloyd 1982).
///
/// Starts are drawn by k-means++ (Arthur & Vassilvitskii 2007), each centre the best of 2 + ⌊ln K⌋ draws; of several the one
/// of least inertia is kept. A cluster that loses all its vectors takes the one farthest from its centre. The
/// same seed gives the same clusters with any number of threads. N K D operations an iteration.
///
/// ```swift
/// let clusters = KMeans(x, clusters: 10, using: Random(seed: 1))
/// clusters.labels  // of each vector, 0 to 9
/// ```
public struct KMeans: Sendable {
  /// The centres [K, D].
  public let centres: DenseMatrix
  /// The number of the nearest centre of each vector.
  public let labels: [Int]
  /// The sum of the squared distances of the vectors to their centres.
  public let inertia: Double
  /// How many times the centres were moved.
  public let iterations: Int
  /// Whether the last move changed no vector's cluster.
  public let isConverged: Bool

  /// Clusters vectors from several starts.
  ///
  /// - Parameters:
  ///   - x: the vectors [N, D].
  ///   - clusters: K, from 1 to N.
  ///   - starts: how many starts to try.
  ///   - maximumIterations: the most moves from a start.
  ///   - random: draws the starts.
  public init(
    _ x: some Points, clusters: Int, starts: Int = 10, maximumIterations: Int = 300,
    using random: Random
  ) {
    precondition(
      clusters > 0 && clusters <= x.rows && starts > 0,
      "KMeans: \(clusters) clusters of \(x.rows) vectors from \(starts) starts")
    let attempts = (0..<starts).map { start in
      let centres = Self.start(x, clusters, using: random.child(UInt64(start)))
      return KMeans(x, from: centres, maximumIterations: maximumIterations)
    }
    // The first of equally good ones.
    self = attempts.dropFirst().reduce(attempts[0]) { $1.inertia < $0.inertia ? $1 : $0 }
  }

  /// Clusters vectors from given centres.
  ///
  /// - Parameters:
  ///   - x: the vectors [N, D].
  ///   - start: the first centres [K, D], K at most N.
  ///   - maximumIterations: the most moves.
  public init(_ x: some Points, from start: DenseMatrix, maximumIterations: Int = 300) {
    precondition(
      start.columns == x.columns && start.rows <= x.rows,
      "KMeans: \(start.rows) centres of \(start.columns) for \(x.rows) vectors of \(x.columns)")
    var centres = start
    var nearest = Self.nearest(x, centres)
    var iterations = 0
    var isConverged = false
    while !isConverged, iterations < maximumIterations {
      centres = Self.means(x, nearest, count: start.rows)
      iterations += 1
      let next = Self.nearest(x, centres)
      isConverged = next.labels == nearest.labels
      nearest = next
    }
    self.centres = centres
    labels = nearest.labels
    inertia = nearest.distances.reduce(0, +)
    self.iterations = iterations
    self.isConverged = isConverged
  }

  /// Returns the number of the nearest centre of each vector.
  public func labels(of x: some Points) -> [Int] { Self.nearest(x, centres).labels }

  private typealias Nearest = (labels: [Int], distances: [Double])

  private static func squaredNorms(_ centres: DenseMatrix) -> [Double] {
    (0..<centres.rows).map { centres[row: $0].reduce(0) { $0 + $1 * $1 } }
  }

  /// The nearest centre of each vector, of equally near ones the first, and its squared distance.
  private static func nearest(_ x: some Points, _ centres: DenseMatrix) -> Nearest {
    let norms = squaredNorms(centres)
    let blocks = (x.rows + DenseMatrix.block - 1) / DenseMatrix.block
    let parts = Threads.map(blocks) { block -> [(Int, Double)] in
      (block * DenseMatrix.block..<min(x.rows, (block + 1) * DenseMatrix.block)).map { row in
        let distances = x.squaredDistances(row, to: centres, squaredNorms: norms)
        var best = 0
        for centre in distances.indices where distances[centre] < distances[best] { best = centre }
        return (best, distances[best])
      }
    }
    let all = parts.flatMap { $0 }
    return (all.map(\.0), all.map(\.1))
  }

  private static func means(_ x: some Points, _ nearest: Nearest, count: Int) -> DenseMatrix {
    var sums = DenseMatrix(rows: count, columns: x.columns)
    var sizes = [Int](repeating: 0, count: count)
    var labels = nearest.labels
    for label in labels { sizes[label] += 1 }
    let empty = sizes.indices.filter { sizes[$0] == 0 }
    if !empty.isEmpty {
      // From clusters that keep others, so that none gets empty by it.
      var farthest = labels.indices.sorted {
        (nearest.distances[$0], $1) > (nearest.distances[$1], $0)
      }[...]
      for label in empty {
        while let row = farthest.popFirst() {
          guard sizes[labels[row]] > 1 else { continue }
          sizes[labels[row]] -= 1
          sizes[label] = 1
          labels[row] = label
          break
        }
      }
    }
    for row in 0..<x.rows { x.add(row, to: &sums, row: labels[row]) }
    for label in 0..<count {
      for column in 0..<x.columns { sums[label, column] /= Double(sizes[label]) }
    }
    return sums
  }

  /// Centres drawn by k-means++: each a vector drawn by its squared distance to those before.
  private static func start(_ x: some Points, _ count: Int, using random: Random) -> DenseMatrix {
    let draws = 2 + logarithm(count)
    var centres = x.vector(random.integer(below: x.rows))
    var distances = Self.distances(x, to: centres)
    for _ in 1..<max(1, count) {
      let total = distances.reduce(0, +)
      var best: (centre: [Double], distances: [Double], sum: Double)?
      for _ in 0..<draws {
        let row = drawn(distances, total, using: random)
        let centre = x.vector(row)
        let lowered = zip(distances, Self.distances(x, to: centre)).map { min($0, $1) }
        let sum = lowered.reduce(0, +)
        if best.map({ sum < $0.sum }) ?? true { best = (centre, lowered, sum) }
      }
      guard let best else { break }
      centres += best.centre
      distances = best.distances
    }
    return DenseMatrix(centres, columns: x.columns)
  }

  private static func distances(_ x: some Points, to centre: [Double]) -> [Double] {
    nearest(x, DenseMatrix(centre, columns: x.columns)).distances
  }

  private static func drawn(_ weights: [Double], _ total: Double, using random: Random) -> Int {
    // Fewer different vectors than clusters: any does.
    guard total > 0 else { return random.integer(below: weights.count) }
    var rest = random.uniform() * total
    for (index, weight) in weights.enumerated() {
      rest -= weight
      if rest < 0 { return index }
    }
    return weights.lastIndex { $0 > 0 } ?? 0
  }

  /// ⌊ln n⌋.
  private static func logarithm(_ n: Int) -> Int {
    var (power, count) = (2.718281828459045, 0)
    while power <= Double(n) { (power, count) = (power * 2.718281828459045, count + 1) }
    return count
  }
}
