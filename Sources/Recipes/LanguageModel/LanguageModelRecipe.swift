import SeqaeFiles
import SeqaeLayers
import SeqaeModels
import SeqaeText
import SeqaeTraining

/// Trains an autoregressive language model: `seqae train lm`.
public struct LanguageModelRecipe: TextRecipe {
  /// What `training.json` and commands call it.
  public static let name = "lm"

  /// Corpora, limits and settings.
  public var plan: RunPlan<LanguageModelConfiguration>

  /// Creates a recipe whose runs start from random weights.
  public init(_ plan: RunPlan<LanguageModelConfiguration>) { self.plan = plan }

  /// Makes what the run works with.
  ///
  /// - Parameters:
  ///   - material: data and tokenizer.
  ///   - progress: told what is ready.
  /// - Returns: the model and its batches, and how it is judged and written.
  /// - Throws: a `Failure` where settings, data and tokenizer don't fit each other.
  public func prepare(
    _ material: RunMaterial, _ progress: Progress
  ) throws(Failure) -> PreparedRun<LanguageModel, ReconstructionExample> {
    let model = try material.fitting { () throws(Failure) in
      try LanguageModel(
        try configuration.model(material.tokenizer), tokenizer: material.tokenizer,
        wordDropout: Float(configuration.wordDropout),
        in: ParameterStore(.fresh(material.random.child("weights"))))
    }
    let lines = try DrawnLines(material.data, configuration.training)
    let examples = model.examples
    let validation = LanguageModelValidation(material.data, configuration.training, model)
    return PreparedRun(
      model: model,
      source: lines.batches(
        examples: { (range, isWanted) throws(Failure) in
          try lines.examples(range, while: isWanted) { line, random in
            examples(line.text, using: random)
          }
        },
        length: { (example: ReconstructionExample) in example.target.count },
        batch: { chosen in
          let batch = model.batch(chosen)
          return TrainingBatch(batch, tokens: batch.tokens)
        }),
      validate: { validation($0) }, samples: { validation.samples() },
      write: { (folder: String) throws(Failure) in
        try LanguageModelDirectory(model).write(to: folder)
      })
  }
}
