import SeqaeFiles
import SeqaeLayers
import SeqaeRandom
import SeqaeTensors

/// Trains a model on a source of batches within limits, with validation, a log and checkpoints.
///
/// A run that is interrupted and resumed ends with the same weights, bit for bit, as one that never
/// was, if its limit is a number of steps (the learning rate under a limit of minutes follows the
/// clock). Dropout of step n depends on the seed and n only.
///
/// ```swift
/// var trainer = Trainer(model, source, configuration, run: run, hooks: hooks)
/// try trainer.resume(from: saved)           // to go on from a checkpoint
/// let outcome = try trainer.train()         // .finished, or .interrupted by a signal
/// ```
public struct Trainer<M: Model, Source: BatchSource> where Source.Batch == M.Batch {
  private let model: M
  private var source: Source
  private var optimizer: AdamW
  private let configuration: TrainerConfiguration
  private let run: RunDirectory
  private let hooks: TrainerHooks
  private let progress: Progress
  private let now: () -> Double
  private let shouldStop: () -> Bool

  private var state = TrainingState()
  private var log: RunLog?
  private var interval = Interval()
  private var started = 0.0  // by the clock, earlier parts of the run counted
  private var lastValidation = 0.0  // in seconds of the run
  private var lastCheckpoint = 0.0
  private var lastSavedStep: Int?
  private var validationCost = 0.0  // the longest so far, in seconds
  private var checkpointCost = 0.0

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
    started = now() - state.seconds
    lastValidation = state.seconds
    lastCheckpoint = state.seconds
    interval = Interval()
    if log == nil { log = try RunLog.create(run.logPath) }
    defer { progress.clear() }
    while true {
      // Before the step and not after it: a run that was stopped in between catches up when resumed.
      if isValidationDue {
        guard try validate() else { return try interrupted() }
      }
      if isCheckpointDue { try checkpoint() }
      guard fraction < 1 else { break }
      try makeStep()
      if shouldStop() { return try interrupted() }
    }
    if state.step > 0, state.validatedStep != state.step {
      guard try validate() else { return try interrupted() }
    }
    if lastSavedStep != state.step { try checkpoint() }
    return .finished
  }

  private mutating func interrupted() throws(Failure) -> TrainingOutcome {
    try requireFiniteState()
    // Before the first validation there is no best model, and this one is better than none.
    if state.validatedStep == nil { try hooks.write(run.path) }
    try checkpoint()
    return .interrupted
  }

  private var seconds: Double { now() - started }

  private var fraction: Double {
    configuration.fraction(
      step: state.step, seconds: seconds, reserve: validationCost + checkpointCost)
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

// MARK: - A step

extension Trainer {
  /// What is summed up between two lines of the log.
  private struct Interval {
    var steps = 0
    var tokens = 0
    var loss = 0.0
    var norm = 0.0
    var terms: [(name: String, sum: Double)] = []
    var began: Double?
    var paused = 0.0  // seconds of validation and checkpoints, which say nothing of the speed

    /// Leaves `seconds` out, unless nothing has begun from which they could be taken.
    mutating func pause(_ seconds: Double) {
      if began != nil { paused += seconds }
    }

    mutating func add(_ name: String, _ value: Double) {
      if let index = terms.firstIndex(where: { $0.name == name }) {
        terms[index].sum += value
      } else {
        terms.append((name, value))
      }
    }
  }

  private mutating func makeStep() throws(Failure) {
    if interval.began == nil { interval.began = seconds }
    let rate = configuration.schedule.rate(step: state.step + 1, fraction: fraction)
    let batch = try source.next()
    let step = state.step + 1
    let random = Random(seed: configuration.seed).child("dropout").child(UInt64(step))
    let objectives = model.objectives(batch.batch, .training(random))
    for objective in objectives {
      let (loss, gradients) = withGradients {
        withPrecision(configuration.precision) { objective.loss() }
      }
      let value = loss.total.item()
      guard value.isFinite else {
        throw divergence(step, objective, gradients, "the loss of \(objective.name)", value)
      }
      let norm = optimizer.step(
        objective.parameters, gradients, rate: Float(rate), maximumNorm: configuration.maximumNorm)
      guard norm.isFinite else {
        throw divergence(
          step, objective, gradients, "the gradient's norm of \(objective.name)", norm)
      }
      loss.statistics.absorb()
      interval.loss += value
      interval.norm += norm
      if objectives.count > 1 { interval.add(objective.name, value) }
      for term in loss.terms { interval.add(term.name, term.value) }
    }
    state.step = step
    state.tokens += batch.tokens
    interval.steps += 1
    interval.tokens += batch.tokens
    report()
    if step % max(1, configuration.logSteps) == 0 { try writeLog(rate: rate) }
  }

  private var speed: Double {
    let time = seconds - (interval.began ?? seconds) - interval.paused
    return time > 0 ? Double(interval.tokens) / time : 0
  }

  private func report() {
    progress.update(
      Progress.Status(
        step: state.step, epoch: source.epoch, loss: interval.loss / Double(max(1, interval.steps)),
        tokensPerSecond: speed, fraction: fraction, seconds: seconds))
  }

  private mutating func writeLog(rate: Double) throws(Failure) {
    let steps = Double(interval.steps)
    var line: JSONObject = [
      "step": .integer(state.step), "epoch": .number(rounded(source.epoch)),
      "loss": .number(interval.loss / steps), "tokens_per_second": .number(speed.rounded()),
      "rate": .number(rate), "gradient_norm": .number(interval.norm / steps),
      "seconds": .number(rounded(seconds)),
    ]
    for term in interval.terms where line[ByteString(term.name)] == nil {
      line[ByteString(term.name)] = .number(term.sum / steps)
    }
    try log?.append(.object(line))
    interval = Interval()
  }

  /// A number as a person reads it in a log, to a thousandth.
  private func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
}

// MARK: - Validation and checkpoints

extension Trainer {
  /// Judges the model; false where it was asked to stop meanwhile, and a resumed run judges it.
  private mutating func validate() throws(Failure) -> Bool {
    try requireFiniteState()
    let began = seconds
    guard let metrics = try hooks.validate() else { return false }
    state.validatedStep = state.step
    var values = JSONObject()
    for metric in metrics { values[ByteString(metric.name)] = .number(metric.value) }
    let isBest = metrics.first.map { isBetter($0.value) } ?? true
    let line: JSON = [
      "step": .integer(state.step), "seconds": .number(rounded(seconds)),
      "validation": .object(values), "best": .bool(isBest),
    ]
    try log?.append(line)
    if isBest {
      state.best = metrics.first?.value
      try hooks.write(run.path)
    }
    let list = metrics.map { "\($0.name) \(fixed($0.value, 4))" }.joined(separator: "  ")
    progress.note("step \(state.step)  \(list)\(isBest ? "  (best so far)" : "")")
    lastValidation = seconds
    validationCost = max(validationCost, seconds - began)
    interval.pause(seconds - began)
    return true
  }

  private func isBetter(_ value: Double) -> Bool {
    guard let best = state.best else { return true }
    switch hooks.better {
    case .higher: return value > best
    case .lower: return value < best
    }
  }

  private mutating func checkpoint() throws(Failure) {
    try requireFiniteState()
    let began = seconds
    state.seconds = began
    state.optimizerSteps = optimizer.steps
    let (model, optimizer) = (self.model, self.optimizer)
    let json = state.json(seed: configuration.seed, data: source.state)
    try run.save(step: state.step) { (folder: String) throws(Failure) in
      try Checkpoint.write(
        Path.join(folder, CheckpointFile.weights),
        model.state.map { (name: $0.name, tensor: $0.tensor) })
      try Checkpoint.write(Path.join(folder, CheckpointFile.optimizer), optimizer.state)
      try AtomicFile.write(
        Path.join(folder, CheckpointFile.state),
        bytes: json.serialized(pretty: true) + [UInt8(ascii: "\n")])
    }
    lastSavedStep = state.step
    lastCheckpoint = seconds
    checkpointCost = max(checkpointCost, seconds - began)
    interval.pause(seconds - began)
  }

  /// Goes on from a checkpoint: weights, moments, step, clock, and position in the data.
  ///
  /// - Parameter saved: a checkpoint of this run.
  /// - Throws: a `Failure` if it doesn't fit the model, the data or the seed.
  public mutating func resume(from saved: RunDirectory.SavedStep) throws(Failure) {
    let name = Path.join(saved.path, CheckpointFile.state)
    let json = try JSON.read(name)
    let state = try TrainingState(json: json, name: name, seed: configuration.seed)
    guard let data = json["data"] else { throw Failure(.data, "\(name): expected data") }
    let weights = try Checkpoint(Path.join(saved.path, CheckpointFile.weights))
    // Everything is read before anything is taken up, so that a damaged file leaves nothing half loaded.
    var tensors: [Tensor] = []
    for parameter in model.state {
      tensors.append(try weights.tensor(parameter.name, parameter.shape))
    }
    guard weights.names.count == tensors.count else {
      throw Failure(
        .data,
        "\(weights.path): expected \(tensors.count) tensors, found \(weights.names.count): checkpoint"
          + " and model differ")
    }
    var (optimizer, source) = (self.optimizer, self.source)
    try optimizer.restore(
      try Checkpoint(Path.join(saved.path, CheckpointFile.optimizer)), model.parameters,
      steps: state.optimizerSteps)
    try source.restore(data, name: name)
    log = try RunLog.resume(run.logPath, after: state.step)
    for (parameter, tensor) in zip(model.state, tensors) { parameter.update { $0 = tensor } }
    (self.optimizer, self.source) = (optimizer, source)
    self.state = state
    lastSavedStep = state.step
  }
}

// MARK: - Divergence

extension Trainer {
  /// What to say where numbers are no longer finite, with the first tensor that is not: a weight, since
  /// all that follows from it is worse for it, else a gradient, else what was found to be so.
  private func divergence(
    _ step: Int, _ objective: Objective, _ gradients: Gradients, _ what: String, _ value: Double
  ) -> Failure {
    if let bad = Divergence.first(in: model.state.map { ($0.name, $0.tensor) }) {
      return divergence(step, "the weight \(bad.name) (and \(what))", bad.value)
    }
    let found = objective.parameters.compactMap { parameter in
      gradients[parameter].map { (name: parameter.name, tensor: $0) }
    }
    if let bad = Divergence.first(in: found) {
      return divergence(step, "the gradient of \(bad.name) (and \(what))", bad.value)
    }
    return divergence(step, what, value)
  }

  /// Refuses to judge or save a model that could not be loaded again.
  private func requireFiniteState() throws(Failure) {
    if let bad = Divergence.first(in: model.state.map { ($0.name, $0.tensor) }) {
      throw divergence(state.step, "the weight \(bad.name)", bad.value)
    }
    if let bad = Divergence.first(in: optimizer.state) {
      throw divergence(state.step, "the optimizer's \(bad.name)", bad.value)
    }
  }

  private func divergence(_ step: Int, _ what: String, _ value: Double) -> Failure {
    let saved = (try? run.savedSteps())?.last.map { " (the last checkpoint is \($0.path))" } ?? ""
    return Failure(
      .data,
      "step \(step): \(what) is \(value): lower learning_rate or raise warmup_steps and start anew"
        + saved)
  }
}

/// The names of a checkpoint's files.
private enum CheckpointFile {
  static let weights = "model.safetensors"
  static let optimizer = "optimizer.safetensors"
  static let state = "state.json"
}
