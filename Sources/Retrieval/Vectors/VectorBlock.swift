import CKernels

/// Some neighbouring vectors as products read them, rounded.
final class VectorBlock {
  /// The most vectors of a block: what fits the processor's second-level cache beside the queries.
  static let rows = 256

  /// How many there are.
  let count: Int
  /// The numbers, packed.
  let packed: UnsafeMutableRawPointer
  /// Of each vector.
  let lengths: [ErrorBound.Lengths]
  /// Of all of them.
  let longest: ErrorBound.Lengths

  /// Rounds and packs vectors [N, D], at least one and at most `rows`.
  init(_ vectors: UnsafeBufferPointer<Float>, dimensions: Int, precision: VectorPrecision) {
    let rounded = RoundedRows(vectors, dimensions: dimensions, precision: precision)
    count = rounded.lengths.count
    lengths = rounded.lengths
    longest = lengths.reduce(.init()) { $0.joined($1) }
    packed = .allocate(
      byteCount: Self.byteCount(count, dimensions: dimensions, precision: precision),
      alignment: 64)
    rounded.numbers.withUnsafeBytes { numbers in
      if let type = precision.kernelType {
        ck_gemm_pack(type, count, dimensions, numbers.baseAddress, 1, dimensions, packed)
      } else {
        ck_int8_pack(
          count, dimensions, numbers.bindMemory(to: Int8.self).baseAddress, rounded.scales, packed)
      }
    }
  }

  deinit { packed.deallocate() }

  /// The bytes that so many packed vectors take.
  static func byteCount(_ count: Int, dimensions: Int, precision: VectorPrecision) -> Int {
    guard let type = precision.kernelType else {
      return Int(ck_int8_packed_size(count, dimensions))
    }
    return Int(ck_gemm_packed_size(type, count, dimensions))
  }
}

extension VectorPrecision {
  /// What the kernels call it; nil for eight bits, which have others.
  var kernelType: Int32? {
    switch self {
    case .float32: Int32(CK_FLOAT32.rawValue)
    case .bfloat16: Int32(CK_BFLOAT16.rawValue)
    case .int8: nil
    }
  }

  /// What vectors of so many values are kept in where this precision is asked for.
  func available(dimensions: Int) -> VectorPrecision {
    switch self {
    case .float32: .float32
    case .bfloat16:
      ck_gemm_packed_size(Int32(CK_BFLOAT16.rawValue), 1, dimensions) > 0 ? .bfloat16 : .float32
    case .int8: dimensions <= Int(CK_INT8_DEEPEST) ? .int8 : .float32
    }
  }
}
