import SeqaeFiles
import SeqaeModels
import SeqaeText

/// Everything that decides how an ELECTRA comes out, beside its data and how long it is trained.
///
/// Where no source is named the default is our own: the sizes are those of the shipped denoiser's encoder.
public struct ElectraConfiguration: TextConfiguration, Equatable {
  /// What it has in common with the other recipes.
  public var training = TrainingSettings()

  /// D, the discriminator's width.
  public var width = 256
  /// The heads of its attention.
  public var heads = 4
  /// The inner width of its feed-forward networks.
  public var feedForward = 1024
  /// The number of its layers.
  public var layers = 4
  /// The folder of a denoiser whose embeddings and encoder the discriminator starts with; empty for none.
  public var encoder = ""
  /// G, the generator's width; Clark et al. 2020, §3.2: a quarter to a half of the discriminator's.
  public var generatorWidth = 128
  /// The heads of its attention.
  public var generatorHeads = 2
  /// The number of its layers.
  public var generatorLayers = 4
  /// The longest text in tokens.
  public var positions = 256
  /// Dropout of embeddings and sublayers.
  public var sublayerDropout = 0.0
  /// Dropout of attention weights.
  public var attentionDropout = 0.0
  /// The share of tokens that are masked; Clark et al. 2020, appendix A.
  public var maskRate = MaskNoise.defaultRate
  /// λ; Clark et al. 2020, §2.
  public var discriminatorWeight = 50
  /// The share of the characters of clean development lines that may be named.
  public var alarmRate = 0.001

  /// Creates the defaults.
  public init() { training.englishShare = 0.5 }

  /// Every value by the name that `--set` knows it by.
  public static let settings = ownSettings + TrainingSettings.settings(at: \.training)

  private static let ownSettings: [Setting<ElectraConfiguration>] = [
    .integer("width", \.width, 8...4096, "width of the discriminator's residual stream"),
    .integer("heads", \.heads, 1...64, "heads of its attention; divides the width"),
    .integer("feed_forward", \.feedForward, 8...16384, "inner width of its feed-forward networks"),
    .integer("layers", \.layers, 1...48, "its layers"),
    .folder(
      "encoder", \.encoder,
      "a denoiser of these sizes and tokens, whose embeddings and encoder it starts with"),
    .integer(
      "generator_width", \.generatorWidth, 8...4096,
      "the generator's width (Clark et al. 2020, §3.2: a quarter to a half of the discriminator's)"),
    .integer(
      "generator_heads", \.generatorHeads, 1...64, "heads of its attention; divides its width"),
    .integer("generator_layers", \.generatorLayers, 1...48, "its layers"),
    .integer(
      "positions", \.positions, DenoisingAutoencoder.minimumPositions...4096,
      "the longest text in tokens"),
    .number("sublayer_dropout", \.sublayerDropout, 0...0.9, "dropout of sublayers"),
    .number("attention_dropout", \.attentionDropout, 0...0.9, "dropout of attention weights"),
    .number(
      "mask_rate", \.maskRate, 0.01...1,
      "share of tokens that are masked and replaced (Clark et al. 2020: 0.15)"),
    .integer(
      "discriminator_weight", \.discriminatorWeight, 0...1_000_000,
      "weight of the discriminator's loss beside the generator's (Clark et al. 2020, §2: 50)"),
    .number(
      "alarm_rate", \.alarmRate, 0...1,
      "share of the characters of clean development lines that the detector may name"),
  ]

  /// Checks what no single setting shows.
  ///
  /// - Throws: `Failure(.usage)`.
  public func check() throws(Failure) {
    try TransformerSettings.check(width: width, heads: heads)
    try TransformerSettings.check(
      width: generatorWidth, heads: generatorHeads, prefix: "generator_")
  }

  /// The model's sizes, over the tokens of `tokenizer`.
  func model(_ tokenizer: Tokenizer) throws(Failure) -> Electra.Configuration {
    var model = try Electra.Configuration(for: tokenizer)
    model.encoder.width = width
    model.encoder.heads = heads
    model.encoder.feedForward = feedForward
    model.encoder.encoderLayers = layers
    model.encoder.maximumPositions = positions
    model.encoder.dropout = Float(sublayerDropout)
    model.encoder.attentionDropout = Float(attentionDropout)
    model.generatorWidth = generatorWidth
    model.generatorHeads = generatorHeads
    model.generatorLayers = generatorLayers
    model.weight = Float(discriminatorWeight)
    return model
  }
}
