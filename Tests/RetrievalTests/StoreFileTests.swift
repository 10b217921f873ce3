import Glibc
import SeqaeFiles
import SeqaeRandom
import SeqaeRetrieval
import TestSupport
import Testing

/// The file of an index: made, opened, shared and damaged.
struct StoreFileTests {
  private let folder = ScratchFolder()
  private let embedder = DrawnEmbedder()

  private var documents: [Document] {
    (0..<60).map {
      document("d\($0)", "text \($0) of the wing. 今天天气\($0)", ["year": .integer(1950 + $0)])
    }
  }

  private func made(_ name: String = "a.index") throws -> String {
    let store = try DocumentStores.create(folder(name), .vectors(of: embedder))
    try TextIndex(store, embedder: embedder).add(documents)
    return folder(name)
  }

  private func open(_ path: String) throws -> TextIndex {
    try TextIndex(try DocumentStores.open(path), embedder: embedder)
  }

  @Test func anIndexIsOpenedAsItWasMade() throws {
    let path = try made()
    let store = try DocumentStores.open(path)
    #expect(store.configuration == .vectors(of: embedder))
    #expect(try store.counts().documents == 60 && store.verify { _, _ in } == [])
    for (position, document) in documents.enumerated() {
      #expect(try store.document(position + 1) == document)
    }
    #expect(try Path.list(folder.path) == ["a.index"])
    let configuration = IndexConfiguration(terms: .both, pieceLimit: 100)
    _ = try DocumentStores.create(folder("b.index"), configuration)
    #expect(try DocumentStores.open(folder("b.index")).configuration == configuration)
  }

  @Test func whatIsNoIndexIsRefused() throws {
    let text = try folder.put("text", lines: ["not an index", String(repeating: "x", count: 5000)])
    func kind(_ path: String) -> Failure.Kind? { failure { _ = try open(path) }?.kind }
    #expect(kind(text) == .data && kind("/none/there") == .missingInput)
    #expect(kind(folder.path) == .missingInput)
    _ = folder.put(empty: "empty")
    #expect(kind(folder("empty")) == .data)
    func creation(_ path: String) -> Failure.Kind? {
      failure { _ = try DocumentStores.create(path, IndexConfiguration()) }?.kind
    }
    // An empty file is what a creation leaves that was killed.
    #expect(creation(folder("empty")) == nil && creation("/none/there") == .cannotCreate)
    #expect(creation(try made()) == .cannotCreate && creation(text) == .data)
  }

  @Test func anIndexOfANewerFormIsRefused() throws {
    let path = try made()
    // SQLite's header has user_version at byte 60, the highest byte first.
    try change(path) { $0[63] = 9 }
    let error = failure { _ = try open(path) }
    #expect(error?.kind == .data && error?.message.contains("version 9") == true)
  }

  @Test func whoFindsTheIndexTakenIsToldSo() throws {
    let path = try made()
    let reader = try open(path)
    let writer = try TextIndex(
      try DocumentStores.open(path, patience: 0.05), embedder: embedder)
    var error: Failure?
    _ = try reader.store.verify { _, _ in
      // Inside another's reading nothing can be written.
      if error == nil { error = failure { try writer.add([document("new", "new")]) } }
    }
    // Sixty documents are too few for a report of progress.
    if error == nil {
      let many = (0..<400).map { document("m\($0)", "many") }
      try reader.add(many)
      _ = try reader.store.verify { _, _ in
        if error == nil { error = failure { try writer.add([document("new", "new")]) } }
      }
    }
    #expect(error?.kind == .unavailable && error?.message.contains("another process") == true)
    try writer.add([document("new", "new")])
    #expect(try reader.ids("new") == ["new"])
  }

