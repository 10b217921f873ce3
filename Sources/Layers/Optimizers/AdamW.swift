import SeqaeFiles
import SeqaeTensors

/// Adam with decoupled weight decay.
///
/// Loshchilov & Hutter 2019, *Decoupled Weight Decay Regularization*, Algorithm 2. Weights (two axes and
/// more) decay; biases and gains do not, as is usual since BERT. Each parameter counts its own steps, as
/// PyTorch's `AdamW` does: one that gets no gradient stays as it is, decay included, and its moments are
/// corrected by the steps that it made, so that objectives with parameters of their own may share an
/// optimizer.
public struct AdamW {
  /// The optimizer's constants.
  public struct Configuration: Sendable, Equatable {
    /// Decay of the mean of the gradients; Kingma & Ba 2015.
    public var beta1: Float = 0.9
    /// Decay of the mean of their squares; 0.98 as Vaswani et al. 2017, §5.3, use for Transformers.
    public var beta2: Float = 0.98
    /// Keeps the step finite where the squares vanish; Kingma & Ba 2015.
    public var epsilon: Float = 1e-8
    /// Share of the weight that a step of rate 1 takes away; PyTorch's default for AdamW.
    public var weightDecay: Float = 0.01

    /// Creates the usual constants.
    public init() {}
  }

  private struct Moments {
    var mean: Tensor
    var square: Tensor
    var steps: Int

    init(mean: Tensor, square: Tensor, steps: Int) {
      self.mean = mean
      self.square = square
      self.steps = steps
    }

    /// Those before the first step.
    init(_ parameter: Parameter) {
      let value = parameter.tensor
      mean = value.backend.full(value.shape, 0)
      square = value.backend.full(value.shape, 0)
      steps = 0
    }
  }

  /// The constants.
  public let configuration: Configuration
  private var moments: [String: Moments] = [:]

  /// Creates an optimizer that has made no step.
  public init(_ configuration: Configuration = Configuration()) {
    self.configuration = configuration
  }

  /// Returns the number of steps that a parameter has made, counted up to 2²⁴.
  public func steps(of parameter: Parameter) -> Int { moments[parameter.name]?.steps ?? 0 }

  /// Moves each parameter that has a gradient by one step.
  ///
  /// - Parameters:
  ///   - parameters: what may move.
  ///   - gradients: of the loss.
  ///   - rate: the learning rate of this step.
  ///   - maximumNorm: gradients whose joint Euclidean norm is larger are scaled down to it (Pascanu,
  ///     Mikolov & Bengio 2013); nil for no clipping.
  /// - Returns: the joint norm before clipping; where it is not finite nothing has moved.
  public mutating func step(
    _ parameters: [Parameter], _ gradients: Gradients, rate: Float, maximumNorm: Float?
  ) -> Double {
    Profiler.skip()
    var (squares, bytes) = (0.0, 0)
    for parameter in parameters {
      guard let gradient = gradients[parameter] else { continue }
      squares += gradient.backend.sumOfSquares(gradient)
      bytes += gradient.byteCount
    }
    Profiler.mark("gradient norm", .update, bytes: bytes)
    let norm = squares.squareRoot()
    guard norm.isFinite else { return norm }
    let clip = maximumNorm.map { min(1, $0 / (Float(norm) + 1e-6)) } ?? 1  // 1e-6: as PyTorch clips
    for parameter in parameters where parameter.isTrainable {
      if let gradient = gradients[parameter] {
        move(parameter, gradient, rate: rate, gradientScale: clip)
      }
    }
    Profiler.mark("AdamW", .update, bytes: 7 * bytes)  // reads 4 tensors and writes 3
    return norm
  }

  private mutating func move(
    _ parameter: Parameter, _ gradient: Tensor, rate: Float, gradientScale: Float
  ) {
    // Taken out of the dictionary, so that the kernel is the only holder and writes in place.
    var state = moments.removeValue(forKey: parameter.name) ?? Moments(parameter)
    state.steps = min(AdamW.stepLimit, state.steps + 1)
    let step = AdamWStep(
      rate: rate, beta1: configuration.beta1, beta2: configuration.beta2,
      epsilon: configuration.epsilon,
      decay: parameter.shape.rank > 1 ? configuration.weightDecay : 0,
      correction1: Float(1 - power(Double(configuration.beta1), state.steps)),
      correction2: Float(1 - power(Double(configuration.beta2), state.steps)),
      gradientScale: gradientScale)
    let backend = gradient.backend
    parameter.update { value in
      backend.adamW(&value, gradient: gradient, m: &state.mean, v: &state.square, step)
    }
    moments[parameter.name] = state
  }

  private func power(_ base: Double, _ exponent: Int) -> Double {
    (0..<exponent.bitWidth).reversed().reduce(1.0) { result, bit in
      result * result * (exponent >> bit & 1 == 1 ? base : 1)
    }
  }
}

extension AdamW {
  // PyTorch's names for the two moments and the count.
  private static let meanSuffix = ".exp_avg"
  private static let squareSuffix = ".exp_avg_sq"
  private static let stepSuffix = ".step"
  // As far as float32, in which the count is saved, counts; the corrections are 1 long before.
  private static let stepLimit = 1 << 24

  /// Returns moments and steps by name, to be saved like weights; zeros for what has made no step.
  public func state(of parameters: [Parameter]) -> [(name: String, tensor: Tensor)] {
    parameters.filter(\.isTrainable).flatMap { parameter -> [(name: String, tensor: Tensor)] in
      let (name, moment) = (parameter.name, moments[parameter.name] ?? Moments(parameter))
      return [
        (name + AdamW.meanSuffix, moment.mean), (name + AdamW.squareSuffix, moment.square),
        (name + AdamW.stepSuffix, Tensor([Float(moment.steps)], [])),
      ]
    }
  }

  /// Takes up what `state` of `parameters` was.
  ///
  /// - Throws: a `Failure`, and nothing has changed, if a name is missing or left over, a moment has
  ///   another shape than its parameter, or a count is none.
  public mutating func restore(
    _ checkpoint: Checkpoint, _ parameters: [Parameter]
  ) throws(Failure) {
    var restored: [String: Moments] = [:]
    let expected = parameters.filter(\.isTrainable)
    for parameter in expected {
      let name = parameter.name
      let count = try checkpoint.tensor(name + AdamW.stepSuffix, []).item()
      guard let steps = Int(exactly: count), (0...AdamW.stepLimit).contains(steps) else {
        throw Failure(
          .data,
          "\(checkpoint.path): \(name + AdamW.stepSuffix): expected a count up to"
            + " \(AdamW.stepLimit), found \(count): the checkpoint is damaged")
      }
      restored[name] = Moments(
        mean: try checkpoint.tensor(name + AdamW.meanSuffix, parameter.shape),
        square: try checkpoint.tensor(name + AdamW.squareSuffix, parameter.shape), steps: steps)
    }
    guard checkpoint.names.count == 3 * expected.count else {
      throw Failure(
        .data,
        "\(checkpoint.path): expected \(3 * expected.count) tensors, found"
          + " \(checkpoint.names.count): checkpoint and model differ")
    }
    moments = restored
  }
}
