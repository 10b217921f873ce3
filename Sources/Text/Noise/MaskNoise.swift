import SeqaeFiles
import SeqaeRandom

/// Hides tokens: each one that is not special becomes the mask with a given probability.
///
/// Devlin et al. 2019, *BERT*, §3.1, without its random and unchanged shares: the input of a denoising
/// autoencoder, not of a bidirectional language model that will never see a mask again.
public struct MaskNoise: TokenNoise {
  /// BERT, Devlin et al. 2019 §3.1.
  public static let defaultRate = 0.15

  /// The probability that a token is hidden.
  public let rate: Double

  private let mask: TokenID
  private let tokenizer: Tokenizer

  /// Creates the noise for the tokens of `tokenizer`, which must have the token `<mask>`.
  public init(rate: Double = MaskNoise.defaultRate, tokenizer: Tokenizer) throws(Failure) {
    precondition(0 <= rate && rate <= 1, "MaskNoise: rate \(rate) is not a probability")
    self.rate = rate
    self.tokenizer = tokenizer
    mask = try tokenizer.id(of: .mask)
  }

  /// Returns `ids` with masks; `target` is `ids`, `isTarget` where a mask stands.
  public func corrupt(_ ids: [TokenID], using random: Random) -> Corruption {
    let isTarget = ids.map { !tokenizer.isSpecial($0) && random.chance(rate) }
    let input = zip(ids, isTarget).map { id, isTarget in isTarget ? mask : id }
    return Corruption(input: input, target: ids, isTarget: isTarget)
  }
}
