import SeqaeFiles
import SeqaeModels
import SeqaeText

/// Everything that decides how a rewriter comes out, beside its data and how long it is trained.
///
/// Where no source is named the default is our own.
public struct RewriterConfiguration: TextConfiguration, Equatable {
  /// What its texts are spoilt with; the noises of `TokenNoiseKind` and none.
  public enum Noise: String, CaseIterable, Sendable {
    case none, mask, bert, infilling
    case tokenDeletion = "token-deletion"
    case permutation, rotation

    /// The noise of that name; nil for none.
    package var kind: TokenNoiseKind? { TokenNoiseKind(rawValue: rawValue) }
  }

  /// What it has in common with the other recipes.
  public var training = TrainingSettings()

  /// What the texts are spoilt with; Lewis et al. 2020, Table 1: infilling is the best single one.
  public var noise = Noise.infilling
  /// The share of the tokens that it spoils, where it has one; Lewis et al. 2020, §5.
  public var noiseRate = InfillingNoise.defaultRate
  /// Texts of fewer sentences are left out.
  public var minimumSentences = 1
  /// D, the width of the residual stream.
  public var width = 256
  /// The heads of every attention.
  public var heads = 4
  /// The inner width of the feed-forward networks.
  public var feedForward = 1024
  /// The number of encoder layers.
  public var encoderLayers = 4
  /// The number of decoder layers.
  public var decoderLayers = 4
  /// The longest text in tokens.
  public var positions = 256
  /// s of the white noise e + s · rms(e) · ε on the encoder's token embeddings.
  public var embeddingNoise = 0.0
  /// What one draw of the latent's dropout decides about.
  public var dropout = LatentDropout.Kind.none
  /// The probability that a value or channel of the latent is dropped.
  public var dropoutRate = 0.1
  /// Dropout of embeddings and sublayers; Vaswani et al. 2017, §5.4.
  public var sublayerDropout = 0.0
  /// Dropout of attention weights.
  public var attentionDropout = 0.0
  /// Dropout inside the feed-forward networks.
  public var activationDropout = 0.0
  /// Label smoothing; Szegedy et al. 2016, §7.
  public var labelSmoothing = 0.0

  /// Creates the defaults.
  public init() {}

  /// Every value by the name that `--set` knows it by.
  public static let settings: [Setting<RewriterConfiguration>] =
    [
      .choice("noise", \.noise, "what spoils the texts: " + names),
      .number(
        "noise_rate", \.noiseRate, 0...1,
        "share of the tokens that it spoils, if it has one (Lewis et al. 2020, §5: 0.3)"),
      .integer(
        "minimum_sentences", \.minimumSentences, 1...100, "texts of fewer sentences are left out"),
      .integer("width", \.width, 8...4096, "width of the residual stream"),
      .integer("heads", \.heads, 1...64, "heads of every attention; divides the width"),
      .integer("feed_forward", \.feedForward, 8...16384, "inner width of feed-forward networks"),
      .integer("encoder_layers", \.encoderLayers, 1...48, "layers that read the text"),
      .integer("decoder_layers", \.decoderLayers, 1...48, "layers that write it anew"),
      .integer(
        "positions", \.positions, DenoisingAutoencoder.minimumPositions...4096,
        "the longest text in tokens"),
      .number(
        "embedding_noise", \.embeddingNoise, 0...Double(TransformerConfiguration.highestNoise),
        "white noise on the encoder's embeddings, as a share of their root mean square"),
      .choice(
        "dropout", \.dropout,
        "of what the encoder hands on: none, standard (each value) or spatial (whole channels)"),
      .number("dropout_rate", \.dropoutRate, 0...0.9, "share of it that is dropped"),
      .number("sublayer_dropout", \.sublayerDropout, 0...0.9, "dropout of sublayers"),
      .number("attention_dropout", \.attentionDropout, 0...0.9, "dropout of attention weights"),
      .number(
        "activation_dropout", \.activationDropout, 0...0.9, "dropout in feed-forward networks"),
      .number(
        "label_smoothing", \.labelSmoothing, 0...0.9, "label smoothing (Szegedy et al. 2016)"),
    ] + TrainingSettings.settings(at: \.training)

  private static let names = Noise.allCases.map(\.rawValue).joined(separator: ", ")

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
    model.encoderLayers = encoderLayers
    model.decoderLayers = decoderLayers
    model.maximumPositions = positions
    model.embeddingNoise = Float(embeddingNoise)
    model.latentDropout = LatentDropout(dropout, rate: Float(dropoutRate))
    model.dropout = Float(sublayerDropout)
    model.attentionDropout = Float(attentionDropout)
    model.activationDropout = Float(activationDropout)
    return model
  }
}
