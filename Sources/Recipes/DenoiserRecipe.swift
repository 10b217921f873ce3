import Glibc
import SeqaeFiles
import SeqaeLayers
import SeqaeModels
import SeqaeRandom
import SeqaeText
import SeqaeTraining

/// Trains a denoiser: `seqae train denoiser`.
///
/// A run's folder holds the best model so far, which commands load, beside the log, the checkpoints, and
/// `training.json`: everything that the run was started with, from which it is resumed.
public struct DenoiserRecipe: Sendable {
  /// The corpora.
  public var data: [CorpusSource]
  /// The file that says what is held out; `Splits.find()` finds the program's own.
  public var splits: String
  /// The tokenizer's file; nil for one that the run trains on its own data.
  public var tokenizer: String?
  /// What the weights are at first, and whose tokenizer is taken; nil for random weights.
  public var start: DenoiserStart?
  /// The most steps, nil for no such limit.
  public var steps: Int?
  /// The most minutes, nil for no such limit.
  public var minutes: Double?
  /// Sizes, noise, rates and so on.
  public var configuration: DenoiserConfiguration

  /// The limit of a run for which no other is set, in minutes.
  public static let defaultMinutes = 60.0

  // What `training.json` says of the start, which a run that has a checkpoint does without.
  private var recordedStart: (folder: String, hash: String)?

  private static let fileName = "training.json"
  private static let defaultFolder = "../shared/data"  // beside the checkout

  /// Creates a recipe with the default settings and limit.
  public init(data: [CorpusSource], splits: String) {
    self.data = data
    self.splits = splits
    configuration = DenoiserConfiguration()
  }

  /// The corpora that the shipped model is trained on, below the folder of all corpora.
  ///
  /// - Parameter folder: the folder of the corpora; nil for what `SEQAE_DATA` says, else
  ///   `../shared/data` if it is there.
  /// - Returns: the corpora.
  /// - Throws: `Failure(.missingInput)` if no folder is known.
  public static func defaultData(in folder: String? = nil) throws(Failure) -> [CorpusSource] {
    let named = try dataFolder(folder)
    let files: [(path: String, column: Int?)] = [
      ("common-voice-sentences/en.txt.gz", nil), ("common-voice-sentences/zh-CN.txt.gz", nil),
      ("common-voice-sentences/zh-HK.txt.gz", nil), ("common-voice-sentences/zh-TW.txt.gz", nil),
      ("lctt-zh-sentences/sentences.txt.gz", nil),
      ("zh-classical-modern/classical-modern.tsv.gz", 3),
      ("tatoeba-en-zh/tatoeba.tsv.gz", 1), ("tatoeba-en-zh/tatoeba.tsv.gz", 2),
      ("lctt-en-zh/paragraphs.tsv.gz", 2), ("python-docs-en-zh/entries.tsv.gz", 2),
      ("python-docs-en-zh/entries.tsv.gz", 3),
    ]
    return files.map { file in
      CorpusSource(
        path: Path.join(named, file.path), field: file.column.map { .column($0) } ?? .line)
    }
  }

  /// The folder of all corpora: `folder`, else what `SEQAE_DATA` says, else `../shared/data` if it is there.
  static func dataFolder(_ folder: String?) throws(Failure) -> String {
    let named = folder ?? getenv("SEQAE_DATA").map { String(cString: $0) } ?? defaultFolder
    guard !named.isEmpty, named != defaultFolder || Path.isDirectory(named) else {
      throw Failure(
        .missingInput, "no data: name corpora with --data, or their folder with SEQAE_DATA")
    }
    return named
  }

  /// Trains from the beginning.
  ///
  /// - Parameters:
  ///   - output: the run's folder, which holds no run yet.
  ///   - progress: where to report.
  ///   - shouldStop: whether to stop after the step at hand.
  /// - Returns: how the run ended.
  /// - Throws: a `Failure`; the folder is made only when data and settings are found good.
  public func train(
    output: String, progress: Progress = Progress(),
    shouldStop: @escaping () -> Bool = { Interruption.isRequested }
  ) throws(Failure) -> TrainingOutcome {
    try RunDirectory.refuseExisting(output)
    try configuration.check()
    try start?.check(configuration)
    let prepared = try prepare(tokenizerPath: start?.tokenizer ?? tokenizer, progress)
    let run = try RunDirectory.create(output)
    try prepared.model.tokenizer.write(to: Path.join(output, DenoiserDirectory.tokenizerName))
    try AtomicFile.write(
      Path.join(output, Self.fileName), bytes: json.serialized(pretty: true) + [UInt8(ascii: "\n")])
    var trainer = prepared.trainer(run, self, progress, shouldStop)
    return try trainer.train()
  }

