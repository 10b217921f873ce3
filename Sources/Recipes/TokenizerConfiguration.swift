import SeqaeText

/// What a tokenizer is trained to be.
public struct TokenizerConfiguration: Configurable, Equatable {
  /// What the tokens are.
  public enum Model: String, CaseIterable, Sendable {
    /// The most frequent characters.
    case characters
    /// Characters, and what joining the most frequent pairs makes of them.
    case bpe
    /// The most frequent words.
    case words
  }

  /// What rewrites a text first.
  public enum Normalizer: String, CaseIterable, Sendable {
    case none
    case nfc = "NFC"
    case nfkc = "NFKC"

    var value: UnicodeNormalizer? {
      switch self {
      case .none: nil
      case .nfc: UnicodeNormalizer(.nfc)
      case .nfkc: UnicodeNormalizer(.nfkc)
      }
    }
  }

  /// What the tokens are.
  public var model = Model.characters
  /// The number of tokens, 256 byte tokens and the special ones included.
  public var vocabulary = DenoiserConfiguration().vocabulary
  /// What rewrites a text first; without one any byte string comes back from its tokens.
  public var normalizer = Normalizer.none
  /// The share of a corpus's characters that are tokens; only beside merges, else there is room for them.
  public var coverage = BytePairTrainer.Options().coverage

  /// Creates the defaults.
  public init() {}

  /// Every value by the name that `--set` knows it by.
  public static let settings: [Setting<TokenizerConfiguration>] = [
    .choice(
      "model", \.model, "characters, bpe: their most frequent pairs too; or words, between spaces"),
    .integer("vocabulary", \.vocabulary, 300...1_000_000, "the number of tokens"),
    .choice("normalizer", \.normalizer, "none, NFC or NFKC: what rewrites a text first"),
    .number(
      "coverage", \.coverage, 0.5...1,
      "bpe's share of characters that are tokens, not bytes (SentencePiece: 0.9995)"),
  ]
}
