/// What the numbers are in by which a scan chooses the vectors that it then compares exactly.
public enum VectorPrecision: String, CaseIterable, Sendable {
  /// 32 bits.
  case float32
  /// 16 bits; where the processor has no products of such numbers, float32 takes their place.
  case bfloat16
  /// Eight bits, and a scale for each vector.
  case int8
}
