import SeqaeRandom

/// The directions in which sparse vectors lie, the largest first: X ≈ U Σ Vᵀ with K singular values.
///
/// Halko, Martinsson & Tropp 2011, *Finding Structure with Randomness*, algorithms 4.4 and 5.1: an orthonormal basis Q of what
/// (X Xᵀ)^q X does to L = K + 10 random vectors, made orthonormal between the products, holds nearly all that the K largest hold, and
/// the SVD of Qᵀ X is a small one. X is multiplied 2 q + 2 times and is never dense. Vectors are not centred: what
/// `LatentSemanticAnalysis` is made of, and what differs from `PCA`.
public struct TruncatedSVD: Sendable {
  /// Σ: the singular values, largest first [K].
  public let singularValues: [Double]
  /// Vᵀ: the directions of these, orthonormal, of each the element of largest magnitude positive [K, D].
  public let components: DenseMatrix

  // Of these many more vectors than wanted, and so many rounds, the angles to the exact directions are small: Halko et al. 2011, §4.5.
  /// By how many more random vectors directions are looked for.
  public static let oversampling = 10
  /// q, how many times they are multiplied there and back.
  public static let iterations = 7

  /// Finds the directions of vectors.
  ///
  /// - Parameters:
  ///   - x: the vectors [N, D], one or more.
  ///   - count: K, 1 or more; there are fewer where the vectors span no more.
  ///   - oversampling: by how many more random vectors they are looked for.
  ///   - iterations: q.
  ///   - random: what those are drawn from.
  public init(
    _ x: SparseMatrix, components count: Int, oversampling: Int = TruncatedSVD.oversampling,
    iterations: Int = TruncatedSVD.iterations, using random: Random
  ) {
    precondition(
      x.rows > 0 && count > 0, "TruncatedSVD: \(count) components of \(x.rows) vectors")
    let wanted = min(count + oversampling, x.rows, x.columns)  // L
    let normals = (0..<x.columns * wanted).map { _ in random.normal() }
    var q = Self.basis(x.product(DenseMatrix(normals, columns: wanted)))  // [N, L]
    for _ in 0..<iterations {
      q = Self.basis(x.product(Self.basis(x.transposedProduct(q))))
    }
    let small = x.transposedProduct(q).transposed()  // Qᵀ X [L, D]
    let eigen = SymmetricEigen(small.products(small))
    // Squares lose half of the digits: what is less than that is nothing.
    let least = max(0, eigen.values.first ?? 0) * Double(x.columns) * .ulpOfOne
    let kept = eigen.values.prefix(count).prefix { $0 > least }.count
    singularValues = eigen.values.prefix(kept).map { $0.squareRoot() }
    let largest = eigen.vectors.selecting(Array(0..<kept))
    let directions = largest.products(small.transposed())  // [K, D]
    components = directions.orthonormalRows().oriented()
  }

  /// Orthonormal columns that span those of y [rows, L]; one of zeros where there are none.
  private static func basis(_ y: DenseMatrix) -> DenseMatrix {
    let rows = y.transposed().orthonormalRows()
    return rows.rows > 0 ? rows.transposed() : DenseMatrix(rows: y.rows, columns: 1)
  }

  /// Returns the coordinates of a vector along the components, Vᵀ x: of a vector that was not among those learnt from too.
  ///
  /// - Parameter elements: those that are not zero, below D.
  /// - Returns: K coordinates.
  public func project(_ elements: [(place: Int32, value: Double)]) -> [Double] {
    (0..<components.rows).map { row in
      elements.reduce(0) { $0 + components[row, Int($1.place)] * $1.value }
    }
  }
}
