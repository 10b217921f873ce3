import SeqaeRandom
import SeqaeTensors
import TestSupport
import Testing

/// One row of the op table: an operation at certain sizes, to be computed by two backends.
struct OpCase: Sendable, CustomTestStringConvertible {
  /// What an operand holds.
  enum Values: Sendable {
    /// Numbers of mean 0 and deviation 1.
    case normal
    /// Numbers between 0.2 and 3, for logarithms, roots and denominators.
    case positive
    /// Integers below a bound; no gradient flows to them.
    case ids(below: Int)
  }

  let name: String
  let operands: [(shape: Shape, values: Values)]
  /// Of the results and of the gradients in single precision.
  let tolerance: Tolerance
  /// Must draw from no generator but one that it makes itself.
  let function: @Sendable ([Tensor]) -> [Tensor]

  init(
    _ name: String, _ operands: [(Shape, Values)], _ tolerance: Tolerance = .rounding,
    _ function: @escaping @Sendable ([Tensor]) -> [Tensor]
  ) {
    self.name = name
    self.operands = operands.map { (shape: $0.0, values: $0.1) }
    self.tolerance = tolerance
    self.function = function
  }

  /// A case whose operands are all normally distributed, with one result.
  init(
    _ name: String, _ shapes: [Shape], _ tolerance: Tolerance = .rounding,
    _ function: @escaping @Sendable ([Tensor]) -> Tensor
  ) {
    self.init(name, shapes.map { ($0, .normal) }, tolerance) { [function($0)] }
  }

  var testDescription: String { "\(name) \(operands.map { "\($0.shape)" }.joined(separator: " "))" }

  /// Results and gradients, in an order that is the same on every backend.
  struct Outcome {
    /// Computed with no tape.
    var results: [Tensor]
    /// Computed while a tape records.
    var recorded: [Tensor]
    /// One for each operand, nil for ids.
    var gradients: [Tensor?]
  }

  /// Computes the results on `backend`, and the gradients of a random functional of them.
  ///
  /// Operands lie as `placement` says, and so do the results' gradients: contiguous, transposed, or with
  /// strides of 0.
  func run(on backend: any Backend, _ placement: Placement) -> Outcome {
    let random = Random(seed: 17)
    var parameters: [Parameter?] = []
    let operands: [Tensor] = self.operands.map { shape, values in
      switch values {
      case .normal, .positive:
        let tensor = placement.tensor(shape, on: backend) { count in
          if case .normal = values { return random.normals(count) }
          return random.uniforms(count, in: 0.2...3)
        }
        parameters.append(Parameter("operand", tensor))
        return tensor
      case .ids(let bound):
        parameters.append(nil)
        return random.integers(shape, below: bound, on: backend)
      }
    }
    var recorded: [Tensor] = []
    let (_, gradients) = withGradients {
      let results = function(zip(parameters, operands).map { $0?.tensor ?? $1 })
      recorded = results.map { $0.detached() }
      return results.map { functional($0, placement, random) }
        .reduce(Tensor([0.0], [], on: backend), +)
    }
    return Outcome(
      results: function(operands), recorded: recorded,
      gradients: parameters.map { $0.flatMap { gradients[$0] } })
  }

  private func functional(_ y: Tensor, _ placement: Placement, _ random: Random) -> Tensor {
    switch placement {
    case .contiguous, .sliced:
      return (y * random.normals(y.shape, on: y.backend)).sum()
    case .lastAxesExchanged, .middleAxesExchanged:
      let view = y.shape.rank < 2 ? y : y.transposed(0, -1)
      return (view * random.normals(view.shape, on: y.backend)).sum()
    case .stretched:
      return y.sum()
    }
  }
}

extension Tolerance {
  /// A few roundings to single precision.
  static let rounding = Tolerance(absolute: 2e-6, relative: 2e-6)
}
