import SeqaeLatentSpace
import SeqaeRandom
import SeqaeRetrieval

/// Texts as vectors of the few directions in which their TF-IDF weights lie: latent semantic analysis.
///
/// Deerwester, Dumais, Furnas, Landauer & Harshman 1990, *Indexing by Latent Semantic Analysis*: the SVD of the documents' weights
/// X ≈ U Σ Vᵀ, here of rows of length 1, which scikit-learn's TfidfVectorizer and TruncatedSVD do; a text, also one that was
/// not learnt from such as a query, is x Vᵀ, and texts are compared by the cosine.
///
/// ```swift
/// let analysis = LatentSemanticAnalysis(documents, terms: .words, dimensions: 128)
/// analysis.vector(of: query)  // 128 numbers
/// ```
public struct LatentSemanticAnalysis: Sendable {
  /// What texts are weighed by.
  public let weights: TFIDF
  /// The directions.
  public let directions: TruncatedSVD?

  // Decides the random vectors by which directions are looked for, on which next to nothing depends.
  private static let seed: UInt64 = 2011

  /// Learns from documents.
  ///
  /// - Parameters:
  ///   - texts: UTF-8.
  ///   - terms: what they consist of.
  ///   - dimensions: how many directions; there are fewer where the documents span no more.
  public init(_ texts: [[UInt8]], terms: Terms, dimensions: Int) {
    let weights = TFIDF(texts, terms: terms)
    self.weights = weights
    guard !weights.vocabulary.isEmpty else {
      directions = nil
      return
    }
    var matrix = SparseMatrix(columns: weights.vocabulary.count)
    for text in texts { matrix.append(Self.elements(text, weights)) }
    directions = TruncatedSVD(
      matrix, components: dimensions, using: Random(seed: Self.seed))
  }

  /// Returns the coordinates of a text; zeros for one without known terms.
  public func vector(of text: [UInt8]) -> [Double] {
    directions?.project(Self.elements(text, weights)) ?? []
  }

  private static func elements(
    _ text: [UInt8], _ weights: TFIDF
  ) -> [(place: Int32, value: Double)] {
    let unit = weights.vector(of: text).unit
    return zip(unit.places, unit.values).map { ($0, Double($1)) }
  }
}
