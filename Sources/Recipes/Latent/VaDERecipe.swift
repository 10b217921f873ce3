import SeqaeFiles
import SeqaeLatentSpace
import SeqaeLayers
import SeqaeModels
import SeqaeText
import SeqaeTraining

/// Trains a VAE whose prior is a mixture of Gaussians, from an autoencoder and a mixture fitted to its codes: `seqae train vade`.
public struct VaDERecipe: AutoencoderStartingRecipe {
  /// What `training.json` and commands call it.
  public static let name = "vade"

  /// The corpora.
  public var data: [CorpusSource]
  /// The file that says what is held out; `Splits.find()` finds the program's own.
  public var splits: String
  /// The tokenizer's file, which is the autoencoder's.
  public var tokenizer: String?
  /// The most steps, nil for no such limit.
  public var steps: Int?
  /// The most minutes, nil for no such limit.
  public var minutes: Double?
  /// The autoencoder, clusters, rates and so on.
  public var configuration: VaDEConfiguration

  /// Creates a recipe with the default settings and limit.
  public init(data: [CorpusSource], splits: String) {
    self.data = data
    self.splits = splits
    configuration = VaDEConfiguration()
  }

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
    let start = try AutoencoderStart(configuration.autoencoder, material.tokenizer)
    var sizes = VaDE.Configuration(
      start.model.configuration.latent, clusters: configuration.clusters)
    sizes.beta = Float(configuration.beta)
    let model = try VaDE(
      sizes, tokenizer: material.tokenizer,
      in: ParameterStore(.fresh(material.random.child("weights"))))
    try start.give(to: model)
    let run = try PreparedRun(
      model, material, configuration, progress, write: LatentDirectory(model).write)
    let codes = try start.codes(
      try run.beginning(texts: AutoencoderStart.texts), atLeast: configuration.clusters)
    progress.note("fitting \(configuration.clusters) Gaussians to \(codes.rows) codes")
    var options = GaussianMixture.Options()
    options.covariance = .diagonal
    let mixture = GaussianMixture(
      codes, components: configuration.clusters, options: options,
      using: material.random.child("clusters"))
    model.start(
      weights: mixture.weights, means: mixture.means.elements,
      variances: mixture.covariances.flatMap(\.elements))
    return run
  }
}
