/// The vectors among which those nearest to a query are, as far as the bounds of the products tell.
///
/// Each product has a lower and an upper bound. As many lower bounds as vectors are wanted set a threshold, which only rises; a
/// vector whose upper bound stays below it is none of the nearest.
struct VectorCandidates {
  private var bounds: LargestKept<Double>  // of the lower bounds
  private var rows: [(row: Int32, upper: Double)] = []
  private var room = 1024  // candidates, after which those below the threshold go

  /// What upper bounds must reach.
  private(set) var threshold = -Double.infinity

  init(limit: Int) { bounds = LargestKept(limit: limit) }

  /// Candidates of other vectors that need no bounds below a threshold that is known already.
  init(limit: Int, threshold: Double) {
    (bounds, self.threshold) = (LargestKept(limit: limit), threshold)
  }

  /// Takes a vector in, unless it is none of the nearest. O(log limit).
  mutating func add(_ row: Int, product: Float, error: Double) {
    // Products that overflow say nothing.
    let isKnown = product.isFinite && error < .infinity
    let upper = isKnown ? Double(product) + error : .infinity
    guard upper >= threshold else { return }
    append(Int32(row), upper)
    raise(isKnown ? Double(product) - error : -.infinity)
  }

  /// Takes in what was found among other vectors.
  mutating func merge(_ other: VectorCandidates) {
    for bound in other.bounds.elements { raise(bound) }
    for (row, upper) in other.rows where upper >= threshold { append(row, upper) }
  }

  /// The rows, in ascending order.
  var sorted: [Int] { rows.filter { $0.upper >= threshold }.map { Int($0.row) }.sorted() }

  private mutating func append(_ row: Int32, _ upper: Double) {
    if rows.count >= room {
      rows.removeAll { $0.upper < threshold }
      room = max(room, 2 * rows.count)
    }
    rows.append((row, upper))
  }

  private mutating func raise(_ bound: Double) {
    bounds.add(bound)
    if let least = bounds.smallest { threshold = max(threshold, least) }
  }
}
