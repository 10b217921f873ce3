import SeqaeFiles
import SeqaeLayers
import SeqaeModels
import SeqaeText
import SeqaeTraining

/// Trains an ELECTRA: `seqae train electra`.
public struct ElectraRecipe: TextRecipe {
  /// What `training.json` and commands call it.
  public static let name = "electra"

  /// Corpora, limits and settings.
  public var plan: RunPlan<ElectraConfiguration>

  /// Creates a recipe whose runs start from random weights.
  public init(_ plan: RunPlan<ElectraConfiguration>) { self.plan = plan }

  /// Makes what the run works with.
  ///
  /// - Parameters:
  ///   - material: data and tokenizer.
  ///   - progress: told what is ready.
  /// - Returns: the model and its batches, and how it is judged and written.
  /// - Throws: a `Failure` where settings, data and tokenizer don't fit each other.
  public func prepare(
    _ material: RunMaterial, _ progress: Progress
  ) throws(Failure) -> PreparedRun<Electra, Electra.Example> {
    let (model, masking) = try material.fitting { () throws(Failure) in
      (
        try Electra(
          try configuration.model(material.tokenizer), tokenizer: material.tokenizer,
          in: ParameterStore(.fresh(material.random.child("weights")))),
        try MaskNoise(rate: configuration.maskRate, tokenizer: material.tokenizer)
      )
    }
    if !configuration.encoder.isEmpty { try model.takeEncoder(of: configuration.encoder) }
    let lines = try DrawnLines(material.data, configuration.training)
    let examples = model.examples(masking: masking)
    let source = lines.batches(
      examples: { (range, isWanted) throws(Failure) in
        try lines.examples(range, while: isWanted) { examples($0.text, using: $1) }
      },
      length: { (example: Electra.Example) in example.ids.count },
      batch: { chosen in
        let batch = model.batch(chosen)
        return TrainingBatch(batch, tokens: batch.tokens)
      })
    let validation = ElectraValidation(material.data, configuration, model, examples)
    return PreparedRun(
      model: model, source: source, validate: { validation($0) },
      samples: { validation.samples() },
      write: { (folder: String) throws(Failure) in
        try ElectraDirectory(model, minimumSuspicion: validation.threshold).write(to: folder)
      })
  }
}

extension Electra {
  /// Gives the discriminator the embeddings and the encoder of the denoiser in a folder.
  ///
  /// - Throws: a `Failure` where there is none, or one of other tokens or sizes.
  fileprivate func takeEncoder(of folder: String) throws(Failure) {
    let path = Path.join(folder, ModelFolder.tokenizerName)
    let other = try Tokenizer(readingJSON: path)
    guard other.vocabulary.isEqual(to: tokenizer.vocabulary) else {
      throw Failure(
        .data, "\(path): its tokens are not those of the run: name it with --tokenizer")
    }
    let weights = try Checkpoint(Path.join(folder, ModelFolder.weightsName))
    try takeEncoder(from: weights)
  }
}
