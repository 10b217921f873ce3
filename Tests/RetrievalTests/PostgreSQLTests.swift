import SeqaeFiles
import SeqaeRandom
import SeqaeRetrieval
import Testing

/// The same index in a PostgreSQL database as in a file.
struct PostgreSQLTests {
  private let server: PostgreSQLServer?
  private let embedder = DrawnEmbedder()

  init() throws {
    server = try PostgreSQLServer.shared.get()
    if server == nil { print(PostgreSQLServer.reason) }
  }

  private var documents: [Document] {
    let random = Random(seed: 5)
    let words = [
      "wing", "heat", "wall", "flow", "slipstream", "天气", "檢索", "the", "\"quoted\\", "{a,b}",
      "\t\\N\r", "line\nfeed", "\\.",
    ]
    return (0..<120).map { number in
      let text = (0...random.integer(below: 12)).map { _ in
        words[random.integer(below: words.count)]
      }
      return Document(
        id: ByteString("d\(number)"), title: number % 3 == 0 ? Array("title wing".utf8) : [],
        text: Array(text.joined(separator: ". ").utf8),
        metadata: [
          "year": .integer(1950 + number % 5), "tags": ["a", number % 2 == 0 ? "b" : "c"],
        ])
    }
  }

  private func made(
    _ name: String, in server: PostgreSQLServer, _ configuration: IndexConfiguration? = nil
  ) throws -> (index: TextIndex, address: String) {
    let address = try server.database(name)
    let store = try DocumentStores.create(
      address, configuration ?? .vectors(of: embedder, pieceLimit: 30))
    return (try TextIndex(store, embedder: embedder), address)
  }

  @Test func bothStoresGiveTheSameAnswers() throws {
    guard let server else { return }
    let (there, _) = try made("same", in: server)
    let here = try TextIndex(
      try DocumentStores.inMemory(.vectors(of: embedder, pieceLimit: 30)), embedder: embedder)
    for index in [here, there] {
      try index.add(documents)
      _ = try index.store.remove(["d3", "d70", "none"])
      let changed = [
        document("d5", "heat of the wall", ["year": 1951]), document("new", "slipstream"),
      ]
      try index.add(changed, conflict: .replace)
    }
    #expect(try here.store.counts() == there.store.counts())
    let filters = [
      [], [DocumentFilter(key: "year", value: "1951"), DocumentFilter(key: "tags", value: "b")],
    ]
    for query in ["wing", "heat wall heat", "檢索 天氣", "\"quoted\\ {a,b}", "none"] {
      for method in SearchMethod.allCases {
        for filter in filters {
          func hits(_ index: TextIndex) throws -> [Hit] {
            try index.search([Array(query.utf8)], by: method, limit: 20, filters: filter)[0]
          }
          let (first, second) = (try hits(here), try hits(there))
          #expect(first.count == second.count)
          for (own, other) in zip(first, second) {
            #expect(abs(own.score - other.score) < 1e-5, "\(query) \(method)")
          }
          // Equally good ones may change places where sums differ in their last bits.
          let clear = zip(first, first.dropFirst()).prefix { $0.score - $1.score > 1e-5 }.map(\.0)
          for (own, other) in zip(clear, second) {
            let ids = (
              try here.store.document(own.document).id, try there.store.document(other.document).id
            )
            #expect(ids.0 == ids.1, "\(query) \(method)")
          }
        }
      }
    }
    #expect(try there.store.verify { _, _ in } == [])
  }

  @Test func anIndexIsOpenedAsItWasMade() throws {
    guard let server else { return }
    let (index, address) = try made("opened", in: server)
    try index.add(documents)
    let again = try TextIndex(try DocumentStores.open(address), embedder: embedder)
    #expect(again.store.configuration == index.store.configuration)
    let changes = try again.add(documents + [document("more", "text")])
    #expect((changes.added, changes.unchanged) == (1, 120))
    // No message tells the password.
    #expect(!again.store.name.contains("secret") && again.store.name.contains("postgres@"))
    let twice = failure { _ = try DocumentStores.create(address, IndexConfiguration()) }
    #expect(twice?.kind == .cannotCreate)
    let none = failure { _ = try DocumentStores.open(try server.database("empty")) }
    #expect(none?.kind == .missingInput)
  }

