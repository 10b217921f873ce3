import SeqaeRandom
import SeqaeText
import TestSupport
import Testing

/// What counts of clean text say about each place of a text.
@Suite struct EvidenceTests {
  private static let lines = [
    "我们应该去公园散步", "你应该早点休息", "他应该明天回来", "我们应该努力学习", "今天天气很好", "明天天气不好",
    "天气预报说今天下雨", "the weather is fine", "the weather was bad", "a weather report", "whether or not",
    "the children are here",
  ]

  private func tokenizer() throws -> Tokenizer {
    var trainer = CharacterTrainer()
    for line in Self.lines { trainer.count(Array(line.utf8)) }
    return try Tokenizer(
      characters: try trainer.vocabulary(size: 420, including: "因该在再ABCDEFGHTW，。 0123456789"))
  }

  private func counter(_ tokenizer: Tokenizer) throws -> EvidenceCounter {
    EvidenceCounter(
      tokenizer.vocabulary, end: try tokenizer.id(of: .eos), padding: try tokenizer.id(of: .pad))
  }

  /// Each line as often as it takes for its characters to be no rare ones.
  private func evidence(_ tokenizer: Tokenizer, copies: Int = 40) throws -> Evidence {
    var counter = try counter(tokenizer)
    for _ in 0..<copies {
      for line in Self.lines { counter.add(tokenizer.encode(line).ids) }
    }
    return counter.evidence(limit: 1 << 16)
  }

  private func ids(_ text: String, _ tokenizer: Tokenizer) throws -> [TokenID] {
    tokenizer.encode(text).ids + [try tokenizer.id(of: .eos)]
  }

  /// The characters that a place names: two in its place, two before it.
  private func candidates(
    _ text: String, at place: Int, _ evidence: Evidence, _ tokenizer: Tokenizer
  ) throws -> [String] {
    let reading = evidence(try ids(text, tokenizer), counted: nil)
    let start = place * Evidence.candidates
    return reading.characters[start..<start + Evidence.candidates].map {
      String(decoding: tokenizer.decode([$0]), as: UTF8.self)
    }
  }

  @Test func charactersThatWereMeantAreNamed() throws {
    let tokenizer = try tokenizer()
    let evidence = try evidence(tokenizer)
    // 因 has the sound of 应, and 应该 occurs.
    #expect(try candidates("我们因该努力学习", at: 2, evidence, tokenizer)[0] == "应")
    // Nothing is known of 𠮷, four bytes of it; what follows 们 and precedes 该 is.
    let unknown = "我们𠮷该努力学习"
    for byte in 2..<6 {
      #expect(try candidates(unknown, at: byte, evidence, tokenizer)[0] == "应")
    }
    #expect(try candidates("the weqther is fine", at: 6, evidence, tokenizer)[0] == "a")
    #expect(try candidates("THE WEQTHER IS FINE", at: 6, evidence, tokenizer)[0] == "A")
    #expect(try candidates("the wether is fine", at: 6, evidence, tokenizer)[2] == "a")
    #expect(try candidates("我们应努力学习", at: 3, evidence, tokenizer)[2] == "该")
  }

  @Test func textThatOccursAsItStandsIsNotDoubted() throws {
    let tokenizer = try tokenizer()
    let evidence = try evidence(tokenizer)
    let none = try tokenizer.id(of: .pad)
    for text in ["你应该早点休息", "the weather is fine"] {
      let reading = evidence(try ids(text, tokenizer), counted: nil)
      #expect(reading.characters.allSatisfy { $0 == none })
      // How often the first and second character occur together: as often as the line was counted, or more.
      #expect(reading.levels[1] >= WindowCounts.level(of: 40))
    }
  }

  /// The levels of a text's windows, counted one by one.
  private func naive(_ counted: [[TokenID]], _ text: ArraySlice<TokenID>, _ end: TokenID) -> UInt8 {
    let count = counted.map { [end] + $0 + [end] }.reduce(0) { sum, line in
      sum
        + (0...max(0, line.count - text.count)).count { start in
          start + text.count <= line.count && Array(line[start..<start + text.count]) == Array(text)
        }
    }
    return count < 2 ? 0 : WindowCounts.level(of: UInt32(count))
  }

