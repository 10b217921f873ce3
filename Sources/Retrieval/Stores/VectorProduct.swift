/// The inner products of queries and rows, by which vectors are found.
///
/// Which arithmetic makes them is for those to say who have tensors; `plain` needs none.
public struct VectorProduct: Sendable {
  /// Makes the products.
  ///
  /// - Parameters:
  ///   - queries: [Q, D], row by row.
  ///   - rows: [N, D], row by row.
  ///   - dimensions: D.
  /// - Returns: [Q, N], row by row.
  public typealias Body =
    @Sendable (
      _ queries: [Float], _ rows: [Float], _ dimensions: Int
    ) -> [Float]

  let body: Body

  /// Creates products.
  public init(_ body: @escaping Body) { self.body = body }

  /// Sums in double precision, one product after the other.
  public static let plain = VectorProduct { queries, rows, dimensions in
    var products: [Float] = []
    products.reserveCapacity(queries.count / dimensions * (rows.count / dimensions))
    queries.withUnsafeBufferPointer { queries in
      rows.withUnsafeBufferPointer { rows in
        guard let queryBase = queries.baseAddress, let rowBase = rows.baseAddress else { return }
        for query in stride(from: 0, to: queries.count, by: dimensions) {
          for row in stride(from: 0, to: rows.count, by: dimensions) {
            products.append(VectorScan.score(queryBase + query, rowBase + row, dimensions))
          }
        }
      }
    }
    return products
  }
}
