import SeqaeFiles
import SeqaeText
import TestSupport
import Testing

private let tags: [ByteString] = ["<2en>", "<2zh>"]

private func trained() throws -> [Tokenizer] {
  var characters = CharacterTrainer()
  var pairs = BytePairTrainer(splitter: ScriptSplitter())
  for line in ["the cat sat on the mat", "the cat, the mat", "猫在垫子上，猫"] {
    characters.count(Array(line.utf8))
    pairs.count(Array(line.utf8))
  }
  return [
    try Tokenizer(characters: try characters.vocabulary(size: 500)),
    try Tokenizer(trained: try pairs.model(size: 500), splitter: ScriptSplitter()),
  ]
}

@Test func addedTokensStandBehindAllOthersAndNoTextSpellsThem() throws {
  let folder = ScratchFolder()
  for tokenizer in try trained() {
    let tagged = try tokenizer.adding(tags)
    let count = tokenizer.vocabulary.count
    #expect(tagged.vocabulary.count == count + 2)
    for (number, tag) in tags.enumerated() {
      let id = try #require(tagged.vocabulary.id(of: tag))
      #expect(Int(id) == count + number && tagged.isSpecial(id))
      #expect(tagged.decode([id]).isEmpty)
    }
    for text in ["the cat <2en>", "<2zh>猫", "dog 狗"] {
      #expect(tagged.encode(text).ids == tokenizer.encode(text).ids)
    }
    #expect(try tagged.adding(tags).vocabulary.count == count + 2)
    // What is written and read again is the same, and what was read can get more.
    try tagged.write(to: folder("tokenizer.json"))
    let read = try Tokenizer(readingJSON: folder("tokenizer.json"))
    #expect(read.specialTokens == tagged.specialTokens)
    #expect(
      read.encode("the <2en> 猫", addSpecialTokens: true).ids
        == tagged.encode("the <2en> 猫", addSpecialTokens: true).ids)
    let more = try read.adding(["<2de>"])
    #expect(more.vocabulary.count == count + 3)
    try more.write(to: folder("more.json"))
    #expect(try Tokenizer(readingJSON: folder("more.json")).isSpecial(TokenID(count + 2)))
  }
}

@Test func anOrdinaryTokenIsNoTagAndWordsGetNone() throws {
  let ordinary = #expect(throws: Failure.self) { try trained()[0].adding(["a"]) }
  #expect(ordinary?.kind == .data && ordinary?.message.contains("ordinary") == true)
  var words = WordTrainer(normalizer: nil)
  words.count(Array("the cat".utf8))
  let tokenizer = try words.tokenizer(size: 300)
  let none = #expect(throws: Failure.self) { try tokenizer.adding(tags) }
  #expect(none?.message.contains("none of characters or merges") == true)
}
