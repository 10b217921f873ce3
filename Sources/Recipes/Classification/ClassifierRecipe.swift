import SeqaeFiles
import SeqaeLayers
import SeqaeModels
import SeqaeRandom
import SeqaeText
import SeqaeTraining

/// Trains a classifier of texts: `seqae train classifier`.
public struct ClassifierRecipe: WeightStartingRecipe {
  /// What `training.json` and commands call it.
  public static let name = "classifier"

  /// Corpora, limits and settings.
  public var plan: RunPlan<ClassifierConfiguration>
  /// The model whose encoder the run starts from; nil for random weights.
  public private(set) var start: ModelStart?

  /// Creates a recipe whose runs start from random weights.
  public init(_ plan: RunPlan<ClassifierConfiguration>) { self.plan = plan }

  /// A pair of a corpus is the class of a text and the text.
  public var readsLabels: Bool { true }

  /// Makes the run start from the encoder of a denoiser, rewriter, autoencoder, VAE or language model, in its sizes and
  /// with its tokenizer.
  public mutating func start(from model: ModelStart) {
    start = model
    model.giveSizes(to: &configuration)
    configuration.isCausal = model.isLanguageModel ? .yes : .no
  }

  /// Checks the settings, that every corpus has classes, and that the model that the run starts from has these sizes and
  /// can be learnt from.
  ///
  /// - Throws: a `Failure`.
  public func check() throws(Failure) {
    try configuration.check()
    try requireClasses()
    for source in data where !Path.isRegularFile(source.path) && Path.exists(source.path) {
      throw Failure(
        .usage, "\(source.path): it is no file, and labelled texts are read twice: write it to one")
    }
    guard let start else { return }
    try start.check(configuration)
    try start.requireRealWeights()
    guard (configuration.isCausal == .yes) == start.isLanguageModel else {
      throw Failure(
        .usage,
        "causal=\(configuration.isCausal.rawValue), but the model in \(start.folder) is"
          + "\(start.isLanguageModel ? "" : " not") a language model: leave it out")
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
  ) throws(Failure) -> PreparedRun<Classifier, Classifier.Example> {
    // What is damaged was reported when the data was read for its tokenizer.
    let texts = try ClassifiedTexts(data, material.splits) { _ in }
    let model = try material.fitting { () throws(Failure) in
      try Classifier(
        try configuration.model(material.tokenizer, texts.classes), tokenizer: material.tokenizer,
        in: ParameterStore(.fresh(material.random.child("weights"))))
    }
    if let start {
      try model.takeEncoder(
        from: try Checkpoint(Path.join(start.folder, ModelFolder.weightsName)))
    }
    var learnt = texts.training.drawn(configuration.labelShare, seed: configuration.labelSeed)
    progress.note(
      "\(learnt.count) of \(texts.training.count) labelled texts, \(texts.classes.count) classes")
    if !configuration.samples.isEmpty {
      try addSamples(to: &learnt, texts.classes, progress)
    }
    let judged = ClassifierValidation(texts, configuration.training, ClassifierDirectory(model))
    let examples = LabelledExamples(learnt, model.reader, seed: configuration.training.seed)
    return PreparedRun(
      model: model, source: examples.batches(for: model, configuration.training),
      validate: { judged($0) }, samples: { judged.samples() },
      write: { (folder: String) throws(Failure) in
        try ClassifierDirectory(model).write(to: folder)
      })
  }

  /// Adds to texts what a conditional VAE writes when it is told their classes.
  private func addSamples(
    to part: inout ClassifiedTexts.Part, _ classes: [ByteString], _ progress: Progress
  ) throws(Failure) {
    let source = LatentTexts(try LatentDirectory.load(configuration.samples))
    let count = configuration.samplesPerClass
    for (number, name) in classes.enumerated() {
      let label: Int?
      do throws(Failure) {
        label = try source.label(name.string, option: "the class")
      } catch {
        throw Failure(.data, "samples=\(configuration.samples): \(error.message)")
      }
      let written = try source.samples(
        number * count..<(number + 1) * count, label: label, seed: configuration.training.seed,
        temperature: 1)
      for text in written where !text.isEmpty { part.append(text, number) }
    }
    progress.note("\(count) samples of each class from \(configuration.samples)")
  }
}

/// Labelled texts as examples, drawn again and again, each pass in an order of its own.
struct LabelledExamples: Sendable {
  private let examples: [Classifier.Example]
  private let passes: ShuffledPasses
  private let fingerprint: String

