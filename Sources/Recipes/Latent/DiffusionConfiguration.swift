import SeqaeFiles
import SeqaeModels

/// Everything that decides how a diffusion model over codes comes out, beside its data, the autoencoder that it starts from, and how long it is
/// trained.
///
/// Where no source is named the default is our own.
public struct DiffusionConfiguration: AutoencoderStartingConfiguration, Equatable {
  /// What it has in common with the other recipes.
  public var training = TrainingSettings()
  /// No noise; the sizes are the autoencoder's.
  public var latent = LatentSettings()
  /// The autoencoder's run.
  public var autoencoder = ""
  /// The width, layers and steps of ε_θ, and how codes are drawn.
  public var estimator = NoiseEstimator.Configuration()

  /// η, how much is drawn on the way back.
  public var eta = 1.0

  /// Creates the defaults.
  public init() {}

  /// Every value by the name that `--set` knows it by.
  public static let settings: [Setting<DiffusionConfiguration>] =
    [
      .integer("denoiser_width", \.estimator.width, 2...16384, "width of what estimates the noise"),
      .integer("denoiser_layers", \.estimator.layers, 1...64, "its residual layers"),
      .choice(
        "schedule", \.estimator.schedule,
        "how noise grows: cosine (Nichol & Dhariwal 2021) or linear (Ho et al. 2020)"),
      .integer(
        "diffusion_steps", \.estimator.steps, 1...1_000_000, "T (Ho et al. 2020, §4: 1000)"),
      .integer(
        "sampling_steps", \.estimator.samplingSteps, 1...1_000_000,
        "how many of them a draw visits"),
      .number(
        "eta", \.eta, 0...1,
        "how much is drawn on the way: 1 for DDPM, 0 for DDIM (Song et al. 2021, eq. 16)"),
      autoencoderSetting,
    ] + TrainingSettings.settings(at: \.training)

  /// The model of the codes of an autoencoder.
  func model(_ autoencoder: SentenceAutoencoder.Configuration) -> CodeDiffusion.Configuration {
    var model = CodeDiffusion.Configuration(autoencoder)
    model.estimator = estimator
    model.estimator.eta = Float(eta)
    return model
  }
}
