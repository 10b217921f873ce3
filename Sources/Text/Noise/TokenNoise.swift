import SeqaeRandom

/// Spoils a text after it is tokenized.
public protocol TokenNoise: Sendable {
  /// Returns `ids` with noise, and what the model is to make of it.
  func corrupt(_ ids: [TokenID], using random: Random) -> Corruption
}

/// A sequence with noise beside what it was.
public struct Corruption: Sendable, Equatable {
  /// What the model sees.
  public let input: [TokenID]
  /// What was there; as long as `input`.
  public let target: [TokenID]
  /// Whether a position was chosen, so that its target is to be predicted; as long as `input`.
  public let isTarget: [Bool]

  /// Creates a corruption of three sequences of one length.
  public init(input: [TokenID], target: [TokenID], isTarget: [Bool]) {
    precondition(
      input.count == target.count && input.count == isTarget.count,
      "Corruption: \(input.count) inputs, \(target.count) targets, \(isTarget.count) flags")
    self.input = input
    self.target = target
    self.isTarget = isTarget
  }
}
