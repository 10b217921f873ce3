import SeqaeFiles
import SeqaeModels
import SeqaeText

/// Everything that decides how a language model comes out, beside its data and how long it is trained.
///
/// Where no source is named the default is our own: the sizes of a sentence VAE's decoder.
public struct LanguageModelConfiguration: TextConfiguration, Equatable {
  /// What it has in common with the other recipes.
  public var training = TrainingSettings()
  /// Sizes and dropout.
  public var transformer = TransformerSettings(positions: 128)
  /// The number of layers.
  public var layers = 2
  /// The share of the words before that it doesn't see.
  public var wordDropout = 0.0

  /// Creates the defaults.
  public init() {}

  /// Every value by the name that `--set` knows it by.
  public static let settings: [Setting<LanguageModelConfiguration>] =
    TransformerSettings.sizes(
      at: \.transformer, layers: [.integer("layers", \.layers, 1...48, "layers")],
      longer: "; longer ones are left out")
    + [
      .number(
        "word_dropout", \.wordDropout, 0...1,
        "share of the words before that it doesn't see; 1 for a model without history")
    ]
    + TransformerSettings.dropouts(at: \.transformer)
    + TrainingSettings.settings(at: \.training)

  /// Checks what no single setting shows.
  ///
  /// - Throws: `Failure(.usage)`.
  public func check() throws(Failure) {
    try transformer.check()
  }

  /// The model's sizes, over the tokens of `tokenizer`.
  func model(_ tokenizer: Tokenizer) throws(Failure) -> TransformerConfiguration {
    var model = try TransformerConfiguration(for: tokenizer)
    transformer.apply(to: &model)
    model.encoderLayers = layers
    model.decoderLayers = layers
    return model
  }
}
