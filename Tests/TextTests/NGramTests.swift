import SeqaeRandom
import SeqaeText
import Testing

/// Counts of n-grams, exact and in four bytes.
@Suite struct NGramTests {
  private static let alphabet = Array("中国人我们的了在，。a1".unicodeScalars)

  private func texts(_ count: Int) -> [[UInt8]] {
    let random = Random(seed: 21)
    return (0..<count).map { _ in
      var text = ""
      for _ in 0..<random.integer(in: 0...30) {
        text.unicodeScalars.append(random.element(of: Self.alphabet))
      }
      return Array(text.utf8)
    }
  }

  private func key(_ symbols: ArraySlice<UInt16>) -> UInt64 {
    symbols.reduce(0) { $0 << 16 | UInt64($1) }
  }

  @Test(arguments: 1...4)
  func countsAreThoseOfEveryWindow(_ order: Int) {
    var counter = NGramCounter(order: order)
    var expected: [UInt64: UInt32] = [:]
    for text in texts(300) {
      let symbols = TextSymbols.of(text).symbols
      counter.add(symbols)
      let ends = [UInt16](repeating: TextSymbols.boundary, count: order - 1)
      let padded = ends + symbols + ends
      for start in 0..<max(0, padded.count - order + 1) {
        let window = padded[start..<start + order]
        if window.contains(where: { $0 != TextSymbols.boundary }) {
          expected[key(window), default: 0] += 1
        }
      }
    }
    // An empty text has boundaries alone, which no place asks for.
    let list = counter.finish()
    let alone = key([UInt16](repeating: TextSymbols.boundary, count: order)[...])
    var found = Dictionary(uniqueKeysWithValues: zip(list.keys, list.counts))
    found[alone] = nil
    #expect(found == expected)
    #expect(list.keys == list.keys.sorted())
    for (key, count) in expected { #expect(list.count(NGram(key: key)) == Float(count)) }
    #expect(list.count(NGram(key: 7)) == 0)
    #expect(list.pruned(below: 3).counts.allSatisfy { $0 >= 3 })
  }

  @Test func aTableKnowsCountsToThreePercentAndWhatItLacks() {
    let random = Random(seed: 22)
    let keys = Set((0..<50_000).map { _ in random.next() | 1 }).sorted()
    let counts = keys.map { _ in UInt32(1) << UInt32(random.integer(below: 20)) }
    let table = NGramTable([NGramList(keys: keys, counts: counts)])
    for (key, count) in zip(keys, counts) {
      let found = table.count(NGram(key: key))
      #expect(abs(found - Float(count)) <= 0.03 * Float(count) + 0.01, "\(found) for \(count)")
    }
    // 100,000 others: taken for one of them with a probability of some 2⁻²².
    let wrong = (0..<100_000).count { _ in table.count(NGram(key: random.next() & ~1)) != 0 }
    #expect(wrong < 3)
    #expect(NGramTable(slots: table.slots)?.slots == table.slots)
    #expect(NGramTable(slots: [1, 2, 3]) == nil)
    #expect(NGramTable(slots: [1, 1]) == nil)  // full: a search would not end
  }

  @Test func symbolsStandForCodePointsWhateverTheBytes() {
    let random = Random(seed: 23)
    for _ in 0..<300 {
      let bytes = (0..<random.integer(below: 40)).map { _ in UInt8(random.integer(below: 256)) }
      let (symbols, offsets) = TextSymbols.of(bytes)
      #expect(offsets.count == symbols.count + 1)
      #expect(offsets.last == bytes.count && offsets == offsets.sorted())
      #expect(symbols.allSatisfy { $0 != 0 && $0 != TextSymbols.boundary })
    }
    let (symbols, _) = TextSymbols.of(Array("７aＢ,，😀".utf8))
    #expect(symbols == [0x30, 0x61, 0x61, 0xFF0C, 0xFF0C, TextSymbols.other])
  }

  @Test func whatMayHaveBeenMeantSoundsOrLooksAlike() {
    let candidates = SpellingCandidates()
    func likeness(_ written: Unicode.Scalar, _ meant: Unicode.Scalar) -> SpellingCandidates
      .Likeness?
    {
      candidates(written.value)[meant.value]
    }
    #expect(likeness("在", "再") == .sameSound)
    #expect(likeness("因", "应")?.contains(.nearSound) == true)
    #expect(likeness("已", "己")?.contains(.shape) == true)
    #expect(likeness("门", "们") == .sameSound)
    #expect(likeness("末", "未")?.contains(.shape) == true)
    #expect(likeness("的", "地")?.contains(.sameSound) == true)  // by another reading than dì
    #expect(likeness("在", "在") == nil && likeness("在", "人") == nil)
    #expect(candidates(0x41).isEmpty)
  }
}
