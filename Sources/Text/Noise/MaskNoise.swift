import SeqaeFiles
import SeqaeRandom

/// Hides tokens: each one that is not special becomes the mask with a given probability.
///
/// Devlin et al. 2019, *BERT*, §3.1. By default without its random and unchanged shares: the input of a
/// denoising autoencoder, not of a bidirectional language model that will never see a mask again.
public struct MaskNoise: TokenNoise {
  /// BERT, Devlin et al. 2019 §3.1.
  public static let defaultRate = 0.15

  /// What stands where a token was chosen.
  public struct Shares: Sendable, Equatable {
    /// The share that becomes a token drawn from all that are not special.
    public let random: Double
    /// The share that stays as it is, and is to be predicted nevertheless.
    public let unchanged: Double

    /// The mask everywhere.
    public static let masks = Shares(random: 0, unchanged: 0)
    /// 80 % masks, 10 % random tokens, 10 % unchanged; BERT, Devlin et al. 2019 §3.1.
    public static let bert = Shares(random: 0.1, unchanged: 0.1)

    /// Creates shares of at most 1 together; the rest are masks.
    public init(random: Double, unchanged: Double) {
      precondition(
        random >= 0 && unchanged >= 0 && random + unchanged <= 1,
        "MaskNoise: shares \(random) and \(unchanged) are no probabilities")
      self.random = random
      self.unchanged = unchanged
    }
  }

  /// The probability that a token is hidden.
  public let rate: Double
  /// What stands in its place.
  public let shares: Shares

  private let mask: TokenID
  private let tokenizer: Tokenizer

  /// Creates the noise for the tokens of `tokenizer`, which must have the token `<mask>`.
  public init(
    rate: Double = MaskNoise.defaultRate, shares: Shares = .masks, tokenizer: Tokenizer
  ) throws(Failure) {
    precondition(0 <= rate && rate <= 1, "MaskNoise: rate \(rate) is not a probability")
    self.rate = rate
    self.shares = shares
    self.tokenizer = tokenizer
    mask = try tokenizer.id(of: .mask)
  }

  /// Returns `ids` with masks; `target` is `ids`, `isTarget` where a token was chosen.
  public func corrupt(_ ids: [TokenID], using random: Random) -> Corruption {
    let isTarget = ids.map { !tokenizer.isSpecial($0) && random.chance(rate) }
    let input = zip(ids, isTarget).map { id, isTarget in
      isTarget ? replacement(for: id, random) : id
    }
    return Corruption(input: input, target: ids, isTarget: isTarget)
  }

  private func replacement(for id: TokenID, _ random: Random) -> TokenID {
    guard shares != .masks else { return mask }
    let draw = random.uniform()
    if draw < shares.random { return randomToken(otherwise: id, random) }
    return draw < shares.random + shares.unchanged ? id : mask
  }

  /// Draws a token that is not special; `id` where there is none.
  private func randomToken(otherwise id: TokenID, _ random: Random) -> TokenID {
    let count = tokenizer.vocabulary.count
    guard tokenizer.specialTokens.count < count else { return id }
    while true {
      let drawn = TokenID(random.integer(below: count))
      if !tokenizer.isSpecial(drawn) { return drawn }
    }
  }
}
