import SeqaeFiles
import SeqaeLayers
import SeqaeRandom
import SeqaeText
import SeqaeTraining

/// A recipe that trains a model in steps, on data that its plan names: what the recipes of `seqae train` have in common.
///
/// A run's folder holds the best model so far, which commands load, beside the log, the checkpoints, and
/// `training.json`: everything that the run was started with, from which it is resumed.
public protocol SteppedRecipe: Sendable {
  /// Its settings.
  associatedtype Configuration: TextConfiguration
  /// What it trains.
  associatedtype Trained: Model
  /// What is made of a text before it is in a batch.
  associatedtype Example: Sendable

  /// What `training.json` and commands call it.
  static var name: String { get }

  /// Corpora, limits and settings, which read as the recipe's own.
  var plan: RunPlan<Configuration> { get set }
  /// The model whose weights the run starts from; nil for random ones.
  var start: ModelStart? { get }

  /// Creates a recipe whose runs start from random weights.
  init(_ plan: RunPlan<Configuration>)

  /// Makes the run start from the model that its `training.json` names, if it names one.
  ///
  /// - Parameter json: the file's contents.
  /// - Throws: a `Failure` if the model is gone or has other weights by now.
  mutating func start(recordedIn json: JSON) throws(Failure)

  /// Checks what can be wrong before any data is read.
  ///
  /// - Throws: `Failure(.usage)`.
  func check() throws(Failure)

  /// Reads the data and makes what the run works with.
  ///
  /// - Parameters:
  ///   - run: the folder of a run that goes on, whose tokens or words it has; nil for a new one.
  ///   - progress: told what is ready.
  /// - Returns: the model and its batches, and how it is judged and written.
  /// - Throws: a `Failure` where settings and data don't fit each other, or can't be read.
  func prepare(
    resuming run: String?, _ progress: Progress
  ) throws(Failure) -> PreparedRun<Trained, Example>
}

/// What is ready when training begins.
public struct PreparedRun<M: Model, Example: Sendable> {
  package var model: M
  package let source: BucketedBatches<Example, M.Batch>
  /// Judges the model as it is; nil if stopped. Of the metrics a higher first one is better.
  package let validate: (_ shouldStop: @escaping () -> Bool) -> [Metric]?
  /// What it makes of a few texts.
  package let samples: () -> [JSON]
  /// Writes the model into a folder.
  package let write: (_ folder: String) throws(Failure) -> Void
  /// Writes what the run's folder has from the beginning on, such as its tokens.
  package var begin: (_ folder: String) throws(Failure) -> Void = {
    (_: String) throws(Failure) in
  }
}

private let recipeFile = "training.json"

extension SteppedRecipe {
  /// The limit of a run for which no other is set, in minutes.
  public static var defaultMinutes: Double { 60 }

  public var start: ModelStart? { nil }

  public mutating func start(recordedIn json: JSON) throws(Failure) {}

  public func check() throws(Failure) { try configuration.check() }

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
    try check()
    let prepared = try prepare(resuming: nil, progress)
    let run = try RunDirectory.create(output)
    try prepared.begin(output)
    try AtomicFile.write(
      Path.join(output, recipeFile), bytes: json.serialized(pretty: true) + [UInt8(ascii: "\n")])
    var trainer = self.trainer(prepared, run, progress, shouldStop)
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
    let name = Path.join(output, recipeFile)
    guard saved != nil || Path.exists(name) else {
      throw Failure(
        .missingInput,
        "\(output): was left before \(recipeFile) was written, so there is nothing to go on with: remove it "
          + "and start again")
    }
    let json = try JSON.read(name)
    var recipe = try Self(json: json, name: name)
    recipe.steps = steps ?? recipe.steps
    recipe.minutes = minutes ?? recipe.minutes
    if let saved, try run.isFinished(saved, recipe.trainerConfiguration, progress) {
      return .finished
    }
    if saved == nil { try recipe.start(recordedIn: json) }
    let prepared = try recipe.prepare(resuming: output, progress)
    var trainer = recipe.trainer(prepared, run, progress, shouldStop)
    if let saved {
      try trainer.resume(from: saved)
    } else {
      progress.note("\(output): has no checkpoint yet: starts from the beginning")
    }
    return try trainer.train()
  }

  private var trainerConfiguration: TrainerConfiguration {
    let isUnlimited = steps == nil && minutes == nil
    return configuration.training.trainer(
      steps: steps, minutes: isUnlimited ? Self.defaultMinutes : minutes)
  }

  private func trainer(
    _ prepared: PreparedRun<Trained, Example>, _ run: RunDirectory, _ progress: Progress,
    _ shouldStop: @escaping () -> Bool
  ) -> Trainer<Trained, BucketedBatches<Example, Trained.Batch>> {
    let settings = configuration.training
    return Trainer(
      prepared.model, prepared.source, trainerConfiguration, run: run,
      hooks: TrainerHooks(
        better: .higher,
        validate: { () throws(Failure) in
          guard let metrics = prepared.validate(shouldStop) else { return nil }
          try RunSamples.write(prepared.samples(), to: run.path)
          return metrics
        },
        write: { (folder: String) throws(Failure) in try prepared.write(folder) }),
      optimizer: settings.optimizer, progress: progress, shouldStop: shouldStop)
  }
}

// MARK: - training.json

extension SteppedRecipe {
  private var json: JSON {
    [
      "seqae_recipe": JSON(Self.name),
      // From the root: a run may be resumed from another folder than it was started in.
      "data": .array(data.map(\.absolute.json)),
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
    guard json["seqae_recipe"]?.stringValue == ByteString(Self.name),
      let data = json["data"]?.arrayValue, let splits = json["splits"]?.stringValue,
      let settings = json["settings"]
    else {
      let found = json["seqae_recipe"]?.stringValue.map { ", found that of \($0.string)" } ?? ""
      throw Failure(.data, "\(name): expected the recipe of train \(Self.name)\(found)")
    }
    let encoding = json["encoding"]?.stringValue?.string ?? TextEncoding.utf8.rawValue
    guard let encoding = TextEncoding(rawValue: encoding) else {
      throw Failure(.data, "\(name): encoding: \(ByteString(encoding).quoted) is unknown")
    }
    var sources: [CorpusSource] = []
    for entry in data {
      guard let source = try CorpusSource(json: entry, encoding: encoding) else {
        throw Failure(.data, "\(name): data: expected names of corpora")
      }
      sources.append(source)
    }
    self.init(data: sources, splits: splits.string)
    steps = json["steps"]?.intValue
    minutes = json["minutes"]?.doubleValue
    tokenizer = json["tokenizer"]?.stringValue?.string
    try configuration.apply(settings, name: name)
    do throws(Failure) {
      try configuration.check()
    } catch {
      throw Failure(.data, "\(name): \(error.message)")
    }
  }
}
