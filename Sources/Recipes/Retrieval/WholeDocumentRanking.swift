import SeqaeFiles
import SeqaeLatentSpace
import SeqaeRetrieval

/// What ranks documents as they are, not cut into pieces.
enum WholeDocumentRanking {
  /// By the inner product with the query's weights, of length 1; documents that share no term with it are not found.
  case weights(TFIDF, rows: [SparseVector])
  /// By the cosine of their coordinates.
  case directions(LatentSemanticAnalysis, rows: [[Double]])
  /// By how many bits of their codes differ.
  case bits(any TextEmbedder, BinaryCodes)

  /// Returns for each query the numbers of the documents that are found, and how good each is.
  ///
  /// - Throws: what the embedder throws.
  func scores(of queries: [[UInt8]]) throws(Failure) -> [[(row: Int, score: Double)]] {
    switch self {
    case .weights(let weights, let rows):
      return queries.map { query in
        let wanted = weights.vector(of: query).unit
        return rows.enumerated().compactMap { row, vector in
          let score = wanted.product(vector)
          return score > 0 ? (row, Double(score)) : nil
        }
      }
    case .directions(let analysis, let rows):
      return queries.map { query in
        let wanted = Self.unit(analysis.vector(of: query))
        guard wanted.contains(where: { $0 != 0 }) else { return [] }
        return rows.enumerated().compactMap { row, vector in
          guard vector.contains(where: { $0 != 0 }) else { return nil }
          return (row, zip(wanted, vector).reduce(0) { $0 + $1.0 * $1.1 })
        }
      }
    case .bits(let embedder, let codes):
      return try embedder.embed(queries).map { vector in
        codes.distances(to: vector).enumerated().map { ($0.offset, -Double($0.element)) }
      }
    }
  }

  /// A vector of length 1 of the same direction; zeros stay.
  static func unit(_ vector: [Double]) -> [Double] {
    let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return length > 0 ? vector.map { $0 / length } : vector
  }
}