  @Test func figuresAreTheCountsOfWindowsOfTheTextAsItMightBe() throws {
    let tokenizer = try tokenizer()
    let end = try tokenizer.id(of: .eos)
    let random = Random(seed: 5)
    let alphabet = Array("abc".unicodeScalars)
    func draw(_ length: Int) -> [TokenID] {
      var text = String.UnicodeScalarView()
      for _ in 0..<length { text.append(random.element(of: alphabet)) }
      return tokenizer.encode(String(text)).ids
    }
    let counted = (0..<60).map { _ in draw(random.integer(in: 1...12)) }
    var counter = try counter(tokenizer)
    for line in counted { counter.add(line) }
    let evidence = counter.evidence(limit: 1 << 16)
    var doubted = 0
    for _ in 0..<40 {
      let text = draw(9)
      let q = [end] + text + [end]
      let reading = evidence(text + [end], counted: nil)
      for place in text.indices {
        let t = place + 1
        func expect(_ figure: Int, _ window: [TokenID]?) {
          let level = window.map { naive(counted, $0[...], end) } ?? 0
          #expect(reading.levels[place * Evidence.figures + figure] == level, "figure \(figure)")
        }
        func slice(_ start: Int, _ end: Int) -> [TokenID]? {
          start >= 0 && end <= q.count && start <= end ? Array(q[start..<end]) : nil
        }
        expect(0, slice(t - 1, t + 1))
        expect(4, slice(t, t + 3))
        expect(5, slice(t - 3, t + 1))
        expect(9, slice(t - 2, t + 3))
        expect(12, slice(t - 3, t + 4))
        guard reading.levels[place * Evidence.figures + 14] == Evidence.flag else { continue }
        doubted += 1
        func joined(_ left: [TokenID]?, _ middle: [TokenID], _ right: [TokenID]?) -> [TokenID]? {
          guard let left, let right else { return nil }
          return left + middle + right
        }
        // Without it; exchanged with the next.
        expect(15, joined(slice(t - 1, t), [], slice(t + 1, t + 2)))
        expect(18, joined(slice(t - 2, t), [], slice(t + 1, t + 3)))
        if t + 1 < q.count {
          expect(22, joined(slice(t - 1, t), [q[t + 1], q[t]], slice(t + 2, t + 3)))
        }
        // With the first candidate in its place, and with one more before it.
        let candidates = reading.characters[place * Evidence.candidates..<(place + 1) * 4]
        let (other, missing) = (candidates[place * 4], candidates[place * 4 + 2])
        if other != 0 {
          expect(26, joined(slice(t - 1, t), [other], slice(t + 1, t + 2)))
          expect(30, joined(slice(t - 2, t), [other], slice(t + 1, t + 3)))
        }
        if missing != 0 { expect(53, joined(slice(t - 1, t), [missing], slice(t, t + 2))) }
      }
    }
    #expect(doubted > 50)
  }

  @Test func aTextThatWasCountedIsReadAsIfItWasNot() throws {
    let tokenizer = try tokenizer()
    let counted = try Self.lines.map { try ids($0, tokenizer) }
    var (all, others) = (try counter(tokenizer), try counter(tokenizer))
    for (index, line) in counted.enumerated() {
      all.add(Array(line.dropLast()))
      if index > 0 { others.add(Array(line.dropLast())) }
    }
    let with = all.evidence(limit: 1 << 16)(
      counted[0], counted: Evidence.Counted(counted[0], using: Random(seed: 1)))
    let without = others.evidence(limit: 1 << 16)(counted[0], counted: nil)
    let naively = all.evidence(limit: 1 << 16)(counted[0], counted: nil)
    for place in counted[0].indices {
      for figure in 0..<13 {
        let index = place * Evidence.figures + figure
        // A level of 4 and more stands for several counts.
        guard naively.levels[index] < WindowCounts.level(of: 4) else { continue }
        #expect(with.levels[index] == without.levels[index], "place \(place), figure \(figure)")
      }
    }
    #expect(naively.levels != with.levels)
  }