  /// Goes on with a run from its newest checkpoint, from the beginning if it has none yet, with the data and
  /// settings that it was started with.
  ///
  /// - Parameters:
  ///   - output: the run's folder.
  ///   - steps: another limit of steps; nil for the run's own.
  ///   - minutes: another limit of minutes, earlier parts counted; nil for the run's own.
  ///   - progress: where to report.
  ///   - shouldStop: whether to stop after the step at hand.
  /// - Returns: how the run ended.
  /// - Throws: a `Failure`, also if the data is no longer what it was.
  public static func resume(
    output: String, steps: Int? = nil, minutes: Double? = nil, progress: Progress = Progress(),
    shouldStop: @escaping () -> Bool = { Interruption.isRequested }
  ) throws(Failure) -> TrainingOutcome {
    let (run, saved) = try RunDirectory.resume(output)
    let name = Path.join(output, fileName)
    guard saved != nil || Path.exists(name) else {
      throw Failure(
        .missingInput,
        "\(output): was left before \(fileName) was written, so there is nothing to go on with: remove it "
          + "and start again")
    }
    var recipe = try DenoiserRecipe(json: try JSON.read(name), name: name)
    recipe.steps = steps ?? recipe.steps
    recipe.minutes = minutes ?? recipe.minutes
    if saved == nil { try recipe.findStart() }
    let prepared = try recipe.prepare(
      tokenizerPath: Path.join(output, DenoiserDirectory.tokenizerName), progress)
    var trainer = prepared.trainer(run, recipe, progress, shouldStop)
    if let saved {
      try trainer.resume(from: saved)
    } else {
      progress.note("\(output): has no checkpoint yet: starts from the beginning")
    }
    return try trainer.train()
  }
}

// MARK: - Preparation

extension DenoiserRecipe {
  /// What is ready when training begins.
  private struct Prepared {
    let model: DenoisingAutoencoder
    let source: BucketedBatches<DenoisingAutoencoder.Example, DenoisingAutoencoder.Batch>
    let validation: any RunValidation

    func trainer(
      _ run: RunDirectory, _ recipe: DenoiserRecipe, _ progress: Progress,
      _ shouldStop: @escaping () -> Bool
    ) -> Trainer<
      DenoisingAutoencoder,
      BucketedBatches<DenoisingAutoencoder.Example, DenoisingAutoencoder.Batch>
    > {
      let configuration = recipe.configuration
      let denoiser = DenoiserDirectory(
        model, minimumConfidence: configuration.minimumConfidence)
      let validation = self.validation
      var optimizer = AdamW.Configuration()
      optimizer.weightDecay = Float(configuration.weightDecay)
      optimizer.beta2 = Float(configuration.beta2)
      let isUnlimited = recipe.steps == nil && recipe.minutes == nil
      return Trainer(
        model, source,
        configuration.trainer(
          steps: recipe.steps, minutes: isUnlimited ? defaultMinutes : recipe.minutes),
        run: run,
        hooks: TrainerHooks(
          better: .higher,
          validate: { () throws(Failure) in
            guard let metrics = validation(shouldStop) else { return nil }
            try RunSamples.write(validation.samples(), to: run.path)
            return metrics
          },
          write: { (folder: String) throws(Failure) in try denoiser.write(to: folder) }),
        optimizer: AdamW(optimizer), progress: progress, shouldStop: shouldStop)
    }
  }

