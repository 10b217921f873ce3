/// The best pairing of rows with columns.
public enum Assignment {
  /// Returns the column of each row such that the sum of the pairs' values is largest and no column has two rows.
  ///
  /// The Hungarian algorithm (Kuhn 1955; Munkres 1957), by shortest augmenting paths with prices on rows and columns:
  /// n³ operations, n being the larger side.
  ///
  /// - Parameter values: what each pair is worth [R, C], finite.
  /// - Returns: R columns, nil where there are fewer columns than rows and a row has none.
  public static func best(_ values: DenseMatrix) -> [Int?] {
    let size = max(values.rows, values.columns)
    func cost(_ row: Int, _ column: Int) -> Double {
      row < values.rows && column < values.columns ? -values[row, column] : 0
    }
    var rowPrices = [Double](repeating: 0, count: size)
    var columnPrices = [Double](repeating: 0, count: size + 1)
    var rowOf = [Int?](repeating: nil, count: size + 1)  // the last is a column that no row keeps
    for row in 0..<size {
      rowOf[size] = row
      var current = size
      var slack = [Double](repeating: .infinity, count: size)
      var before = [Int](repeating: size, count: size)  // the column before on the path
      var isReached = [Bool](repeating: false, count: size + 1)
      // The nearest columns are reached one after the other, until one is free.
      while let holder = rowOf[current] {
        isReached[current] = true
        var (next, least) = (size, Double.infinity)
        for column in 0..<size where !isReached[column] {
          let reduced = cost(holder, column) - rowPrices[holder] - columnPrices[column]
          if reduced < slack[column] {
            slack[column] = reduced
            before[column] = current
          }
          if slack[column] < least { (next, least) = (column, slack[column]) }
        }
        for column in 0...size {
          if isReached[column] {
            if let holder = rowOf[column] { rowPrices[holder] += least }
            columnPrices[column] -= least
          } else if column < size {
            slack[column] -= least
          }
        }
        current = next
      }
      while current != size {
        rowOf[current] = rowOf[before[current]]
        current = before[current]
      }
    }
    var columns = [Int?](repeating: nil, count: values.rows)
    for column in 0..<values.columns {
      if let row = rowOf[column], row < values.rows { columns[row] = column }
    }
    return columns
  }
}
