import Glibc

/// The eigenvalues and eigenvectors of a symmetric matrix.
///
/// Householder's reduction to a tridiagonal matrix, then implicit QR steps with Wilkinson's shift (Golub & Van Loan
/// 2013, *Matrix Computations*, algorithms 8.3.1 and 8.3.2), in double precision: all eigenvalues to some units in the last
/// place of the largest, eigenvectors orthogonal to rounding. About 9 n³ operations on one thread and 24 n² bytes: made
/// for n up to some thousands.
struct SymmetricEigen {
  /// The eigenvalues, largest first.
  private(set) var values: [Double]
  /// The eigenvectors of these, of unit length, one a row.
  private(set) var vectors: DenseMatrix

  // The tridiagonal matrix: its diagonal, and what is beside it.
  private var diagonal: [Double]
  private var beside: [Double]

  /// Solves a matrix [n, n], of which what lies on and below the diagonal counts.
  init(_ matrix: DenseMatrix) {
    precondition(
      matrix.rows == matrix.columns, "SymmetricEigen: \(matrix.rows) rows of \(matrix.columns)")
    let n = matrix.rows
    diagonal = [Double](repeating: 0, count: n)
    beside = [Double](repeating: 0, count: n)
    values = []
    vectors = DenseMatrix(rows: n, columns: n)
    reduce(matrix)
    iterate()
    let order = (0..<n).sorted { (diagonal[$0], $1) > (diagonal[$1], $0) }
    values = order.map { diagonal[$0] }
    vectors = vectors.selecting(order)
  }

  /// A = Q T Qᵀ; leaves Qᵀ in `vectors`.
  private mutating func reduce(_ matrix: DenseMatrix) {
    let n = matrix.rows
    var a = matrix
    for row in 0..<n {
      for column in row + 1..<max(n, row + 1) { a[row, column] = a[column, row] }
    }
    // Row k keeps the reflection's vector v behind its diagonal: H = 1 − β v vᵀ.
    var betas = [Double](repeating: 0, count: n)
    a.elements.withUnsafeMutableBufferPointer { buffer in
      guard let a = buffer.baseAddress else { return }
      var w = [Double](repeating: 0, count: n)
      for k in 0..<n {
        diagonal[k] = a[k * n + k]
        guard k + 1 < n else { break }
        let count = n - k - 1
        let v = a + k * n + k + 1
        let (beta, length) = Self.reflection(v, count)
        (betas[k], beside[k]) = (beta, length)
        guard beta != 0 else { continue }
        // w = β A v − (β² vᵀ A v / 2) v; A ← A − v wᵀ − w vᵀ.
        for i in 0..<count { w[i] = beta * dot(a + (k + 1 + i) * n + k + 1, v, count) }
        w.withUnsafeMutableBufferPointer { buffer in
          guard let w = buffer.baseAddress else { return }
          add(-beta / 2 * dot(w, v, count), v, to: w, count)
          for i in 0..<count {
            let row = a + (k + 1 + i) * n + k + 1
            add(-v[i], w, to: row, count)
            add(-w[i], v, to: row, count)
          }
        }
      }
      accumulate(a, betas)
    }
  }

  /// Replaces x by v such that (1 − β v vᵀ) x = (length, 0 …).
  private static func reflection(
    _ x: UnsafeMutablePointer<Double>, _ count: Int
  ) -> (beta: Double, length: Double) {
    // Scaled, so that no square vanishes or overflows.
    var scale = 0.0
    for i in 0..<count { scale = max(scale, abs(x[i])) }
    let first = x[0]
    guard count > 1, scale > 0 else { return (0, first) }
    for i in 0..<count { x[i] /= scale }
    let norm = dot(x, x, count).squareRoot()
    let length = x[0] > 0 ? -norm : norm  // away from x[0]: no cancellation
    x[0] -= length
    return (2 / dot(x, x, count), length * scale)
  }

  /// Qᵀ of the reflections that lie in the rows of `a`.
  private mutating func accumulate(_ a: UnsafeMutablePointer<Double>, _ betas: [Double]) {
    let n = betas.count
    var q = DenseMatrix(rows: n, columns: n)
    for i in 0..<n { q[i, i] = 1 }
    q.elements.withUnsafeMutableBufferPointer { buffer in
      guard let q = buffer.baseAddress else { return }
      var sums = [Double](repeating: 0, count: n)
      sums.withUnsafeMutableBufferPointer { buffer in
        guard let sums = buffer.baseAddress else { return }
        // From the last: what is done so far lies in the rows and columns behind k.
        for k in (0..<n).reversed() where betas[k] != 0 {
          let count = n - k - 1
          let v = a + k * n + k + 1
          sums.update(repeating: 0, count: count)
          for i in 0..<count { add(v[i], q + (k + 1 + i) * n + k + 1, to: sums, count) }
          for i in 0..<count {
            add(-betas[k] * v[i], sums, to: q + (k + 1 + i) * n + k + 1, count)
          }
        }
      }
    }
    vectors = q.transposed()
  }

  /// Makes the tridiagonal matrix diagonal and turns the rows of `vectors` along.
  private mutating func iterate() {
    let n = diagonal.count
    var end = n - 1
    var steps = 0
    while end > 0 {
      for i in 0..<end where abs(beside[i]) <= .ulpOfOne * (abs(diagonal[i]) + abs(diagonal[i + 1]))
      {
        beside[i] = 0
      }
      guard beside[end - 1] != 0 else {
        end -= 1
        continue
      }
      var start = end - 1
      while start > 0, beside[start - 1] != 0 { start -= 1 }
      steps += 1
      // About two steps an eigenvalue are usual; what is not finite never ends.
      precondition(steps <= 60 * n, "SymmetricEigen: no end: the matrix is not finite")
      step(start, end)
    }
  }

  private mutating func step(_ start: Int, _ end: Int) {
    let n = diagonal.count
    let half = (diagonal[end - 1] - diagonal[end]) / 2
    let last = beside[end - 1]
    let root = hypot(half, last)
    let shift = diagonal[end] - last * (last / (half + (half < 0 ? -root : root)))
    var (x, z) = (diagonal[start] - shift, beside[start])
    vectors.elements.withUnsafeMutableBufferPointer { buffer in
      guard let v = buffer.baseAddress else { return }
      for k in start..<end {
        let r = hypot(x, z)
        let (c, s) = r == 0 ? (1, 0) : (x / r, z / r)
        if k > start { beside[k - 1] = r }
        let (a, b, g) = (diagonal[k], beside[k], diagonal[k + 1])
        let (cc, ss, cs) = (c * c, s * s, c * s)
        diagonal[k] = cc * a + 2 * cs * b + ss * g
        diagonal[k + 1] = ss * a - 2 * cs * b + cc * g
        beside[k] = cs * (g - a) + (cc - ss) * b
        if k + 1 < end {
          (x, z) = (beside[k], s * beside[k + 1])
          beside[k + 1] *= c
        }
        rotate(v + k * n, v + (k + 1) * n, c, s, n)
      }
    }
  }
}
