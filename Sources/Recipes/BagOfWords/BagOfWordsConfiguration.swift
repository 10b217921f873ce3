import SeqaeFiles
import SeqaeModels
import SeqaeTensors

/// Everything that decides how an autoencoder of bags of words comes out, beside its data and how long it is trained.
///
/// Where no source is named the default is our own.
public struct BagOfWordsConfiguration: TextConfiguration, Equatable {
  /// What the units of the layers between do.
  public enum Unit: String, CaseIterable, Sendable {
    /// Hendrycks & Gimpel 2016.
    case gelu
    /// The logistic function, as Hinton & Salakhutdinov 2006 have it.
    case sigmoid

    var activation: Activation { self == .gelu ? .gelu : .sigmoid }
  }

  /// Whether codes are bits.
  public enum Binary: String, CaseIterable, Sendable {
    case no = "false"
    case yes = "true"
  }

  /// What it has in common with the other recipes.
  public var training = TrainingSettings()
  /// How many words are counted; Hinton & Salakhutdinov 2006.
  public var words = 2000
  /// Words that a larger share of the documents has are not counted.
  public var mostDocuments = 0.3
  /// What the encoder reads of each word.
  public var input = WordBagReader.Input.tfidf
  /// The share of the words that the encoder doesn't see in training.
  public var wordDropout = 0.5
  /// The layers between words and code.
  public var hidden = [500, 250]
  /// The size of the code; Salakhutdinov & Hinton 2009: 128.
  public var code = 128
  /// Whether codes are bits.
  public var binary = Binary.no
  /// The deviation of the noise by which codes become bits; Salakhutdinov & Hinton 2009, §3.
  public var bitNoise = 4.0
  /// What the units of the layers between do.
  public var unit = Unit.gelu
  /// The documents of a step.
  public var batch = 128

  /// Creates the defaults.
  public init() {
    training.validationLines = 1000
    training.validationSteps = 25
    training.patience = 10
    training.warmupSteps = 50
  }

  /// Every value by the name that `--set` knows it by.
  public static let settings: [Setting<BagOfWordsConfiguration>] =
    own + TrainingSettings.settings(at: \.training).filter { !ofLines.contains($0.name) }

  private static let own: [Setting<BagOfWordsConfiguration>] = [
    .integer(
      "words", \.words, 1...1_000_000,
      "how many words are counted, the commonest (Hinton & Salakhutdinov 2006: 2000)"),
    .number(
      "most_documents", \.mostDocuments, 1e-6...1,
      "words that a larger share of the documents has, such as function words, are not"),
    .choice(
      "input", \.input,
      "what the encoder reads of each word: counts (the papers'), log (ln(1 + count)) or tfidf (this times the "
        + "word's rarity, a document's all together of one length)"),
    .number(
      "word_dropout", \.wordDropout, 0...0.99,
      "share of the words that the encoder doesn't see in training"),
    .integers("hidden", \.hidden, 1...65536, "layers between words and code, and back"),
    .integer("code", \.code, 1...65536, "numbers or bits of a code; 2 for a map"),
    .choice("binary", \.binary, "whether codes are bits: true or false"),
    .number(
      "bit_noise", \.bitNoise, 0...1000,
      "deviation of the noise that makes them bits (Salakhutdinov & Hinton 2009, §3: 4)"),
    .choice("unit", \.unit, "what the layers between do: gelu or sigmoid (the papers')"),
    .integer("batch", \.batch, 1...65536, "documents of a step"),
  ]

  // What is said of lines and their tokens, of which there are none.
  private static let ofLines: Set<String> = [
    "vocabulary", "pair_share", "english_share", "corpus_exponent", "line_limit", "shuffle_window",
    "batch_tokens", "window",
  ]

  /// Checks what no single setting shows: that a noise of bits has bits.
  ///
  /// - Throws: `Failure(.usage)`.
  public func check() throws(Failure) {
    guard binary == .yes || bitNoise == BagOfWordsConfiguration().bitNoise else {
      throw Failure(.usage, "bit_noise: changes nothing without binary=true: leave it out")
    }
  }

  /// The model's sizes, over so many words.
  func model(words: Int) -> BagOfWordsAutoencoder.Configuration {
    var model = BagOfWordsAutoencoder.Configuration()
    model.words = words
    (model.hidden, model.code) = (hidden, code)
    model.activation = unit.activation
    model.wordDropout = Float(wordDropout)
    model.bitNoise = binary == .yes ? Float(bitNoise) : nil
    return model
  }
}
