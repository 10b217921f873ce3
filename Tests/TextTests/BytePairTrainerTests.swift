import SeqaeFiles
import SeqaeRandom
import SeqaeText
import Testing

/// Lines of words that recur, Chinese and English.
private func lines(_ random: Random, count: Int) -> [[UInt8]] {
  let words = ["the", "then", "there", "other", "中国", "中国人", "人民", "国家", "hello", "aaaa", "aa"]
  return (0..<count).map { _ in
    let line = (0..<1 + random.integer(below: 12)).map { _ in
      let word = words[random.integer(below: words.count)]
      return random.chance(0.5) ? word : word + " "
    }
    return Array(line.joined().utf8)
  }
}

/// Byte pair training by its definition: all pairs are counted again for each merge.
private func naiveMerges(_ lines: [[UInt8]], _ alphabet: Vocabulary, count: Int) -> [[ByteString]] {
  var pieces: [[ByteString]] = []
  for line in lines {
    for range in ScriptSplitter().pieces(of: AlignedText(line)) {
      let text = String(decoding: line[range], as: UTF8.self)
      pieces.append(text.unicodeScalars.map { ByteString(String($0)) })
    }
  }
  var merges: [[ByteString]] = []
  while merges.count < count {
    var counts: [[ByteString]: Int] = [:]
    for piece in pieces {
      for (left, right) in zip(piece, piece.dropFirst()) { counts[[left, right], default: 0] += 1 }
    }
    let best = counts.filter { $0.value > 1 }.min { a, b in
      a.value != b.value ? a.value > b.value : a.key.lexicographicallyPrecedes(b.key)
    }
    guard let pair = best?.key else { break }
    merges.append(pair)
    for index in pieces.indices {
      var merged: [ByteString] = []
      for part in pieces[index] {
        // A token that was just made can't be the left part of the same pair: the pair is shorter.
        if merged.last == pair[0], part == pair[1] {
          merged[merged.count - 1] = ByteString(pair[0].bytes + pair[1].bytes)
        } else {
          merged.append(part)
        }
      }
      pieces[index] = merged
    }
  }
  return merges
}

@Suite struct BytePairTrainerTests {
  private func spellings(_ model: BytePairModel) -> [[ByteString]] {
    model.merges.map { merge in
      [merge.left, merge.right].map { ByteString(Array(model.vocabulary.bytes(of: $0))) }
    }
  }

  @Test(arguments: [1, 2, 3])
  func mergesAreThoseOfTheDefinition(seed: UInt64) throws {
    let lines = lines(Random(seed: seed), count: 60)
    var trainer = BytePairTrainer(splitter: ScriptSplitter())
    for line in lines { trainer.count(line) }
    var options = BytePairTrainer.Options()
    options.coverage = 1
    let model = try trainer.model(size: 420, options: options)
    let expected = naiveMerges(lines, model.vocabulary, count: model.merges.count)
    #expect(model.merges.count >= 20)
    #expect(spellings(model) == expected)
  }

  @Test func neitherOrderNorSharingOutMatters() throws {
    let lines = lines(Random(seed: 5), count: 100)
    var together = BytePairTrainer(splitter: ScriptSplitter())
    var parts = [together, together]
    for (index, line) in lines.enumerated() {
      together.count(line)
      parts[index % 2].count(lines[lines.count - 1 - index])
    }
    parts[0].merge(parts[1])
    #expect(parts[0].pieceCount == together.pieceCount)
    let first = try Tokenizer(trained: try together.model(size: 400)).json()
    let second = try Tokenizer(trained: try parts[0].model(size: 400)).json()
    #expect(first == second)
  }

  @Test func unspacedChineseTakesBoundedMemory() throws {
    let random = Random(seed: 6)
    var trainer = BytePairTrainer(splitter: ScriptSplitter(), memoryLimit: 1 << 18)
    for _ in 0..<40 {
      let line = (0..<20_000).map { _ in
        ["的", "中国", "人民", "日", "月", "山", "水", "火"][random.integer(below: 8)]
      }
      trainer.count(Array(line.joined().utf8))
      #expect(trainer.pieceCount < 20_000)
    }
    let model = try trainer.model(size: 380)
    // What is always together is joined first, whatever was cut or forgotten.
    #expect(Set(spellings(model).prefix(2)) == [["中", "国"], ["人", "民"]])
  }

  @Test func tokensAreNoLongerThanAsked() throws {
    var trainer = BytePairTrainer(splitter: ScriptSplitter())
    for _ in 0..<50 { trainer.count(Array("abcdefghijklmnopqrstuvwxyzabcdefgh".utf8)) }
    var options = BytePairTrainer.Options()
    options.longestToken = 5
    let model = try trainer.model(size: 500, options: options)
    let lengths = (263..<TokenID(model.vocabulary.count)).map {
      model.vocabulary.bytes(of: $0).count
    }
    #expect(lengths.max() ?? 0 <= 5)
    #expect(lengths.contains(4) || lengths.contains(5))
  }

  @Test func noMergeMakesASpecialToken() throws {
    var trainer = BytePairTrainer(splitter: BoundarySplitter(.sentence))
    for _ in 0..<50 { trainer.count(Array("<s><0x41></s>".utf8)) }
    let model = try trainer.model(size: 500)
    let tokenizer = try Tokenizer(trained: model, splitter: BoundarySplitter(.sentence))
    let ids = tokenizer.encode("<s><0x41></s>").ids
    #expect(ids.allSatisfy { $0 >= 263 })
    #expect(tokenizer.decode(ids) == Array("<s><0x41></s>".utf8))
  }

  @Test func rareCharactersAreSpelledInBytes() throws {
    var trainer = BytePairTrainer(splitter: ScriptSplitter())
    for _ in 0..<10_000 { trainer.count(Array("中国".utf8)) }
    trainer.count(Array("龘".utf8))
    let model = try trainer.model(size: 400)
    #expect(model.vocabulary.id(of: "龘") == nil)
    let tokenizer = try Tokenizer(trained: model, splitter: ScriptSplitter())
    #expect(tokenizer.encode("龘").count == 3)
    #expect(tokenizer.encode("中国").count == 1)
  }

  @Test func aSizeWithoutRoomIsRefused() {
    #expect(throws: Failure.self) {
      try BytePairTrainer(splitter: ScriptSplitter()).model(size: 300)
    }
  }
}
