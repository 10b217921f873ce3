import SeqaeFiles
import SeqaeModels
import SeqaeText

/// What recipes of models with sentence codes have settings for beside those of all recipes over lines: sizes, noise
/// and dropout.
///
/// Where no source is named the default is our own.
public struct LatentSettings: Sendable, Equatable {
  /// Z, the values of a code; Bowman et al. 2016, §4: 13 … 111, Li et al. 2020, §4.1: 32.
  public var size = 32
  /// M, the vectors of memory that the decoder attends to.
  public var memory = 4
  /// What the texts are spoilt with that it reads.
  public var noise = SourceNoise.none
  /// The share of the tokens or characters that it spoils, where it has one.
  public var noiseRate = InfillingNoise.defaultRate
  /// The share of the words that is hidden from the decoder; Bowman et al. 2016, §3.1.
  public var wordDropout = 0.0
  /// The run whose encoder it starts from, with a decoder of random weights; empty for none.
  public var encoder = ""
  /// D, the width of the residual stream.
  public var width = 256
  /// The heads of every attention.
  public var heads = 4
  /// The inner width of the feed-forward networks.
  public var feedForward = 1024
  /// The number of encoder layers.
  public var encoderLayers = 2
  /// The number of decoder layers.
  public var decoderLayers = 2
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

  private static let settings: [Setting<LatentSettings>] = [
    .integer("latent_size", \.size, 1...65536, "values of a code (Li et al. 2020, §4.1: 32)"),
    .integer(
      "memory_vectors", \.memory, 1...1024,
      "vectors made of a code that the decoder attends to; it is added to the embeddings too"),
    .choice(
      "noise", \.noise,
      "what spoils the texts that are read, so that clean ones are written: none, denoiser (its "
        + "mixture), or one of seqae noise"),
    .number("noise_rate", \.noiseRate, 0...1, "share that it spoils, if it has one"),
    .number(
      "word_dropout", \.wordDropout, 0...1,
      "share of the words hidden from the decoder (Bowman et al. 2016, §3.1); 1 for a decoder "
        + "without history"),
    .folder(
      "encoder", \.encoder,
      "a run whose encoder it starts from, such as an autoencoder's (Li et al. 2019, §3), of the same "
        + "sizes and tokens"),
    .integer("width", \.width, 8...4096, "width of the residual stream"),
    .integer("heads", \.heads, 1...64, "heads of every attention; divides the width"),
    .integer("feed_forward", \.feedForward, 8...16384, "inner width of feed-forward networks"),
    .integer("encoder_layers", \.encoderLayers, 1...48, "layers that read the text"),
    .integer("decoder_layers", \.decoderLayers, 1...48, "layers that write it from its code"),
    .integer(
      "positions", \.positions, DenoisingAutoencoder.minimumPositions...4096,
      "the longest text in tokens; longer ones are left out"),
    .number("sublayer_dropout", \.sublayerDropout, 0...0.9, "dropout of sublayers"),
    .number("attention_dropout", \.attentionDropout, 0...0.9, "dropout of attention weights"),
    .number(
      "activation_dropout", \.activationDropout, 0...0.9, "dropout in feed-forward networks"),
  ]

  /// The settings of a configuration that holds these at `path`.
  static func settings<Configuration>(
    at path: WritableKeyPath<Configuration, LatentSettings> & Sendable
  ) -> [Setting<Configuration>] {
    settings.map { $0.within(path) }
  }

  /// Checks what no single setting shows.
  ///
  /// - Throws: `Failure(.usage)`.
  func check() throws(Failure) {
    guard width % heads == 0 else {
      throw Failure(.usage, "width=\(width) is not divisible by heads=\(heads): change one of them")
    }
  }

  /// The model's sizes, over the tokens of `tokenizer`.
  func sizes(_ tokenizer: Tokenizer) throws(Failure) -> LatentConfiguration {
    var transformer = try TransformerConfiguration(for: tokenizer)
    transformer.width = width
    transformer.heads = heads
    transformer.feedForward = feedForward
    transformer.encoderLayers = encoderLayers
    transformer.decoderLayers = decoderLayers
    transformer.maximumPositions = positions
    transformer.dropout = Float(sublayerDropout)
    transformer.attentionDropout = Float(attentionDropout)
    transformer.activationDropout = Float(activationDropout)
    var sizes = LatentConfiguration(transformer)
    sizes.size = size
    sizes.memory = memory
    sizes.wordDropout = Float(wordDropout)
    return sizes
  }
}

/// The configuration of a recipe of a model with sentence codes.
public protocol LatentRecipeConfiguration: TextConfiguration {
  /// What it has in common with those of the other such models.
  var latent: LatentSettings { get set }
}

extension LatentRecipeConfiguration {
  /// Checks what no single setting shows.
  ///
  /// - Throws: `Failure(.usage)`.
  public func check() throws(Failure) { try latent.check() }
}
