import SeqaeFiles
import SeqaeRetrieval
import TestSupport
import Testing

struct RetrievalSetTests {
  private let folder = ScratchFolder()

  @Test func aBEIRFolderIsRead() throws {
    try Path.makeDirectories(folder("qrels"))
    _ = try folder.put(
      "corpus.jsonl", lines: [#"{"_id":"1","title":"T","text":"t"}"#, #"{"_id":"2","text":"u"}"#])
    _ = try folder.put(
      "queries.jsonl",
      lines: [#"{"_id":"a","text":"?","metadata":{}}"#, #"{"_id":"b","text":"!"}"#])
    let head = "query-id\tcorpus-id\tscore"
    _ = try folder.put("qrels/test.tsv", lines: [head, "a\t1\t2", "a\t2\t0"])
    let set = try RetrievalSet(folder.path)
    #expect(set.documents.map(\.id) == ["1", "2"] && set.documents[0].title == Array("T".utf8))
    // b has no judgements.
    #expect(set.queries.map(\.id) == ["a"] && set.queries[0].judgements == ["1": 2, "2": 0])
    _ = try folder.put("qrels/test.tsv", lines: [head, "a\t1"])
    #expect(
      failure { _ = try RetrievalSet(folder.path) }?.message.contains("test.tsv: line 2: expected")
        == true)
    try Path.removeTree(folder("qrels"))
    #expect(failure { _ = try RetrievalSet(folder.path) }?.kind == .missingInput)
  }

  @Test func aSMARTFolderIsRead() throws {
    _ = try folder.put(
      "cran.all.1400",
      lines: [".I 1", ".T", "a title", ".A", "someone", ".W", "two", "lines", ".I 2", ".W", ".x y"])
    _ = try folder.put("cran.qry", lines: [".I 001", ".W", "first", ".I 004", ".W", "second"])
    _ = try folder.put("cranqrel", lines: ["1 2 1", "2 1 4 ", "2 2 -1"])
    let set = try RetrievalSet(folder.path)
    #expect(
      set.documents == [
        Document(id: "1", title: Array("a title".utf8), text: Array("two\nlines".utf8)),
        document("2", ".x y"),
      ])
    #expect(set.queries.map { String(decoding: $0.text, as: UTF8.self) } == ["first", "second"])
    // A complete answer is 4, one of minimum interest 1, the paper that asks none.
    #expect(set.queries.map(\.judgements) == [["2": 4], ["1": 1, "2": 0]])
  }

  @Test(arguments: [["1 0 2 1", "1 0 1 1"], ["     1      2\t0\t0.000000", "1 1 0 0.000000"]])
  func bothFormsOfJudgementsAreRead(_ lines: [String]) throws {
    _ = try folder.put("X.ALL", lines: [".I 1", ".W", "a", ".I 2", ".W", "b"])
    _ = try folder.put("X.QRY", lines: [".I 1", ".W", "?"])
    _ = try folder.put("X.REL", lines: lines)
    #expect(try RetrievalSet(folder.path).queries[0].judgements == ["1": 1, "2": 1])
  }
}
