import SeqaeFiles
import SeqaeRandom
import SeqaeRecipes
import SeqaeText
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

@Test func foldingLooksAtEachCharacterAsTheNormalizerDoes() {
  let random = Random(seed: 21)
  for _ in 0..<3_000 {
    let text = random.foldable(count: random.integer(below: 30))
    let normal = UnicodeNormalizer(.nfkcCasefold).normalize(AlignedText(text)).bytes
    let kept = String(decoding: normal, as: UTF8.self).unicodeScalars.filter { scalar in
      switch scalar.properties.generalCategory {
      case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
        .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .letterNumber, .otherNumber:
        true
      default: false
      }
    }
    #expect(Splits.fold(text) == utf8(String(String.UnicodeScalarView(kept))), "\(string(text))")
  }
}

@Test func aTextFoldsToItsFoldedSentences() {
  let random = Random(seed: 22)
  for _ in 0..<1_000 {
    let text = random.foldable(count: random.integer(below: 60))
    let folded = Splits.fold(text)
    #expect(Splits.fingerprint(text).line == (folded.isEmpty ? nil : Splits.hash(folded)))
  }
}

@Test func sentencesEndWhereTheyShould() {
  func hashes(_ sentences: String...) -> [UInt64] {
    sentences.map { Splits.hash(Splits.fold(utf8($0))) }
  }
  let (a, b) = ("The meeting starts at 3.30 in room B2.", "Please bring your own laptops!")
  #expect(Splits.fingerprint(utf8("\(a) \(b)  Yes?")).sentences == hashes(a, b))
  let (c, d) = ("今天的天气比昨天好得多！", "我们一起去公园散步好不好？")
  #expect(Splits.fingerprint(utf8("\(c)\(d)好。")).sentences == hashes(c, d))
  // 7 Chinese characters, or 23 letters, are too short.
  #expect(Splits.fingerprint(utf8("今天天气非常好。")).sentences.isEmpty)
  #expect(Splits.fingerprint(utf8("今天的天气非常好。")).sentences.count == 1)
  #expect(Splits.fingerprint(utf8("Abcdefghijklmnopqrstuvw.")).sentences.isEmpty)
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

/// The splits of a rule that holds nothing out, and of lists.
private func splits(
  _ listed: [Splits.Part: [String]], sentences: [String] = []
) -> Splits {
  func hashes(_ texts: [String]) -> HashList {
    HashList(texts.map { Splits.hash(Splits.fold(utf8($0))) }, rarity: 32)
  }
  return Splits(
    Splits.Rule(modulus: 1000, testBelow: 0, developmentBelow: 0),
    listed: listed.mapValues(hashes), sentences: hashes(sentences))
}

@Test func aListedTextIsInItsPart() {
  let splits = splits([.test: ["Held out"], .development: ["for choosing"], .withheld: ["beside"]])
  #expect(splits.part(of: utf8("held, out!")) == .test)
  #expect(splits.part(of: utf8("For choosing.")) == .development)
  #expect(splits.part(of: utf8("Beside")) == .withheld)
  #expect(splits.part(of: utf8("held in")) == .training)
  #expect(splits.part(ofRecord: [utf8("held in"), utf8("Held out")]) == .test)
  #expect(splits.part(ofRecord: [utf8("held in"), utf8("Beside")]) == .withheld)
  #expect(splits.part(ofRecord: []) == .training)
}

@Test func aTextThatTheRuleHoldsOutCanBeReleased() throws {
  let rule = Splits.Rule(modulus: 2, testBelow: 1, developmentBelow: 2)
  let text = utf8("a training line of a set with parts of its own")
  let released = HashList([Splits.hash(Splits.fold(text))], rarity: 32)
  #expect(Splits(rule).part(of: text) != .training)
  #expect(Splits(rule, listed: [.training: released]).part(of: text) == .training)
}

@Test func aTextWithAHeldOutSentenceIsWithheld() {
  let sentence = "The committee met on Thursday to discuss the plan."
  let splits = splits(
    [.test: ["\(sentence) Nobody agreed with anybody else."]], sentences: [sentence])
  #expect(splits.part(of: utf8(sentence)) == .withheld)
  #expect(
    splits.part(
      of: utf8("He said so. THE COMMITTEE met on Thursday, to discuss the plan. Then it rained"))
      == .withheld)
  #expect(splits.part(of: utf8("The committee met on Thursday to discuss")) == .training)
  #expect(splits.part(of: utf8("\(sentence) Nobody agreed with anybody else!")) == .test)
}

@Test func splitsComeBackFromTheirFile() throws {
  let folder = ScratchFolder()
  let texts = sentences(300)
  let made = splits(
    [.test: Array(texts[..<100]), .withheld: Array(texts[100..<200])], sentences: [texts[0]])
  let json: JSON = [
    "seqae_splits": 2, "modulus": 1000, "test_below": 0, "development_below": 0,
    "lists": made.listsJSON,
  ]
  let path = try folder.put("s.json", lines: [String(decoding: json.serialized(), as: UTF8.self)])
  let read = try Splits(path: path)
  for (index, text) in texts.enumerated() {
    let expected: Splits.Part = index < 100 ? .test : index < 200 ? .withheld : .training
    #expect(read.part(of: utf8(text)) == expected)
    let longer = utf8("\(text) And then some more words that nobody held out.")
    #expect(read.part(of: longer) == made.part(of: longer))
  }
}

