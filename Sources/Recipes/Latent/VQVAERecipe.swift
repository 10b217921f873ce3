import SeqaeFiles
import SeqaeLayers
import SeqaeModels
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
      var source = run.source  // a copy: the run begins where it would
      var batches: [ReconstructionBatch] = []
      while batches.reduce(0, { $0 + $1.count }) * configuration.slots
        < Self.pointsPerCode * configuration.codes
      {
        guard let batch = try source.next(while: { !Interruption.isRequested }) else { break }
        batches.append(batch.batch)
      }
      if !batches.isEmpty {
        model.startCodebook(batches, using: material.random.child("codebook"))
      }
    }
    return run
  }
}