  @Test func everyTextComesBackAsItWas() throws {
    guard let server else { return }
    let (index, _) = try made("texts", in: server)
    try index.add(documents + [document("empty", "")])
    for (position, document) in documents.enumerated() {
      #expect(try index.store.document(position + 1) == document)
    }
    #expect(try index.store.verify { _, _ in } == [])
  }

  @Test func aGraphFindsMostOfTheNearest() throws {
    guard let server else { return }
    let embedder = ClusterEmbedder()
    let documents = (0..<2000).map { document("d\($0)", "\($0)") }
    let queries = (0..<40).map { Array("query \($0)".utf8) }
    func configuration(_ graph: IndexConfiguration.VectorGraph?) -> IndexConfiguration {
      IndexConfiguration(
        vectors: .init(
          metric: .cosine, dimensions: embedder.dimensions, fingerprint: embedder.fingerprint,
          model: "clusters", graph: graph))
    }
    let exact = try TextIndex(
      try DocumentStores.inMemory(configuration(nil)), embedder: embedder)
    try exact.add(documents)
    let expected = try exact.search(queries, by: .dense, limit: 10)

    let graph = IndexConfiguration.VectorGraph(links: 8, width: 32)
    let address = try server.database("graph")
    // So few rows the server would compare one by one.
    #expect(try server.execute("ALTER DATABASE graph SET enable_seqscan = off", in: "graph"))
    let made = try TextIndex(
      try DocumentStores.create(address, configuration(graph)), embedder: embedder)
    try made.add(documents)
    func recall(_ width: Int?, _ filters: [DocumentFilter] = []) throws -> Double {
      let store = try DocumentStores.open(address, searchWidth: width)
      #expect(store.configuration.vectors?.graph == graph)
      let found = try TextIndex(store, embedder: embedder)
        .search(queries, by: .dense, limit: 10, filters: filters)
      #expect(found.allSatisfy { $0.count == 10 })
      let shared = zip(found, expected).map {
        Set($0.map(\.document)).intersection($1.map(\.document)).count
      }
      return Double(shared.reduce(0, +)) / 400
    }
    let (narrow, usual, wide) = (try recall(10), try recall(nil), try recall(800))
    print(
      "recall of a graph's nearest 10 with widths of 10, 40 and 800: \(narrow), \(usual), \(wide)")
    #expect(usual >= 0.9 && wide >= usual && narrow < wide)
    // More than there are candidates for are found exactly.
    let many = try made.search([queries[0]], by: .dense, limit: 1500)[0]
    let all = try exact.search([queries[0]], by: .dense, limit: 1500)[0]
    #expect(many.count == 1500 && Set(many.map(\.document)) == Set(all.map(\.document)))
  }

  @Test func aGraphLeadsToAsManyDocumentsAsItsPiecesAreOf() throws {
    guard let server else { return }
    let embedder = ClusterEmbedder()
    let address = try server.database("pieces")
    #expect(try server.execute("ALTER DATABASE pieces SET enable_seqscan = off", in: "pieces"))
    let configuration = IndexConfiguration(
      pieceLimit: 30,
      vectors: .init(
        metric: .cosine, dimensions: embedder.dimensions, fingerprint: embedder.fingerprint,
        model: "clusters", graph: .init()))
    let index = try TextIndex(
      try DocumentStores.create(address, configuration), embedder: embedder)
    try index.add(
      (0..<900).map { document("d\($0)", "The sentence \($0) is one. The other \($0) is two.") })
    #expect(try index.store.counts().pieces == 1800)
    let query = try embedder.embed([Array("query".utf8)])
    func hits(_ limit: Int) throws -> [Hit] {
      try index.store.nearest(to: query, limit: limit, filters: [])[0]
    }
    // As many as hybrid asks for: 1,000 pieces are of 500 documents or more, and no scan looks for the others.
    #expect(try (500..<900).contains(hits(1000).count))
    for limit in [1, 30, 100, 300] { #expect(try hits(limit).count == limit) }
  }

  @Test func aGraphIsMadeOfWhatPgvectorTakes() throws {
    let graph = IndexConfiguration.VectorGraph()
    func failed(_ place: String, _ dimensions: Int) -> Failure? {
      failure {
        _ = try DocumentStores.create(
          place,
          IndexConfiguration(
            vectors: .init(
              metric: .dot, dimensions: dimensions, fingerprint: "x", model: "x", graph: graph)))
      }
    }
    #expect(failed("/tmp/none.index", 8)?.kind == .usage)
    guard let server else { return }
    let deep = failed(try server.database("deep"), 2001)
    #expect(deep?.kind == .data && deep?.message.contains("up to 2000 values") == true)
    #expect(failed(try server.database("flat"), 2000) == nil)
    let old = try server.database("old")
    #expect(
      try server.execute(
        "CREATE EXTENSION vector; UPDATE pg_am SET amname = 'none' WHERE amname = 'hnsw'", in: "old"
      ))
    let without = failed(old, 8)
    #expect(without?.kind == .unavailable && without?.message.contains("no HNSW") == true)
    let (index, address) = try made("scanned", in: server)
    #expect(index.store.configuration.vectors?.graph == nil)
    #expect(failure { _ = try DocumentStores.open(address, searchWidth: 9) }?.kind == .usage)
  }

