import Glibc
import SeqaeFiles
import SeqaeRandom
import SeqaeRetrieval
import TestSupport

/// Vectors that are drawn from the text, so that equal texts have equal ones.
struct DrawnEmbedder: TextEmbedder {
  var dimensions = 8
  var fingerprint = "drawn"
  /// The vectors of some texts, in place of drawn ones.
  var fixed: [String: [Float]] = [:]

  func embed(_ texts: [[UInt8]]) throws(Failure) -> [[Float]] {
    texts.map { text in
      if let vector = fixed[String(decoding: text, as: UTF8.self)] { return vector }
      let random = Random(seed: FNV1a.hash(text))
      return (0..<dimensions).map { _ in Float(random.normal()) }
    }
  }
}

/// Vectors round the directions of thirty clusters.
struct ClusterEmbedder: TextEmbedder {
  var dimensions = 24
  var fingerprint = "clusters"

  func embed(_ texts: [[UInt8]]) throws(Failure) -> [[Float]] {
    texts.map { text in
      let random = Random(seed: FNV1a.hash(text))
      let center = Random(seed: UInt64(random.integer(below: 30)))
      return (0..<dimensions).map { _ in Float(center.normal() + random.normal()) }
    }
  }
}

func document(_ id: String, _ text: String, _ metadata: JSONObject = JSONObject()) -> Document {
  Document(id: ByteString(id), text: Array(text.utf8), metadata: metadata)
}

/// The failure that `body` throws; nil if it throws none.
func failure(_ body: () throws -> Void) -> Failure? {
  do {
    try body()
    return nil
  } catch {
    return error as? Failure
  }
}

extension IndexConfiguration {
  /// Of an index of the vectors of an embedder.
  static func vectors(
    of embedder: DrawnEmbedder, _ metric: VectorMetric = .cosine, pieceLimit: Int = 2000
  ) -> IndexConfiguration {
    IndexConfiguration(
      pieceLimit: pieceLimit,
      vectors: .init(
        metric: metric, dimensions: embedder.dimensions, fingerprint: embedder.fingerprint,
        model: "drawn"))
  }
}

extension TextIndex {
  /// Adds documents that are at hand.
  @discardableResult
  func add(
    _ documents: [Document], conflict: Conflict = .refuse
  ) throws(Failure) -> Changes {
    var rest = documents[...]
    return try add({ () in rest.popFirst() }, conflict: conflict)
  }

  /// The ids of what is found, the best first.
  func ids(
    _ query: String, by method: SearchMethod = .bm25, limit: Int = 10,
    filters: [DocumentFilter] = []
  ) throws(Failure) -> [String] {
    var ids: [String] = []
    for hit in try search([Array(query.utf8)], by: method, limit: limit, filters: filters)[0] {
      ids.append(try store.document(hit.document).id.string)
    }
    return ids
  }
}
