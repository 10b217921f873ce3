import SeqaeFiles
import SeqaeLatentSpace
import SeqaeModels
import SeqaeRandom
import SeqaeTraining

/// Trains a sentence VQ-VAE: `seqae train vqvae`.
public struct VQVAERecipe: LatentRecipe {
  /// What it trains.
  public typealias Trained = SequenceVQVAE

  /// What `training.json` and commands call it.
  public static let name = "vqvae"

  /// Corpora, limits and settings.
  public var plan: RunPlan<VQVAEConfiguration>

  /// Creates a recipe whose runs start from random weights.
  public init(_ plan: RunPlan<VQVAEConfiguration>) { self.plan = plan }

  // How many vectors k-means has for each code.
  private static let pointsPerCode = 8
  // Of k-means, whose centres training moves on from.
  private static let rounds = 10

  /// Sizes over the tokens.
  public func sizes(_ material: RunMaterial) throws(Failure) -> SequenceVQVAE.Configuration {
    try configuration.model(material.tokenizer)
  }

  /// Makes the run, and puts the codebook where it shall begin.
  ///
  /// - Parameters:
  ///   - material: data and tokenizer.
  ///   - progress: told what is ready.
  /// - Returns: the model and its batches, and how it is judged and written.
  /// - Throws: a `Failure` where settings, data and tokenizer don't fit each other.
  public func prepare(
    _ material: RunMaterial, _ progress: Progress
  ) throws(Failure) -> PreparedRun<SequenceVQVAE, ReconstructionExample> {
    let run = try freshRun(material, progress)
    if configuration.start == .kmeans {
      try startCodebook(of: run.model, run.source, using: material.random.child("codebook"))
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
