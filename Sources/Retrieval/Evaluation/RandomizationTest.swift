import SeqaeRandom

/// Whether two systems differ by more than chance on the same queries.
///
/// Fisher's paired randomization test as Smucker, Allan & Carterette 2007 recommend it for retrieval: if the systems were
/// alike, each query's two figures might as well be exchanged.
public enum RandomizationTest {
  /// The number of exchanges that are drawn, as the paper draws: p is then right to about ±0.001 at 0.05.
  public static let standardDraws = 100_000

  /// Returns the two-sided p: how often the means differ at least as much when figures are exchanged at random, the figures as
  /// they are counted among the draws.
  ///
  /// - Parameters:
  ///   - first: a system's figures.
  ///   - second: another's, of the same queries in the same order.
  ///   - draws: how many exchanges are drawn.
  ///   - seed: what they depend on.
  /// - Returns: p; 1 for no queries.
  public static func p(
    _ first: [Double], _ second: [Double], draws: Int = standardDraws, seed: UInt64 = 1
  ) -> Double {
    precondition(
      first.count == second.count, "RandomizationTest: \(first.count) and \(second.count) figures")
    // Equal figures stay equal when they are exchanged.
    let differences = zip(first, second).map { $0 - $1 }.filter { $0 != 0 }
    let observed = abs(differences.reduce(0, +))
    // Sums in another order differ in their last bits.
    let least = observed - 1e-9 * differences.reduce(0) { $0 + abs($1) }
    let random = Random(seed: seed).child("randomization")
    var extreme = 1
    for _ in 0..<draws {
      var sum = 0.0
      var bits: UInt64 = 0
      for (position, difference) in differences.enumerated() {
        if position & 63 == 0 { bits = random.next() }
        sum += bits & 1 == 0 ? difference : -difference
        bits >>= 1
      }
      if abs(sum) >= least { extreme += 1 }
    }
    return Double(extreme) / Double(draws + 1)
  }
}
