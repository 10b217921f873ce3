import SeqaeFiles
import SeqaeRandom
import SeqaeRetrieval
import TestSupport
import Testing

/// The nearest documents of a store that is asked again and again: the first answer comes from the file, later ones from memory.
struct NearestTests {
  private let folder = ScratchFolder()
  private let embedder = DrawnEmbedder()

  /// Texts of one to four pieces, some of them the same.
  private var documents: [Document] {
    let random = Random(seed: 12)
    return (0..<500).map { number in
      let sentences = (0...random.integer(below: 4)).map { _ in
        "Sentence number \(random.integer(below: 900)) of them all. "
      }
      return document("d\(number)", sentences.joined())
    }
  }

  private let queries = (0..<6).map { Array("query \($0)".utf8) }

  private func made(_ metric: VectorMetric) throws -> (index: TextIndex, path: String) {
    let path = folder("a.index")
    let store = try DocumentStores.create(path, .vectors(of: embedder, metric, pieceLimit: 70))
    let index = try TextIndex(store, embedder: embedder)
    try index.add(documents)
    return (index, path)
  }

  private func answer(_ index: TextIndex, limit: Int = 7) throws -> [[Hit]] {
    try index.search(queries, by: .dense, limit: limit)
  }

  /// What is found by who asks for the first time.
  private func expected(_ path: String, limit: Int = 7) throws -> [[Hit]] {
    try answer(
      try TextIndex(try DocumentStores.open(path), embedder: embedder), limit: limit)
  }

  @Test(arguments: VectorMetric.allCases)
  func whoAsksAgainIsAnsweredTheSame(_ metric: VectorMetric) throws {
    let (index, path) = try made(metric)
    #expect(try index.store.counts().pieces > 700)
    let first = try expected(path)
    for _ in 0..<4 { #expect(try answer(index) == first) }
    // Others look for more, or for less, of one query or of all.
    for limit in [1, 30, 200, 499, 1000] {
      let hits = try expected(path, limit: limit)
      for _ in 0..<2 { #expect(try answer(index, limit: limit) == hits) }
      #expect(hits.allSatisfy { $0.count == min(limit, 500) })
    }
    let alone = try index.search([queries[3]], by: .dense, limit: 7)
    #expect(alone == [first[3]])
  }

  @Test func scoresAreThoseOfTheVectors() throws {
    let (index, _) = try made(.dot)
    let vectors = try embedder.embed(queries)
    for _ in 0..<3 {
      for (query, hits) in zip(vectors, try answer(index)) {
        for hit in hits {
          let text = try index.store.document(hit.document).text
          let piece = Array(text[try index.store.range(ofPiece: hit.piece)])
          let vector = try embedder.embed([piece])[0]
          let product = zip(query, vector).reduce(0) { $0 + Double($1.0) * Double($1.1) }
          #expect(hit.score == Double(Float(product)))
        }
      }
    }
  }

  @Test func whatIsWrittenInBetweenIsFound() throws {
    let (index, path) = try made(.cosine)
    let other = try TextIndex(try DocumentStores.open(path), embedder: embedder)
    for _ in 0..<3 { _ = try answer(index) }
    // A text is the nearest to itself.
    for (number, writer) in [index, other].enumerated() {
      let nearest = document("new\(number)", "query \(number)")
      try writer.add([nearest])
      for _ in 0..<3 {
        let hits = try answer(index)
        #expect(try index.store.document(hits[number][0].document).id == nearest.id)
        #expect(try hits == expected(path))
      }
      _ = try writer.store.remove([nearest.id])
      for _ in 0..<3 {
        let hits = try answer(index)
        #expect(try hits == expected(path) && hits[number][0].score < 0.999)
      }
    }
  }
}
