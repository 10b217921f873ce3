import SeqaeFiles
import SeqaeLayers
import SeqaeTensors
import SeqaeTraining

/// What all recipes over lines of text have settings for: which lines are drawn, how a step is made of them, and
/// how often the model is judged.
///
/// Where no source is named the default is our own, chosen on development lines.
public struct TrainingSettings: Sendable, Equatable {
  /// What follows the warm-up of the learning rate.
  public enum Decay: String, CaseIterable, Sendable {
    /// Half a cosine.
    case cosine
    /// A straight line.
    case linear
    /// With the inverse square root of the step.
    case inverseSquareRoot = "inverse_sqrt"
    /// It does not fall.
    case constant
  }

  /// Decides every random choice of the run.
  public var seed = 0
  /// The number of tokens where the run trains its own tokenizer.
  public var vocabulary = 6000
  /// The share of the examples that are pairs, where some of the data is pairs.
  public var pairShare = 0.2
  /// The share of the lines that are English; nil for what the corpora have.
  public var englishShare: Double?
  /// A corpus is drawn in proportion to its lines to this power; Conneau & Lample 2019, §3.1.
  public var corpusExponent = 0.5
  /// Lines of more characters are cut at sentence bounds.
  public var lineLimit = 160
  /// How many lines of a corpus are kept in memory and shuffled together: 20 MB of sentences, and most
  /// corpora whole.
  public var shuffleWindow = 262_144
  /// What products and activations are computed in.
  public var precision = Precision.float32
  /// The most tokens of a batch, padding included.
  public var batchTokens = 2048
  /// The batches of a step, whose gradients are added up.
  public var accumulationSteps = 1
  /// How many lines are sorted by length together.
  public var window = 8192
  /// The highest learning rate.
  public var learningRate = 1e-3
  /// The steps in which it is reached.
  public var warmupSteps = 200
  /// How it falls afterwards.
  public var decay = Decay.cosine
  /// What is left of it at the end; of cosine and linear.
  public var floor = 0.02
  /// Decoupled weight decay; the default of PyTorch's AdamW.
  public var weightDecay = 0.01
  /// Adam's decay of squared gradients; Vaswani et al. 2017, §5.3.
  public var beta2 = 0.98
  /// Gradients are clipped to this norm; Pascanu, Mikolov & Bengio 2013.
  public var maximumNorm = 1.0
  /// The decay of a moving average of the weights, which is judged and written in their place; 0 for none.
  public var averageDecay = 0.0
  /// Of how many of the last checkpoints the mean is judged at the end; Vaswani et al. 2017, §6.1: 5.
  public var averagedCheckpoints = 0
  /// How many development lines of each language the model is judged on.
  public var validationLines = 200
  /// The minutes between validations.
  public var validationMinutes = 5.0
  /// The steps between validations, in place of minutes; 0 for minutes.
  public var validationSteps = 0
  /// How many validations in a row without a better model end the run; 0 for any number.
  public var patience = 0
  /// The minutes between checkpoints.
  public var checkpointMinutes = 5.0
  /// The steps between lines of the log.
  public var logSteps = 50

  /// Creates the settings of the shipped denoiser.
  public init() {}

