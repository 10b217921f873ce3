import SeqaeFiles

/// Where a run stands, as `state.json` of a checkpoint keeps it.
struct TrainingState {
  static let format = 2
  /// What `state.json` may count: far from overflow, and each number a `Double` too.
  static let counts = 0..<(1 << 53)

  /// The steps made.
  var step = 0
  /// The seconds taken, over all parts of the run.
  var seconds = 0.0
  /// The tokens learnt from.
  var tokens = 0
  /// The first metric of the best validation so far.
  var best: Double?
  /// The step after which the model was judged last.
  var validatedStep: Int?
  /// How many validations in a row have found no better model.
  var validationsSinceBest = 0
  /// The limits at which the run ended; nil while it goes on.
  var finished: Limits?

  /// Where a run ends.
  struct Limits: Equatable {
    let steps: Int?
    let minutes: Double?

    var json: JSON {
      [
        "steps": steps.map { .integer($0) } ?? .null,
        "minutes": minutes.map { .number($0) } ?? .null,
      ]
    }

    init(steps: Int?, minutes: Double?) {
      self.steps = steps
      self.minutes = minutes
    }

    /// What `json` says; nil for anything but an object.
    init?(json: JSON?) {
      guard let json, json.objectValue != nil else { return nil }
      self.init(steps: json["steps"]?.intValue, minutes: json["minutes"]?.doubleValue)
    }
  }

  /// Returns the contents of `state.json`.
  func json(seed: UInt64, data: JSON) -> JSON {
    [
      "seqae_checkpoint": .integer(Self.format),
      "step": .integer(step), "seconds": .number(seconds), "tokens": .integer(tokens),
      "best": best.map { .number($0) } ?? .null,
      "validated_step": validatedStep.map { .integer($0) } ?? .null,
      "validations_since_best": .integer(validationsSinceBest),
      "finished": finished?.json ?? .null,
      // Dropout of a step is drawn from (seed, step), so these two are the generator's whole state.
      "seed": .integer(Int(truncatingIfNeeded: seed)),
      "data": data,
    ]
  }

  init() {}

  /// Reads `state.json`, checking that the run's seed is still `seed`.
  init(json: JSON, name: String, seed: UInt64) throws(Failure) {
    guard json["seqae_checkpoint"]?.intValue == Self.format else {
      throw Failure(
        .data, "\(name): expected seqae_checkpoint \(Self.format): use the version that wrote it")
    }
    func count(_ key: ByteString) throws(Failure) -> Int {
      guard let value = json[key]?.intValue, Self.counts.contains(value) else {
        throw Failure(
          .data,
          "\(name): \(key): expected an integer in 0 ..< \(Self.counts.upperBound): resume from "
            + "another checkpoint")
      }
      return value
    }
    guard let seconds = json["seconds"]?.doubleValue, seconds >= 0 else {
      throw Failure(.data, "\(name): seconds: expected a number from 0")
    }
    let found = json["seed"]?.intValue
    guard found == Int(truncatingIfNeeded: seed) else {
      throw Failure(
        .data,
        "\(name): the seed was \(found.map { "\($0)" } ?? "nothing") and is now \(seed): "
          + "resume with the run's own seed")
    }
    step = try count("step")
    self.seconds = seconds
    tokens = try count("tokens")
    validationsSinceBest = try count("validations_since_best")
    best = json["best"]?.doubleValue
    validatedStep = json["validated_step"]?.intValue
    finished = Limits(json: json["finished"])
  }
}

extension RunDirectory {
  /// Says of a run from whose newest checkpoint nothing is left to do that it is so, and what to do.
  static func finishedNote(_ path: String, step: Int) -> String {
    "\(path): is finished already, after \(step) steps: give more --steps or --minutes to go on"
  }

  /// Whether the run has come to its end at its limits, which takes no model and no data to tell; if so, it is
  /// noted.
  ///
  /// - Parameters:
  ///   - saved: the run's newest checkpoint.
  ///   - configuration: its limits.
  ///   - progress: receives the note.
  /// - Returns: false also where the checkpoint can't be understood, which resuming will say.
  /// - Throws: a `Failure` if the checkpoint can't be read.
  public func isFinished(
    _ saved: SavedStep, _ configuration: TrainerConfiguration, _ progress: Progress
  ) throws(Failure) -> Bool {
    let state = try JSON.read(Path.join(saved.path, CheckpointFile.state))
    guard TrainingState.Limits(json: state["finished"]) == configuration.limits else {
      return false
    }
    progress.note(Self.finishedNote(path, step: saved.step))
    return true
  }
}
