import SeqaeFiles
import SeqaeLatentSpace
import SeqaeLayers
import SeqaeModels
import SeqaeText
import SeqaeTraining

/// Trains an encoder until its codes lie in clusters, from an autoencoder and k-means of its codes: `seqae train dec`.
public struct DECRecipe: AutoencoderStartingRecipe {
  /// What `training.json` and commands call it.
  public static let name = "dec"

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
  public var configuration: DECConfiguration

  /// Creates a recipe with the default settings and limit.
  public init(data: [CorpusSource], splits: String) {
    self.data = data
    self.splits = splits
    configuration = DECConfiguration()
  }

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
    let start = try AutoencoderStart(configuration.autoencoder, material.tokenizer)
    var sizes = DEC.Configuration(
      start.model.configuration.latent, clusters: configuration.clusters)
    sizes.refresh = configuration.refresh
    sizes.reconstruction = Float(configuration.reconstruction)
    var model = try DEC(
      sizes, tokenizer: material.tokenizer,
      in: ParameterStore(.fresh(material.random.child("weights"))))
    try start.give(to: model)
    let run = try PreparedRun(
      model, material, configuration, progress, write: LatentDirectory(model).write)
    let batches = try run.beginning(texts: AutoencoderStart.texts)
    let codes = try start.codes(batches, atLeast: configuration.clusters)
    progress.note("k-means of \(codes.rows) codes")
    let means = KMeans(
      codes, clusters: configuration.clusters, starts: Self.starts,
      using: material.random.child("clusters"))
    model.start(centres: means.centres.elements)
    model.reference = batches
    return PreparedRun(
      model: model, source: run.source, validate: run.validate, samples: run.samples,
      write: run.write)
  }
}
