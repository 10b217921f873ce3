import SeqaeFiles
import SeqaeRandom
import SeqaeRetrieval
import TestSupport
import Testing

/// Documents in an index: what is kept, found and refused.
struct TextIndexTests {
  private let embedder = DrawnEmbedder()

  private func keywords(_ documents: [Document] = []) throws -> TextIndex {
    let index = try TextIndex(try DocumentStores.inMemory(IndexConfiguration(terms: .words)))
    try index.add(documents)
    return index
  }

  private func dense(
    _ documents: [Document] = [], _ metric: VectorMetric = .cosine, embedder: DrawnEmbedder? = nil
  ) throws -> TextIndex {
    let embedder = embedder ?? self.embedder
    let index = try TextIndex(
      try DocumentStores.inMemory(.vectors(of: embedder, metric)), embedder: embedder)
    try index.add(documents)
    return index
  }

  /// rank_bm25's Okapi BM25 with k₁ = 1.2, b = 0.75: Tests/Fixtures/retrieval/bm25.json.
  @Test func scoresAreBM25s() throws {
    let tests = Path.directory(Path.directory(#filePath))
    let json = try JSON.read(Path.join(tests, "Fixtures", "retrieval", "bm25.json"))
    let texts = try #require(json["texts"]?.arrayValue).compactMap { $0.stringValue?.string }
    let index = try keywords(texts.enumerated().map { document("\($0)", $1) })
    let queries = try #require(json["queries"]?.arrayValue).compactMap(\.stringValue)
    let scores = try #require(json["scores"]?.arrayValue)
    for (query, row) in zip(queries, scores) {
      let expected = try #require(row.arrayValue).compactMap(\.doubleValue)
      var found = texts.map { _ in 0.0 }
      for hit in try index.search([query.bytes], by: .bm25, limit: 100)[0] {
        let id = try index.store.document(hit.document).id.string
        found[try #require(Int(id))] = hit.score
      }
      #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-9 }, "\(query): \(found)")
    }
  }

  @Test(arguments: VectorMetric.allCases)
  func theTopTenAreThoseOfANaiveScan(_ metric: VectorMetric) throws {
    let texts = (0..<3000).map { "text \($0)" }
    let queries = (0..<20).map { Array("query \($0)".utf8) }
    let index = try dense(texts.map { document($0, $0) }, metric)
    let rows = try embedder.embed(texts.map { Array($0.utf8) })
    func length(_ vector: [Float]) -> Double {
      metric == .dot ? 1 : vector.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
    }
    let found = try index.search(queries, by: .dense, limit: 10)
    for (query, hits) in zip(try embedder.embed(queries), found) {
      let scores = rows.map { row in
        zip(row, query).reduce(0) { $0 + Double($1.0) * Double($1.1) } / length(row) / length(query)
      }
      let best = scores.indices.sorted { scores[$0] > scores[$1] }.prefix(10)
      #expect(hits.map { $0.document - 1 } == Array(best))
      #expect(zip(hits, best).allSatisfy { abs($0.score - scores[$1]) < 1e-5 })
    }
  }

  @Test func aDocumentIsAsGoodAsItsBestPiece() throws {
    var embedder = DrawnEmbedder()
    embedder.dimensions = 2
    embedder.fixed = [
      "First one. ": [1, 0], "Second. ": [0, 1], "query": [0, 1], "Another. ": [0.6, 0.8],
    ]
    let store = try DocumentStores.inMemory(.vectors(of: embedder, pieceLimit: 12))
    let index = try TextIndex(store, embedder: embedder)
    try index.add([document("a", "Another. "), document("b", "First one. Second. ")])
    let hits = try index.search([Array("query".utf8)], by: .dense, limit: 10)[0]
    #expect(try hits.map { try store.document($0.document).id } == ["b", "a"])
    #expect(abs(hits[0].score - 1) < 1e-6 && abs(hits[1].score - 0.8) < 1e-6)
    #expect(try store.range(ofPiece: hits[0].piece) == 11..<19)
    #expect(try store.counts().documents == 2 && store.counts().pieces == 3)
  }

  @Test func chineseIsFoundByWordsInEitherScript() throws {
    let index = try keywords([
      document("a", "资讯检索的方法"), document("b", "今天天气很好"), document("c", "資訊科學"),
    ])
    #expect(try index.ids("資訊檢索") == ["a", "c"])
    #expect(try index.ids("天气") == ["b"])
    #expect(try index.ids("?!") == [] && index.ids("") == [])
  }

  @Test(arguments: [
    "AND", "wing\" OR \"x", "NEAR(a b)", "terms:wing", "^wing*", "a-b (c", "'", "wing\0x",
  ])
  func aQueryIsWordsAndNoSyntax(_ query: String) throws {
    let index = try keywords([document("a", "The wing"), document("b", "and near")])
    _ = try index.ids(query)
    #expect(try index.ids("wing\" OR \"x") == ["a"])
  }

  @Test func titlesAreSearchedAndADocumentOfNothingElseIsFound() throws {
    let title = Document(id: "t", title: Array("Slipstream".utf8), text: [])
    let index = try keywords([title, document("empty", " "), document("x", "other")])
    #expect(try index.ids("slipstream") == ["t"])
    #expect(try index.store.counts().documents == 3 && index.store.counts().pieces == 2)
    #expect(try index.store.verify { _, _ in } == [])
  }

  @Test func hybridIsTheFusionOfBothAndOfTheRepairedQuery() throws {
    let documents = (0..<50).map { document("\($0)", "word\($0 % 7) and word\($0 % 5)") }
    let index = try dense(documents)
    let (noisy, clean) = (Array("wrod3 word4".utf8), Array("word3 word4".utf8))
    let fused = try index.search([noisy], repaired: [clean], by: .hybrid, limit: 50)[0]
    let parts = [
      try index.search([clean], by: .dense, limit: 1000)[0],
      try index.search([noisy], by: .bm25, limit: 1000)[0],
      try index.search([clean], by: .bm25, limit: 1000)[0],
    ]
    #expect(fused == RankFusion.fuse(parts))
    let plain = try index.search([clean], by: .hybrid, limit: 5)[0]
    #expect(plain == Array(RankFusion.fuse([parts[0], parts[2]]).prefix(5)))
  }

  @Test(arguments: SearchMethod.allCases)
  func filtersTakeDocumentsWithAllThatIsAsked(_ method: SearchMethod) throws {
    let index = try dense([
      document("a", "wing one", ["year": 1959, "tags": ["x", "y"]]),
      document("b", "wing two", ["year": 1959, "tags": ["y"], "open": true]),
      document("c", "wing three", ["year": "1960", "tags": "x"]),
    ])
    func ids(_ filters: (String, String)...) throws -> [String] {
      try index.ids(
        "wing", by: method,
        filters: filters.map { DocumentFilter(key: ByteString($0.0), value: ByteString($0.1)) }
      ).sorted()
    }
    #expect(try ids() == ["a", "b", "c"] && ids(("year", "1959")) == ["a", "b"])
    #expect(try ids(("tags", "x")) == ["a", "c"] && ids(("tags", "x"), ("year", "1959")) == ["a"])
    #expect(try ids(("open", "true")) == ["b"] && ids(("open", "false")) == [])
  }
}

// MARK: - Changes

extension TextIndexTests {
  @Test func whatIsThereIsSkippedReplacedAndRemoved() throws {
    let index = try keywords()
    let (a, b) = (document("a", "old wing"), document("b", "heat"))
    var changes = try index.add([a, b, a])
    #expect((changes.added, changes.unchanged) == (2, 1))
    changes = try index.add([b, document("c", "layer")])
    #expect((changes.added, changes.unchanged) == (1, 1))
    changes = try index.add([document("a", "new wall"), b], conflict: .replace)
    #expect((changes.added, changes.replaced, changes.unchanged) == (0, 1, 1))
    #expect(try index.ids("wing") == [] && index.ids("wall") == ["a"])
    #expect(try index.store.remove(["b", "none", "b"]) == [true, false, false])
    #expect(try index.ids("heat") == [] && index.store.counts().documents == 2)
    #expect(try index.store.verify { _, _ in } == [])
  }

  @Test func anIdWithOtherContentsIsRefusedAndWhatCameBeforeStays() throws {
    let index = try keywords([document("a", "one")])
    let error = failure {
      try index.add([document("b", "two"), document("a", "other"), document("c", "three")])
    }
    #expect(error?.kind == .data && error?.message.contains("document \"a\" is there") == true)
    #expect(try index.ids("two") == ["b"] && index.ids("three") == [] && index.ids("one") == ["a"])
  }

  @Test(arguments: [TextIndex.Conflict.refuse, .replace], [1, 300])
  func anIdThatIsGivenTwiceIsRefused(_ conflict: TextIndex.Conflict, _ distance: Int) throws {
    // At 300 the two are in different changes.
    let index = try keywords([document("a", "before")])
    let between = (0..<distance).map { document("x\($0)", "x") }
    let first = conflict == .refuse ? document("a", "before") : document("a", "one")
    let error = failure {
      try index.add([first] + between + [document("a", "two")], conflict: conflict)
    }
    #expect(error?.kind == .data)
    let isSaid = error?.message.contains("\"a\": given twice") == true
    // What an add has left as it was is refused as it always is.
    #expect(isSaid || conflict == .refuse, "\(error?.message ?? "")")
    #expect(try index.ids("two") == [] && index.store.counts().documents == distance + 1)
    // What was left as it was counts as given, too.
    let again = failure {
      try index.add([first] + between + [document("a", "two")], conflict: conflict)
    }
    #expect(again?.kind == .data)
  }

  @Test(
    arguments: [
      ([1, 2, 3] as [Float], VectorMetric.cosine, "expected a vector of 8 values, found 3"),
      ([1, .nan, 0, 0, 0, 0, 0, 0], .dot, "a value that is no number"),
      ([1, .infinity, 0, 0, 0, 0, 0, 0], .cosine, "a value that is no number"),
      ([0, 0, 0, 0, 0, 0, 0, 0], .cosine, "which has no direction"),
    ])
  func vectorsThatCanNotBeKeptAreRefused(
    _ vector: [Float], _ metric: VectorMetric, _ message: String
  ) throws {
    var embedder = DrawnEmbedder()
    embedder.fixed["bad"] = vector
    let index = try dense([], metric, embedder: embedder)
    let error = failure { try index.add([document("a", "good"), document("b", "bad")]) }
    #expect(error?.kind == .data)
    #expect(error?.message.hasPrefix("document \"b\": ") == true)
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    #expect(try index.store.counts().documents == 1)
    let query = failure { _ = try index.search([Array("bad".utf8)], by: .dense, limit: 1) }
    #expect(query?.message.hasPrefix("query \"bad\": ") == true)
  }

  @Test func aZeroVectorHasAnInnerProduct() throws {
    var embedder = DrawnEmbedder()
    embedder.fixed["zero"] = [Float](repeating: 0, count: 8)
    let index = try dense([document("a", "zero")], .dot, embedder: embedder)
    #expect(try index.search([Array("q".utf8)], by: .dense, limit: 5)[0].map(\.score) == [0])
  }

  @Test func anotherModelsIndexIsRefused() throws {
    let store = try DocumentStores.inMemory(.vectors(of: embedder))
    var other = DrawnEmbedder(fingerprint: "other")
    #expect(
      failure { _ = try TextIndex(store, embedder: other) }?.message.contains("other weights")
        == true)
    other.dimensions = 4
    #expect(
      failure { _ = try TextIndex(store, embedder: other) }?.message.contains("8 values") == true)
    #expect(failure { try TextIndex(store).add([document("a", "b")]) }?.kind == .usage)
    #expect(failure { _ = try keywords([]).ids("x", by: .dense) }?.kind == .usage)
  }
}
