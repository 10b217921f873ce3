import SeqaeFiles
import SeqaeLatentSpace
import SeqaeLayers
import SeqaeModels
import SeqaeRandom
import SeqaeText
import SeqaeTraining

/// Trains a sentence VQ-VAE: `seqae train vqvae`.
public struct VQVAERecipe: TextRecipe {
  /// What `training.json` and commands call it.
  public static let name = "vqvae"

  /// The corpora.
  public var data: [CorpusSource]
  /// The file that says what is held out; `Splits.find()` finds the program's own.
  public var splits: String
  /// The tokenizer's file; nil for one that the run trains on its own data.
  public var tokenizer: String?
  /// The most steps, nil for no such limit.
  public var steps: Int?
  /// The most minutes, nil for no such limit.
  public var minutes: Double?
  /// Sizes, noise, rates and so on.
  public var configuration: VQVAEConfiguration

  /// Creates a recipe with the default settings and limit.
  public init(data: [CorpusSource], splits: String) {
    self.data = data
    self.splits = splits
    configuration = VQVAEConfiguration()
  }

  // How many vectors k-means has for each code.
  private static let pointsPerCode = 8
  // Of k-means, whose centres training moves on from.
  private static let rounds = 10

  /// Makes what the run works with.
  ///
  /// - Parameters:
  ///   - material: data and tokenizer.
  ///   - progress: told what is ready.
  /// - Returns: the model and its batches, and how it is judged and written.
  /// - Throws: a `Failure` where settings, data and tokenizer don't fit each other.
  public func prepare(
    _ material: RunMaterial, _ progress: Progress
  ) throws(Failure) -> PreparedRun<SequenceVQVAE, ReconstructionExample> {
    let model = try material.fitting { () throws(Failure) in
      try SequenceVQVAE(
        try configuration.model(material.tokenizer), tokenizer: material.tokenizer,
        in: ParameterStore(.fresh(material.random.child("weights"))))
    }
    let run = try PreparedRun(
      model, material, configuration, progress, write: LatentDirectory(model).write)
    if configuration.start == .kmeans {
      try startCodebook(of: model, run.source, using: material.random.child("codebook"))
    }
    return run
  }

  /// Puts the codebook at the centres of what the fresh encoder makes of the first texts.
  private func startCodebook(
    of model: SequenceVQVAE,
    _ source: BucketedBatches<ReconstructionExample, ReconstructionBatch>, using random: Random
  ) throws(Failure) {
    var source = source  // a copy: the run begins where it would
    var points: [Double] = []
    while points.count < Self.pointsPerCode * configuration.codes * configuration.values {
      guard let batch = try source.next(while: { !Interruption.isRequested }) else { return }
      points += model.points(batch.batch).doubles()
    }
    let clusters = KMeans(
      DenseMatrix(points, columns: configuration.values), clusters: configuration.codes, starts: 1,
      maximumIterations: Self.rounds, using: random)
    let centres = (0..<configuration.codes).flatMap { clusters.centres[row: $0] }
    model.startCodebook(at: centres.map { Float($0) })
  }
}
