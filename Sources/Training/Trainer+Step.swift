import SeqaeFiles
import SeqaeLayers
import SeqaeRandom
import SeqaeTensors

/// What is summed up between two lines of the log.
struct LogInterval {
  var steps = 0
  var tokens = 0
  var loss = 0.0
  var norm = 0.0
  var terms = NamedSums()
  var began: Double?
  var paused = 0.0  // seconds of validation and checkpoints, which say nothing of the speed

  /// Leaves `seconds` out, unless nothing has begun from which they could be taken.
  mutating func pause(_ seconds: Double) {
    if began != nil { paused += seconds }
  }
}

extension Trainer {
  /// A batch of a step: its share of the step's tokens, and what it asks of the model.
  private typealias Part = (share: Double, objectives: [Objective])

  /// Makes one step of each objective on the next batches; false if asked to stop while waiting for them.
  mutating func makeStep() throws(Failure) -> Bool {
    if interval.began == nil { interval.began = seconds }
    let rate = configuration.schedule.rate(step: state.step + 1, fraction: fraction)
    let step = state.step + 1
    guard let (parts, tokens) = try nextParts(step) else { return false }
    let objectives = parts[0].objectives
    for (index, objective) in objectives.enumerated() {
      let total = try loss(step, index, parts)
      let norm = optimizer.step(
        objective.parameters, total.gradients, rate: Float(rate * objective.rate),
        maximumNorm: configuration.maximumNorm)
      guard norm.isFinite else {
        throw divergence(
          step, objective, total.gradients, "the gradient's norm of \(objective.name)", norm)
      }
      total.statistics.absorb()
      interval.loss += total.value
      interval.norm += norm
      if objectives.count > 1 { interval.terms.add(objective.name, total.value) }
      for term in total.terms.sums { interval.terms.add(term.name, term.value) }
    }
    let decay = configuration.averageDecay
    average?.absorb(step: step, decay: decay)
    state.step = step
    state.finished = nil
    state.tokens += tokens
    interval.steps += 1
    interval.tokens += tokens
    report()
    if step % max(1, configuration.logSteps) == 0 { try writeLog(rate: rate) }
    return true
  }

  /// Takes the batches of a step, of which the first draws what the only one of a step would; none of them if
  /// asked to stop meanwhile.
  private mutating func nextParts(_ step: Int) throws(Failure) -> (parts: [Part], tokens: Int)? {
    let (before, shouldStop) = (source, self.shouldStop)
    var batches: [TrainingBatch<M.Batch>] = []
    for _ in 0..<configuration.accumulationSteps {
      guard let batch = try source.next(while: { !shouldStop() }) else {
        source = before
        return nil
      }
      batches.append(batch)
    }
    let random = Random(seed: configuration.seed).child("dropout")
    let tokens = batches.reduce(0) { $0 + $1.tokens }
    let moment = TrainingMoment(step: step, fraction: fraction)
    let parts = batches.enumerated().map { number, batch in
      let own =
        number == 0 ? random.child(UInt64(step)) : random.child(UInt64(step), UInt64(number))
      let share = tokens > 0 ? Double(batch.tokens) / Double(tokens) : 1 / Double(batches.count)
      return (
        share: share, objectives: model.objectives(batch.batch, .training(own), at: moment)
      )
    }
    let names = parts.map { $0.objectives.map(\.name) }
    precondition(
      names.allSatisfy { $0 == names[0] }, "Trainer: batches of a step have objectives \(names)")
    return (parts, tokens)
  }

  /// Computes one objective over the batches of a step, one after the other.
  private func loss(
    _ step: Int, _ index: Int, _ parts: [Part]
  ) throws(Failure) -> AccumulatedLoss {
    var total = AccumulatedLoss()
    for part in parts {
      let objective = part.objectives[index]
      let (loss, gradients) = withGradients(of: objective.parameters) {
        withPrecision(configuration.precision) { objective.loss() }
      }
      let value = loss.total.item()
      guard value.isFinite else {
        throw divergence(step, objective, gradients, "the loss of \(objective.name)", value)
      }
      total.add(loss, value, gradients, of: objective.parameters, share: part.share)
    }
    return total
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
    for term in interval.terms.sums where line[ByteString(term.name)] == nil {
      line[ByteString(term.name)] = .number(term.value / steps)
    }
    try log?.append(.object(line))
    interval = LogInterval()
  }

  /// A number as a person reads it in a log, to a thousandth.
  func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
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
  func requireFiniteState() throws(Failure) {
    if let bad = Divergence.first(in: model.state.map { ($0.name, $0.tensor) }) {
      throw divergence(state.step, "the weight \(bad.name)", bad.value)
    }
    if let bad = Divergence.first(in: optimizer.state(of: model.parameters)) {
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