  private func prepare(
    tokenizerPath: String?, _ progress: Progress
  ) throws(Failure) -> Prepared {
    let splits = try Splits(path: self.splits)
    let data = try DenoiserData(
      self.data, splits, limit: configuration.lineLimit, window: configuration.shuffleWindow,
      development: configuration.developmentLimit, report: { progress.note($0) })
    let tokenizer: Tokenizer
    if let tokenizerPath {
      tokenizer = try Tokenizer(readingJSON: tokenizerPath)
    } else {
      // Damaged lines were reported when the data was read.
      var wanted = TokenizerConfiguration()
      wanted.vocabulary = configuration.vocabulary
      tokenizer = try TokenizerRecipe.train(
        self.data, splits: splits, wanted, progress: Progress(.silent))
    }
    let random = Random(seed: UInt64(configuration.seed))
    let model: DenoisingAutoencoder
    let masking: MaskNoise
    do throws(Failure) {
      if let start {
        model = try start.model(configuration, tokenizer)
      } else {
        model = try DenoisingAutoencoder(
          try configuration.model(tokenizer), tokenizer: tokenizer,
          in: ParameterStore(.fresh(random.child("weights"))))
      }
      masking = try MaskNoise(rate: configuration.maskRate, tokenizer: tokenizer)
    } catch {
      guard let tokenizerPath else { throw error }
      throw error.located(in: tokenizerPath, remedy: ": train one with seqae train tokenizer")
    }
    let examples = try DenoiserExamples(data, configuration, model.examples, splits, masking)
    for (stream, weight) in zip(
      data.streams, DenoiserExamples.weights(data.streams, configuration))
    {
      progress.note(
        "\(stream.name) (\(stream.language.rawValue)): \(stream.trainingCount) lines for training, "
          + "\(stream.developmentCount) for development; share \(fixed(weight, 3))")
    }
    let weights = model.parameters.reduce(0) { $0 + $1.shape.count }
    progress.note("\(weights) weights, \(tokenizer.vocabulary.count) tokens")
    return Prepared(
      model: model, source: examples.batches(for: model),
      validation: configuration.noiseFamily == .spelling
        ? SpellingValidation(data, configuration, model)
        : DenoiserValidation(data, configuration, model))
  }

  /// Finds the model that a run started from, for one that starts once more.
  private mutating func findStart() throws(Failure) {
    guard let recordedStart else { return }
    let start = try DenoiserStart(recordedStart.folder)
    guard start.hashText == recordedStart.hash else {
      throw Failure(
        .data,
        "\(start.folder): has other weights than when the run started from it, and the run has no "
          + "checkpoint yet: start a new one")
    }
    self.start = start
  }
}

// MARK: - training.json

extension DenoiserRecipe {
  private var json: JSON {
    [
      "seqae_recipe": "denoiser",
      // From the root: a run may be resumed from another folder than it was started in.
      "data": .array(data.map { JSON($0.absolute.description) }),
      "encoding": JSON((data.first?.encoding ?? .utf8).rawValue),
      "splits": JSON(Path.absolute(splits)),
      "tokenizer": tokenizer.map { JSON(Path.absolute($0)) } ?? .null,
      "from": start.map { JSON(Path.absolute($0.folder)) } ?? .null,
      "from_hash": start.map { JSON($0.hashText) } ?? .null,
      "steps": steps.map { .integer($0) } ?? .null,
      "minutes": minutes.map { .number($0) } ?? .null,
      "settings": configuration.json,
    ]
  }

  private init(json: JSON, name: String) throws(Failure) {
    guard json["seqae_recipe"]?.stringValue == "denoiser",
      let data = json["data"]?.arrayValue, let splits = json["splits"]?.stringValue,
      let settings = json["settings"]
    else { throw Failure(.data, "\(name): expected the recipe of a denoiser") }
    let encoding = json["encoding"]?.stringValue?.string ?? TextEncoding.utf8.rawValue
    guard let encoding = TextEncoding(rawValue: encoding) else {
      throw Failure(.data, "\(name): encoding: \(ByteString(encoding).quoted) is unknown")
    }
    var sources: [CorpusSource] = []
    for entry in data {
      guard let text = entry.stringValue else {
        throw Failure(.data, "\(name): data: expected names of corpora")
      }
      sources.append(try CorpusSource(text.string, encoding: encoding))
    }
    self.init(data: sources, splits: splits.string)
    steps = json["steps"]?.intValue
    minutes = json["minutes"]?.doubleValue
    tokenizer = json["tokenizer"]?.stringValue?.string
    if let folder = json["from"]?.stringValue, let hash = json["from_hash"]?.stringValue {
      recordedStart = (folder.string, hash.string)
    }
    try configuration.apply(settings, name: name)
    do throws(Failure) {
      try configuration.check()
    } catch {
      throw Failure(.data, "\(name): \(error.message)")
    }
  }
}
