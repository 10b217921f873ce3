import SeqaeRandom

/// Turns a text so that it begins with any of its tokens (Lewis et al. 2020, *BART*, §2.2, document rotation).
public struct RotationNoise: SequenceNoise {
  private let tokenizer: Tokenizer

  /// Creates the noise for the tokens of `tokenizer`.
  public init(tokenizer: Tokenizer) {
    self.tokenizer = tokenizer
  }

  /// Returns `ids` rotated; special tokens stay where they are.
  public func spoil(_ ids: [TokenID], using random: Random) -> [TokenID] {
    tokenizer.replacingRuns(of: ids) { run in
      let first = random.integer(below: run.count)
      return Array(run[first...] + run[..<first])
    }
  }
}
