/// Principal components: the directions in which vectors vary most (Pearson 1901; Hotelling 1933).
///
/// The eigenvectors of the covariance XᵀX / (N − 1) of the centred vectors, or, where there are fewer vectors than
/// dimensions, Xᵀu / |Xᵀu| for the eigenvectors u of X Xᵀ. Of each component the element of largest magnitude is positive. N D²
/// operations and some 9 min(N, D)³, all in double precision: seconds at 1,000 dimensions, minutes at 4,096.
///
/// ```swift
/// let pca = PCA(x, components: 2)
/// let plane = pca.project(x)  // [N, 2]
/// ```
public struct PCA: Sendable {
  /// The mean of the vectors [D].
  public let mean: [Double]
  /// The directions, orthonormal, of most variance first [K, D].
  public let components: DenseMatrix
  /// The variance along each of them [K], of N − 1 degrees of freedom.
  public let variances: [Double]
  /// The variance in all D directions together.
  public let totalVariance: Double

  /// The share of the variance along each component.
  public var shares: [Double] {
    variances.map { totalVariance > 0 ? $0 / totalVariance : 0 }
  }

  /// Finds the components of vectors.
  ///
  /// - Parameters:
  ///   - x: the vectors [N, D], two or more.
  ///   - count: K, from 1 to the lesser of N and D.
  public init(_ x: DenseMatrix, components count: Int) {
    precondition(
      x.rows > 1 && count > 0 && count <= min(x.rows, x.columns),
      "PCA: \(count) components of \(x.rows) vectors of \(x.columns) dimensions")
    mean = x.mean()
    let centred = x.centred(on: mean)
    let degrees = Double(x.rows - 1)
    let turned = centred.transposed()  // [D, N]
    let isWide = x.rows < x.columns
    // The Gram matrix of the shorter side: [D, D], or [N, N].
    let gram = isWide ? centred.products(centred) : turned.products(turned)
    totalVariance = (0..<gram.rows).reduce(0) { $0 + gram[$1, $1] } / degrees
    let eigen = SymmetricEigen(gram)
    variances = eigen.values.prefix(count).map { max(0, $0) / degrees }
    var directions = eigen.vectors.selecting(Array(0..<count))
    if isWide {
      // The directions of no variance are none of Xᵀu's.
      let smallest = max(0, eigen.values[0]) * Double(x.columns) * .ulpOfOne
      let known = eigen.values.prefix(count).prefix { $0 > smallest }.count
      directions = Self.orthonormal(directions.products(turned), known: known)
    }
    components = directions.oriented()
  }

  /// Returns the coordinates of vectors along the components: (X − mean) Wᵀ.
  ///
  /// - Parameter x: vectors [N, D].
  /// - Returns: their coordinates [N, K].
  public func project(_ x: DenseMatrix) -> DenseMatrix {
    precondition(x.columns == mean.count, "PCA: vectors of \(x.columns), expected \(mean.count)")
    return x.centred(on: mean).products(components)
  }

  /// Returns the vectors of coordinates, the nearest to what was projected: Z W + mean.
  ///
  /// - Parameter z: coordinates [N, K].
  /// - Returns: vectors [N, D].
  public func reconstruct(_ z: DenseMatrix) -> DenseMatrix {
    precondition(
      z.columns == components.rows, "PCA: \(z.columns) coordinates, expected \(components.rows)")
    return z.products(components.transposed()).centred(on: mean.map { -$0 })
  }

  /// Returns rows of unit length, orthogonal to each other: the first `known` as they point, then any others.
  private static func orthonormal(_ rows: DenseMatrix, known: Int) -> DenseMatrix {
    let kept = rows.selecting(Array(0..<known)).orthonormalRows()
    guard kept.rows < rows.rows else { return kept }
    // As many axes as rows are wanted point further than those kept by as many as are missing.
    var axes = DenseMatrix(rows: rows.rows, columns: rows.columns)
    for axis in 0..<rows.rows { axes[axis, axis] = 1 }
    let all = DenseMatrix(kept.elements + axes.elements, columns: rows.columns).orthonormalRows()
    return all.selecting(Array(0..<rows.rows))
  }
}
