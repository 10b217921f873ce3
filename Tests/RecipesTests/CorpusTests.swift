import SeqaeFiles
import SeqaeRecipes
import TestSupport
import Testing

/// The lines of a corpus and what was reported of it.
private func read(_ argument: String) throws -> (lines: [String], reports: [String]) {
  var reports: [String] = []
  var reader = try CorpusReader(try CorpusSource(argument)) { reports.append($0) }
  var lines: [String] = []
  while let line = try reader.next() { lines.append(string(line)) }
  return (lines, reports)
}

@Test func argumentsNameFilesAndColumns() throws {
  #expect(try CorpusSource("a/b.txt") == CorpusSource(path: "a/b.txt", column: nil))
  #expect(try CorpusSource("b.tsv") == CorpusSource(path: "b.tsv", column: 1))
  #expect(try CorpusSource("b.tsv.gz") == CorpusSource(path: "b.tsv.gz", column: 1))
  #expect(try CorpusSource("b.tsv.gz:3") == CorpusSource(path: "b.tsv.gz", column: 3))
  #expect(try CorpusSource("b.txt:2") == CorpusSource(path: "b.txt", column: 2))
  #expect(try CorpusSource("odd:name") == CorpusSource(path: "odd:name", column: nil))
  for argument in ["b.tsv:0", "b.tsv:99999999999999999999"] {
    #expect(throws: Failure.self) { try CorpusSource(argument) }
  }
  let source = try CorpusSource("b.tsv.gz:3")
  #expect(try CorpusSource(source.description) == source)
  // A file that has the whole name is meant.
  let folder = ScratchFolder()
  let path = try folder.put("notes:7", lines: ["x"])
  #expect(try CorpusSource(path).column == nil)
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
      "\(path): line 2 has 1 columns and no column 2: left out",
      "\(path): line 4 is not UTF-8: left out",
    ])
  #expect(try read(path).lines == ["one", "two", "四"])
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
