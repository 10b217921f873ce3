import SeqaeFiles
import SeqaeRandom
import SeqaeText

/// The noise that a configuration describes, at work on text.
///
/// What becomes of a text depends on the text and the generator only, so `Random(seed: seed).child(epoch, example)`
/// gives the same noise in whatever order, and by however many workers, texts are spoilt.
public struct ConfiguredNoise: Sendable {
  /// A text with noise.
  public struct Result: Sendable, Equatable {
    /// What can be read, special tokens such as `<mask>` spelled out.
    public let text: [UInt8]
    /// The tokens, if noise of tokens is configured.
    public let ids: [TokenID]?
  }

  private let cleanShare: Double
  private let text: ComposedTextNoise
  private let tokens: (noise: ComposedSequenceNoise, tokenizer: Tokenizer)?

  /// Creates the noise.
  ///
  /// - Parameters:
  ///   - configuration: what to do.
  ///   - tokenizer: gives the tokenizer, and is asked for it only if there is noise of tokens.
  /// - Throws: `Failure` if there is no tokenizer, or if it lacks the mask that a noise needs.
  public init(
    _ configuration: NoiseConfiguration, tokenizer: () throws(Failure) -> Tokenizer
  ) throws(Failure) {
    cleanShare = configuration.cleanShare
    text = ComposedTextNoise(configuration.text, draw: configuration.draw)
    if configuration.tokens.isEmpty {
      tokens = nil
    } else {
      let tokenizer = try tokenizer()
      tokens = (
        try ComposedSequenceNoise(
          configuration.tokens, draw: configuration.draw, tokenizer: tokenizer), tokenizer
      )
    }
  }

  /// Returns a text of UTF-8 with the noise that is drawn for it.
  public func corrupt(_ clean: [UInt8], using random: Random) -> Result {
    let isClean = cleanShare > 0 && random.chance(cleanShare)
    var noisy = clean
    if !isClean {
      noisy = Array(text.corrupt(String(decoding: clean, as: UTF8.self), using: random).utf8)
    }
    guard let tokens else { return Result(text: noisy, ids: nil) }
    var ids = tokens.tokenizer.encode(noisy).ids
    if !isClean { ids = tokens.noise.spoil(ids, using: random) }
    var spelled: [UInt8] = []
    for id in ids {
      if tokens.tokenizer.isSpecial(id) {
        spelled += tokens.tokenizer.vocabulary.bytes(of: id)
      } else {
        spelled += tokens.tokenizer.decode([id])
      }
    }
    // A character of several byte tokens may have lost some.
    return Result(text: Array(String(decoding: spelled, as: UTF8.self).utf8), ids: ids)
  }
}
