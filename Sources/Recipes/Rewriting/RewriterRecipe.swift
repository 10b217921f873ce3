import SeqaeFiles
import SeqaeLayers
import SeqaeModels
import SeqaeText
import SeqaeTraining

/// Trains a rewriter: `seqae train rewriter`.
public struct RewriterRecipe: TextRecipe {
  /// What `training.json` and commands call it.
  public static let name = "rewriter"

  /// Corpora, limits and settings.
  public var plan: RunPlan<RewriterConfiguration>

  /// Creates a recipe whose runs start from random weights.
  public init(_ plan: RunPlan<RewriterConfiguration>) { self.plan = plan }

  /// Makes what the run works with.
  ///
  /// - Parameters:
  ///   - material: data and tokenizer.
  ///   - progress: told what is ready.
  /// - Returns: the model and its batches, and how it is judged and written.
  /// - Throws: a `Failure` where settings, data and tokenizer don't fit each other.
  public func prepare(
    _ material: RunMaterial, _ progress: Progress
  ) throws(Failure) -> PreparedRun<RewritingAutoencoder, RewritingAutoencoder.Example> {
    let configuration = self.configuration
    let (model, noise) = try material.fitting { () throws(Failure) in
      (
        try RewritingAutoencoder(
          try configuration.model(material.tokenizer), tokenizer: material.tokenizer,
          in: ParameterStore(.fresh(material.random.child("weights")))),
        try configuration.noise.kind?.noise(
          rate: configuration.noiseRate, tokenizer: material.tokenizer)
      )
    }
    let lines = try DrawnLines(material.data, configuration.training)
    let examples = model.examples(noise)
    let minimum = configuration.minimumSentences
    let smoothing = Float(configuration.network.labelSmoothing)
    let source = lines.batches(
      examples: { (range, isWanted) throws(Failure) in
        try lines.examples(range, while: isWanted) { line, random in
          hasSentences(line.text, minimum) ? examples(line.text, using: random) : nil
        }
      },
      length: { (example: RewritingAutoencoder.Example) in example.target.count },
      batch: { chosen in
        let batch = model.batch(chosen, smoothing: smoothing)
        return TrainingBatch(batch, tokens: batch.tokens)
      })
    let validation = RewriterValidation(material.data, configuration, model, examples)
    return PreparedRun(
      model: model, source: source, validate: { validation($0) },
      samples: { validation.samples() },
      write: { (folder: String) throws(Failure) in
        try RewriterDirectory(model).write(to: folder)
      })
  }
}

/// Whether a text has at least so many sentences (UAX #29).
func hasSentences(_ text: [UInt8], _ minimum: Int) -> Bool {
  minimum < 2 || Boundaries.offsets(of: .sentence, in: text).count > minimum
}
