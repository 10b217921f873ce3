import SeqaeFiles
import SeqaeLatentSpace
import SeqaeLayers
import SeqaeModels
import SeqaeText
import SeqaeTraining

/// Trains a diffusion model of an autoencoder's codes: `seqae train diffusion`.
public struct DiffusionRecipe: AutoencoderStartingRecipe {
  /// What `training.json` and commands call it.
  public static let name = "diffusion"

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
  /// The autoencoder, steps, rates and so on.
  public var configuration: DiffusionConfiguration

  /// Creates a recipe with the default settings and limit.
  public init(data: [CorpusSource], splits: String) {
    self.data = data
    self.splits = splits
    configuration = DiffusionConfiguration()
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
  ) throws(Failure) -> PreparedRun<CodeDiffusion, ReconstructionExample> {
    let start = try AutoencoderStart(configuration.autoencoder, material.tokenizer)
    let model = try CodeDiffusion(
      configuration.model(start.model.configuration), tokenizer: material.tokenizer,
      in: ParameterStore(.fresh(material.random.child("weights"))))
    try start.give(to: model)
    let run = try PreparedRun(
      model, material, configuration, progress, write: LatentDirectory(model).write)
    let codes = try start.codes(try run.beginning(texts: AutoencoderStart.texts), atLeast: 2)
    model.standardize(codes)
    return run
  }
}

extension CodeDiffusion {
  /// Takes the codes' means and deviations from some, one a row.
  fileprivate func standardize(_ codes: DenseMatrix) {
    var (mean, square) = (
      [Double](repeating: 0, count: size), [Double](repeating: 0, count: size)
    )
    for row in 0..<codes.rows {
      for (place, value) in codes[row: row].enumerated() { mean[place] += value }
    }
    mean = mean.map { $0 / Double(codes.rows) }
    for row in 0..<codes.rows {
      for (place, value) in codes[row: row].enumerated() {
        square[place] += (value - mean[place]) * (value - mean[place])
      }
    }
    standardize(mean: mean, deviation: square.map { ($0 / Double(codes.rows)).squareRoot() })
  }
}