@Test(arguments: [
  ("{}", "expected splits, found no number"),
  (
    #"{"seqae_splits": 1}"#,
    "expected seqae_splits 2, found 1: use the Scripts/splits.json of this version"
  ),
  (#"{"seqae_splits": 3}"#, "expected seqae_splits 2, found 3: update seqae"),
  (
    #"{"seqae_splits": 2, "modulus": 0, "test_below": 0, "development_below": 0}"#,
    "a modulus above 0, found 0, 0, 0"
  ),
  (
    #"{"seqae_splits": 2, "modulus": 9, "test_below": 5, "development_below": 3}"#, "found 5, 3, 9"
  ),
  (
    #"{"seqae_splits": 2, "modulus": 9, "test_below": 1, "development_below": 3}"#,
    "lists: expected an object, found nothing"
  ),
])
func splitsThatMakeNoSenseAreRefused(_ text: String, _ message: String) throws {
  let folder = ScratchFolder()
  let path = try folder.put("s.json", lines: [text])
  let failure = #expect(throws: Failure.self) { try Splits(path: path) }
  #expect(failure?.kind == .data)
  #expect(failure?.message.hasPrefix("\(path): ") == true)
  #expect(failure?.message.contains(message) == true, "\(failure?.message ?? "")")
}

@Test(arguments: [
  (
    #"{"tests": {"count": 0, "bits": 8, "rice": 0, "gaps": []}}"#,
    #""tests" is the name of no list"#
  ),
  (
    #"{"test": {"count": 0, "bits": 65, "rice": 0, "gaps": []}}"#,
    "bits: expected an integer in 1 … 64"
  ),
  (
    #"{"test": {"count": 0, "bits": 8, "rice": 8, "gaps": []}}"#,
    "rice: expected an integer in 0 … 7"
  ),
  (
    #"{"test": {"count": 9, "bits": 8, "rice": 0, "gaps": ["AA=="]}}"#,
    "count: expected an integer in 0 … 8"
  ),
  (
    #"{"test": {"count": 1, "bits": 8, "rice": 0, "gaps": ["AAA"]}}"#,
    "gaps: the strings are no base64"
  ),
  (
    #"{"test": {"count": 1, "bits": 8, "rice": 0, "gaps": [1]}}"#,
    "gaps: expected strings, found an integer"
  ),
  (#"{"test": {"count": 1, "bits": 8, "rice": 3, "gaps": ["AAA="]}}"#, "more than the 1 hashes"),
  (#"{"test": {"count": 2, "bits": 8, "rice": 7, "gaps": ["AA=="]}}"#, "hash 2 of 2 is damaged"),
  (#"{"test": {"count": 1, "bits": 1, "rice": 0, "gaps": ["/w=="]}}"#, "hash 1 of 1 is damaged"),
])
func damagedListsAreRefused(_ lists: String, _ message: String) throws {
  let folder = ScratchFolder()
  let path = try folder.put(
    "s.json",
    lines: [
      #"{"seqae_splits": 2, "modulus": 9, "test_below": 1, "development_below": 3, "lists": "#
        + lists + "}"
    ])
  let failure = #expect(throws: Failure.self) { try Splits(path: path) }
  #expect(failure?.kind == .data)
  #expect(failure?.message.contains(message) == true, "\(failure?.message ?? "")")
}

@Suite struct HashListTests {
  @Test(arguments: [0, 1, 2, 1_000, 20_000])
  func membersAreFoundAndComeBackFromTheFile(count: Int) throws {
    let random = Random(seed: 23).child(UInt64(count))
    let hashes = (0..<count).map { _ in random.next() } + (count > 0 ? [0, UInt64.max] : [])
    let list = HashList(hashes, rarity: 16)
    let read = try HashList(list.json, name: "list")
    #expect(read.count == list.count)
    for hash in hashes { #expect(list.contains(hash) && read.contains(hash)) }
    let others = (0..<100_000).map { _ in random.next() }
    let found = others.count { list.contains($0) }
    #expect(others.allSatisfy { list.contains($0) == read.contains($0) })
    // 100,000 / 2¹⁶ ≈ 1.5 by chance at most
    #expect(found < 12)
  }

  @Test func aMemberTakesFewBits() {
    let random = Random(seed: 24)
    let list = HashList((0..<20_000).map { _ in random.next() }, rarity: 16)
    // Rice's code of gaps that average 2^(16 … 17) takes at most 16 + 2.5 bits; 6 of them a sign.
    let most = 20_000 * 18.5 / 6 + 1_000
    #expect(Double(list.json.serialized().count) < most)
  }
}

/// RFC 4648 §10.
@Test(arguments: [
  ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
  ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
])
func base64IsThatOfTheStandard(_ bytes: String, _ text: String) {
  #expect(Base64.encode(utf8(bytes)) == utf8(text))
  #expect(Base64.decode(utf8(text)) == utf8(bytes))
}

@Test(arguments: ["Zg", "Zg=", "Zh==", "Zm9=", "Z===", "====", "Zm9v\n", "Zg==Zg==", "Zm-_"])
func whatIsNoBase64IsRefused(_ text: String) {
  #expect(Base64.decode(utf8(text)) == nil)
}

extension Random {
  /// Letters, marks, Chinese characters, punctuation and stray bytes that folding treats differently.
  fileprivate func foldable(count: Int) -> [UInt8] {
    let pieces = [
      "a", "E", "e\u{301}", "ß", "\u{301}", "\u{338}", "=", "<", "中", "国", "，", "。", "！", "…", "“",
      "Ａ", "①", "ﬁ", "\u{200D}", "\u{FE0F}", "🙂", "カ", "\u{3099}", "각", "\u{1100}\u{1161}", "7",
      ".", " ", "\n", "İ", "Σ", "\u{0345}", "㍿", "𠀀", "豈",
    ]
    var bytes: [UInt8] = []
    for _ in 0..<count {
      if chance(0.02) {
        bytes.append(UInt8(0x80 + integer(below: 0x80)))
      } else {
        bytes += utf8(pieces[integer(below: pieces.count)])
      }
    }
    return bytes
  }
}
