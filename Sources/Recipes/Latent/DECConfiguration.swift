import SeqaeFiles
import SeqaeModels

/// Everything that decides how deep embedded clustering comes out, beside its data, the autoencoder that it starts from, and how long it is
/// trained.
///
/// Where no source is named the default is our own.
public struct DECConfiguration: AutoencoderStartingConfiguration, Equatable {
  /// What it has in common with the other recipes.
  public var training = TrainingSettings()
  /// No noise; the sizes are the autoencoder's.
  public var latent = LatentSettings()
  /// The autoencoder's run.
  public var autoencoder = ""
  /// K, the number of clusters.
  public var clusters = 10
  /// After how many steps the clusters' sizes are taken anew; Xie et al. 2016's code: 140.
  public var refresh = 140
  /// γ, the weight of reconstruction; Guo et al. 2017: 0.1, and 0 for DEC itself.
  public var reconstruction = 0.0

  /// Creates the defaults.
  public init() {}

  /// Every value by the name that `--set` knows it by.
  public static let settings: [Setting<DECConfiguration>] =
    [
      .integer("clusters", \.clusters, 1...65536, "how many clusters there are"),
      .integer(
        "refresh_steps", \.refresh, 1...1_000_000_000,
        "steps after which the clusters' sizes are taken anew"),
      .number(
        "reconstruction_weight", \.reconstruction, 0...1e6,
        "weight of a token's nats, with which the decoder is trained too (Guo et al. 2017: 0.1)"),
      autoencoderSetting,
    ] + TrainingSettings.settings(at: \.training)
}
