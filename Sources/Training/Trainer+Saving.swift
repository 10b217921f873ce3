import SeqaeFiles
import SeqaeLayers
import SeqaeTensors

// MARK: - Validation

extension Trainer {
  /// Judges the model; false where it was asked to stop meanwhile, and a resumed run judges it.
  mutating func validate() throws(Failure) -> Bool {
    try requireFiniteState()
    average?.swap()
    defer { average?.swap() }
    guard let isBest = try judge() else { return false }
    state.validatedStep = state.step
    state.validationsSinceBest = isBest ? 0 : state.validationsSinceBest + 1
    return true
  }

  /// Judges the mean of the last checkpoints, of which the weights as they are count as the last, and
  /// keeps it if it is the best; false where it was asked to stop meanwhile.
  mutating func judgeMeanOfCheckpoints() throws(Failure) -> Bool {
    let earlier = try run.savedSteps().filter { $0.step < state.step }
      .suffix(max(0, configuration.averagedCheckpoints - 1))
    guard !earlier.isEmpty else { return true }
    var mean = try WeightAverage.mean(
      model.parameters, earlier.map { Path.join($0.path, CheckpointFile.weights) })
    mean.swap()
    defer { mean.swap() }
    return try judge("mean of \(earlier.count + 1) checkpoints") != nil
  }

  /// Writes the model that validation would judge.
  mutating func writeModel() throws(Failure) {
    try requireFiniteState()
    average?.swap()
    defer { average?.swap() }
    try hooks.write(run.path)
  }

  /// Judges the weights that the model holds at the moment, and writes them if they are the best so far;
  /// nil where it was asked to stop meanwhile.
  private mutating func judge(_ weights: String? = nil) throws(Failure) -> Bool? {
    let began = seconds
    guard let metrics = try hooks.validate() else { return nil }
    var values = JSONObject()
    for metric in metrics { values[ByteString(metric.name)] = .number(metric.value) }
    let isBest = metrics.first.map { isBetter($0.value) } ?? true
    var line: JSONObject = [
      "step": .integer(state.step), "seconds": .number(rounded(seconds)),
      "validation": .object(values), "best": .bool(isBest),
    ]
    if let weights { line["weights"] = JSON(weights) }
    try log?.append(.object(line))
    if isBest {
      state.best = metrics.first?.value
      try hooks.write(run.path)
    }
    let list = metrics.map { "\($0.name) \(fixed($0.value, 4))" }.joined(separator: "  ")
    let of = weights.map { "\($0)  " } ?? ""
    progress.note("step \(state.step)  \(of)\(list)\(isBest ? "  (best so far)" : "")")
    lastValidation = seconds
    validationCost = max(validationCost, seconds - began)
    interval.pause(seconds - began)
    return isBest
  }

  private func isBetter(_ value: Double) -> Bool {
    guard let best = state.best else { return true }
    switch hooks.better {
    case .higher: return value > best
    case .lower: return value < best
    }
  }
}

// MARK: - Checkpoints

/// The names of a checkpoint's files.
enum CheckpointFile {
  static let weights = "model.safetensors"
  static let average = "average.safetensors"
  static let optimizer = "optimizer.safetensors"
  static let state = "state.json"
}

extension Trainer {
  /// Saves everything that the run goes on from.
  mutating func checkpoint() throws(Failure) {
    try requireFiniteState()
    let began = seconds
    state.seconds = began
    let json = state.json(seed: configuration.seed, data: source.state)
    let bytes = json.serialized(pretty: true) + [UInt8(ascii: "\n")]
    if lastSavedStep == state.step {
      // What was judged since is all that is new, and one file at a time can be replaced at once.
      try AtomicFile.write(Path.join(run.path(of: state.step), CheckpointFile.state), bytes: bytes)
    } else {
      try save(bytes)
    }
    lastSavedStep = state.step
    lastCheckpoint = seconds
    checkpointCost = max(checkpointCost, seconds - began)
    interval.pause(seconds - began)
  }

  private func save(_ json: [UInt8]) throws(Failure) {
    let moments = optimizer.state(of: model.parameters)
    let kept = configuration.averagedCheckpoints
    try run.save(step: state.step, keeping: kept) { (folder: String) throws(Failure) in
      try Checkpoint.write(
        Path.join(folder, CheckpointFile.weights),
        model.state.map { (name: $0.name, tensor: $0.tensor) })
      if let average {
        try Checkpoint.write(Path.join(folder, CheckpointFile.average), average.state)
      }
      try Checkpoint.write(Path.join(folder, CheckpointFile.optimizer), moments)
      try AtomicFile.write(Path.join(folder, CheckpointFile.state), bytes: json)
    }
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
      try Checkpoint(Path.join(saved.path, CheckpointFile.optimizer)), model.parameters)
    var average: WeightAverage?
    if configuration.averageDecay > 0 {
      average = try WeightAverage(
        try Checkpoint(Path.join(saved.path, CheckpointFile.average)), of: model.parameters)
    }
    try source.restore(data, name: name)
    for (parameter, tensor) in zip(model.state, tensors) { parameter.update { $0 = tensor } }
    (self.optimizer, self.average, self.source) = (optimizer, average, source)
    self.state = state
    lastSavedStep = state.step
  }
}
