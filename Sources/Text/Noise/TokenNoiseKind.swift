import SeqaeFiles

/// The noises of tokens by name, so that commands and files can ask for them.
public enum TokenNoiseKind: String, CaseIterable, Sendable {
  case mask, bert, infilling
  case tokenDeletion = "token-deletion"
  case permutation, rotation

  /// What the noise does, and what its rate is a share of.
  public var summary: String {
    switch self {
    case .mask: "a share of the tokens masked"
    case .bert: "a share of the tokens masked, exchanged or kept, as for BERT: 80, 10, 10 %"
    case .infilling: "spans that cover a share of the tokens, each replaced by one mask"
    case .tokenDeletion: "a share of the tokens left out"
    case .permutation: "the sentences in a random order"
    case .rotation: "the text turned so that it begins with any of its tokens"
    }
  }

  /// The rates from which that of a text is drawn unless told otherwise; nil for a noise without one.
  public var standardRates: ClosedRange<Double>? {
    switch self {
    case .mask, .bert, .tokenDeletion: MaskNoise.defaultRate...MaskNoise.defaultRate
    case .infilling: InfillingNoise.defaultRate...InfillingNoise.defaultRate
    case .permutation, .rotation: nil
    }
  }

  /// Returns the noise at a rate, which one without a rate leaves aside.
  ///
  /// - Parameters:
  ///   - rate: a probability.
  ///   - tokenizer: whose tokens are spoilt.
  /// - Returns: the noise.
  /// - Throws: `Failure(.data)` if the tokenizer lacks the mask that the noise needs.
  public func noise(rate: Double, tokenizer: Tokenizer) throws(Failure) -> any SequenceNoise {
    switch self {
    case .mask: try MaskNoise(rate: rate, tokenizer: tokenizer)
    case .bert: try MaskNoise(rate: rate, shares: .bert, tokenizer: tokenizer)
    case .infilling: try InfillingNoise(rate: rate, tokenizer: tokenizer)
    case .tokenDeletion: TokenDeletionNoise(rate: rate, tokenizer: tokenizer)
    case .permutation: SentencePermutationNoise(tokenizer: tokenizer)
    case .rotation: RotationNoise(tokenizer: tokenizer)
    }
  }
}
