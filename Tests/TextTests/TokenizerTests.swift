import SeqaeFiles
import SeqaeRandom
import SeqaeText
import Testing

@Suite struct TokenizerTests {
  private let tokenizer: Tokenizer

  init() throws { tokenizer = try makeTokenizer() }

  @Test func rangesSliceTheOriginalThroughANormalizer() throws {
    let tokenizer = try makeTokenizer(normalizer: UnicodeNormalizer(.nfkc))
    let text = "ﬁn e\u{301} Ａ①"
    let encoding = tokenizer.encode(text)
    let bytes = Array(text.utf8)
    let surfaces = encoding.ranges.map { String(decoding: bytes[$0], as: UTF8.self) }
    let tokens = encoding.ids.map { String(decoding: tokenizer.decode([$0]), as: UTF8.self) }
    #expect(tokens == ["f", "i", "n", " ", "é", " ", "A", "1"])
    #expect(surfaces == ["ﬁ", "ﬁ", "n", " ", "e\u{301}", " ", "Ａ", "①"])
  }

  @Test func aSplitterChangesNoCharacterTokens() throws {
    let vocabulary = tokenizer.vocabulary
    let split = try Tokenizer(characters: vocabulary, splitter: BoundarySplitter(.word))
    for line in ordinaryLines { #expect(split.encode(line) == tokenizer.encode(line)) }
  }

  @Test func specialTokensStandAroundTheTextWhenAsked() throws {
    let eos = try tokenizer.id(of: .eos)
    let encoding = tokenizer.encode("中国", addSpecialTokens: true)
    #expect(encoding.ids == tokenizer.encode("中国").ids + [eos])
    #expect(encoding.ranges.last == 6..<6)
    #expect(tokenizer.decode(encoding.ids) == Array("中国".utf8))
  }

  @Test func theSpellingOfASpecialTokenIsText() throws {
    for token in SpecialToken.allCases {
      let ids = tokenizer.encode(token.rawValue).ids
      #expect(ids.count == token.rawValue.utf8.count)
      #expect(!ids.contains(try tokenizer.id(of: token)))
    }
  }

  @Test func specialTokensAndBytesHaveTheirNumbers() throws {
    let ids = try SpecialToken.allCases.map { try tokenizer.id(of: $0) }
    #expect(ids == [0, 1, 2, 3, 4, 5, 6])
    #expect(tokenizer.specialTokens == ids)
    #expect(tokenizer.encode([0xFF]).ids == [7 + 255])
    #expect(tokenizer.vocabulary.id(of: "<0x0A>") == 17)
  }

  @Test func aVocabularyWithoutAByteIsRefused() throws {
    #expect(
      throws: Failure(
        .data, "the vocabulary lacks the token <0x00>, and byte fallback needs all 256")
    ) {
      try CharacterModel(try Vocabulary(["a"]))
    }
  }
}

@Suite struct VocabularyTests {
  @Test func everyTokenIsFoundByItsBytes() throws {
    let random = Random(seed: 9)
    let tokens = Set(
      (0..<3_000).map { _ in ByteString(random.bytes(count: 1 + random.integer(below: 9))) })
    let list = tokens.sorted()
    let vocabulary = try Vocabulary(list)
    for (index, token) in list.enumerated() {
      #expect(vocabulary.id(of: token) == TokenID(index))
      #expect(Array(vocabulary.bytes(of: TokenID(index))) == token.bytes)
    }
    for _ in 0..<1_000 {
      let other = ByteString(random.bytes(count: 6))
      if !tokens.contains(other) { #expect(vocabulary.id(of: other) == nil) }
    }
  }

  @Test func codePointsAreComparedAsBytes() throws {
    // Canonically equal: one key for Swift's String, two tokens here.
    let vocabulary = try Vocabulary(["\u{212B}", "\u{C5}", "A\u{30A}", "𠀀"])
    #expect(vocabulary.id(ofScalar: 0x212B) == 0)
    #expect(vocabulary.id(ofScalar: 0xC5) == 1)
    #expect(vocabulary.id(of: "A\u{30A}") == 2)
    #expect(vocabulary.id(ofScalar: 0x20000) == 3)
    #expect(vocabulary.id(ofScalar: 0x41) == nil)
    #expect(vocabulary.id(ofScalar: 0xFFFF_FFFF) == nil)
  }

  @Test func duplicatesAndEmptyTokensAreRefused() {
    #expect(throws: Failure(.data, "vocabulary: tokens 0 and 2 are both \"a\"")) {
      try Vocabulary(["a", "b", "a"])
    }
    #expect(throws: Failure(.data, "vocabulary: token 1 is empty")) { try Vocabulary(["a", ""]) }
  }
}

@Suite struct CharacterTrainerTests {
  @Test func theMostFrequentAreKeptAndTiesGoByCodePoint() throws {
    var trainer = CharacterTrainer()
    trainer.count(Array("中中中国国国人人口们".utf8) + [0xFF])
    let fixed = 7 + 256 + 95 + 1
    let vocabulary = try trainer.vocabulary(size: fixed + 4, including: "★")
    #expect(vocabulary.count == fixed + 4)
    // 中 U+4E2D and 国 U+56FD thrice, 人 twice, 们 U+4EEC before 口 U+53E3
    for kept in ["中", "国", "人", "们", "★", " ", "~"] as [ByteString] {
      #expect(vocabulary.id(of: kept) != nil)
    }
    #expect(vocabulary.id(of: "口") == nil)
    #expect(vocabulary.id(of: "中") == 263)
    #expect(vocabulary.id(of: "国") == 264)
    #expect(trainer.occurrences(of: "人") == 2)
  }

  @Test func neitherOrderNorSharingOutMatters() throws {
    var together = CharacterTrainer()
    var parts = [CharacterTrainer(), CharacterTrainer()]
    for (index, line) in ordinaryLines.enumerated() {
      together.count(Array(line.utf8))
      parts[index % 2].count(Array(ordinaryLines[ordinaryLines.count - 1 - index].utf8))
    }
    parts[0].merge(parts[1])
    let size = 400
    let first = try Tokenizer(characters: try together.vocabulary(size: size)).json()
    let second = try Tokenizer(characters: try parts[0].vocabulary(size: size)).json()
    #expect(first == second)
  }

  @Test func aSizeWithoutRoomIsRefused() {
    #expect(throws: Failure.self) { try CharacterTrainer().vocabulary(size: 300) }
  }
}
