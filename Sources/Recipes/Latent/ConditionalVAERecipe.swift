import SeqaeFiles
import SeqaeModels

/// Trains a sentence VAE that is told the class of each text: `seqae train cvae`.
public struct ConditionalVAERecipe: LatentRecipe {
  /// What it trains.
  public typealias Trained = ConditionalVAE

  /// What `training.json` and commands call it.
  public static let name = "cvae"

  /// Corpora, limits and settings.
  public var plan: RunPlan<VAEConfiguration>

  /// Creates a recipe whose runs start from random weights.
  public init(_ plan: RunPlan<VAEConfiguration>) { self.plan = plan }

  /// A pair of a corpus is the class of a text and the text.
  public var readsLabels: Bool { true }

  /// Checks the settings, and that every corpus has classes.
  ///
  /// - Throws: `Failure(.usage)`.
  public func check() throws(Failure) {
    try configuration.check()
    try requireClasses()
  }

  /// Sizes over the tokens, and the classes.
  public func sizes(_ material: RunMaterial) throws(Failure) -> ConditionalVAE.Configuration {
    try configuration.conditional(material.tokenizer, material.data.labels)
  }
}
