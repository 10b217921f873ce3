import SeqaeFiles
import SeqaeLayers
import SeqaeModels
import SeqaeText
import SeqaeTraining

/// A recipe of a model that writes a text of another one, on pairs of texts: what `seqae train translator` and `summarizer`
/// have in common.
public protocol WritingRecipe: WeightStartingRecipe
where Configuration: WritingConfiguration, Trained == Translator, Example == ReconstructionExample {
  /// The model whose weights the run starts from; nil for random ones.
  var start: ModelStart? { get set }
}

extension WritingRecipe {
  /// Both sides are written with the same tokens, merges of characters.
  public var tokenizerModel: TokenizerConfiguration.Model { .bpe }

  /// Both sides of the pairs.
  public var tokenizerData: [CorpusSource] { data.flatMap(\.sides) }

  /// Makes the run start from a rewriter, a translator or another encoder-decoder, in its sizes and with its tokenizer.
  public mutating func start(from model: ModelStart) {
    start = model
    model.giveSizes(to: &configuration)
  }

  /// Checks the settings, that the corpora are of pairs, and that sizes are those of the model that the run starts from.
  ///
  /// - Throws: `Failure(.usage)`.
  public func check() throws(Failure) {
    try configuration.check()
    if let source = data.first(where: { !$0.isPairs }) {
      throw Failure(
        .usage,
        "\(source): train \(Self.name) expects pairs: FILE:1,2, the columns of the texts and of what is to be written "
          + "of them, or two aligned files, --source FILE --target FILE")
    }
    let (first, second) = configuration.synthetic
    if let number = (first + second).first(where: { $0 > data.count }) {
      throw Failure(
        .usage,
        "synthetic corpora are named by their numbers, those of --data first: there is no corpus \(number), there "
          + "are \(data.count)")
    }
    try start?.check(configuration)
    try start?.requireRealWeights()
  }

  /// A corpus that a model wrote is no measure of one.
  public func isJudged(_ source: CorpusSource) -> Bool {
    let (first, second) = configuration.synthetic
    return !(first + second).contains { data[$0 - 1] == source }
  }

  /// The numbers of the directions that are learnt from a corpus: what a model wrote is read only, and what is learnt to be
  /// written is a person's.
  package func directions(of source: CorpusSource) -> [Int] {
    let (first, second) = configuration.synthetic
    if second.contains(where: { data[$0 - 1] == source }) { return [1] }
    return configuration.tags.isEmpty || first.contains { data[$0 - 1] == source } ? [0] : [0, 1]
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
  ) throws(Failure) -> PreparedRun<Translator, ReconstructionExample> {
    let model = try material.fitting { () throws(Failure) in
      let tokenizer = try material.tokenizer.adding(configuration.tags)
      return try Translator(
        try configuration.model(tokenizer), tokenizer: tokenizer,
        in: ParameterStore(.fresh(material.random.child("weights"))))
    }
    if let start {
      try model.takeWeights(
        from: try Checkpoint(Path.join(start.folder, ModelFolder.weightsName)),
        tokens: start.sizes.vocabularySize)
    }
    let lines = try DrawnLines(material.data, configuration.training)
    let (examples, smoothing) = (model.examples, Float(configuration.network.labelSmoothing))
    let taught = data.map { (source: $0, directions: directions(of: $0)) }
    let source = lines.batches(
      examples: { (range, isWanted) throws(Failure) in
        try lines.examples(range, while: isWanted) { line, random in
          guard let x = line.noisy.map({ AcceptedLines.trimmed($0[...]) }) else { return nil }
          let directions = taught.first { $0.source == line.source }?.directions
          let isBack = directions == [0, 1] ? random.chance(0.5) : directions == [1]
          return isBack ? examples(line.text, x, direction: 1) : examples(x, line.text)
        }
      },
      length: { (example: ReconstructionExample) in
        max(example.source.count, example.target.count)
      },
      batch: { chosen in
        let batch = model.batch(chosen, smoothing: smoothing)
        return TrainingBatch(batch, tokens: batch.tokens)
      })
    let validation = WritingValidation(material.data, configuration.training, model)
    return PreparedRun(
      model: model, source: source, validate: { validation($0) },
      samples: { validation.samples() },
      write: { (folder: String) throws(Failure) in
        try TranslatorDirectory(model).write(to: folder)
      })
  }
}

/// Trains a translator: `seqae train translator`.
public struct TranslatorRecipe: WritingRecipe {
  /// What `training.json` and commands call it.
  public static let name = "translator"

  /// Corpora, limits and settings.
  public var plan: RunPlan<TranslatorConfiguration>
  /// The model whose weights the run starts from; nil for random ones.
  public var start: ModelStart?

  /// Creates a recipe whose runs start from random weights.
  public init(_ plan: RunPlan<TranslatorConfiguration>) { self.plan = plan }
}

/// Trains a summarizer: `seqae train summarizer`.
public struct SummarizerRecipe: WritingRecipe {
  /// What `training.json` and commands call it.
  public static let name = "summarizer"

  /// Corpora, limits and settings.
  public var plan: RunPlan<SummarizerConfiguration>
  /// The model whose weights the run starts from; nil for random ones.
  public var start: ModelStart?

  /// Creates a recipe whose runs start from random weights.
  public init(_ plan: RunPlan<SummarizerConfiguration>) { self.plan = plan }
}
