import SeqaeFiles
import SeqaeLayers
import SeqaeModels
import SeqaeTraining

/// A recipe of a model with sentence codes, of random weights, on lines of text.
public protocol LatentRecipe: TextRecipe
where
  Configuration: LatentRecipeConfiguration, Trained: LatentModel, Example == ReconstructionExample
{
  /// Returns the model's sizes and constants.
  ///
  /// - Parameter material: what the run works with.
  /// - Returns: the configuration, over the tokens of the run.
  /// - Throws: a `Failure` where settings, data and tokenizer don't fit each other.
  func sizes(_ material: RunMaterial) throws(Failure) -> Trained.Configuration
}

extension LatentRecipe {
  /// Makes what the run works with.
  ///
  /// - Parameters:
  ///   - material: data and tokenizer.
  ///   - progress: told what is ready.
  /// - Returns: the model and its batches, and how it is judged and written.
  /// - Throws: a `Failure` where settings, data and tokenizer don't fit each other.
  public func prepare(
    _ material: RunMaterial, _ progress: Progress
  ) throws(Failure) -> PreparedRun<Trained, ReconstructionExample> {
    try freshRun(material, progress)
  }

  /// The run of a model of random weights.
  func freshRun(
    _ material: RunMaterial, _ progress: Progress
  ) throws(Failure) -> PreparedRun<Trained, ReconstructionExample> {
    let model = try material.fitting { () throws(Failure) in
      try Trained(
        try sizes(material), tokenizer: material.tokenizer,
        in: ParameterStore(.fresh(material.random.child("weights"))))
    }
    return try PreparedRun(model, material, configuration, progress)
  }
}
