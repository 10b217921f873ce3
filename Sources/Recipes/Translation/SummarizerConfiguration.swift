import SeqaeFiles
import SeqaeModels
import SeqaeText

/// Everything that decides how a summarizer comes out, beside its data and how long it is trained.
///
/// Where no source is named the default is our own.
public struct SummarizerConfiguration: WritingConfiguration, Equatable {
  /// What it has in common with the other recipes.
  public var training = TrainingSettings()

  /// Sizes, dropout and label smoothing.
  public var network = EncoderDecoderSettings(positions: 512)

  /// Creates the defaults.
  public init() {
    training.vocabulary = 8000
    training.lineLimit = 20_000
    training.shuffleWindow = 16_384
    training.batchTokens = 8192
    training.window = 2048
    training.patience = 10
    network.decoderLayers = 2
    network.transformer.sublayerDropout = 0.1  // Vaswani et al. 2017, §5.4
    network.labelSmoothing = 0.1  // Vaswani et al. 2017, §5.4
  }

  /// Every value by the name that `--set` knows it by.
  public static let settings: [Setting<SummarizerConfiguration>] =
    EncoderDecoderSettings.sizes(at: \.network, longer: "; of longer ones the beginning is read")
    + EncoderDecoderSettings.regularization(at: \.network)
    + TrainingSettings.settings(at: \.training)

  /// Checks what no single setting shows.
  ///
  /// - Throws: `Failure(.usage)`.
  public func check() throws(Failure) { try network.transformer.check() }

  /// It needs no other tokens.
  public var tags: [ByteString] { [] }

  /// The model's sizes, over the tokens of `tokenizer`.
  public func model(_ tokenizer: Tokenizer) throws(Failure) -> Translator.Configuration {
    var model = try TransformerConfiguration(for: tokenizer)
    network.apply(to: &model)
    return Translator.Configuration(model, task: .summarization)
  }
}
