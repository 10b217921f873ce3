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
  /// Sizes, dropout and label smoothing.
  public var network = EncoderDecoderSettings(positions: 256)
  /// Noise on what the decoder gets.
  public var latentNoise = LatentNoiseSettings()

  /// Creates the defaults.
  public init() {}

  /// Every value by the name that `--set` knows it by.
  public static let settings: [Setting<RewriterConfiguration>] =
    texts + EncoderDecoderSettings.sizes(at: \.network)
    + LatentNoiseSettings.settings(at: \.latentNoise)
    + EncoderDecoderSettings.regularization(at: \.network)
    + TrainingSettings.settings(at: \.training)

  private static let texts: [Setting<RewriterConfiguration>] = [
    .choice("noise", \.noise, "what spoils the texts: " + names),
    .number(
      "noise_rate", \.noiseRate, 0...1,
      "share of the tokens that it spoils, if it has one (Lewis et al. 2020, §5: 0.3)"),
    .integer(
      "minimum_sentences", \.minimumSentences, 1...100, "texts of fewer sentences are left out"),
  ]

  private static let names = Noise.allCases.map(\.rawValue).joined(separator: ", ")

  /// Checks what no single setting shows.
  ///
  /// - Throws: `Failure(.usage)`.
  public func check() throws(Failure) {
    try network.transformer.check()
  }

  /// The model's sizes, over the tokens of `tokenizer`.
  func model(_ tokenizer: Tokenizer) throws(Failure) -> TransformerConfiguration {
    var model = try TransformerConfiguration(for: tokenizer)
    network.apply(to: &model)
    latentNoise.apply(to: &model)
    return model
  }
}
