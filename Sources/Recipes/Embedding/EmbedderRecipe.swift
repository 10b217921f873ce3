import SeqaeFiles
import SeqaeLayers
import SeqaeModels
import SeqaeTensors
import SeqaeText
import SeqaeTraining

/// Trains an embedder: `seqae train embedder`.
public struct EmbedderRecipe: StartingRecipe {
  /// What `training.json` and commands call it.
  public static let name = "embedder"

  /// Corpora, limits and settings.
  public var plan: RunPlan<EmbedderConfiguration>

  /// Creates a recipe whose runs start from random weights.
  public init(_ plan: RunPlan<EmbedderConfiguration>) { self.plan = plan }

  /// Makes the run start from an embedder, in its sizes and with its tokenizer, at a lower learning rate.
  ///
  /// - Parameter folder: that of the embedder.
  /// - Throws: a `Failure` if it is none.
  public mutating func start(fromFolder folder: String) throws(Failure) {
    guard try !EmbedderDirectory.isQuantized(folder) else {
      throw Failure(
        .data,
        "\(folder): its weights are in eight bits, which nothing can be learnt from: start from the model that it was "
          + "converted from")
    }
    configuration.take(try EmbedderDirectory.configuration(folder))
    configuration.encoder = Path.absolute(folder)
    configuration.learningRate = EmbedderConfiguration.startedRate
    tokenizer = Path.join(folder, ModelFolder.tokenizerName)
  }

  /// Checks what can be wrong before any data is read.
  ///
  /// - Throws: `Failure(.usage)`.
  public func check() throws(Failure) {
    try configuration.check()
    let kinds = configuration.kinds
    guard
      kinds.contains(.contrast) || kinds.contains(.distillation) || !data.contains(where: \.isPairs)
    else {
      throw Failure(
        .usage,
        "objective=\(configuration.objective.rawValue) reads one text of a pair: set objective=contrast or "
          + "distillation, or name one column of each corpus")
    }
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
  ) throws(Failure) -> PreparedRun<EmbedderTraining, EmbedderTraining.Example> {
    let configuration = self.configuration
    let start =
      try configuration.encoder.isEmpty
      ? nil : EmbedderDirectory.configuration(configuration.encoder)
    let (model, examples) = try material.fitting { () throws(Failure) in
      let tokenizer = try Self.around(material.tokenizer)
      let model = try EmbedderTraining(
        configuration.objectives, encoder: try configuration.sizes(tokenizer, from: start),
        tokenizer: tokenizer, in: ParameterStore(.fresh(material.random.child("weights"))))
      return (model, try Self.examples(of: model, configuration))
    }
    if let start {
      try EncoderStart.requireTokens(of: configuration.encoder, material.tokenizer, more: true)
      try model.takeEncoder(
        from: try Checkpoint(Path.join(configuration.encoder, ModelFolder.weightsName)),
        tokens: start.bert.vocabularySize)
    }
    let teacher = try teacher(of: model)
    let lines = try DrawnLines(material.data, configuration.training)
    let source = lines.batches(
      examples: { (range, isWanted) throws(Failure) in
        try lines.examples(range, while: isWanted) { line, random in
          examples(line.text, meantBy: line.noisy, using: random)
        }
      },
      length: { (example: EmbedderTraining.Example) in example.length },
      batch: { chosen in
        let vectors = teacher?.embed(chosen.map(\.text), precision: .fastestReal)
        let batch = model.batch(chosen, teacher: vectors)
        return TrainingBatch(batch, tokens: batch.tokens)
      })
    let validation = try EmbedderValidation(material.data, configuration, model.encoder)
    let directory = EmbedderDirectory(model.encoder)
    return PreparedRun(
      model: model, source: source, validate: { validation($0) },
      samples: { validation.samples() },
      write: { (folder: String) throws(Failure) in try directory.write(to: folder) })
  }

  /// The embedder whose vectors are the targets.
  private func teacher(of model: EmbedderTraining) throws(Failure) -> SentenceEncoder? {
    guard !configuration.teacher.isEmpty else { return nil }
    let teacher = try EmbedderDirectory.load(configuration.teacher).encoder
    let (own, wanted) = (model.encoder.dimensions, teacher.dimensions)
    guard own == wanted || configuration.likeness == .similarity else {
      throw Failure(
        .usage,
        "teacher=\(configuration.teacher): its vectors have \(wanted) values, those of this run \(own): set "
          + "width=\(wanted) or likeness=similarity")
    }
    return teacher
  }

  /// The tokenizer with a token before each text and one behind it, as an encoder reads it.
  private static func around(_ tokenizer: Tokenizer) throws(Failure) -> Tokenizer {
    guard tokenizer.template.prefix.isEmpty else { return tokenizer }
    return Tokenizer(
      normalizer: tokenizer.normalizer, splitter: tokenizer.splitter, model: tokenizer.model,
      template: Tokenizer.Template(
        prefix: [try tokenizer.id(of: .bos)], suffix: [try tokenizer.id(of: .eos)]),
      specialTokens: tokenizer.specialTokens, offsetTrimming: tokenizer.offsetTrimming)
  }

  /// What makes the examples of a configuration.
  private static func examples(
    of model: EmbedderTraining, _ configuration: EmbedderConfiguration
  ) throws(Failure) -> EmbedderTraining.Examples {
    let tokenizer = model.encoder.tokenizer
    let kinds = configuration.kinds
    let readsNoise = kinds.contains(.contrast) || kinds.contains(.distillation)
    let (text, tokens) =
      readsNoise
      ? try configuration.noise.noises(rate: configuration.noiseRate, tokenizer) : (nil, nil)
    return model.examples(
      text: text, tokens,
      deletion: kinds.contains(.tsdae)
        ? TokenDeletionNoise(rate: configuration.deletion, tokenizer: tokenizer) : nil)
  }
}
