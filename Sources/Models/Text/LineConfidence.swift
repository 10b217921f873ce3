import Glibc
import SeqaeText

/// How sure it must be that a line was spoilt at all before anything in it is changed.
///
/// Each edit of probability p is wrong with 1 − p, so all of them are wrong, and the line is clean, with Π (1 − p). What
/// speaks against that, −Σ ln (1 − p), must outweigh two things: that clean lines are far more frequent than in training, which
/// counts for each line alike, and that a clean line gives rise to doubts of its own, such as names, the more the
/// longer it is. So what is asked grows with the length, up to some length.
public struct LineConfidence: Sendable, Equatable {
  /// The least probability that a very short line was spoilt, in 0 … `highest`.
  public var short: Double
  /// That of a line of `length` code points or more.
  public var long: Double

  /// From how many code points on no more is asked.
  public static let length = 200
  /// The most that can be asked, and that an edit counts for: probabilities so near 1 differ by chance.
  public static let highest = 0.9999

  /// Asks for a probability of short lines and one of long ones.
  public init(short: Double, long: Double) {
    precondition(
      (0...Self.highest).contains(short) && (0...Self.highest).contains(long),
      "line confidence: \(short), \(long)")
    (self.short, self.long) = (short, long)
  }

  /// Asks for nothing.
  public static let none = LineConfidence(short: 0, long: 0)

  /// Whether the edits of a line of `count` code points, whose probabilities these are, make it sure enough.
  package func isReached(by edits: some Sequence<Double>, of count: Int) -> Bool {
    let share = min(1, Double(count) / Double(Self.length))
    let least = evidence(short) + share * (evidence(long) - evidence(short))
    return edits.reduce(0) { $0 + evidence($1) } >= least
  }

  private func evidence(_ probability: Double) -> Double { -log1p(-min(probability, Self.highest)) }
}
