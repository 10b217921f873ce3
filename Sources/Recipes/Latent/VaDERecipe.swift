import SeqaeFiles
import SeqaeLatentSpace
import SeqaeModels
import SeqaeTraining

/// Trains a VAE whose prior is a mixture of Gaussians, from an autoencoder and a mixture fitted to its codes: `seqae train vade`.
public struct VaDERecipe: AutoencoderStartingRecipe {
  /// What `training.json` and commands call it.
  public static let name = "vade"

  /// Corpora, limits and settings.
  public var plan: RunPlan<VaDEConfiguration>

  /// Creates a recipe of a plan that may lack the autoencoder yet.
  public init(_ plan: RunPlan<VaDEConfiguration>) { self.plan = plan }

  /// Makes what the run works with.
  ///
  /// - Parameters:
  ///   - material: data and tokenizer.
  ///   - progress: told what is ready.
  /// - Returns: the model and its batches, and how it is judged and written.
  /// - Throws: a `Failure` where settings, data and tokenizer don't fit each other.
  public func prepare(
    _ material: RunMaterial, _ progress: Progress
  ) throws(Failure) -> PreparedRun<VaDE, ReconstructionExample> {
    let (run, codes, _) = try startedRun(material, progress, atLeast: configuration.clusters) {
      autoencoder in
      var sizes = VaDE.Configuration(autoencoder.latent, clusters: configuration.clusters)
      sizes.beta = Float(configuration.beta)
      return sizes
    }
    progress.note("fitting \(configuration.clusters) Gaussians to \(codes.rows) codes")
    var options = GaussianMixture.Options()
    options.covariance = .diagonal
    let mixture = GaussianMixture(
      codes, components: configuration.clusters, options: options,
      using: material.random.child("clusters"))
    run.model.start(
      weights: mixture.weights, means: mixture.means.elements,
      variances: mixture.covariances.flatMap(\.elements))
    return run
  }
}
