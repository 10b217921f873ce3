import SeqaeFiles
import SeqaeModels
import SeqaeText

/// The configuration of a recipe of a model that writes a text of another one: its translation, or its summary.
public protocol WritingConfiguration: TextConfiguration, SizedConfiguration {
  /// Sizes, dropout and label smoothing.
  var network: EncoderDecoderSettings { get set }

  /// The model's sizes, over the tokens of `tokenizer`, and what it writes.
  ///
  /// - Parameter tokenizer: whose tokens it has.
  /// - Returns: the configuration.
  /// - Throws: a `Failure` where the tokenizer lacks a special token.
  func model(_ tokenizer: Tokenizer) throws(Failure) -> Translator.Configuration

  /// The special tokens that it needs beside those of all models.
  var tags: [ByteString] { get }

  /// The numbers, from 1, of the corpora whose first side or second side a model has written.
  var synthetic: (first: [Int], second: [Int]) { get }
}

extension WritingConfiguration {
  /// Takes the sizes of a model from which a run starts.
  public mutating func take(_ sizes: TransformerConfiguration) { network.take(sizes) }

  /// None.
  public var synthetic: (first: [Int], second: [Int]) { ([], []) }
}

/// Everything that decides how a translator comes out, beside its data and how long it is trained.
///
/// Where no source is named the default is our own.
public struct TranslatorConfiguration: WritingConfiguration, Equatable {
  /// In which directions it translates.
  public enum Directions: String, CaseIterable, Sendable {
    /// From the first side of the pairs to the second.
    case no
    /// In both.
    case yes
  }

  /// What it has in common with the other recipes.
  public var training = TrainingSettings()

  /// The languages of the two sides of the pairs, such as en and zh; none if they have no names.
  public var languages: [String] = []
  /// Whether both directions are learnt.
  public var bothDirections = Directions.no
  /// The numbers, from 1, of the corpora whose first side a model has written; Sennrich, Haddow & Birch 2016.
  public var syntheticFirst: [Int] = []
  /// The numbers of those whose second side one has.
  public var syntheticSecond: [Int] = []
  /// Sizes, dropout and label smoothing.
  public var network = EncoderDecoderSettings(positions: 128)

  /// Creates the defaults.
  public init() {
    training.vocabulary = 8000
    training.lineLimit = 600
    training.batchTokens = 4096
    training.patience = 10
    // A step of writing costs these alone: Kasai et al. 2021, *Deep Encoder, Shallow Decoder*.
    network.decoderLayers = 2
    network.transformer.sublayerDropout = 0.1  // Vaswani et al. 2017, §5.4
    network.labelSmoothing = 0.1  // Vaswani et al. 2017, §5.4
  }

  /// Every value by the name that `--set` knows it by.
  public static let settings: [Setting<TranslatorConfiguration>] =
    [
      .words(
        "languages", \.languages,
        "those of the two sides of the pairs, such as en,zh: what --to knows, and how BLEU counts"),
      .choice(
        "both_directions", \.bothDirections,
        "yes: learn both, told apart by a token at the source's beginning (Johnson et al. 2017)"),
      .integers(
        "synthetic_first", \.syntheticFirst, 1...1000,
        "numbers of the corpora, from 1, whose first side a model wrote: it is read only (Sennrich et al. 2016)"
      ),
      .integers(
        "synthetic_second", \.syntheticSecond, 1...1000, "those whose second side one wrote"),
    ]
    + EncoderDecoderSettings.sizes(at: \.network, longer: "; pairs with a longer one are left out")
    + EncoderDecoderSettings.regularization(at: \.network)
    + TrainingSettings.settings(at: \.training)

  /// Checks what no single setting shows.
  ///
  /// - Throws: `Failure(.usage)`.
  public func check() throws(Failure) {
    try network.transformer.check()
    guard languages.isEmpty || languages.count == 2 && languages[0] != languages[1] else {
      throw Failure(
        .usage,
        "languages=\(languages.joined(separator: ",")): expected two, of the first and of the second side, such "
          + "as languages=en,zh")
    }
    if let number = syntheticFirst.first(where: syntheticSecond.contains) {
      throw Failure(
        .usage,
        "synthetic_first and synthetic_second: corpus \(number) is in both: what is learnt to be written is a "
          + "person's")
    }
    guard bothDirections == .yes || syntheticSecond.isEmpty else {
      throw Failure(
        .usage,
        "synthetic_second=\(syntheticSecond.map { "\($0)" }.joined(separator: ",")): expected both_directions=yes: "
          + "the second side is what is learnt to be written")
    }
    guard bothDirections == .no || !languages.isEmpty else {
      throw Failure(
        .usage,
        "both_directions=yes expects languages, of the first and of the second side, such as languages=en,zh"
      )
    }
  }

  /// The corpora that teach one direction alone.
  public var synthetic: (first: [Int], second: [Int]) { (syntheticFirst, syntheticSecond) }

  /// The tokens that tell the directions apart.
  public var tags: [ByteString] { direction(of: TransformerConfiguration(vocabularySize: 0)).tags }

  /// The model's sizes, over the tokens of `tokenizer`, and its languages.
  public func model(_ tokenizer: Tokenizer) throws(Failure) -> Translator.Configuration {
    var model = try TransformerConfiguration(for: tokenizer)
    network.apply(to: &model)
    return direction(of: model)
  }

  private func direction(of model: TransformerConfiguration) -> Translator.Configuration {
    Translator.Configuration(
      model, languages: languages.map { ByteString($0) },
      hasBothDirections: bothDirections == .yes)
  }
}
