import SeqaeFiles
import SeqaeModels
import SeqaeText

/// Everything that decides how a sentence autoencoder comes out, beside its data and how long it is trained.
///
/// Where no source is named the default is our own.
public struct AutoencoderConfiguration: LatentRecipeConfiguration, Equatable {
  /// What it has in common with the other recipes.
  public var training = TrainingSettings()
  /// Sizes, noise and dropout.
  public var latent = LatentSettings()
  /// What is asked of the values of a code.
  public var sparsity = SentenceAutoencoder.Configuration.Sparsity.none
  /// λ of sparsity.
  public var sparsityWeight = 1.0
  /// ρ; Ng 2011, §3: 0.05.
  public var activity = 0.05
  /// λ of contraction; Rifai et al. 2011.
  public var contraction = 0.0

  /// Creates the defaults.
  public init() {}

  /// Every value by the name that `--set` knows it by.
  public static let settings: [Setting<AutoencoderConfiguration>] =
    [
      .choice(
        "sparsity", \.sparsity,
        "what is asked of a code: none, kl (each value, in 0 … 1, is seldom high) or l1 (all are small)"
      ),
      .number("sparsity_weight", \.sparsityWeight, 0...1e6, "its weight beside the nats of a text"),
      .number(
        "sparsity_activity", \.activity, 1e-6...0.999999,
        "of kl, what each value shall be in the mean (Ng 2011, §3: 0.05)"),
      .number(
        "contraction", \.contraction, 0...1e6,
        "weight of ‖∂z/∂e‖², so that codes change little with embeddings (Rifai et al. 2011)"),
    ] + LatentSettings.settings(at: \.latent) + TrainingSettings.settings(at: \.training)

  /// The model's sizes, over the tokens of `tokenizer`, told `classes`.
  func model(
    _ tokenizer: Tokenizer, _ classes: [ByteString]
  ) throws(Failure) -> SentenceAutoencoder.Configuration {
    var sizes = try latent.sizes(tokenizer)
    sizes.classes = classes
    var model = SentenceAutoencoder.Configuration(sizes)
    model.sparsity = sparsity
    model.sparsityWeight = Float(sparsityWeight)
    model.activity = Float(activity)
    model.contraction = Float(contraction)
    return model
  }
}
