/// What the weights of a model are stored in, and what a model computes in at inference.
public enum WeightPrecision: String, Sendable, CaseIterable {
  case float32
  case bfloat16
  /// Matrices in eight bits; what is between their products in the fastest real type.
  case int8

  /// Whether matrices arrive in eight bits now.
  @TaskLocal static var isInt8 = false

  /// What is between products.
  public var activations: Precision {
    switch self {
    case .float32: .float32
    case .bfloat16: .bfloat16
    case .int8: .fastest
    }
  }

  /// The weights' form that a model of real weights is run in fastest without a loss: bfloat16 where this
  /// machine has instructions for it.
  public static var fastestReal: WeightPrecision {
    Precision.fastest == .bfloat16 ? .bfloat16 : .float32
  }

  /// Whether a parameter of `shape` arrives in eight bits now: at inference, where that was asked for.
  package static func isInt8(for shape: Shape) -> Bool {
    isInt8 && Tape.current == nil && QuantizedMatrix.suits(shape)
  }
}

/// Returns what `body` returns, which computes a model at inference with weights in `precision`.
public func withWeights<Result>(
  in precision: WeightPrecision, _ body: () throws -> Result
) rethrows -> Result {
  try WeightPrecision.$isInt8.withValue(precision == .int8) {
    try withPrecision(precision.activations, body)
  }
}
