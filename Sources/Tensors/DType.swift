/// The type of a tensor's elements.
public enum DType: UInt8, Sendable {
  /// IEEE 754 single precision: what models compute in.
  case float32
  /// IEEE 754 double precision: what the reference backend computes in.
  case float64
  /// Signed 32-bit integers: token ids, class labels, positions.
  case int32

  /// The size of one element in bytes.
  public var byteCount: Int {
    switch self {
    case .float32, .int32: 4
    case .float64: 8
    }
  }
}
