extension DenseMatrix {
  /// Returns rows of unit length, orthogonal to each other, that span what these rows span: modified Gram-Schmidt, each row
  /// twice, since the first time leaves what was rounded.
  ///
  /// A row that points no further than those before it is left out. 4 R² C operations.
  func orthonormalRows() -> DenseMatrix {
    var result = self
    var kept = 0
    result.elements.withUnsafeMutableBufferPointer { buffer in
      guard let x = buffer.baseAddress else { return }
      for row in 0..<rows {
        let own = x + row * columns
        let before = dot(own, own, columns).squareRoot()
        for other in Array(0..<kept) + Array(0..<kept) {
          let basis = x + other * columns
          SeqaeLatentSpace.add(-dot(own, basis, columns), basis, to: own, columns)
        }
        let length = dot(own, own, columns).squareRoot()
        guard length > 1e-6 * before else { continue }
        let target = x + kept * columns
        for column in 0..<columns { target[column] = own[column] / length }
        kept += 1
      }
    }
    return result.selecting(Array(0..<kept))
  }

  /// Returns the rows, each in the direction in which its element of largest magnitude is positive.
  func oriented() -> DenseMatrix {
    var result = self
    for row in 0..<rows {
      let largest = self[row: row].max { abs($0) < abs($1) } ?? 0
      guard largest < 0 else { continue }
      for column in 0..<columns { result[row, column] *= -1 }
    }
    return result
  }
}
