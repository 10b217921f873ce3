import SeqaeFiles
import SeqaeText
import Testing

/// Tokenizers of whole words, as `WordTrainer` makes them.
@Suite struct WordTrainerTests {
  private func tokenizer(_ lines: [String], size: Int) throws -> Tokenizer {
    var trainer = WordTrainer()
    for line in lines { trainer.count(Array(line.utf8)) }
    return try trainer.tokenizer(size: size)
  }

  private func words(_ tokenizer: Tokenizer) -> [String] {
    (SpecialToken.allCases.count..<tokenizer.vocabulary.count).map {
      String(decoding: tokenizer.vocabulary.bytes(of: TokenID($0)), as: UTF8.self)
    }
  }

  @Test func theMostFrequentWordsAreTokens() throws {
    let lines = ["b a c", "a\tb  a", "d\u{3000}c e"]
    #expect(words(try tokenizer(lines, size: 10)) == ["a", "b", "c"])
    #expect(words(try tokenizer(lines, size: 100)) == ["a", "b", "c", "d", "e"])
  }

  @Test func theUnknownWordOfACorpusIsTheUnknownToken() throws {
    let tokenizer = try tokenizer(["the <unk> said", "the </s> said"], size: 100)
    #expect(words(tokenizer) == ["said", "the"])
    let text = Array("the <unk> said never </s>".utf8)
    let ids = tokenizer.encode(text).ids
    let unknown = try #require(tokenizer.vocabulary.id(of: "<unk>"))
    #expect(ids.map { $0 == unknown } == [false, true, false, true, true])
    #expect(!tokenizer.isSpecial(unknown))
    #expect(ByteString(tokenizer.decode(ids)) == "the <unk> said <unk> <unk>")
  }

  @Test func wordsComeBackWithSingleSpaces() throws {
    let tokenizer = try tokenizer(["no it was n't black monday"], size: 100)
    let encoding = tokenizer.encode(" no  it was n't ", addSpecialTokens: true)
    #expect(ByteString(tokenizer.decode(encoding.ids)) == "no it was n't")
    #expect(encoding.ranges == [1..<3, 5..<7, 8..<11, 12..<15, 16..<16])
  }

  @Test func aVocabularyWithoutRoomForWordsIsRefused() throws {
    #expect(throws: Failure.self) { try tokenizer(["a"], size: SpecialToken.allCases.count) }
  }
}
