import SeqaeFiles
import SeqaeModels
import SeqaeText

/// Everything that decides how a language model comes out, beside its data and how long it is trained.
///
/// Where no source is named the default is our own: the sizes of a sentence VAE's decoder.
public struct LanguageModelConfiguration: TextConfiguration, Equatable {
  /// What it has in common with the other recipes.
  public var training = TrainingSettings()
  /// D, the width of the residual stream.
  public var width = 256
  /// The heads of every attention.
  public var heads = 4
  /// The inner width of the feed-forward networks.
  public var feedForward = 1024
  /// The number of layers.
  public var layers = 2
  /// The longest text in tokens.
  public var positions = 128
  /// Dropout of embeddings and sublayers; Vaswani et al. 2017, §5.4: 0.1.
  public var sublayerDropout = 0.0
  /// Dropout of attention weights.
  public var attentionDropout = 0.0
  /// Dropout inside the feed-forward networks.
  public var activationDropout = 0.0

  /// Creates the defaults.
  public init() {}

  /// Every value by the name that `--set` knows it by.
  public static let settings: [Setting<LanguageModelConfiguration>] =
    [
      .integer("width", \.width, 8...4096, "width of the residual stream"),
      .integer("heads", \.heads, 1...64, "heads of every attention; divides the width"),
      .integer("feed_forward", \.feedForward, 8...16384, "inner width of feed-forward networks"),
      .integer("layers", \.layers, 1...48, "layers"),
      .integer(
        "positions", \.positions, DenoisingAutoencoder.minimumPositions...4096,
        "the longest text in tokens; longer ones are left out"),
      .number("sublayer_dropout", \.sublayerDropout, 0...0.9, "dropout of sublayers"),
      .number("attention_dropout", \.attentionDropout, 0...0.9, "dropout of attention weights"),
      .number(
        "activation_dropout", \.activationDropout, 0...0.9, "dropout in feed-forward networks"),
    ] + TrainingSettings.settings(at: \.training)

  /// Checks what no single setting shows.
  ///
  /// - Throws: `Failure(.usage)`.
  public func check() throws(Failure) {
    guard width % heads == 0 else {
      throw Failure(.usage, "width=\(width) is not divisible by heads=\(heads): change one of them")
    }
  }

  /// The model's sizes, over the tokens of `tokenizer`.
  func model(_ tokenizer: Tokenizer) throws(Failure) -> TransformerConfiguration {
    var model = try TransformerConfiguration(for: tokenizer)
    model.width = width
    model.heads = heads
    model.feedForward = feedForward
    model.encoderLayers = layers
    model.decoderLayers = layers
    model.maximumPositions = positions
    model.dropout = Float(sublayerDropout)
    model.attentionDropout = Float(attentionDropout)
    model.activationDropout = Float(activationDropout)
    return model
  }
}
