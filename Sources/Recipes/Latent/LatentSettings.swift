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
  /// Sizes and dropout.
  public var transformer = TransformerSettings(positions: 128)
  /// The number of encoder layers.
  public var encoderLayers = 2
  /// The number of decoder layers.
  public var decoderLayers = 2

  /// Creates the defaults.
  public init() {}

  private static let settings: [Setting<LatentSettings>] =
    codes
    + TransformerSettings.sizes(
      at: \.transformer, layers: layers, longer: "; longer ones are left out")
    + TransformerSettings.dropouts(at: \.transformer)

  private static let codes: [Setting<LatentSettings>] = [
    .integer("latent_size", \.size, 1...65536, "values of a code (Li et al. 2020, §4.1: 32)"),
    .integer(
      "memory_vectors", \.memory, 1...1024,
      "vectors made of a code that the decoder attends to; it is added to the embeddings too"),
    .choice(
      "noise", \.noise,
      "what spoils the texts that are read, so that clean ones are written: none, denoiser (its "
        + "mixture), letters (of that mixture), or one of seqae noise"),
    .number("noise_rate", \.noiseRate, 0...1, "share that it spoils, if it has one"),
    .number(
      "word_dropout", \.wordDropout, 0...1,
      "share of the words hidden from the decoder (Bowman et al. 2016, §3.1); 1 for a decoder "
        + "without history"),
    .folder(
      "encoder", \.encoder,
      "a run whose encoder it starts from, such as an autoencoder's (Li et al. 2019, §3), of the same "
        + "sizes and tokens"),
  ]

  private static let layers: [Setting<LatentSettings>] = [
    .integer("encoder_layers", \.encoderLayers, 1...48, "layers that read the text"),
    .integer("decoder_layers", \.decoderLayers, 1...48, "layers that write it from its code"),
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
    try transformer.check()
  }

  /// The model's sizes, over the tokens of `tokenizer`.
  func sizes(_ tokenizer: Tokenizer) throws(Failure) -> LatentConfiguration {
    var transformer = try TransformerConfiguration(for: tokenizer)
    self.transformer.apply(to: &transformer)
    transformer.encoderLayers = encoderLayers
    transformer.decoderLayers = decoderLayers
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
