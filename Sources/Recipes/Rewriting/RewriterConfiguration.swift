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
  /// Sizes and dropout.
  public var transformer = TransformerSettings(positions: 256)
  /// The number of encoder layers.
  public var encoderLayers = 4
  /// The number of decoder layers.
  public var decoderLayers = 4
  /// Noise on what the decoder gets.
  public var latentNoise = LatentNoiseSettings()
  /// Label smoothing; Szegedy et al. 2016, §7.
  public var labelSmoothing = 0.0

  /// Creates the defaults.
  public init() {}

  /// Every value by the name that `--set` knows it by.
  public static let settings: [Setting<RewriterConfiguration>] =
    texts + TransformerSettings.sizes(at: \.transformer, layers: layers)
    + LatentNoiseSettings.settings(at: \.latentNoise)
    + TransformerSettings.dropouts(at: \.transformer) + [smoothing]
    + TrainingSettings.settings(at: \.training)

  private static let texts: [Setting<RewriterConfiguration>] = [
    .choice("noise", \.noise, "what spoils the texts: " + names),
    .number(
      "noise_rate", \.noiseRate, 0...1,
      "share of the tokens that it spoils, if it has one (Lewis et al. 2020, §5: 0.3)"),
    .integer(
      "minimum_sentences", \.minimumSentences, 1...100, "texts of fewer sentences are left out"),
  ]

  private static let layers: [Setting<RewriterConfiguration>] = [
    .integer("encoder_layers", \.encoderLayers, 1...48, "layers that read the text"),
    .integer("decoder_layers", \.decoderLayers, 1...48, "layers that write it anew"),
  ]

  private static let smoothing: Setting<RewriterConfiguration> = .number(
    "label_smoothing", \.labelSmoothing, 0...0.9, "label smoothing (Szegedy et al. 2016)")

  private static let names = Noise.allCases.map(\.rawValue).joined(separator: ", ")

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
    latentNoise.apply(to: &model)
    model.encoderLayers = encoderLayers
    model.decoderLayers = decoderLayers
    return model
  }
}
