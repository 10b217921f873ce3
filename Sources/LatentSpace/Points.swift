/// Vectors that k-means can work with, dense or sparse.
public protocol Points: Sendable {
  /// The number of vectors.
  var rows: Int { get }
  /// The number of their dimensions.
  var columns: Int { get }

  /// Returns the squared distances of the vector of a number to centres.
  ///
  /// - Parameters:
  ///   - row: the vector's number.
  ///   - centres: vectors of `columns` dimensions.
  ///   - squaredNorms: the squared lengths of these.
  /// - Returns: a distance for each centre.
  func squaredDistances(_ row: Int, to centres: DenseMatrix, squaredNorms: [Double]) -> [Double]

  /// Adds the vector of a number to a row of sums.
  func add(_ row: Int, to sums: inout DenseMatrix, row sum: Int)

  /// Returns the vector of a number, all its dimensions.
  func vector(_ row: Int) -> [Double]
}

extension DenseMatrix: Points {
  /// Returns Σ (x − c)², which needs no lengths, for each centre.
  public func squaredDistances(
    _ row: Int, to centres: DenseMatrix, squaredNorms: [Double]
  ) -> [Double] {
    let distances = withElements { x in
      centres.withElements { c in
        (0..<centres.rows).map {
          squaredDistance(x + row * columns, c + $0 * columns, columns)
        }
      }
    }
    return (distances ?? nil) ?? []
  }

  /// Adds the vector of a number to a row of sums.
  public func add(_ row: Int, to sums: inout DenseMatrix, row sum: Int) {
    for column in 0..<columns { sums[sum, column] += self[row, column] }
  }

  /// Returns the vector of a number.
  public func vector(_ row: Int) -> [Double] { Array(self[row: row]) }
}

/// Vectors most of whose elements are zero, such as those of texts by their terms.
public struct SparseMatrix: Points, Equatable {
  /// The number of dimensions.
  public let columns: Int
  private var starts = [0]
  private var places: [Int32] = []
  private var values: [Double] = []
  private var squaredNorms: [Double] = []

  /// Creates a matrix without rows.
  public init(columns: Int) {
    precondition(columns > 0, "SparseMatrix: \(columns) columns")
    self.columns = columns
  }

  /// The number of vectors.
  public var rows: Int { starts.count - 1 }

  /// Adds a vector.
  ///
  /// - Parameter elements: those that are not zero, each place once, below `columns`.
  public mutating func append(_ elements: [(place: Int32, value: Double)]) {
    for (place, value) in elements {
      precondition(
        place >= 0 && place < columns, "SparseMatrix: place \(place) of \(columns) columns")
      places.append(place)
      values.append(value)
    }
    starts.append(places.count)
    squaredNorms.append(elements.reduce(0) { $0 + $1.value * $1.value })
  }

  /// Returns ‖x‖² − 2 x·c + ‖c‖² for each centre: as many operations as the vector has elements.
  public func squaredDistances(
    _ row: Int, to centres: DenseMatrix, squaredNorms centreNorms: [Double]
  ) -> [Double] {
    (0..<centres.rows).map { centre in
      var product = 0.0
      for index in starts[row]..<starts[row + 1] {
        product += values[index] * centres[centre, Int(places[index])]
      }
      return max(0, squaredNorms[row] - 2 * product + centreNorms[centre])
    }
  }

  /// Adds the vector of a number to a row of sums.
  public func add(_ row: Int, to sums: inout DenseMatrix, row sum: Int) {
    for index in starts[row]..<starts[row + 1] { sums[sum, Int(places[index])] += values[index] }
  }

  /// Returns the vector of a number, zeros too.
  public func vector(_ row: Int) -> [Double] {
    var vector = [Double](repeating: 0, count: columns)
    for index in starts[row]..<starts[row + 1] { vector[Int(places[index])] = values[index] }
    return vector
  }

  /// Returns X Y for Y [columns, L]: [rows, L]. As many operations as there are elements, times L.
  func product(_ y: DenseMatrix) -> DenseMatrix {
    precondition(y.rows == columns, "product: \(columns) columns and \(y.rows) rows")
    var result = DenseMatrix(rows: rows, columns: y.columns)
    forEachElement(y, &result) { row, place in (from: place, to: row) }
    return result
  }

  /// Returns Xᵀ Y for Y [rows, L]: [columns, L]. As many operations as there are elements, times L.
  func transposedProduct(_ y: DenseMatrix) -> DenseMatrix {
    precondition(y.rows == rows, "transposedProduct: \(rows) and \(y.rows) rows")
    var result = DenseMatrix(rows: columns, columns: y.columns)
    forEachElement(y, &result) { row, place in (from: row, to: place) }
    return result
  }

  /// Adds to a row of `result` each element times a row of `y`.
  private func forEachElement(
    _ y: DenseMatrix, _ result: inout DenseMatrix,
    _ ends: (_ row: Int, _ place: Int) -> (from: Int, to: Int)
  ) {
    let width = y.columns
    y.elements.withUnsafeBufferPointer { source in
      result.elements.withUnsafeMutableBufferPointer { target in
        guard let source = source.baseAddress, let target = target.baseAddress else { return }
        for row in 0..<rows {
          for index in starts[row]..<starts[row + 1] {
            let (from, to) = ends(row, Int(places[index]))
            SeqaeLatentSpace.add(
              values[index], source + from * width, to: target + to * width, width)
          }
        }
      }
    }
  }
}
