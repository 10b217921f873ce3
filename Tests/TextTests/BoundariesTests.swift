import SeqaeFiles
import SeqaeRandom
import SeqaeText
import Testing

@Suite struct BoundariesTests {
  @Test func graphemeBoundariesAreThoseOfUnicode() throws {
    // Later versions of UAX #29 change rules (15.1 joins Indic conjuncts, GB9c): other data, other test.
    guard Boundaries.unicodeVersion == "15.0" else {
      print("skipped: ICU \(Boundaries.libraryVersion) has Unicode \(Boundaries.unicodeVersion)")
      return
    }
    let lines = dataLines(try contents(of: fixture("GraphemeBreakTest.txt")))
    #expect(lines.count == 602)
    for line in lines {
      let (bytes, expected) = breakTest(line)
      #expect(Boundaries.offsets(of: .grapheme, in: bytes) == expected, "\(line)")
    }
  }

  @Test(arguments: TextUnit.allCases)
  func piecesJoinToTheText(unit: TextUnit) {
    let random = Random(seed: 4).child(unit.rawValue)
    for _ in 0..<200 {
      let bytes = random.bytes(count: random.integer(below: 60))
      let pieces = BoundarySplitter(unit).pieces(of: AlignedText(bytes))
      #expect(pieces.flatMap { Array(bytes[$0]) } == bytes)
      #expect(pieces.allSatisfy { !$0.isEmpty })
    }
  }

  @Test func emptyTextHasOneBoundary() {
    #expect(Boundaries.offsets(of: .grapheme, in: []) == [0])
  }

  @Test func slicesKeepTheirIndices() {
    let bytes = Array("ab cd".utf8)
    #expect(Boundaries.offsets(of: .word, in: bytes[1...]) == [1, 2, 3, 5])
  }

  @Test func chineseWordsComeFromTheDictionary() {
    // 今天|天气|很好: 6 bytes each
    #expect(Boundaries.offsets(of: .word, in: Array("今天天气很好".utf8)).contains(6))
    let sentences = Boundaries.offsets(of: .sentence, in: Array("好。Yes! No.".utf8))
    #expect(sentences == [0, 6, 11, 14])
  }

  @Test func manyThreadsMayAskAtOnce() async {
    let text = Array(ordinaryLines.joined().utf8)
    let expected = Boundaries.offsets(of: .grapheme, in: text)
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<16 {
        group.addTask { Boundaries.offsets(of: .grapheme, in: text) == expected }
      }
      for await isEqual in group { #expect(isEqual) }
    }
  }
}

@Suite struct LineCuttingTests {
  private let tokenizer: Tokenizer

  init() throws { tokenizer = try makeTokenizer() }

  private func cut(_ bytes: [UInt8], limit: Int) -> [[UInt8]] {
    let encoding = tokenizer.encode(bytes)
    return Tokenizer.cut(encoding, of: bytes, limit: limit).map { piece in
      piece.flatMap { Array(bytes[encoding.ranges[$0]]) }
    }
  }

  @Test func piecesFitAndJoinToTheLine() {
    let random = Random(seed: 5)
    for _ in 0..<200 {
      let bytes = random.bytes(count: random.integer(below: 300))
      let limit = 1 + random.integer(below: 40)
      let encoding = tokenizer.encode(bytes)
      let pieces = Tokenizer.cut(encoding, of: bytes, limit: limit)
      #expect(pieces.allSatisfy { !$0.isEmpty && $0.count <= limit })
      #expect(pieces.flatMap(Array.init) == Array(0..<encoding.count))
    }
  }

  @Test func sentencesAreCutBeforeWordsAndWordsBeforeCharacters() {
    let text = Array("One two. Three four five. Six seven".utf8)
    #expect(cut(text, limit: 30).first == Array("One two. Three four five. ".utf8))
    #expect(cut(text, limit: 20).first == Array("One two. Three four ".utf8))
    #expect(cut(Array("abcdefghij".utf8), limit: 4).first == Array("abcd".utf8))
    let flags = Array("🇨🇳🇺🇸🇬🇧".utf8)  // 2 code points each: 3 tokens would cut a flag in two
    #expect(cut(flags, limit: 3) == ["🇨🇳", "🇺🇸", "🇬🇧"].map { Array($0.utf8) })
  }

  @Test func aCharacterOfSeveralTokensStaysWhole() {
    // 龘 is unknown: three byte tokens
    #expect(cut(Array("a龘龘b".utf8), limit: 5) == ["a龘", "龘b"].map { Array($0.utf8) })
  }

  @Test func hostileLinesAreCut() {
    let marks = Array(("e" + String(repeating: "\u{301}", count: 100_000)).utf8)
    #expect(cut(marks, limit: 500).flatMap(Array.init) == marks)
    let chain = Array(String(repeating: "👩\u{200D}", count: 20_000).utf8)
    #expect(cut(chain, limit: 500).flatMap(Array.init) == chain)
    let stray = [UInt8](repeating: 0x80, count: 100_000)
    #expect(cut(stray, limit: 500).count == 200)
  }
}
