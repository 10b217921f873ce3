import SeqaeFiles

/// Where a run stands, as `state.json` of a checkpoint keeps it.
struct TrainingState {
  static let format = 1

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

  /// Returns the contents of `state.json`.
  func json(seed: UInt64, optimizerSteps: Int, data: JSON) -> JSON {
    [
      "seqae_checkpoint": .integer(Self.format),
      "step": .integer(step), "seconds": .number(seconds), "tokens": .integer(tokens),
      "best": best.map { .number($0) } ?? .null,
      "validated_step": validatedStep.map { .integer($0) } ?? .null,
      "optimizer_steps": .integer(optimizerSteps),
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
    guard let step = json["step"]?.intValue, step >= 0,
      let seconds = json["seconds"]?.doubleValue, seconds >= 0,
      let tokens = json["tokens"]?.intValue, tokens >= 0
    else { throw Failure(.data, "\(name): expected step, seconds and tokens") }
    let found = json["seed"]?.intValue
    guard found == Int(truncatingIfNeeded: seed) else {
      throw Failure(
        .data,
        "\(name): the seed was \(found.map { "\($0)" } ?? "nothing") and is now \(seed): "
          + "resume with the run's own seed")
    }
    self.step = step
    self.seconds = seconds
    self.tokens = tokens
    best = json["best"]?.doubleValue
    validatedStep = json["validated_step"]?.intValue
  }
}
