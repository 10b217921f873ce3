import SeqaeRandom

/// Spoils a text after it is tokenized; a model is to write the whole of it anew.
///
/// What comes back may be shorter or longer and in another order: the target is the sequence as it was, as for
/// BART (Lewis et al. 2020, §2.2).
public protocol SequenceNoise: Sendable {
  /// Returns `ids` with noise.
  func spoil(_ ids: [TokenID], using random: Random) -> [TokenID]
}

/// Spoils a text after it is tokenized, token by token, so that each place keeps its target.
public protocol TokenNoise: SequenceNoise {
  /// Returns `ids` with noise, and what the model is to make of it.
  func corrupt(_ ids: [TokenID], using random: Random) -> Corruption
}

extension TokenNoise {
  /// Returns the input of the corruption of `ids`.
  public func spoil(_ ids: [TokenID], using random: Random) -> [TokenID] {
    corrupt(ids, using: random).input
  }
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

extension Tokenizer {
  /// Returns `ids` with each run between special tokens, which stay where they are, replaced.
  func replacingRuns(of ids: [TokenID], _ replace: ([TokenID]) -> [TokenID]) -> [TokenID] {
    var result: [TokenID] = []
    var index = 0
    while index < ids.count {
      let start = index
      while index < ids.count, !isSpecial(ids[index]) { index += 1 }
      if start < index { result += replace(Array(ids[start..<index])) }
      if index < ids.count {
        result.append(ids[index])
        index += 1
      }
    }
    return result
  }
}
