import SeqaeFiles
import SeqaeModels

/// Everything that decides how a VAE with a mixture prior comes out, beside its data, the autoencoder that it starts from, and how long it is
/// trained.
///
/// Where no source is named the default is our own.
public struct VaDEConfiguration: AutoencoderStartingConfiguration, Equatable {
  /// What it has in common with the other recipes.
  public var training = TrainingSettings()
  /// No noise; the sizes are the autoencoder's.
  public var latent = LatentSettings()
  /// The autoencoder's run.
  public var autoencoder = ""
  /// K, the number of clusters.
  public var clusters = 10
  /// β; 1 for −ELBO.
  public var beta = 1.0

  /// Creates the defaults.
  public init() {}

  /// Every value by the name that `--set` knows it by.
  public static let settings: [Setting<VaDEConfiguration>] =
    [
      .integer("clusters", \.clusters, 1...65536, "how many clusters there are"),
      .number("beta", \.beta, 0...1e6, "weight of the divergence; 1 for −ELBO"),
      autoencoderSetting,
    ] + TrainingSettings.settings(at: \.training)
}
