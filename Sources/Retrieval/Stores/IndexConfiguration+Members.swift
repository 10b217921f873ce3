import SeqaeFiles

/// What an index was made with, as stores keep it: names and values, and a checksum of all.
extension IndexConfiguration {
  /// Under which name the checksum is kept.
  static let checksumKey: ByteString = "checksum"

  /// What is kept, without the checksum.
  var members: [(ByteString, ByteString)] {
    var members = [("terms", terms.rawValue), ("piece", "\(pieceLimit)")]
    if let vectors {
      members += [
        ("metric", vectors.metric.rawValue), ("dimensions", "\(vectors.dimensions)"),
        ("fingerprint", vectors.fingerprint), ("model", vectors.model),
      ]
      if let graph = vectors.graph {
        members += [("links", "\(graph.links)"), ("width", "\(graph.width)")]
      }
    }
    return members.map { (ByteString($0), ByteString($1)) }
  }

  /// Reads what was kept; nil if something is missing or wrong.
  init?(_ members: [(ByteString, ByteString)]) {
    let members = Dictionary(members, uniquingKeysWith: { first, _ in first })
    func value(_ key: ByteString) -> String? { members[key]?.string }
    guard let terms = value("terms").flatMap({ KeywordTerms(rawValue: $0) }),
      let limit = value("piece").flatMap({ Int($0) }), limit >= 4
    else { return nil }
    self.init(terms: terms, pieceLimit: limit)
    guard let name = value("metric") else { return }
    guard let metric = VectorMetric(rawValue: name), let model = value("model"),
      let dimensions = value("dimensions").flatMap({ Int($0) }), dimensions > 0,
      let fingerprint = value("fingerprint")
    else { return nil }
    vectors = .init(
      metric: metric, dimensions: dimensions, fingerprint: fingerprint, model: model)
    guard let links = value("links") else { return }
    guard let links = Int(links), let width = value("width").flatMap({ Int($0) }) else {
      return nil
    }
    vectors?.graph = VectorGraph(links: links, width: width)
  }

  /// Returns the checksum of what is kept.
  static func checksum(_ members: [(ByteString, ByteString)]) -> UInt64 {
    var hash = FNV1a()
    for (key, value) in members.sorted(by: { $0.0 < $1.0 }) {
      hash.add(part: key.bytes)
      hash.add(part: value.bytes)
    }
    return hash.value
  }
}

extension StoredDocument.Piece {
  /// The checksum of a piece's row, of its terms and of its vector.
  static func checksum(
    document: Int, start: Int, stop: Int, tokens: [UInt8], vector: UnsafeRawBufferPointer
  ) -> Int {
    var hash = FNV1a()
    for number in [document, start, stop] { hash.add(number: number) }
    hash.add(part: tokens)
    hash.add(number: vector.count)
    hash.add(vector)
    return Int(bitPattern: UInt(hash.value))
  }
}