  @Test func ofNewGapsNothingLongIsKnown() throws {
    let tokenizer = try tokenizer()
    let evidence = try evidence(tokenizer)
    let ids = try ids("the weather is fine", tokenizer)
    let (random, known) = (Random(seed: 4), evidence(ids, counted: nil))
    let new = evidence(ids, counted: Evidence.Counted(ids, newShare: 1, using: random))
    // Across each gap lies every window; of two symbols some are known all the same.
    let windows = ids.indices.flatMap { place in (2..<9).map { place * Evidence.figures + $0 } }
    #expect(windows.contains { known.levels[$0] > 0 })
    #expect(windows.allSatisfy { new.levels[$0] == 0 })
    let pairs = ids.indices.map { new.levels[$0 * Evidence.figures + 1] > 0 }
    #expect(pairs.contains(true) && pairs.dropLast().contains(false))
    // Nothing is new of a text that was not counted.
    let other = try self.ids("whether or not", tokenizer)
    let apart = evidence(other, counted: Evidence.Counted(ids, newShare: 0, using: random))
    #expect(apart.levels[9] == evidence(other, counted: nil).levels[9])
  }

  @Test(arguments: [UInt32(4), 5, 8, 100, 3000])
  func oneOccurrenceLessLowersFewLevels(_ count: UInt32) {
    // Else the windows of a text that was counted would be told by it.
    let random = Random(seed: 11)
    let keys = Set((0..<4000).map { _ in random.next() }).sorted()
    let list = NGramList(keys: keys, counts: keys.map { _ in count })
    let lists = [list] + [NGramList](repeating: NGramList(), count: 5)
    let table = WindowCounts(lists, limit: 1 << 14)
    #expect(keys.count { table.level($0) == WindowCounts.level(of: count) } > keys.count * 99 / 100)
    let lowered = keys.count { table.level($0, order: 2, without: 1) < table.level($0) }
    let level = Int(WindowCounts.level(of: count))
    let range = Double(WindowCounts.counts[level + 1] - WindowCounts.counts[level])
    let share = Double(lowered) / Double(keys.count)
    #expect(abs(share - 1 / range) < 0.03, "\(share) of range \(range)")
  }

  @Test func whatDoesNotFitIsTheRarest() {
    let random = Random(seed: 9)
    let keys = Set((0..<6000).map { _ in random.next() }).sorted()
    let counts = keys.indices.map { UInt32(2 + $0 % 30) }
    let empty = NGramList()
    let lists = [NGramList(keys: keys, counts: counts)] + [NGramList](repeating: empty, count: 5)
    let table = WindowCounts(lists, limit: 4096)
    #expect(table.slots.count == 4096)
    #expect(table.least[2] > 2)
    var lost = 0
    for (key, count) in zip(keys, counts) {
      let expected = count >= table.least[2] ? WindowCounts.level(of: count) : 0
      // One in a few hundred is taken for another.
      if table.level(key) != expected { lost += 1 }
    }
    #expect(lost < keys.count / 100, "\(lost) of \(keys.count)")
    let absent = (0..<10_000).count { _ in table.level(random.next()) > 0 }
    #expect(absent < 100, "\(absent) of 10,000 that are not there are found")
  }

  @Test func aFullTableIsSearchedForAWhileOnly() throws {
    let full = SharedNumbers([UInt16](repeating: 0xABC3, count: 1 << 16))
    let table = try #require(
      WindowCounts(slots: full, least: [UInt32](repeating: 2, count: WindowKey.longest + 1)))
    let random = Random(seed: 3)
    for _ in 0..<1000 { _ = table.level(random.next()) }
    #expect(WindowCounts(slots: SharedNumbers([]), least: [2]) == nil)
  }
}
