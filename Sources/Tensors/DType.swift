/// The type of a tensor's elements.
public enum DType: UInt8, Sendable {
  /// IEEE 754 single precision: what models compute in by default, and what losses, statistics and the
  /// gradients of parameters are always in.
  case float32
  /// The upper half of a float32: 8 bits of exponent, 8 of precision. Halves memory, and processors
  /// multiply it twice as fast.
  case bfloat16
  /// IEEE 754 double precision: what the reference backend computes in.
  case float64
  /// Signed 32-bit integers: token ids, class labels, positions.
  case int32

  /// The size of one element in bytes.
  public var byteCount: Int {
    switch self {
    case .bfloat16: 2
    case .float32, .int32: 4
    case .float64: 8
    }
  }
}
