import SeqaeRandom

/// Several lists of lines drawn in fixed proportions, each in random order, each again when it is used up.
///
/// Draw number i is a function of the seed and i, so a position is one integer: before draw i, list s has
/// given ⌊i · share⌋ lines; its k-th is number k mod n of the (k ÷ n)-th random order of its n lines.
package final class Mixture {
  /// A line that is drawn.
  package struct Draw: Hashable {
    /// The list.
    package let list: Int
    /// How many times the list has been gone through before.
    package let pass: Int
    /// The line's number in the list.
    package let line: Int
  }

  private let counts: [Int]
  private let shares: [Double]
  private let random: Random
  private var orders: [(pass: Int, order: [Int32])?]  // the one used last, by list

  /// Creates a mixture.
  ///
  /// - Parameters:
  ///   - counts: how many lines each list has, at least one.
  ///   - weights: how often each list is drawn, in proportion.
  ///   - random: what the orders depend on.
  package init(counts: [Int], weights: [Double], random: Random) {
    precondition(
      counts.count == weights.count && counts.allSatisfy { 0 < $0 && $0 <= Int32.max }
        && weights.allSatisfy { $0 > 0 }, "Mixture: \(counts) lines, weights \(weights)")
    let sum = weights.reduce(0, +)
    self.counts = counts
    shares = weights.map { $0 / sum }
    self.random = random
    orders = Array(repeating: nil, count: counts.count)
  }

  /// Returns the draws of a range of numbers, list by list; about as many as the range has.
  package func draws(_ range: Range<Int>) -> [Draw] {
    var result: [Draw] = []
    result.reserveCapacity(range.count + counts.count)
    for list in counts.indices {
      let first = Int(Double(range.lowerBound) * shares[list])
      let end = Int(Double(range.upperBound) * shares[list])
      for number in first..<end {
        let pass = number / counts[list]
        result.append(
          Draw(list: list, pass: pass, line: line(list, pass, number % counts[list])))
      }
    }
    return result
  }

  private func line(_ list: Int, _ pass: Int, _ place: Int) -> Int {
    if let kept = orders[list], kept.pass == pass { return Int(kept.order[place]) }
    var order = Array(0..<Int32(counts[list]))
    random.child(UInt64(list), UInt64(pass)).shuffle(&order)
    orders[list] = (pass, order)
    return Int(order[place])
  }
}
