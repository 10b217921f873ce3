import SeqaeFiles
import SeqaeRandom
import SeqaeText
import Testing

/// A model over `a` … `e`, 中, 国 and bytes, with random merges.
private func randomModel(
  _ random: Random, base: BytePairModel.Base, merges count: Int, takesWholePieces: Bool = false
) throws -> BytePairModel {
  var tokens = (UInt8.min...UInt8.max).map(CharacterModel.byteToken)
  if base == .bytes {
    // GPT-2's alphabet, from the file of the fixtures.
    let file = try JSON.read(fixture("subwords-bytes.json"))
    tokens = try #require(file["model"]?["vocab"]?.objectValue).members.map(\.key)
      .filter { $0.string.unicodeScalars.count == 1 }
  }
  let letters = ["a", "b", "c", "d", "e"] + (base == .bytes ? [] : ["中", "国"])
  tokens += base == .bytes ? [] : letters.map { ByteString($0) }
  var known = Set(tokens)
  var parts = letters.map { ByteString($0) }
  var pairs: [(ByteString, ByteString)] = []
  while pairs.count < count {
    let pair = (
      parts[random.integer(below: parts.count)], parts[random.integer(below: parts.count)]
    )
    guard !pairs.contains(where: { $0 == pair }) else { continue }
    pairs.append(pair)
    let joined = ByteString(pair.0.bytes + pair.1.bytes)
    if known.insert(joined).inserted {
      tokens.append(joined)
      parts.append(joined)
    }
  }
  let vocabulary = try Vocabulary(tokens)
  let merges = try pairs.map { pair in
    (
      left: try #require(vocabulary.id(of: pair.0)), right: try #require(vocabulary.id(of: pair.1))
    )
  }
  return try BytePairModel(
    vocabulary, base: base, merges: merges, takesWholePieces: takesWholePieces)
}

/// The definition, word for word: the pair learned first is joined, the leftmost of equal ones.
private func naive(_ model: BytePairModel, _ text: String) -> [TokenID] {
  var ids = text.unicodeScalars.compactMap { model.vocabulary.id(ofScalar: $0.value) }
  while true {
    var best: (rank: Int, place: Int)?
    for place in ids.indices.dropLast() {
      let rank = model.merges.firstIndex { $0 == (ids[place], ids[place + 1]) }
      if let rank, rank < best?.rank ?? Int.max { best = (rank, place) }
    }
    guard let (_, place) = best else { return ids }
    let joined = model.vocabulary.bytes(of: ids[place]) + model.vocabulary.bytes(of: ids[place + 1])
    ids[place] = model.vocabulary.id(of: joined) ?? -1
    ids.remove(at: place + 1)
  }
}

@Suite struct BytePairModelTests {
  /// Short texts are merged by scanning, long ones by a heap, and some come from the cache.
  @Test(arguments: [0, 1, 5, 40])
  func mergesAreAppliedInTheirOrder(count: Int) throws {
    let random = Random(seed: 11).child(UInt64(count))
    for base in [BytePairModel.Base.characters, .bytes] {
      let model = try randomModel(random, base: base, merges: count)
      let letters = base == .bytes ? ["a", "b", "c", "d", "e"] : ["a", "b", "c", "中", "国"]
      for length in [0, 1, 2, 3, 5, 8, 13, 23, 24, 25, 26, 60, 200] + Array(1...40) {
        let text = (0..<length).map { _ in letters[random.integer(below: letters.count)] }.joined()
        var encoding = Encoding()
        let bytes = Array(text.utf8)
        for _ in 0..<2 {
          encoding = Encoding()
          model.encode(bytes, bytes.isEmpty ? [] : [0..<bytes.count], into: &encoding)
          #expect(encoding.ids == naive(model, text), "\(text)")
        }
        #expect(encoding.ranges.flatMap(Array.init) == Array(bytes.indices))
        for (id, range) in zip(encoding.ids, encoding.ranges) {
          var surface: [UInt8] = []
          model.decode(id, into: &surface)
          #expect(surface == Array(bytes[range]))
        }
      }
    }
  }

  @Test func equalNeighboursAreJoinedFromTheLeft() throws {
    let vocabulary = try Vocabulary(
      (UInt8.min...UInt8.max).map(CharacterModel.byteToken) + ["a", "aa", "aaaa"])
    let merges: [BytePairModel.Merge] = [(left: 256, right: 256), (left: 257, right: 257)]
    let model = try BytePairModel(vocabulary, base: .characters, merges: merges)
    let tokenizer = Tokenizer(
      model: model, template: Tokenizer.Template(prefix: [], suffix: []), specialTokens: [])
    #expect(tokenizer.encode("aaaaaaa").ids == [258, 257, 256])
    let long = tokenizer.encode(String(repeating: "a", count: 100_003)).ids
    #expect(long == [TokenID](repeating: 258, count: 25_000) + [257, 256])
  }

  @Test(arguments: [false, true])
  func anyBytesComeBack(areUnits: Bool) throws {
    let random = Random(seed: 12)
    let model = try randomModel(random, base: areUnits ? .bytes : .characters, merges: 30)
    for splitter in [nil, ScriptSplitter(), ByteLevelSplitter(addsPrefixSpace: false)]
      as [(any Splitter)?]
    {
      let tokenizer = Tokenizer(
        splitter: splitter, model: model, template: Tokenizer.Template(prefix: [], suffix: []),
        specialTokens: [])
      for _ in 0..<500 {
        let bytes = random.bytes(count: random.integer(below: 90))
        let encoding = tokenizer.encode(bytes)
        #expect(tokenizer.decode(encoding.ids) == bytes)
        #expect(encoding.ranges.flatMap(Array.init) == Array(bytes.indices))
      }
    }
  }

  @Test func aWholePieceIsATokenOnlyIfAsked() throws {
    let tokens = (UInt8.min...UInt8.max).map(CharacterModel.byteToken) + ["a", "b", "ab", "aab"]
    for takesWhole in [false, true] {
      let model = try BytePairModel(
        try Vocabulary(tokens), base: .characters, merges: [(left: 256, right: 257)],
        takesWholePieces: takesWhole)
      var encoding = Encoding()
      model.encode(Array("aab".utf8), [0..<3], into: &encoding)
      #expect(encoding.ids == (takesWhole ? [259] : [256, 258]))
    }
  }

  @Test func aMergeIntoNothingIsRefused() throws {
    let tokens = (UInt8.min...UInt8.max).map(CharacterModel.byteToken) + ["a", "b"]
    #expect(throws: Failure(.data, "merge 0 makes \"ab\", which is no token")) {
      try BytePairModel(
        try Vocabulary(tokens), base: .characters, merges: [(left: 256, right: 257)])
    }
    #expect(throws: Failure.self) {
      try BytePairModel(try Vocabulary(tokens), base: .bytes, merges: [])
    }
  }

  @Test func threadsShareAModel() async throws {
    let model = try randomModel(Random(seed: 13), base: .characters, merges: 40)
    let tokenizer = Tokenizer(
      splitter: ScriptSplitter(), model: model,
      template: Tokenizer.Template(prefix: [], suffix: []), specialTokens: [])
    let lines = (0..<200).map { index in
      String(repeating: ["abc", "中国a", "deed "][index % 3], count: index)
    }
    let expected = lines.map { tokenizer.encode($0) }
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<8 { group.addTask { lines.map { tokenizer.encode($0) } == expected } }
      for await isEqual in group { #expect(isEqual) }
    }
  }
}
