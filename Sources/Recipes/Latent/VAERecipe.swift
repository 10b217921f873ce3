import SeqaeFiles
import SeqaeModels

/// Trains a sentence VAE: `seqae train vae`.
public struct VAERecipe: LatentRecipe {
  /// What it trains.
  public typealias Trained = SentenceVAE

  /// What `training.json` and commands call it.
  public static let name = "vae"

  /// Corpora, limits and settings.
  public var plan: RunPlan<VAEConfiguration>

  /// Creates a recipe whose runs start from random weights.
  public init(_ plan: RunPlan<VAEConfiguration>) { self.plan = plan }

  /// Sizes over the tokens.
  public func sizes(_ material: RunMaterial) throws(Failure) -> SentenceVAE.Configuration {
    try configuration.model(material.tokenizer)
  }
}