  /// Every value by the name that `--set` knows it by.
  private static let settings: [Setting<TrainingSettings>] = [
    .integer("seed", \.seed, 0...Int.max, "decides every random choice of the run"),
    .integer(
      "vocabulary", \.vocabulary, 300...1_000_000,
      "tokens of a tokenizer that the run trains itself"),
    .number(
      "pair_share", \.pairShare, 0...1,
      "share of the examples that are pairs, FILE:NOISY,CLEAN, where some of the data is"),
    .number(
      "english_share", \.englishShare, 0...1, or: "auto",
      "share of the lines that are English; auto for what the corpora have"),
    .number(
      "corpus_exponent", \.corpusExponent, 0...1,
      "a corpus is drawn in proportion to its lines to this power (Conneau & Lample 2019, §3.1: 0.5)"
    ),
    .integer(
      "line_limit", \.lineLimit, 8...1_000_000, "lines of more characters are cut into sentences"),
    .integer(
      "shuffle_window", \.shuffleWindow, 64...100_000_000,
      "lines of a corpus in memory and shuffled together"),
    .choice(
      "precision", \.precision,
      "products and activations; weights, moments and gradients stay float32"),
    .integer("batch_tokens", \.batchTokens, 16...1_000_000, "tokens of a batch with their padding"),
    .integer(
      "accumulation_steps", \.accumulationSteps, 1...65536,
      "batches of a step, their gradients added up as if they were one"),
    .integer("window", \.window, 1...1_000_000, "lines that are sorted by length together"),
    .number("learning_rate", \.learningRate, 1e-9...1, "the highest learning rate"),
    .integer("warmup_steps", \.warmupSteps, 0...1_000_000, "steps until it is reached"),
    .choice("decay", \.decay, "how the learning rate falls after the warm-up"),
    .number(
      "floor", \.floor, 0...1, "what is left of the learning rate at the end; of cosine and linear"),
    .number("weight_decay", \.weightDecay, 0...1, "decoupled weight decay (PyTorch's AdamW: 0.01)"),
    .number("beta2", \.beta2, 0...0.9999999, "Adam's second decay (Vaswani et al. 2017, §5.3)"),
    .number("maximum_norm", \.maximumNorm, 1e-6...1e6, "gradients are clipped to this norm"),
    .number(
      "ema", \.averageDecay, 0...0.9999999,
      "decay of a moving average of the weights, judged and kept in their place; 0 for none"),
    .integer(
      "average_checkpoints", \.averagedCheckpoints, 0...100,
      "at the end, judge the mean of so many last checkpoints (Vaswani et al. 2017, §6.1: 5)"),
    .integer(
      "validation_lines", \.validationLines, 1...100_000, "development lines of each language"),
    .number(
      "validation_minutes", \.validationMinutes, 0.001...100_000, "minutes between validations"),
    .integer(
      "validation_steps", \.validationSteps, 0...1_000_000_000,
      "steps between validations, instead of minutes; 0 for minutes"),
    .integer(
      "patience", \.patience, 0...1_000_000,
      "end after so many validations in a row without a better model; 0 for never"),
    .number(
      "checkpoint_minutes", \.checkpointMinutes, 0.001...100_000, "minutes between checkpoints"),
    .integer("log_steps", \.logSteps, 1...1_000_000, "steps between lines of the log"),
  ]

  /// The settings of a configuration that holds these at `path`.
  static func settings<Configuration>(
    at path: WritableKeyPath<Configuration, TrainingSettings> & Sendable
  ) -> [Setting<Configuration>] {
    settings.map { $0.within(path) }
  }
}

// MARK: - What they make of a trainer

extension TrainingSettings {
  /// How many development lines of a language are kept: enough where noise leaves most of them alone.
  var developmentLimit: Int { 4 * validationLines }

  package var schedule: Schedule {
    let shape: Schedule.Decay =
      switch decay {
      case .cosine: .cosine(floor: floor)
      case .linear: .linear(floor: floor)
      case .inverseSquareRoot: .inverseSquareRoot
      case .constant: .constant
      }
    return Schedule(peak: learningRate, warmup: warmupSteps, decay: shape)
  }

  var optimizer: AdamW {
    var optimizer = AdamW.Configuration()
    optimizer.weightDecay = Float(weightDecay)
    optimizer.beta2 = Float(beta2)
    return AdamW(optimizer)
  }

  func trainer(steps: Int?, minutes: Double?) -> TrainerConfiguration {
    var trainer = TrainerConfiguration()
    trainer.steps = steps
    trainer.minutes = minutes
    trainer.accumulationSteps = accumulationSteps
    trainer.schedule = schedule
    trainer.maximumNorm = Float(maximumNorm)
    trainer.validationSteps = validationSteps > 0 ? validationSteps : nil
    trainer.validationMinutes = validationSteps > 0 ? nil : validationMinutes
    trainer.patience = patience
    trainer.averageDecay = averageDecay
    trainer.averagedCheckpoints = averagedCheckpoints
    trainer.checkpointMinutes = checkpointMinutes
    trainer.logSteps = logSteps
    trainer.precision = precision
    trainer.seed = UInt64(seed)
    return trainer
  }
}

// MARK: - Configurations that hold them

/// The configuration of a recipe over lines of text, whose common settings read as its own.
///
/// ```swift
/// configuration.learningRate   // configuration.training.learningRate
/// ```
@dynamicMemberLookup
public protocol TextConfiguration: Configurable {
  /// What it has in common with the other recipes.
  var training: TrainingSettings { get set }

  /// Checks what no single setting shows.
  ///
  /// - Throws: `Failure(.usage)`.
  func check() throws(Failure)
}

extension TextConfiguration {
  /// A common setting.
  public subscript<Value>(dynamicMember path: WritableKeyPath<TrainingSettings, Value>) -> Value {
    get { training[keyPath: path] }
    set { training[keyPath: path] = newValue }
  }
}
