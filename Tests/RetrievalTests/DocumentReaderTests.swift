import SeqaeFiles
import SeqaeRetrieval
import TestSupport
import Testing

struct DocumentReaderTests {
  private let folder = ScratchFolder()

  private func documents(_ paths: String...) throws -> [Document] {
    var reader = try DocumentReader(paths)
    var documents: [Document] = []
    while let document = try reader.next() { documents.append(document) }
    #expect(reader.bytesRead == reader.bytesInAll)
    return documents
  }

  @Test func linesOfJSONHaveIdsTitlesAndMetadata() throws {
    let path = try folder.put(
      "a.jsonl",
      lines: [
        #"{"id":"x","text":"body","title":"Head","year":1959,"metadata":{"tags":["a","b"]}}"#, "",
        #"{"_id":7,"text":""}"#,
      ])
    let found = try documents(path)
    #expect(
      found == [
        Document(
          id: "x", title: Array("Head".utf8), text: Array("body".utf8),
          metadata: ["tags": ["a", "b"], "year": 1959]), document("7", ""),
      ])
    #expect(
      found[0].fields.map { "\($0.key)=\($0.value)" } == ["tags=a", "tags=b", "year=1959"])
  }

  @Test func ofOtherFilesEachLineIsADocument() throws {
    let path = try folder.put("b.txt", lines: ["one", " ", "三"])
    #expect(try documents(path) == [document("b.txt:1", "one"), document("b.txt:3", "三")])
  }

  @Test func ofAFolderEachFileIsADocument() throws {
    try Path.makeDirectories(folder("texts/sub"))
    _ = try folder.put("texts/sub/z.txt", lines: ["two", "lines"])
    _ = try folder.put("texts/a.md", lines: ["one"])
    _ = try folder.put("texts/.hidden", lines: ["no"])
    _ = try folder.put("texts/b.jsonl", lines: [#"{"id":"own","text":"own"}"#])
    #expect(
      try documents(folder("texts")) == [
        document("a.md", "one\n"), document("own", "own"),
        document("sub/z.txt", "two\nlines\n"),
      ])
  }

  @Test func ofABEIRCollectionTheCorpusIsRead() throws {
    try Path.makeDirectories(folder("beir"))
    _ = try folder.put("beir/corpus.jsonl", lines: [#"{"_id":"1","title":"","text":"t"}"#])
    _ = try folder.put("beir/queries.jsonl", lines: [#"{"_id":"q","text":"?"}"#])
    #expect(try documents(folder("beir")) == [document("1", "t")])
  }

  @Test func ofASMARTCollectionTheDocumentsAreRead() throws {
    try Path.makeDirectories(folder("smart"))
    _ = try folder.put(
      "smart/x.all", lines: [".I 1", ".T", "head", ".W", "one", ".I 2", ".W", "two"])
    _ = try folder.put("smart/x.qry", lines: [".I 1", ".W", "?"])
    // Two of the three files are a folder of texts.
    #expect(try documents(folder("smart")).map(\.id) == ["x.all", "x.qry"])
    _ = try folder.put("smart/x.rel", lines: ["1 1"])
    let head = Document(id: "1", title: Array("head".utf8), text: Array("one".utf8))
    #expect(try documents(folder("smart")) == [head, document("2", "two")])
    #expect(head.wholeText == Array("head one".utf8))
    #expect(document("2", "two").wholeText == Array("two".utf8))
  }

  @Test(
    arguments: [
      (#"{"text":"t"}"#, "expected a member \"id\", found none"),
      (#"{"id":"","text":"t"}"#, "\"id\": expected a string that isn't empty"),
      (#"{"id":"a"}"#, "expected a member \"text\", found none"),
      (#"{"id":"a","text":3}"#, "\"text\": expected a string, found an integer"),
      (#"["a"]"#, "expected {\"id\", \"text\"}, found an array"),
    ])
  func aLineThatIsNoDocumentIsNamed(_ line: String, _ message: String) throws {
    let path = try folder.put("bad.jsonl", lines: [#"{"id":"good","text":""}"#, line])
    var reader = try DocumentReader([path])
    #expect(try reader.next()?.id == "good")
    let error = failure { _ = try reader.next() }
    #expect(error?.kind == .data)
    #expect(
      error?.message.hasPrefix("\(path): line 2: \(message)") == true, "\(error?.message ?? "")")
  }

  @Test func whatIsNotThereOrHasNothingIsAnError() throws {
    #expect(
      failure {
        var r = try DocumentReader(["/none"]); _ = try r.next()
      }?.kind == .missingInput)
    try Path.makeDirectories(folder("empty"))
    #expect(failure { _ = try DocumentReader([folder("empty")]) }?.kind == .data)
    try AtomicFile.write(folder("latin.txt"), bytes: [0x61, 0xE9, 0x0A])
    var reader = try DocumentReader([folder("latin.txt")])
    #expect(
      failure { _ = try reader.next() }?.message.contains("line 1: not UTF-8 at byte 2") == true)
  }
}
