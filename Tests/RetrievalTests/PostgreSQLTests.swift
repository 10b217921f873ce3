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
    #expect(nul?.kind == .data)
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
