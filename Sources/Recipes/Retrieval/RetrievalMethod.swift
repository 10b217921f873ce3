import SeqaeRetrieval

/// What documents can be ranked by when rankings are judged.
public enum RetrievalMethod: String, CaseIterable, Sendable {
  /// As `seqae search` does.
  case dense, bm25, hybrid
  /// The cosine between the TF-IDF weights of terms.
  case tfidf
  /// The inner product of these, in which long documents have an advantage.
  case tfidfDot = "tfidf-dot"

  /// How an index ranks; nil for what needs none.
  var search: SearchMethod? {
    switch self {
    case .dense: .dense
    case .bm25: .bm25
    case .hybrid: .hybrid
    case .tfidf, .tfidfDot: nil
    }
  }

  /// Whether it compares vectors of an embedder.
  public var needsModel: Bool { self == .dense || self == .hybrid }
}