  @Test func whatIsDamagedIsFoundAndNamed() throws {
    let path = try made()
    let bytes = try folder.bytes("a.index")
    // The text of a document, where it stands in the table of documents.
    let text = Array("text 31 of the wing. 今天".utf8)
    let place = try #require(bytes.indices.first { bytes[$0...].starts(with: text) })
    try change(path) { $0[place + 1] = UInt8(ascii: "a") }
    let index = try open(path)
    #expect(
      try index.store.verify { _, _ in }.contains(
        "document \"d31\": its text or metadata has changed"))
    #expect(failure { _ = try index.store.document(32) }?.message.contains("\"d31\"") == true)
    // It is made good by adding it again.
    _ = try index.store.remove(["d31"])
    try index.add([documents[31]])
    #expect(try index.store.verify { _, _ in } == [])
  }

  @Test func aDamagedVectorIsFoundAndNamed() throws {
    let path = try made()
    let place = try vectorPlace(of: documents[7])
    try change(path) { $0[place + 5] ^= 0x10 }
    let lines = try open(path).store.verify { _, _ in }
    #expect(lines.count == 1 && lines[0].hasPrefix("document \"d7\", bytes 0 to "))
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func aVectorThatIsNoNumberIsDamageHoweverItIsRead(_ value: Float) throws {
    let path = try made()
    let place = try vectorPlace(of: documents[7])
    try change(path) { bytes in
      let wrong = withUnsafeBytes(of: value) { Array($0) }
      bytes.replaceSubrange(place + 8..<place + 12, with: wrong)
    }
    // From the file, by one and by many queries, and by who asks again and would keep them in memory.
    let index = try open(path)
    let queries = (0..<9).map { Array("wing \($0)".utf8) }
    for _ in 0..<3 {
      for texts in [Array(queries[..<1]), queries] {
        let error = failure { _ = try index.search(texts, by: .dense, limit: 3) }
        #expect(error?.kind == .data && error?.message.contains("the vector of piece 8 ") == true)
      }
    }
  }

  /// Whatever byte changes: it is found, or what is there is as it was.
  @Test func noDamageGoesUnseen() throws {
    let path = try made()
    let whole = try folder.bytes("a.index")
    let sound = try answers(path)
    let random = Random(seed: 11)
    var seen = 0
    for _ in 0..<150 {
      try AtomicFile.write(path, bytes: whole)
      try change(path) {
        $0[random.integer(below: $0.count)] ^= UInt8(1 + random.integer(below: 255))
      }
      let lines: [String]
      do {
        lines = try DocumentStores.open(path).verify { _, _ in }
      } catch {
        #expect([.data, .cannotCreate].contains(error.kind), "\(error)")
        seen += 1
        continue
      }
      if lines.isEmpty { #expect(try answers(path) == sound) } else { seen += 1 }
    }
    #expect(seen > 20)
  }

  // The user whose permissions count belongs to the process.
  @Test func whatMayOnlyBeReadIsVerifiedToo() async {
    await #expect(processExitsWith: .success) { try StoreFileTests().verifyWithoutPermissions() }
  }

  private func verifyWithoutPermissions() throws {
    let path = try made()
    let whole = try folder.bytes("a.index")
    let random = Random(seed: 13)
    var damaged = 0
    for round in 0..<40 {
      try AtomicFile.write(path, bytes: whole)
      if round > 0 {
        // Behind the header, by which SQLite itself says what may be written.
        try change(path) { $0[100 + random.integer(below: $0.count - 100)] ^= 0x41 }
      }
      let expected = Result { try DocumentStores.open(path).verify { _, _ in } }
      let found = try withoutPermissions(path) {
        Result { try DocumentStores.open(path).verify { _, _ in } }
      }
      switch (expected, found) {
      case (.success(let lines), .success(let others)):
        #expect(lines == others)
        if !lines.isEmpty { damaged += 1 }
      case (.failure(let error), .failure(let other)):
        #expect("\(error)" == "\(other)")
      default: Issue.record("\(expected) is not \(found)")
      }
      if round == 0 { #expect(try found.get() == []) }
    }
    #expect(damaged > 5)
    let error = try withoutPermissions(path) {
      failure { try open(path).add([document("new", "new")]) }
    }
    #expect(error?.kind == .cannotCreate)
  }

  /// Runs `body` while neither a file nor its folder may be written, nor by the superuser, whom permissions do not stop.
  private func withoutPermissions<Result>(
    _ path: String, _ body: () throws -> Result
  ) throws -> Result {
    let user = geteuid()
    chmod(path, 0o444)
    chmod(folder.path, 0o555)
    if user == 0 { seteuid(65534) }
    defer {
      seteuid(user)
      chmod(folder.path, 0o755)
      chmod(path, 0o644)
    }
    return try body()
  }

  /// What an index knows and finds.
  private func answers(_ path: String) throws -> [String] {
    let index = try open(path)
    var answers = try index.ids("wing 31 天气", limit: 60)
    answers += try index.ids("wing", by: .dense, limit: 60)
    answers += try index.ids("wing", filters: [DocumentFilter(key: "year", value: "1977")])
    for number in 1...60 { answers.append("\(try index.store.document(number).checksum)") }
    return answers
  }

  /// Where the vector of a document lies in the file.
  private func vectorPlace(of document: Document) throws -> Int {
    let bytes = try folder.bytes("a.index")
    let vector = try #require(try embedder.embed([document.text]).first)
    let length = vector.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
    let kept = vector.map { Float(Double($0) / length) }.withUnsafeBytes { Array($0) }
    return try #require(bytes.indices.first { bytes[$0...].starts(with: kept) })
  }

  private func change(_ path: String, _ body: (inout [UInt8]) -> Void) throws {
    var bytes = try folder.bytes(Path.lastComponent(path))
    body(&bytes)
    try AtomicFile.write(path, bytes: bytes)
  }
}

extension ScratchFolder {
  /// Makes a file without contents.
  fileprivate func put(empty name: String) -> String {
    close(open(self(name), O_WRONLY | O_CREAT, 0o644))
    return self(name)
  }
}
