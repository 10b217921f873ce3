import SeqaeFiles
import SeqaeText
import TestSupport
import Testing

/// More tokens for a tokenizer of word pieces, on transformers' tiny one of English.
@Suite struct CharacterExtensionTests {
  private let tokenizer: Tokenizer

  init() throws {
    tokenizer = try Tokenizer(readingJSON: Fixture.path("models/bert/tokenizer.json"))
  }

  private func larger(_ lines: [String], by count: Int) throws -> Tokenizer {
    var more = try CharacterExtension(tokenizer)
    for line in lines { more.count(Array(line.utf8)) }
    return try more.tokenizer(size: tokenizer.vocabulary.count + count)
  }

  private func added(_ larger: Tokenizer) -> [String] {
    (tokenizer.vocabulary.count..<larger.vocabulary.count).map {
      String(decoding: larger.vocabulary.bytes(of: TokenID($0)), as: UTF8.self)
    }
  }

  @Test func theMostFrequentUnknownCharactersFollowTheTokens() throws {
    // A word of several unknown characters is none, however frequent.
    let lines = ["我们我 我 123 123 123 123 123", "们 他", "the dog"]
    #expect(added(try larger(lines, by: 2)) == ["我", "们"])
    let all = try larger(lines, by: 100)
    #expect(added(all) == ["我", "们", "他"])
    for id in 0..<TokenID(tokenizer.vocabulary.count) {
      #expect(all.vocabulary.bytes(of: id) == tokenizer.vocabulary.bytes(of: id))
    }
    #expect(all.template == tokenizer.template && all.specialTokens == tokenizer.specialTokens)
  }

  @Test func whatWasKnownIsSpelledAsBefore() throws {
    let larger = try larger(["我们 the Dogs, running；他们"], by: 100)
    for text in ["the dog runs", "Running dogs are…", "a man, eating xyzzyxq!", ""] {
      #expect(
        larger.encode(text, addSpecialTokens: true)
          == tokenizer.encode(text, addSpecialTokens: true))
    }
    let unknown = try #require((tokenizer.model as? WordPieceModel)?.unknown)
    #expect(tokenizer.encode("我们").ids == [unknown, unknown])
    let encoding = larger.encode("我们")
    #expect(!encoding.ids.contains(unknown) && encoding.ranges == [0..<3, 3..<6])
  }

  @Test func theFileOfOneIsReadBack() throws {
    let larger = try larger(["我们"], by: 2)
    let folder = ScratchFolder()
    try larger.write(to: folder("tokenizer.json"))
    let read = try Tokenizer(readingJSON: folder("tokenizer.json"))
    #expect(read.vocabulary.count == tokenizer.vocabulary.count + 2)
    for text in ["the dog 我们", "们们"] {
      #expect(
        read.encode(text, addSpecialTokens: true) == larger.encode(text, addSpecialTokens: true))
    }
    // But for the model nothing in the file is another than it was.
    let (old, new) = (
      try JSON.read(Fixture.path("models/bert/tokenizer.json")),
      try JSON.read(folder("tokenizer.json"))
    )
    for key in ["normalizer", "pre_tokenizer", "post_processor", "decoder", "added_tokens"]
      as [ByteString]
    {
      #expect(old[key] == new[key])
    }
  }

  @Test func whatCanNotGetMoreTokensIsRefused() throws {
    var failure = #expect(throws: Failure.self) { try larger(["我"], by: 0) }
    #expect(failure?.kind == .usage)
    var trainer = CharacterTrainer()
    trainer.count(Array("abc".utf8))
    let characters = try Tokenizer(characters: try trainer.vocabulary(size: 400, including: ""))
    failure = #expect(throws: Failure.self) { try CharacterExtension(characters) }
    #expect(failure?.kind == .data && failure?.message.contains("word pieces") == true)
  }
}
