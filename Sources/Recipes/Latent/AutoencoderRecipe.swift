import SeqaeFiles
import SeqaeModels

/// Trains a sentence autoencoder: `seqae train autoencoder`.
public struct AutoencoderRecipe: LatentRecipe {
  /// What it trains.
  public typealias Trained = SentenceAutoencoder

  /// What `training.json` and commands call it.
  public static let name = "autoencoder"

  /// Corpora, limits and settings.
  public var plan: RunPlan<AutoencoderConfiguration>

  /// Creates a recipe whose runs start from random weights.
  public init(_ plan: RunPlan<AutoencoderConfiguration>) { self.plan = plan }

  /// Where all corpora are pairs, of the class of a text and the text, encoder and decoder are told it.
  public var readsLabels: Bool { !data.isEmpty && data.allSatisfy(\.isPairs) }

  /// Sizes over the tokens, and the classes if there are some.
  public func sizes(_ material: RunMaterial) throws(Failure) -> SentenceAutoencoder.Configuration {
    try configuration.model(material.tokenizer, material.data.labels)
  }
}
