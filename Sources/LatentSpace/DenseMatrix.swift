import SeqaeTensors

/// Vectors of doubles, one a row: what the methods of a latent space compute with.
///
/// ```swift
/// let x = DenseMatrix([1, 2, 3, 4, 5, 6], columns: 3)  // [2, 3]
/// x[1, 0]                                         // 4
/// ```
public struct DenseMatrix: Sendable, Equatable {
  /// The number of vectors.
  public let rows: Int
  /// The number of their elements.
  public let columns: Int
  /// The elements, row by row.
  public internal(set) var elements: [Double]

  /// Creates a matrix of its elements, row by row.
  ///
  /// - Parameters:
  ///   - elements: a multiple of `columns`; finite, as all that is computed of them is meaningless otherwise.
  ///   - columns: the length of a row, 1 or more.
  public init(_ elements: [Double], columns: Int) {
    precondition(
      columns > 0 && elements.count % columns == 0,
      "DenseMatrix: \(elements.count) elements in rows of \(columns)")
    self.columns = columns
    rows = elements.count / columns
    self.elements = elements
  }

  /// Creates a matrix of zeros.
  public init(rows: Int, columns: Int) {
    self.init([Double](repeating: 0, count: rows * columns), columns: columns)
  }

  /// Creates a matrix of the vectors of a tensor [rows, columns].
  public init(_ tensor: Tensor) {
    precondition(tensor.shape.rank == 2, "DenseMatrix: \(tensor.shape) is no tensor of vectors")
    self.init(tensor.doubles(), columns: tensor.shape[1])
  }

  /// The element of a row and a column.
  public subscript(row: Int, column: Int) -> Double {
    get { elements[row * columns + column] }
    set { elements[row * columns + column] = newValue }
  }

  /// The vector of a number.
  public subscript(row row: Int) -> ArraySlice<Double> {
    elements[row * columns..<(row + 1) * columns]
  }

  /// Returns the vectors of some numbers, in their order.
  public func selecting(_ numbers: [Int]) -> DenseMatrix {
    DenseMatrix(numbers.flatMap { self[row: $0] }, columns: columns)
  }
}

// MARK: - Computing

extension DenseMatrix {
  /// The number of rows that one thread takes at a time.
  static let block = 64

  /// Calls `body` with the elements.
  func withElements<Result>(_ body: (UnsafePointer<Double>) -> Result) -> Result? {
    elements.withUnsafeBufferPointer { $0.baseAddress.map(body) }
  }

  /// The mean of the rows.
  func mean() -> [Double] {
    var sum = [Double](repeating: 0, count: columns)
    for row in 0..<rows {
      for column in 0..<columns { sum[column] += self[row, column] }
    }
    return sum.map { $0 / Double(rows) }
  }

  /// Returns the rows less a vector.
  func centred(on mean: [Double]) -> DenseMatrix {
    var result = self
    for row in 0..<rows {
      for column in 0..<columns { result[row, column] -= mean[column] }
    }
    return result
  }

  /// Returns the rows as columns.
  func transposed() -> DenseMatrix {
    var result = DenseMatrix(rows: columns, columns: rows)
    for row in 0..<rows {
      for column in 0..<columns { result[column, row] = self[row, column] }
    }
    return result
  }

  /// Returns the inner product of each row with each of another matrix: X Yᵀ; on all threads.
  func products(_ other: DenseMatrix) -> DenseMatrix {  // [rows, other.rows]
    precondition(
      columns == other.columns, "products: rows of \(columns) and of \(other.columns)")
    let blocks = (rows + Self.block - 1) / Self.block
    let parts = Threads.map(blocks) { block -> [Double] in
      let range = block * Self.block..<min(rows, (block + 1) * Self.block)
      var result: [Double] = []
      result.reserveCapacity(range.count * other.rows)
      withElements { x in
        other.withElements { y in
          for row in range {
            for column in 0..<other.rows {
              result.append(
                dot(x + row * columns, y + column * columns, columns))
            }
          }
        }
      }
      return result
    }
    return DenseMatrix(parts.flatMap { $0 }, columns: other.rows)
  }
}

/// Eight partial sums, so that additions need not wait for each other; the order never changes.
private typealias Lanes = SIMD8<Double>

@inline(__always)
private func lanes(_ pointer: UnsafePointer<Double>, _ offset: Int) -> Lanes {
  UnsafeRawPointer(pointer + offset).loadUnaligned(as: Lanes.self)
}

/// The inner product of two vectors.
func dot(_ x: UnsafePointer<Double>, _ y: UnsafePointer<Double>, _ count: Int) -> Double {
  var sums = Lanes.zero
  var index = 0
  while index + 8 <= count {
    sums += lanes(x, index) * lanes(y, index)
    index += 8
  }
  var sum = sums.sum()
  while index < count {
    sum += x[index] * y[index]
    index += 1
  }
  return sum
}

/// The squared Euclidean distance of two vectors.
func squaredDistance(
  _ x: UnsafePointer<Double>, _ y: UnsafePointer<Double>, _ count: Int
) -> Double {
  var sums = Lanes.zero
  var index = 0
  while index + 8 <= count {
    let difference = lanes(x, index) - lanes(y, index)
    sums += difference * difference
    index += 8
  }
  var sum = sums.sum()
  while index < count {
    let difference = x[index] - y[index]
    sum += difference * difference
    index += 1
  }
  return sum
}

/// y += a x.
func add(
  _ a: Double, _ x: UnsafePointer<Double>, to y: UnsafeMutablePointer<Double>, _ count: Int
) {
  var index = 0
  while index + 8 <= count {
    let sum = lanes(UnsafePointer(y), index) + a * lanes(x, index)
    UnsafeMutableRawPointer(y + index).storeBytes(of: sum, as: Lanes.self)
    index += 8
  }
  while index < count {
    y[index] += a * x[index]
    index += 1
  }
}

/// (x, y) ← (c x + s y, c y − s x).
func rotate(
  _ x: UnsafeMutablePointer<Double>, _ y: UnsafeMutablePointer<Double>, _ c: Double, _ s: Double,
  _ count: Int
) {
  var index = 0
  while index + 8 <= count {
    let (a, b) = (lanes(UnsafePointer(x), index), lanes(UnsafePointer(y), index))
    UnsafeMutableRawPointer(x + index).storeBytes(of: c * a + s * b, as: Lanes.self)
    UnsafeMutableRawPointer(y + index).storeBytes(of: c * b - s * a, as: Lanes.self)
    index += 8
  }
  while index < count {
    let (a, b) = (x[index], y[index])
    x[index] = c * a + s * b
    y[index] = c * b - s * a
    index += 1
  }
}
