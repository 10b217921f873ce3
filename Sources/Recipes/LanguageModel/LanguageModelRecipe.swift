import SeqaeFiles
import SeqaeLayers
import SeqaeModels
import SeqaeText
import SeqaeTraining

/// Trains an autoregressive language model: `seqae train lm`.
public struct LanguageModelRecipe: TextRecipe {
  /// What `training.json` and commands call it.
  public static let name = "lm"

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
  public var configuration: LanguageModelConfiguration

  /// Creates a recipe with the default settings and limit.
  public init(data: [CorpusSource], splits: String) {
    self.data = data
    self.splits = splits
    configuration = LanguageModelConfiguration()
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
  ) throws(Failure) -> PreparedRun<LanguageModel, ReconstructionExample> {
    let model = try material.fitting { () throws(Failure) in
      try LanguageModel(
        try configuration.model(material.tokenizer), tokenizer: material.tokenizer,
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
