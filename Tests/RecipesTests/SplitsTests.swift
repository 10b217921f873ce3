import SeqaeFiles
import SeqaeRecipes
import TestSupport
import Testing

/// The published test vectors of FNV-1a 64 (draft-eastlake-fnv).
@Test(arguments: [
  ("", 0xCBF2_9CE4_8422_2325 as UInt64), ("a", 0xAF63_DC4C_8601_EC8C),
  ("foobar", 0x8594_4171_F739_67E8),
])
func theHashIsFNV1a(_ text: String, _ hash: UInt64) {
  #expect(Splits.hash(utf8(text)) == hash)
}

@Test func foldingKeepsLettersMarksAndNumbersOnly() {
  #expect(string(Splits.fold(utf8("Ｈello, WORLD — Straße №5!"))) == "helloworldstrasseno5")
  #expect(string(Splits.fold(utf8("中，，，，国 \u{200B}…🙂"))) == "中国")
  // é composed and decomposed is one letter.
  #expect(Splits.fold(utf8("Cafe\u{301}")) == Splits.fold(utf8("café")))
  #expect(Splits.fold(utf8("?! 。")).isEmpty)
}

@Test func noiseThatInsertsMarksChangesNoPart() throws {
  let splits = try Splits(path: committedSplits)
  for line in sentences(300) {
    let spaced = line.map { "\($0)" }.joined(separator: " ,")
    #expect(splits.part(of: utf8(spaced)) == splits.part(of: utf8(line)))
  }
}

@Test func partsAreAboutAsLargeAsTheyShouldBe() throws {
  let folder = ScratchFolder()
  let splits = try Splits(path: try folder.putSplits(test: 10, development: 30))
  let parts = (0..<20_000).map { splits.part(of: utf8("line \($0)")) }
  // Standard deviation of a share p of 20,000: √(p(1−p)/20000) < 0.003; five of them.
  #expect(abs(Double(parts.count { $0 == .test }) / 20_000 - 0.1) < 0.015)
  #expect(abs(Double(parts.count { $0 == .development }) / 20_000 - 0.2) < 0.015)
  #expect(splits.part(of: utf8("…!")) == .training)
}

@Test func aListedHashDecides() throws {
  let folder = ScratchFolder()
  let hash = String(Splits.hash(Splits.fold(utf8("Held out"))), radix: 16)
  let path = try folder.put(
    "s.json",
    lines: [
      """
      {"seqae_splits": 1, "modulus": 1000, "test_below": 0, "development_below": 0,
       "test": ["\(hash)"], "development": []}
      """
    ])
  let splits = try Splits(path: path)
  #expect(splits.part(of: utf8("held, out!")) == .test)
  #expect(splits.part(of: utf8("held in")) == .training)
}

@Test(arguments: [
  "{}", #"{"seqae_splits": 2}"#,
  #"{"seqae_splits": 1, "modulus": 0, "test_below": 0, "development_below": 0}"#,
  #"{"seqae_splits": 1, "modulus": 9, "test_below": 5, "development_below": 3}"#,
  #"{"seqae_splits": 1, "modulus": 9, "test_below": 1, "development_below": 3, "test": [1]}"#,
  #"{"seqae_splits": 1, "modulus": 9, "test_below": 1, "development_below": 3, "test": ["xyz"]}"#,
])
func splitsThatMakeNoSenseAreRefused(_ text: String) throws {
  let folder = ScratchFolder()
  let path = try folder.put("s.json", lines: [text])
  let failure = #expect(throws: Failure.self) { try Splits(path: path) }
  #expect(failure?.kind == .data)
  #expect(failure?.message.contains(path) == true)
}

/// A corpus of the committed splits: its texts by record.
private func records(_ corpus: JSON, in folder: String) throws -> [[[UInt8]]] {
  let file = try #require(corpus["file"]?.stringValue?.string)
  let columns = corpus["columns"]?.arrayValue?.compactMap(\.intValue)
  var lines = try LineReader(path: Path.join(folder, file))
  var result: [[[UInt8]]] = []
  while let line = try lines.next() {
    let fields = line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false)
    result.append(columns?.map { Array(fields[$0 - 1]) } ?? [line])
  }
  return result
}

@Test func noFoldedTrainingLineIsAFoldedHeldOutLine() throws {
  guard let folder = corporaFolder else {
    print("skipped: the corpora are not there: set SEQAE_DATA to their folder")
    return
  }
  let splits = try Splits(path: committedSplits)
  let corpora = try #require(try JSON.read(committedSplits)["corpora"]?.arrayValue)
  var training: Set<ByteString> = []
  var heldOut: Set<ByteString> = []
  var lines: [Language: [Splits.Part: Int]] = [.chinese: [:], .english: [:]]
  for corpus in corpora {
    var counts: [Splits.Part: Int] = [:]
    let isWhollyTest = corpus["training"]?.intValue == 0
    for record in try records(corpus, in: folder) {
      let folded = record.map { Splits.fold($0) }
      let parts = zip(record, folded).filter { !$0.1.isEmpty }.map { splits.part(of: $0.0) }
      // The sides of a pair go together.
      #expect(Set(parts).count <= 1)
      let part = parts.first ?? .training
      if isWhollyTest { #expect(part == .test) }
      counts[part, default: 0] += 1
      for (text, folded) in zip(record, folded) where !folded.isEmpty {
        lines[Language(of: text), default: [:]][part, default: 0] += 1
        if part == .training {
          training.insert(ByteString(folded))
        } else {
          heldOut.insert(ByteString(folded))
        }
      }
    }
    for part in Splits.Part.allCases {
      #expect(corpus[ByteString(part.rawValue)]?.intValue == counts[part] ?? 0)
    }
  }
  #expect(training.isDisjoint(with: heldOut))
  for language in Language.allCases {
    let counts = lines[language] ?? [:]
    print("\(language.rawValue): \(counts.map { "\($0.key) \($0.value)" }.sorted())")
    #expect(counts[.test] ?? 0 >= 500)
    #expect(counts[.development] ?? 0 >= 300)
  }
}
