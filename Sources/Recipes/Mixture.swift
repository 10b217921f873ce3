/// Several lists of lines drawn in fixed proportions, each again when it is used up.
///
/// A position is one integer: before draw i, list s has given ⌊i · share⌋ lines.
package struct Mixture: Sendable {
  private let shares: [Double]

  /// Creates a mixture.
  ///
  /// - Parameter weights: how often each list is drawn, in proportion.
  package init(weights: [Double]) {
    precondition(weights.allSatisfy { $0 > 0 }, "Mixture: weights \(weights)")
    let sum = weights.reduce(0, +)
    shares = weights.map { $0 / sum }
  }

  /// Returns the lines that a range of draws takes, as each list's range of numbers, counting on from
  /// pass to pass; together about as many as there are draws.
  package func lines(_ draws: Range<Int>) -> [Range<Int>] {
    shares.map { share in
      Int(Double(draws.lowerBound) * share)..<Int(Double(draws.upperBound) * share)
    }
  }
}
