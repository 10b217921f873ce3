import SeqaeFiles
import SeqaeLayers
import SeqaeRandom
import SeqaeTensors

/// Trains a model on a source of batches within limits, with validation, a log and checkpoints.
///
/// A run that is interrupted and resumed ends with the same weights, bit for bit, as one that never
/// was, if its limit is a number of steps (the learning rate under a limit of minutes follows the
/// clock). Dropout of step n depends on the seed and n only, and on the number of the batch where a step
/// has several.
///
/// ```swift
/// var trainer = Trainer(model, source, configuration, run: run, hooks: hooks)
/// try trainer.resume(from: saved)           // to go on from a checkpoint
/// let outcome = try trainer.train()         // .finished, or .interrupted by a signal
/// ```
public struct Trainer<M: Model, Source: BatchSource> where Source.Batch == M.Batch {
  let model: M
  var source: Source
  var optimizer: AdamW
  let configuration: TrainerConfiguration
  let run: RunDirectory
  let hooks: TrainerHooks
  let progress: Progress
  private let now: () -> Double
  let shouldStop: () -> Bool

  var state = TrainingState()
  var average: WeightAverage?
  var log: RunLog?
  var interval = LogInterval()
  private var started = 0.0  // by the clock, earlier parts of the run counted
  var lastValidation = 0.0  // in seconds of the run
  var lastCheckpoint = 0.0
  var lastSavedStep: Int?
  var validationCost = 0.0  // the longest so far, in seconds
  var checkpointCost = 0.0

  /// Creates a trainer.
  ///
  /// - Parameters:
  ///   - model: what to train.
  ///   - source: the batches, from their beginning.
  ///   - configuration: limits and rates; one limit must be set.
  ///   - run: where log and checkpoints go.
  ///   - hooks: judges and writes the model.
  ///   - optimizer: an optimizer that has made no step.
  ///   - progress: where to report.
  ///   - now: a clock in seconds.
  ///   - shouldStop: whether to stop after the step at hand.
  public init(
    _ model: M, _ source: Source, _ configuration: TrainerConfiguration, run: RunDirectory,
    hooks: TrainerHooks, optimizer: AdamW = AdamW(), progress: Progress = Progress(),
    now: @escaping () -> Double = Clock.seconds,
    shouldStop: @escaping () -> Bool = { Interruption.isRequested }
  ) {
    precondition(
      configuration.steps != nil || configuration.minutes != nil,
      "Trainer: neither steps nor minutes limit the run")
    precondition(
      configuration.accumulationSteps > 0 && (0..<1).contains(configuration.averageDecay)
        && configuration.averagedCheckpoints >= 0 && configuration.patience >= 0,
      "Trainer: \(configuration.accumulationSteps) batches a step, averages of decay "
        + "\(configuration.averageDecay) and of \(configuration.averagedCheckpoints) checkpoints, patience "
        + "\(configuration.patience)")
    self.model = model
    self.source = source
    self.configuration = configuration
    self.run = run
    self.hooks = hooks
    self.optimizer = optimizer
    self.progress = progress
    self.now = now
    self.shouldStop = shouldStop
  }

  /// The number of steps made.
  public var step: Int { state.step }

  /// Trains up to the limit.
  ///
  /// - Returns: how the run ended; a checkpoint of that moment is written, and the run's folder holds a
  ///   model.
  /// - Throws: `Failure(.data)` where the loss, a gradient or a weight is no longer finite, the last
  ///   checkpoint kept; other failures of reading and writing.
  public mutating func train() throws(Failure) -> TrainingOutcome {
    try run.lock()
    defer { run.unlock() }
    return try Interruption.deferred { () throws(Failure) in try trainToLimit() }
  }

  private mutating func trainToLimit() throws(Failure) -> TrainingOutcome {
    if state.finished == configuration.limits {
      progress.note(RunDirectory.finishedNote(run.path, step: state.step))
      return .finished
    }
    started = now() - state.seconds
    lastValidation = state.seconds
    lastCheckpoint = state.seconds
    interval = LogInterval()
    // Of a run that was killed before its first checkpoint nothing stays.
    log = try RunLog.resume(run.logPath, after: state.step)
    if configuration.averageDecay > 0, average == nil {
      average = WeightAverage(from: model.parameters)
    }
    defer { progress.clear() }
    while true {
      // Before the step and not after it: a run that was stopped in between catches up when resumed.
      if isValidationDue {
        guard try validate() else { return try interrupted() }
      }
      guard fraction < 1, !isPatienceOver else { break }
      if isCheckpointDue { try checkpoint() }
      guard try makeStep() else { return try interrupted() }
      if shouldStop() { return try interrupted() }
    }
    return try ended()
  }

  /// Judges what is left to be judged, and saves that the run has come to its end.
  private mutating func ended() throws(Failure) -> TrainingOutcome {
    if state.step > 0, state.validatedStep != state.step {
      guard try validate() else { return try interrupted() }
    }
    if isPatienceOver {
      progress.note(
        "step \(state.step)  no better model in \(state.validationsSinceBest) validations: the run ends"
      )
    }
    // Nothing is left where a run was resumed with other limits and makes no step.
    guard state.finished == nil else { return .finished }
    guard try judgeMeanOfCheckpoints() else { return try interrupted() }
    state.finished = configuration.limits
    try checkpoint()
    return .finished
  }

  private mutating func interrupted() throws(Failure) -> TrainingOutcome {
    // Before the first validation there is no best model, and this one is better than none.
    if state.validatedStep == nil { try writeModel() }
    try checkpoint()
    return .interrupted
  }

  /// The seconds of the run, earlier parts counted.
  var seconds: Double { now() - started }

  /// How much of the run is over.
  var fraction: Double {
    // The mean of checkpoints is judged once more.
    let judgements: Double = configuration.averagedCheckpoints > 1 ? 2 : 1
    return configuration.fraction(
      step: state.step, seconds: seconds, reserve: judgements * validationCost + checkpointCost)
  }

  private var isPatienceOver: Bool {
    configuration.patience > 0 && state.validationsSinceBest >= configuration.patience
  }

  private var isCheckpointDue: Bool {
    lastSavedStep != state.step && state.step > 0
      && seconds - lastCheckpoint >= configuration.checkpointMinutes * 60
  }

  private var isValidationDue: Bool {
    guard state.step > 0, state.validatedStep != state.step else { return false }
    if let steps = configuration.validationSteps, state.step % max(1, steps) == 0 { return true }
    guard let minutes = configuration.validationMinutes else { return false }
    return seconds - lastValidation >= minutes * 60
  }
}
