import SeqaeFiles
import SeqaeModels
import SeqaeText
import SeqaeTraining

extension PreparedRun where M: LatentModel, Example == ReconstructionExample {
  /// Creates the run of a model with sentence codes on lines of text.
  ///
  /// - Parameters:
  ///   - model: what is trained.
  ///   - material: data and tokenizer.
  ///   - configuration: noise, rates and so on.
  ///   - progress: told of a code that has come to say nothing.
  /// - Throws: a `Failure` where settings, data and tokenizer don't fit each other.
  init(
    _ model: M, _ material: RunMaterial, _ configuration: some LatentRecipeConfiguration,
    _ progress: Progress
  ) throws(Failure) {
    let settings = configuration.latent
    if !settings.encoder.isEmpty { try EncoderStart.give(model, encoderOf: settings.encoder) }
    let examples = try material.fitting { () throws(Failure) in
      try settings.noise.examples(for: model, rate: settings.noiseRate)
    }
    let classes = Dictionary(
      uniqueKeysWithValues: material.data.labels.enumerated().map { ($0.element, $0.offset) })
    let lines = try DrawnLines(material.data, configuration.training)
    let directory = LatentDirectory(model)
    let validation = LatentValidation(material.data, configuration.training, model, examples)
    self.init(
      model: model,
      source: lines.batches(
        examples: { (range, isWanted) throws(Failure) in
          try lines.examples(range, while: isWanted) { line, random in
            let label = line.noisy.flatMap { classes[ByteString($0)] }
            return examples(line.text, label: label, using: random)
          }
        },
        length: { (example: ReconstructionExample) in example.target.count },
        batch: { chosen in
          let batch = model.batch(chosen)
          return TrainingBatch(batch, tokens: batch.tokens)
        }),
      validate: { shouldStop in
        guard let metrics = validation(shouldStop) else { return nil }
        if let alarm = LatentAlarm.text(metrics) { progress.note(alarm) }
        return metrics
      },
      samples: { validation.samples() },
      write: { (folder: String) throws(Failure) in try directory.write(to: folder) })
  }
}

extension TextRecipe {
  /// Checks that every corpus has the class of each text.
  ///
  /// - Throws: `Failure(.usage)`.
  func requireClasses() throws(Failure) {
    guard let source = data.first(where: { !$0.isPairs }) else { return }
    throw Failure(
      .usage,
      "\(source): train \(Self.name) expects FILE:CLASS,TEXT, the columns of the classes and of the texts"
    )
  }
}

/// Says when a model's codes have come to say nothing, and what to do then.
enum LatentAlarm {
  /// The divergence below which a code is as good as none, in nats a text.
  static let lowestKL = 0.1
  /// The share of a codebook below which most of it is waste.
  static let lowestUsage = 0.1

  /// Returns what to say of metrics; nil if all is well, or if the model has no divergence.
  static func text(_ metrics: [Metric]) -> String? {
    func value(_ name: String) -> Double? { metrics.first { $0.name == name }?.value }
    if let usage = value("usage"), usage < lowestUsage {
      return
        "codebook collapse: only \(fixed(100 * usage, 1)) % of the codes are used: let it begin at "
        + "codebook_start=kmeans and move by codebook_update=ema, which puts dead codes elsewhere, let it count "
        + "later (codebook_delay=0.4), lower codebook_size, or raise commitment"
    }
    guard let kl = value("kl"), let units = value("active_units"), kl < lowestKL || units == 0
    else { return nil }
    return
      "posterior collapse: KL \(fixed(kl, 2)) nats a text, \(Int(units)) active units: the decoder "
      + "doesn't read the code. Give each dimension free_bits=0.1 or more, raise beta later (annealing=linear "
      + "or cyclic, annealing_share=1), hide words from the decoder (word_dropout=0.5), train the encoder ahead "
      + "of it (encoder_steps=10), or lower beta"
  }
}
