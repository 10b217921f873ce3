import CKernels

/// A constant matrix in eight bits a weight: W[i, j] ≈ scales[i] · values[i, j].
///
/// Each row has a scale of its own and no zero point, as compressed-tensors' format "int-quantized" with the
/// strategy "channel" stores it. It can't be trained: there is no gradient to eight bits.
public final class QuantizedMatrix: Sendable {
  /// The sizes [M, K].
  public let shape: Shape
  /// The weights row by row.
  package let values: [Int8]
  /// What each row is multiplied by, finite and at least 0.
  package let scales: [Float]
  /// The place for the copy that products read.
  let packing = Packing()

  /// Creates a matrix of `shape` from its rows and their scales.
  package init(_ values: [Int8], scales: [Float], _ shape: Shape) {
    precondition(
      shape.rank == 2 && values.count == shape.count && scales.count == shape[0]
        && shape[1] <= QuantizedMatrix.mostColumns,
      "quantized matrix: \(values.count) values and \(scales.count) scales for \(shape)")
    self.shape = shape
    self.values = values
    self.scales = scales
  }

  /// Rounds a matrix x [M, K]: each row's largest weight becomes ±127.
  public convenience init(_ x: Tensor) {
    precondition(x.shape.rank == 2, "quantized matrix: \(x.shape) is no matrix")
    let (rows, columns) = (x.shape[0], x.shape[1])
    let floats = x.floats()
    var scales = [Float](repeating: 0, count: rows)
    let values = [Int8](unsafeUninitializedCapacity: floats.count) { buffer, count in
      ck_int8_quantize(rows, columns, floats, buffer.baseAddress, &scales)
      count = floats.count
    }
    self.init(values, scales: scales, x.shape)
  }

  /// The most columns: sums over more could leave 32 bits.
  package static let mostColumns = Int(CK_INT8_DEEPEST)
  private static let fewest = 16  // rows or columns; smaller matrices have little to save

  /// Whether a parameter of `shape` is better stored in eight bits.
  public static func suits(_ shape: Shape) -> Bool {
    shape.rank == 2 && shape[0] >= fewest && shape[1] >= fewest && shape[1] <= mostColumns
  }

  /// Returns the weights as real numbers [M, K] on `backend`.
  package func dequantized(on backend: any Backend) -> Tensor {
    let columns = shape[1]
    let floats = [Float](unsafeUninitializedCapacity: values.count) { buffer, count in
      for (row, scale) in scales.enumerated() {
        for index in row * columns..<(row + 1) * columns {
          buffer[index] = scale * Float(values[index])
        }
      }
      count = values.count
    }
    return Tensor(floats, shape, on: backend)
  }
}

/// A constant matrix, as products and look-ups take it at inference.
public enum Matrix: Sendable {
  /// In float32 or bfloat16.
  case real(Tensor)
  /// In eight bits.
  case quantized(QuantizedMatrix)

  /// The sizes [M, K].
  public var shape: Shape {
    switch self {
    case .real(let tensor): tensor.shape
    case .quantized(let matrix): matrix.shape
    }
  }
}