  @Test func whatIsDamagedIsFoundAndNamed() throws {
    guard let server else { return }
    let (index, _) = try made("damaged", in: server)
    try index.add(documents)
    for (statement, message) in [
      (
        "UPDATE seqae.documents SET text = text || 'x' WHERE id = 'd1'", "document \"d1\": its text"
      ),
      (
        "UPDATE seqae.postings SET count = 9 WHERE piece = 5",
        "its vector or its terms have changed"
      ),
      ("DELETE FROM seqae.fields WHERE document = 8", "what filters find it by"),
      ("DELETE FROM seqae.documents WHERE id = 'd20'", "of no document: left over"),
    ] {
      #expect(try server.execute(statement, in: "damaged"))
      let lines = try index.store.verify { _, _ in }
      #expect(lines.contains { $0.contains(message) }, "\(statement): \(lines)")
    }
  }

  @Test func whatTheServerCanNotKeepIsRefused() throws {
    guard let server else { return }
    let (index, _) = try made("refused", in: server, IndexConfiguration())
    let nul = failure { try index.add([document("a", "one"), document("b", "t\0wo")]) }
    #expect(nul?.kind == .data && nul?.message.contains("document \"b\"") == true)
    let id = failure { try index.add([document("a\0", "one")]) }
    #expect(id?.kind == .data && id?.message.contains("the id") == true)
    let field = failure { try index.add([document("c", "one", ["key": "t\0wo"])]) }
    #expect(field?.kind == .data && field?.message.contains("document \"c\"") == true)
    #expect(try index.store.counts().documents == 0)
    // A term that no index of the server's takes is found all the same.
    let long = String(repeating: "ab", count: 900)
    try index.add([document("long", long)])
    #expect(try index.ids(long) == ["long"])
    let wide = failure {
      let vectors = IndexConfiguration.Vectors(
        metric: .dot, dimensions: 20_000, fingerprint: "x", model: "x")
      _ = try DocumentStores.create(
        try server.database("wide"), IndexConfiguration(vectors: vectors))
    }
    #expect(wide?.kind == .data)
  }

  @Test func aServerThatIsGoneIsSaidToBe() throws {
    let nowhere = failure { _ = try DocumentStores.open("postgresql://me:secret@%2Fnone/db") }
    #expect(nowhere?.kind == .unavailable && nowhere?.message.contains("secret") == false)
    guard let server else { return }
    let (index, address) = try made("gone", in: server)
    try index.add([document("a", "one")])
    let end =
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'gone' AND pid <> pg_backend_pid()"
    var isEnded = false
    let documents = (0..<600).map { document("x\($0)", "text \($0)") }
    var rest = documents[...]
    // The server ends the connection in the middle of the work.
    let error = failure {
      try index.add({ () in rest.popFirst() }) { _ in
        if !isEnded { isEnded = (try? server.execute(end, in: "gone")) ?? false }
      }
    }
    #expect(isEnded && error?.kind == .unavailable, "\(error?.message ?? "")")
    let again = try TextIndex(try DocumentStores.open(address), embedder: embedder)
    #expect(try again.store.counts().documents == 257)
    #expect(try again.add(documents).unchanged == 256)
    #expect(try again.store.verify { _, _ in } == [])
  }
}
