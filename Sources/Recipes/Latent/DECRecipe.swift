import SeqaeFiles
import SeqaeLatentSpace
import SeqaeModels
import SeqaeTraining

/// Trains an encoder until its codes lie in clusters, from an autoencoder and k-means of its codes: `seqae train dec`.
public struct DECRecipe: AutoencoderStartingRecipe {
  /// What `training.json` and commands call it.
  public static let name = "dec"

  /// Corpora, limits and settings.
  public var plan: RunPlan<DECConfiguration>

  /// Creates a recipe of a plan that may lack the autoencoder yet.
  public init(_ plan: RunPlan<DECConfiguration>) { self.plan = plan }

  private static let starts = 20  // of k-means; Xie et al. 2016, §3.1.2

  /// Makes what the run works with.
  ///
  /// - Parameters:
  ///   - material: data and tokenizer.
  ///   - progress: told what is ready.
  /// - Returns: the model and its batches, and how it is judged and written.
  /// - Throws: a `Failure` where settings, data and tokenizer don't fit each other.
  public func prepare(
    _ material: RunMaterial, _ progress: Progress
  ) throws(Failure) -> PreparedRun<DEC, ReconstructionExample> {
    var (run, codes, texts) = try startedRun(material, progress, atLeast: configuration.clusters) {
      autoencoder in
      var sizes = DEC.Configuration(autoencoder.latent, clusters: configuration.clusters)
      sizes.refresh = configuration.refresh
      sizes.reconstruction = Float(configuration.reconstruction)
      return sizes
    }
    progress.note("k-means of \(codes.rows) codes")
    let means = KMeans(
      codes, clusters: configuration.clusters, starts: Self.starts,
      using: material.random.child("clusters"))
    run.model.start(centres: means.centres.elements)
    run.model.reference = texts
    return run
  }
}
