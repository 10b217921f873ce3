import SeqaeFiles
import SeqaeRecipes
import SeqaeText
import TestSupport
import Testing

/// The lines of a corpus and what was reported of it.
private func read(
  _ argument: String, _ encoding: TextEncoding = .utf8
) throws -> (lines: [String], reports: [String]) {
  var reports: [String] = []
  var reader = try CorpusReader(try CorpusSource(argument, encoding: encoding)) {
    reports.append($0)
  }
  var lines: [String] = []
  while let line = try reader.next() { lines.append(string(line)) }
  return (lines, reports)
}

@Test func argumentsNameFilesAndColumns() throws {
  #expect(try CorpusSource("a/b.txt") == CorpusSource(path: "a/b.txt"))
  #expect(try CorpusSource("b.tsv") == CorpusSource(path: "b.tsv", field: .column(1)))
  #expect(try CorpusSource("b.tsv.gz") == CorpusSource(path: "b.tsv.gz", field: .column(1)))
  #expect(try CorpusSource("b.tsv.gz:3") == CorpusSource(path: "b.tsv.gz", field: .column(3)))
  #expect(try CorpusSource("b.txt:2") == CorpusSource(path: "b.txt", field: .column(2)))
  #expect(try CorpusSource("odd:name") == CorpusSource(path: "odd:name"))
  #expect(try CorpusSource("d.jsonl") == CorpusSource(path: "d.jsonl", field: .member("text")))
  #expect(
    try CorpusSource("d.jsonl.gz:title")
      == CorpusSource(path: "d.jsonl.gz", field: .member("title")))
  for argument in ["b.tsv:0", "b.tsv:99999999999999999999"] {
    #expect(throws: Failure.self) { try CorpusSource(argument) }
  }
  for argument in ["b.tsv.gz:3", "c.txt", "d.jsonl:title"] {
    let source = try CorpusSource(argument)
    #expect(try CorpusSource(source.description) == source)
  }
  // A file that has the whole name is meant.
  let folder = ScratchFolder()
  let path = try folder.put("notes:7", lines: ["x"])
  #expect(try CorpusSource(path).field == .line)
}

@Test func aColumnIsReadAndWhatIsDamagedIsReportedWithItsLine() throws {
  let folder = ScratchFolder()
  let path = folder("c.tsv")
  let bytes = utf8("one\t一\r\ntwo\n\tempty first\nthr") + [0xFF] + utf8("ee\t三\n四\t4\t\n")
  try AtomicFile.write(path, bytes: bytes)
  let second = try read(path + ":2")
  #expect(second.lines == ["一", "empty first", "4"])
  #expect(
    second.reports == [
      "\(path): line 2 has 1 column and no column 2: left out",
      "\(path): line 4 is not UTF-8: left out",
    ])
  #expect(try read(path).lines == ["one", "two", "四"])
}

@Test func jsonLinesGiveTheLinesOfAMember() throws {
  let folder = ScratchFolder()
  let path = try folder.put(
    "d.jsonl",
    lines: [
      #"{"text":"一\n二\r\n","title":"t"}"#, #"{"title":"only"}"#, "", "not JSON", #"{"text":3}"#,
      #"{"text":""}"#, #"{"text":"三"}"#,
    ])
  let texts = try read(path)
  #expect(texts.lines == ["一", "二", "三"])
  #expect(texts.reports.count == 3)
  #expect(texts.reports[0] == "\(path): line 2 has no string \"text\": left out")
  #expect(texts.reports[1].hasPrefix("\(path): line 4 is not an object: "))
  #expect(try read(path + ":title").lines == ["t", "only"])
}

@Test(
  arguments: [
    (
      TextEncoding.gb18030,
      [0xD6, 0xD0, 0x09, 0x95, 0x32, 0x82, 0x36, 0x0A, 0xFF, 0x0A, 0x61, 0x09, 0x62, 0x0A]
    ),
    (.big5, [0xA4, 0xA4, 0x09, 0xA4, 0xE5, 0x0A, 0xA4, 0x09, 0x61, 0x0A, 0x61, 0x09, 0x62, 0x0A]),
  ] as [(TextEncoding, [UInt8])])
func otherEncodingsAreRead(_ encoding: TextEncoding, _ bytes: [UInt8]) throws {
  let folder = ScratchFolder()
  let path = folder("e.tsv")
  try AtomicFile.write(path, bytes: bytes)
  let texts = try read(path, encoding)
  #expect(texts.lines == ["中", "a"])
  #expect(
    texts.reports == ["\(path): line 2 is not \(encoding.rawValue.uppercased()): left out"])
  #expect(try read(path + ":2", encoding).lines == [encoding == .big5 ? "文" : "𠀀", "b"])
}

@Test func aCorpusOfNothingButDamageIsRefused() throws {
  let folder = ScratchFolder()
  let path = try folder.put("c.tsv", lines: (0..<150).map { "\($0)" })
  let failure = #expect(throws: Failure.self) { _ = try read(path + ":2") }
  #expect(failure?.kind == .data)
  #expect(failure?.message.contains("\(path): line 101 ") == true)
}

@Test func aCorpusThatDoesNotExistIsNamed() {
  let failure = #expect(throws: Failure.self) { _ = try read("/nowhere/corpus.txt.gz") }
  #expect(failure?.kind == .missingInput)
  #expect(failure?.message.contains("/nowhere/corpus.txt.gz") == true)
}

@Test func linesComeBackFromTheStoreAsTheyWerePut() {
  let lines = sentences(200) + ["", "中"]
  var store = LineStore()
  for line in lines { store.append(utf8(line)) }
  #expect((0..<store.count).map { string(store[$0]) } == lines)
}

@Test(arguments: [
  ("今天天气很好。", true), ("Wait... what?", true), ("他说——“不！！”", true), ("用 Linux 的人", true),
  ("都称他为 飞燕 。", false), ("两个。 句子", false), ("two  spaces", false), (" edge", false),
  ("edge ", false), ("so,, what", false), ("对，，对", false), ("zero\u{200B}width", false),
  ("tab\there", false), ("全角\u{3000}空格", false), ("\u{FFFD}", false), ("", false),
])
func linesThatLookNoisyAreNoTargets(_ text: String, _ isClean: Bool) {
  #expect(LineFilter.isClean(utf8(text)) == isClean)
}

@Test func aTextWithAnyChineseCharacterIsChinese() {
  #expect(Language(of: utf8("in都費事in")) == .chinese)
  #expect(Language(of: utf8("𠮷")) == .chinese)
  for text in ["plain", "naïve—“yes”", "，。", "", "ひらがな"] {
    #expect(Language(of: utf8(text)) == .english)
  }
}
