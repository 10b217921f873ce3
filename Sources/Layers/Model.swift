import SeqaeTensors

/// What an objective computes: the tensor to be made small, and the numbers to be shown of it.
public struct Loss {
  /// One element; the mean over what the loss counts.
  public var total: Tensor
  /// The parts that a log shows by name.
  public var terms: [(name: String, value: Double)]
  /// What running averages shall take up after the step.
  public var statistics: Statistics

  /// Creates a loss of `total` with the parts `terms` and the statistics of its forward pass.
  public init(
    _ total: Tensor, terms: [(name: String, value: Double)] = [],
    statistics: Statistics = Statistics()
  ) {
    self.total = total
    self.terms = terms
    self.statistics = statistics
  }
}

/// Something that training makes small, and the parameters that it may move for that.
public struct Objective {
  /// What a log calls it.
  public let name: String
  /// What the optimizer moves for it.
  public let parameters: [Parameter]
  /// What the learning rate is multiplied by: two time-scales, Heusel et al. 2017, *GANs Trained by a Two
  /// Time-Scale Update Rule*.
  public let rate: Double
  /// Computes it; called inside `withGradients`, when the objectives before have been acted on.
  public let loss: () -> Loss

  /// Creates an objective.
  public init(
    _ name: String, _ parameters: [Parameter], rate: Double = 1, loss: @escaping () -> Loss
  ) {
    precondition(rate.isFinite && rate > 0, "\(name): a rate factor of \(rate)")
    self.name = name
    self.parameters = parameters
    self.rate = rate
    self.loss = loss
  }
}

/// How far a run has come, for what changes in its course, such as the weight of a penalty.
public struct TrainingMoment: Sendable, Equatable {
  /// The number of the step at hand, from 1.
  public let step: Int
  /// How much of the run was over before it, in 0 … 1.
  public let fraction: Double

  /// Creates a moment.
  public init(step: Int, fraction: Double) {
    self.step = step
    self.fraction = fraction
  }
}

/// What is trained: one objective as a rule; a GAN has several, each with its own parameters.
public protocol Model {
  /// What one step learns from.
  associatedtype Batch: Sendable

  /// Every parameter that training moves, in order of creation.
  var parameters: [Parameter] { get }

  /// Every parameter that a checkpoint holds, running averages too, in order of creation.
  var state: [Parameter] { get }

  /// Returns what `batch` asks of the model, in the order in which the optimizer shall act on it: the same
  /// names for every batch.
  func objectives(_ batch: Batch, _ mode: Mode) -> [Objective]

  /// Returns the same as it is to be at a moment of a run, for a model whose objectives change in its course.
  func objectives(_ batch: Batch, _ mode: Mode, at moment: TrainingMoment) -> [Objective]
}

extension Model {
  /// What the model is asked at any time.
  public func objectives(
    _ batch: Batch, _ mode: Mode, at moment: TrainingMoment
  ) -> [Objective] {
    objectives(batch, mode)
  }

  /// The parameters, where all of them are trained.
  public var state: [Parameter] { parameters }
}

/// Returns the loss that `body` computes, without its graph, and its gradients of some parameters; nil for all that are trained.
public func withGradients(
  of parameters: [Parameter]? = nil, _ body: () -> Loss
) -> (loss: Loss, gradients: Gradients) {
  var terms: [(name: String, value: Double)] = []
  var statistics = Statistics()
  let (total, gradients) = withGradients(of: parameters) {
    let loss = body()
    (terms, statistics) = (loss.terms, loss.statistics)
    return loss.total
  }
  return (Loss(total, terms: terms, statistics: statistics), gradients)
}
