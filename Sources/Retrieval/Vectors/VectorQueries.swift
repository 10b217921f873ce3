import CKernels

/// Queries as products take them, rounded, in groups that are compared with a block at once.
final class VectorQueries {
  /// The most queries of a group: eight tiles of the products' kernels.
  static let groupSize = 112

  /// How many there are.
  let count: Int
  /// How many groups.
  let groups: Int
  /// Of each query.
  let lengths: [ErrorBound.Lengths]
  private let dimensions: Int
  private let precision: VectorPrecision
  private let numbers: [UInt8]  // of float32 and bfloat16
  private let rows: UnsafeMutableRawPointer  // of eight bits, group by group
  private let rowsSize: Int

  /// Rounds queries [Q, D].
  init(_ queries: [Float], dimensions: Int, precision: VectorPrecision) {
    (self.dimensions, self.precision) = (dimensions, precision)
    let count = queries.count / dimensions
    let groups = (count + Self.groupSize - 1) / Self.groupSize
    (self.count, self.groups) = (count, groups)
    let rounded = queries.withUnsafeBufferPointer {
      RoundedRows($0, dimensions: dimensions, precision: precision)
    }
    lengths = rounded.lengths
    guard precision == .int8 else {
      (numbers, rowsSize) = (rounded.numbers, 0)
      rows = .allocate(byteCount: 64, alignment: 64)
      return
    }
    numbers = []
    rowsSize = (Int(ck_int8_rows_size(Self.groupSize, dimensions)) + 63) / 64 * 64
    rows = .allocate(byteCount: max(64, groups * rowsSize), alignment: 64)
    queries.withUnsafeBufferPointer { queries in
      for group in 0..<groups {
        let first = group * Self.groupSize
        ck_int8_round_rows(
          Int32(CK_FLOAT32.rawValue), min(Self.groupSize, count - first), dimensions,
          queries.baseAddress.map { $0 + first * dimensions }, dimensions, rows + group * rowsSize)
      }
    }
  }

  deinit { rows.deallocate() }

  /// The queries of a group.
  func range(of group: Int) -> Range<Int> {
    group * Self.groupSize..<min(count, (group + 1) * Self.groupSize)
  }

  /// Bytes of scratch memory that `products` needs, aligned to 64.
  var scratchSize: Int {
    let (most, rows) = (min(count, Self.groupSize), VectorBlock.rows)
    switch precision {
    case .float32: return Int(ck_gemm_scratch(most, rows, dimensions))
    case .bfloat16: return Int(ck_gemm_bf16_scratch(most, rows, dimensions))
    case .int8: return 0
    }
  }

  /// Writes the products of a group's queries with a block's vectors, rows `VectorBlock.rows` apart.
  func products(
    of group: Int, with block: VectorBlock, into products: UnsafeMutablePointer<Float>,
    scratch: UnsafeMutableRawPointer
  ) {
    let queries = range(of: group)
    let (m, n, k, row) = (queries.count, block.count, dimensions, VectorBlock.rows)
    switch precision {
    case .float32:
      numbers.withUnsafeBytes {
        ck_gemm_f32(
          m, n, k, 1, $0.bindMemory(to: Float.self).baseAddress.map { $0 + queries.lowerBound * k },
          k, 1, nil, 0, 0, block.packed, 0, products, row, nil, scratch)
      }
    case .bfloat16:
      numbers.withUnsafeBytes {
        ck_gemm_bf16(
          m, n, k, 1,
          $0.bindMemory(to: UInt16.self).baseAddress.map { $0 + queries.lowerBound * k },
          k, 1, nil, 0, 0, block.packed, 0, products, row, Int32(CK_FLOAT32.rawValue), nil, scratch)
      }
    case .int8:
      ck_int8_product(
        m, n, k, rows + group * rowsSize, block.packed, nil, Int32(CK_IDENTITY.rawValue), products,
        row, Int32(CK_FLOAT32.rawValue))
    }
  }
}
