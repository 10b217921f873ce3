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
    /// Numbers from 0.2 up, for logarithms, roots and denominators.
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
    var results: [Tensor]
    /// One for each operand, nil where no gradient flows.
    var gradients: [Tensor?]
  }

  /// Computes the results on `backend` while a tape records, and the gradients of a random functional of
  /// them.
  ///
  /// Operands lie as `placement` says, and so do the results' gradients: contiguous, transposed, or with
  /// strides of 0.
  func run(
    on backend: any Backend, _ placement: Placement, _ precision: Precision = .float32
  ) -> Outcome {
    let source = NumberSource()
    let operands = self.operands(on: backend, placement, source).map {
      $0.dtype == .int32 ? $0 : $0.asHeld(in: precision)
    }
    let parameters = operands.map { $0.dtype == .int32 ? nil : Parameter("operand", $0) }
    var recorded: [Tensor] = []
    let (_, gradients) = withGradients {
      let results = function(zip(parameters, operands).map { $0?.tensor ?? $1 })
      recorded = results.map { $0.detached() }
      return results.map { functional($0, placement, source) }
        .reduce(Tensor([0.0], [], on: backend), +)
    }
    return Outcome(results: recorded, gradients: parameters.map { $0.flatMap { gradients[$0] } })
  }

  /// Computes the same results on `backend` without a tape.
  func results(on backend: any Backend, _ placement: Placement) -> [Tensor] {
    function(operands(on: backend, placement, NumberSource()))
  }

  private func operands(
    on backend: any Backend, _ placement: Placement, _ source: NumberSource
  ) -> [Tensor] {
    operands.map { shape, values in
      switch values {
      case .normal: placement.tensor(shape, on: backend) { source.normals($0) }
      case .positive:
        placement.tensor(shape, on: backend) { source.normals($0).map { 0.2 + $0.magnitude } }
      case .ids(let bound): Random(seed: 17).integers(shape, below: bound, on: backend)
      }
    }
  }

  private func functional(_ y: Tensor, _ placement: Placement, _ source: NumberSource) -> Tensor {
    func weighted(_ y: Tensor) -> Tensor {
      (y * Tensor(source.normals(y.shape.count), y.shape, on: y.backend)).sum()
    }
    switch placement {
    case .contiguous, .sliced: return weighted(y)
    case .lastAxesExchanged, .middleAxesExchanged:
      return weighted(y.shape.rank < 2 ? y : y.transposed(0, -1))
    case .stretched: return y.sum()
    }
  }
}

extension Tensor {
  /// Returns the numbers that `precision` would keep of this tensor's: in it if the backend can, else in
  /// the backend's own.
  fileprivate func asHeld(in precision: Precision) -> Tensor {
    guard precision == .bfloat16 else { return self }
    let rounded = Tensor(floats(), shape).rounded(to: .bfloat16)
    if backend === CPUBackend.shared {
      // The same numbers lie as before, in another type.
      var result = backend.converted(backend.full(layout.span, 0), to: .bfloat16)
      let view = Layout(shape: shape, strides: layout.strides, offset: 0)
      if layout.strides.contains(0) { return rounded }
      backend.copy(rounded, into: &result, at: view)
      return result.view(view)
    }
    return Tensor(rounded.floats(), shape, on: backend)
  }
}

extension Layout {
  /// A shape with room for every element from the first on.
  fileprivate var span: Shape {
    [shape.count == 0 ? 0 : 1 + zip(shape.dimensions, strides).reduce(0) { $0 + ($1.0 - 1) * $1.1 }]
  }
}

/// Hands out normally distributed numbers, drawn once for all rows since drawing takes most of a row's
/// time.
private final class NumberSource {
  private static let drawn = Random(seed: 17).normals(1 << 18)
  private var position = 0

  func normals(_ count: Int) -> [Float] {
    defer { position += count }
    return (position..<(position + count)).map { NumberSource.drawn[$0 % NumberSource.drawn.count] }
  }
}

extension Tolerance {
  /// A few roundings to single precision.
  static let rounding = Tolerance(absolute: 2e-6, relative: 2e-6)

  /// A few roundings to bfloat16, whose numbers lie 2⁻⁷ of themselves apart, beside what is expected.
  static func bfloat16(_ expected: Tensor) -> Tolerance {
    let largest = expected.doubles().reduce(0) { max($0, abs($1)) }
    return Tolerance(absolute: 1e-5 + 0.015 * largest, relative: 0.03)
  }
}