  init(_ part: ClassifiedTexts.Part, _ reader: Classifier.Reader, seed: Int) {
    examples = zip(part.texts, part.labels).map { text, label in
      Classifier.Example(tokens: reader(text), label: label)
    }
    passes = ShuffledPasses(examples.count, seed: seed)
    let hash = zip(part.texts, part.labels).reduce(UInt64(0)) { hash, item in
      (hash ^ Splits.hash(item.0) ^ UInt64(item.1)) &* 0x100_0000_01B3
    }
    fingerprint = "\(part.count) labelled texts, \(String(hash, radix: 16))"
  }

  func batches(
    for model: Classifier, _ settings: TrainingSettings
  ) -> BucketedBatches<Classifier.Example, Classifier.Batch> {
    var batching = BucketedBatches<Classifier.Example, Classifier.Batch>.Configuration()
    batching.tokens = settings.batchTokens
    // No more than a pass: else the same texts, sorted by length, lay side by side.
    batching.window = min(settings.window, examples.count)
    batching.seed = UInt64(settings.seed)
    return BucketedBatches(
      batching, fingerprint: fingerprint, epochLength: examples.count,
      examples: { (range, _) throws(Failure) in passes.places(range).map { examples[$0] } },
      length: { (example: Classifier.Example) in example.tokens.count },
      batch: { chosen in
        let batch = model.batch(chosen)
        return TrainingBatch(batch, tokens: batch.tokens)
      })
  }
}

/// How a classifier is judged while it is trained: on development texts.
struct ClassifierValidation {
  private let part: ClassifiedTexts.Part
  private let directory: ClassifierDirectory

  init(_ texts: ClassifiedTexts, _ settings: TrainingSettings, _ directory: ClassifierDirectory) {
    var part = ClassifiedTexts.Part()
    for (text, label) in zip(texts.development.texts, texts.development.labels)
      .prefix(settings.validationLines)
    {
      part.append(text, label)
    }
    self.part = part
    self.directory = directory
  }

  /// Returns `accuracy`, by which the best model is chosen, `macro_f1` and `nll`, the mean of −log p(c | x) in nats; none
  /// without development texts, nil if stopped.
  func callAsFunction(_ shouldStop: () -> Bool) -> [Metric]? {
    guard part.count > 0 else { return [] }
    if shouldStop() { return nil }
    let found = directory.logPosteriors(of: part.texts)
    let figures = ClassifierFigures(
      found.map(\.largest), labels: part.labels, classes: directory.classes.count)
    let nats = zip(found, part.labels).reduce(0) { $0 - $1.0[$1.1] }
    return [
      Metric("accuracy", figures.accuracy), Metric("macro_f1", figures.macroF1),
      Metric("nll", nats / Double(part.count)),
    ]
  }

  /// A few texts with the class that was named, its probability, and their own.
  func samples() -> [JSON] {
    let count = min(RunSamples.count, part.count)
    let rows = (0..<count).map { part.count * $0 / count }
    let found = directory.logPosteriors(of: rows.map { part.texts[$0] })
    return zip(rows, found).map { row, own in
      [
        "text": .string(ByteString(part.texts[row])),
        "named": .string(directory.classes[own.largest]),
        "meant": .string(directory.classes[part.labels[row]]),
      ]
    }
  }
}
