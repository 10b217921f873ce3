import SeqaeFiles
import SeqaeTensors

/// Adam with decoupled weight decay.
///
/// Loshchilov & Hutter 2019, *Decoupled Weight Decay Regularization*, Algorithm 2. Weights (two axes and
/// more) decay; biases and gains do not, as is usual since BERT.
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

    init(mean: Tensor, square: Tensor) {
      self.mean = mean
      self.square = square
    }

    /// Those before the first step.
    init(_ parameter: Parameter) {
      let value = parameter.tensor
      mean = value.backend.full(value.shape, 0)
      square = value.backend.full(value.shape, 0)
    }
  }

  /// The constants.
  public let configuration: Configuration
  /// The number of steps made.
  public private(set) var steps = 0
  private var moments: [String: Moments] = [:]

  /// Creates an optimizer that has made no step.
  public init(_ configuration: Configuration = Configuration()) {
    self.configuration = configuration
  }

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
    steps += 1
    let clip = maximumNorm.map { min(1, $0 / (Float(norm) + 1e-6)) } ?? 1  // 1e-6: as PyTorch clips
    for parameter in parameters where parameter.isTrainable {
      if let gradient = gradients[parameter] {
        move(parameter, gradient, rate: rate, gradientScale: clip)
      } else if moments[parameter.name] == nil {
        moments[parameter.name] = Moments(parameter)  // so that a checkpoint lacks no name
      }
    }
    Profiler.mark("AdamW", .update, bytes: 7 * bytes)  // reads 4 tensors and writes 3
    return norm
  }

  private mutating func move(
    _ parameter: Parameter, _ gradient: Tensor, rate: Float, gradientScale: Float
  ) {
    let step = AdamWStep(
      rate: rate, beta1: configuration.beta1, beta2: configuration.beta2,
      epsilon: configuration.epsilon,
      decay: parameter.shape.rank > 1 ? configuration.weightDecay : 0,
      correction1: Float(1 - power(Double(configuration.beta1), steps)),
      correction2: Float(1 - power(Double(configuration.beta2), steps)),
      gradientScale: gradientScale)
    let backend = gradient.backend
    // Taken out of the dictionary, so that the kernel is the only holder and writes in place.
    var state = moments.removeValue(forKey: parameter.name) ?? Moments(parameter)
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
  private static let meanSuffix = ".exp_avg"  // PyTorch's names for the two moments
  private static let squareSuffix = ".exp_avg_sq"
  private static let stepLimit = 1 << 40  // far beyond any run, and from overflow

  /// The moments by name, to be saved like weights.
  public var state: [(name: String, tensor: Tensor)] {
    moments.keys.sorted().flatMap { name -> [(name: String, tensor: Tensor)] in
      guard let moment = moments[name] else { return [] }
      return [(name + AdamW.meanSuffix, moment.mean), (name + AdamW.squareSuffix, moment.square)]
    }
  }

  /// Takes up the moments of `checkpoint` for `parameters`, after `steps` steps.
  ///
  /// - Throws: a `Failure`, and nothing has changed, if a name is missing or left over or a moment has
  ///   another shape than its parameter. Without any step there are no moments.
  public mutating func restore(
    _ checkpoint: Checkpoint, _ parameters: [Parameter], steps: Int
  ) throws(Failure) {
    guard (0..<AdamW.stepLimit).contains(steps) else {
      throw Failure(
        .data, "\(checkpoint.path): \(steps) optimizer steps: the checkpoint is damaged")
    }
    var restored: [String: Moments] = [:]
    let expected = steps == 0 ? [] : parameters.filter { $0.isTrainable }
    for parameter in expected {
      restored[parameter.name] = Moments(
        mean: try checkpoint.tensor(parameter.name + AdamW.meanSuffix, parameter.shape),
        square: try checkpoint.tensor(parameter.name + AdamW.squareSuffix, parameter.shape))
    }
    guard checkpoint.names.count == 2 * expected.count else {
      throw Failure(
        .data,
        "\(checkpoint.path): expected \(2 * expected.count) moments, found"
          + " \(checkpoint.names.count): checkpoint and model differ")
    }
    moments = restored
    self.steps = steps
  }
}
