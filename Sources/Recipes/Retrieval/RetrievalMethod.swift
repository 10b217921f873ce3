import SeqaeRetrieval

/// What documents can be ranked by when rankings are judged.
public enum RetrievalMethod: String, CaseIterable, Sendable {
  /// As `seqae search` does.
  case dense, bm25, hybrid
  /// The cosine between the TF-IDF weights of terms.
  case tfidf
  /// The inner product of these, in which long documents have an advantage.
  case tfidfDot = "tfidf-dot"
  /// The cosine between the coordinates of these along the directions of latent semantic analysis.
  case lsa
  /// In how many bits the codes of whole documents differ, the signs of an embedder's vectors.
  case hamming

  /// How an index ranks; nil for what needs none.
  var search: SearchMethod? {
    switch self {
    case .dense: .dense
    case .bm25: .bm25
    case .hybrid: .hybrid
    case .tfidf, .tfidfDot, .lsa, .hamming: nil
    }
  }

  /// Whether it compares vectors of an embedder.
  public var needsModel: Bool { [.dense, .hybrid, .hamming].contains(self) }
}
