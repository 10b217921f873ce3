import SeqaeFiles
import SeqaeTensors

/// How long to train, how fast, and how often to look.
public struct TrainerConfiguration: Sendable, Equatable {
  /// The most steps, nil for no such limit.
  public var steps: Int?
  /// The most minutes by the clock, over all parts of a resumed run; nil for no such limit.
  ///
  /// The last validation and checkpoint are within them, as far as the ones before tell how long they
  /// take.
  public var minutes: Double?
  /// The batches of a step, whose gradients are added up with weights by their tokens.
  public var accumulationSteps = 1
  /// The learning rate.
  public var schedule = Schedule(peak: 1e-3, warmup: 400, decay: .cosine(floor: 0.05))
  /// Gradients of a larger joint norm are scaled down to it; nil for no clipping.
  public var maximumNorm: Float? = 1
  /// The number of steps between validations, nil for none by steps.
  public var validationSteps: Int?
  /// The minutes between validations, nil for none by the clock; there is always one at the end.
  public var validationMinutes: Double? = 5
  /// How many validations in a row may find no better model before the run ends; 0 for any number.
  public var patience = 0
  /// The decay of a moving average of the weights, which is then judged and written in their place; 0 for
  /// none.
  public var averageDecay = 0.0
  /// Of how many of the last checkpoints the mean is judged at the end; 0 and 1 for none.
  public var averagedCheckpoints = 0
  /// The minutes between checkpoints; there is always one at the end.
  public var checkpointMinutes = 5.0
  /// The number of steps between lines of the log.
  public var logSteps = 50
  /// What products and activations are computed in; weights, moments and gradients of weights are float32
  /// in either case.
  public var precision = Precision.float32
  /// What dropout depends on, beside the number of the step.
  public var seed: UInt64 = 0

  /// Creates a configuration without a limit, which a trainer needs one of.
  public init() {}

  /// Where a run ends.
  var limits: TrainingState.Limits { TrainingState.Limits(steps: steps, minutes: minutes) }

  /// Returns how much of the run is over after `step` steps and `seconds` seconds, in 0 … 1.
  ///
  /// - Parameters:
  ///   - step: the number of steps made.
  ///   - seconds: the time taken.
  ///   - reserve: the seconds at the end that are kept free for validation and checkpoint.
  /// - Returns: the fraction by the limit that is nearer.
  func fraction(step: Int, seconds: Double, reserve: Double) -> Double {
    let bySteps = steps.map { Double(step) / Double(max(1, $0)) } ?? 0
    let byTime = minutes.map { seconds / max(1e-9, $0 * 60 - reserve) } ?? 0
    return min(1, max(bySteps, byTime))
  }
}

/// A number that tells how good a model is.
public struct Metric: Sendable, Equatable {
  /// Its name in the log.
  public let name: String
  /// Its value.
  public let value: Double

  /// Creates a metric.
  public init(_ name: String, _ value: Double) {
    self.name = name
    self.value = value
  }
}

/// What a trainer asks of its recipe: to judge the model, and to write it.
public struct TrainerHooks {
  /// Which way the first metric points.
  public enum Better: Sendable {
    case higher
    case lower
  }

  /// Judges the model as it is; of the metrics the first decides which model is the best.
  ///
  /// Where it takes longer than a few seconds it should return nil when it is asked to stop: the run then
  /// ends as interrupted, and judges the model when it is resumed.
  public var validate: () throws(Failure) -> [Metric]?
  /// Which way the first metric points.
  public var better: Better
  /// Writes the model to a folder in the form in which commands load it.
  public var write: (_ folder: String) throws(Failure) -> Void

  /// Creates the hooks.
  public init(
    better: Better = .higher, validate: @escaping () throws(Failure) -> [Metric]?,
    write: @escaping (_ folder: String) throws(Failure) -> Void
  ) {
    self.better = better
    self.validate = validate
    self.write = write
  }
}

/// How a run ended.
public enum TrainingOutcome: Sendable, Equatable {
  /// At its limit.
  case finished
  /// By a wish to stop, such as a signal; the last checkpoint holds everything.
  case interrupted
}
