/// How far a product of two rounded vectors may be from that of the vectors.
///
/// With x̂ for a rounded x and the inequality of Cauchy and Schwarz,
///
///     |⟨q, x⟩ − ⟨q̂, x̂⟩| ≤ |⟨q, x − x̂⟩| + |⟨q − q̂, x̂⟩| ≤ ‖q‖ ‖x − x̂‖ + ‖q − q̂‖ ‖x̂‖.
///
/// To this comes what the sum of ⟨q̂, x̂⟩ in float32 may lose, in whatever order it is added: γ ‖q̂‖ ‖x̂‖ with
/// γ = n u / (1 − n u), u = 2⁻²⁴ (Higham 2002, *Accuracy and Stability of Numerical Algorithms*, §3.1).
struct ErrorBound {
  /// The most values of a vector that the bound is made for.
  static let mostDimensions = 1 << 20

  /// What is known of a vector x, or of all vectors of a block: upper limits.
  struct Lengths {
    /// Of ‖x̂‖.
    var length = 0.0
    /// Of ‖x − x̂‖.
    var error = 0.0

    /// Limits for both vectors.
    func joined(_ other: Lengths) -> Lengths {
      Lengths(length: max(length, other.length), error: max(error, other.error))
    }
  }

  // Of a product of lengths: sums in float32, twice over since instructions for bfloat16 need not round to the nearest, and
  // the rounding of scales and of the exact score, by which equal scores are ties.
  private let relative: Double
  // Where numbers are too small for a float32.
  private let tiny: Double
  // Beyond this a float32 may overflow on the way.
  private static let largest = 1e38

  init(dimensions: Int) {
    precondition(
      dimensions <= Self.mostDimensions, "vectors of \(dimensions) values: too many for a scan")
    relative =
      2 * Double(dimensions + 16) * 0x1p-24 / (1 - Double(dimensions + 16) * 0x1p-24) + 0x1p-20
    tiny = Double(dimensions + 1) * 1e-33
  }

  /// Returns how far the rounded product may be from the exact one; infinite where nothing is known.
  func error(_ query: Lengths, _ vector: Lengths) -> Double {
    // ‖q‖ and ‖x‖ at most.
    let whole = (query.length + query.error, vector.length + vector.error)
    guard whole.0 * whole.1 < Self.largest else { return .infinity }
    return whole.0 * vector.error + query.error * vector.length + relative * whole.0 * whole.1
      + tiny * (1 + whole.0 + whole.1)
  }
}
