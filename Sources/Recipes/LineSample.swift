import SeqaeRandom

/// A fair sample of lines in bounded memory: those whose hashes, well mixed, are the smallest.
///
/// Which lines are kept depends neither on their order nor on how often they come, and a line more or
/// less changes the sample by one line at most.
package struct LineSample {
  private let limit: Int
  private var lines: [(rank: UInt64, text: [UInt8])] = []
  private var highest = UInt64.max  // the highest rank that may still be among the smallest

  /// Creates an empty sample of at most so many lines.
  package init(limit: Int) {
    precondition(limit > 0, "LineSample: at most \(limit) lines")
    self.limit = limit
  }

  /// Takes a line into account.
  ///
  /// - Parameters:
  ///   - text: the line.
  ///   - hash: a function of the line alone.
  package mutating func add(_ text: [UInt8], hash: UInt64) {
    // FNV-1a hardly changes the highest bits for the last characters of a line.
    let rank = Random(seed: hash).next()
    guard rank <= highest else { return }
    lines.append((rank, text))
    if lines.count >= 2 * limit { reduce() }
  }

  /// The lines of the sample, by rank.
  package var sorted: [[UInt8]] {
    var copy = self
    copy.reduce()
    return copy.lines.map(\.text)
  }

  private mutating func reduce() {
    lines.sort { $0.rank < $1.rank }
    var kept: [(rank: UInt64, text: [UInt8])] = []
    for line in lines where kept.count < limit && kept.last?.rank != line.rank { kept.append(line) }
    lines = kept
    if kept.count == limit, let last = kept.last { highest = last.rank }
  }
}
