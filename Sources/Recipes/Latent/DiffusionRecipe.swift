import SeqaeFiles
import SeqaeLatentSpace
import SeqaeModels
import SeqaeTraining

/// Trains a diffusion model of an autoencoder's codes: `seqae train diffusion`.
public struct DiffusionRecipe: AutoencoderStartingRecipe {
  /// What `training.json` and commands call it.
  public static let name = "diffusion"

  /// Corpora, limits and settings.
  public var plan: RunPlan<DiffusionConfiguration>

  /// Creates a recipe of a plan that may lack the autoencoder yet.
  public init(_ plan: RunPlan<DiffusionConfiguration>) { self.plan = plan }

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
    let (run, codes, _) = try startedRun(material, progress, atLeast: 2, configuration.model)
    run.model.standardize(codes)
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
