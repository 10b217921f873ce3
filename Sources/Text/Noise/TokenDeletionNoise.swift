import SeqaeRandom

/// Leaves out tokens, so that a model has to find out where they are missing (Lewis et al. 2020, *BART*, §2.2).
public struct TokenDeletionNoise: SequenceNoise {
  /// The probability that a token is left out.
  public let rate: Double

  private let tokenizer: Tokenizer

  /// Creates the noise for the tokens of `tokenizer`.
  public init(rate: Double, tokenizer: Tokenizer) {
    requireProbability(rate, of: "TokenDeletionNoise")
    self.rate = rate
    self.tokenizer = tokenizer
  }

  /// Returns `ids` without some of them; special tokens stay.
  public func spoil(_ ids: [TokenID], using random: Random) -> [TokenID] {
    ids.filter { tokenizer.isSpecial($0) || !random.chance(rate) }
  }
}
