import SeqaeRandom
import SeqaeText
import Testing

/// Wrong characters, and what they are counted from.
@Suite struct SpellingNoiseTests {
  private static let lines = [
    "我们今天去学校学习中文，晚上再回家。", "應該坐下來說說你的事情。", "用 iPhone 15 拍了3张照片👨‍👩‍👧！", "。。。", "hello, 42",
    "",
  ]

  private func scalars(_ text: String) -> [Unicode.Scalar] { Array(text.unicodeScalars) }

  @Test func aCharacterStandsForACharacterAndNothingElseChanges() {
    var configuration = SpellingNoise.Configuration()
    configuration.cleanShare = 0
    configuration.highestRate = 0.5
    let noise = SpellingNoise(configuration)
    var changed = 0
    for line in Self.lines {
      for draw in 0..<200 {
        let noisy = noise.corrupt(line, using: Random(seed: 5).child(UInt64(draw)))
        #expect(scalars(noisy).count == scalars(line).count, "\(noisy)")
        for (a, b) in zip(scalars(line), scalars(noisy)) where a != b {
          changed += 1
          #expect((0x3400...0x9FFF).contains(a.value) && b.value >= 0x2E80, "\(a) \(b)")
        }
      }
    }
    #expect(changed > 1000)
    #expect(noise.corrupt("hello, 42", using: Random(seed: 1)) == "hello, 42")
  }

  @Test func aShareStaysCleanAndOfTheOthersOneCharacterAtLeastIsWrong() {
    var configuration = SpellingNoise.Configuration()
    configuration.cleanShare = 0.4
    configuration.highestRate = 0
    let noise = SpellingNoise(configuration)
    var wrong = [0, 0]
    for draw in 0..<2_000 {
      let line = Self.lines[0]
      let noisy = noise.corrupt(line, using: Random(seed: 6).child(UInt64(draw)))
      let count = zip(scalars(line), scalars(noisy)).count { $0 != $1 }
      #expect(count <= 1)
      wrong[count] += 1
    }
    // σ = √(0.24 · 2,000) = 22; a character without others of its sound and shape is rare.
    #expect(abs(wrong[0] - 800) < 4 * 22)
  }

  @Test func mistakesAreDrawnWhereAndAsOftenAsTheyWereMade() {
    var mistakes = SpellingMistakes()
    #expect(mistakes.isEmpty)
    for _ in 0..<30 { mistakes.add(noisy: Array("因该".utf8), clean: Array("应该".utf8)) }
    for _ in 0..<10 { mistakes.add(noisy: Array("英该".utf8), clean: Array("应该".utf8)) }
    // Another length, and what is no Chinese character, says nothing.
    mistakes.add(noisy: Array("该".utf8), clean: Array("应该".utf8))
    mistakes.add(noisy: Array("a该b".utf8), clean: Array("应该c".utf8))
    var configuration = SpellingNoise.Configuration()
    configuration.cleanShare = 0
    configuration.highestRate = 0
    configuration.mistakeShare = 1
    let noise = SpellingNoise(configuration, mistakes: mistakes)
    var counts: [String: Int] = [:]
    for draw in 0..<2_000 {
      counts[noise.corrupt("你应该去", using: Random(seed: 7).child(UInt64(draw))), default: 0] += 1
    }
    #expect(Set(counts.keys) == ["你因该去", "你英该去"])
    // σ = √(0.1875 · 2,000) = 19
    #expect(abs((counts["你英该去"] ?? 0) - 500) < 4 * 19)
    // Where none of them can be made the tables are asked.
    #expect(noise.corrupt("今天", using: Random(seed: 1)) != "今天")
  }

  @Test func theSameDrawGivesTheSameNoise() {
    let noise = SpellingNoise()
    for line in Self.lines {
      let twice = (0..<2).map { _ in noise.corrupt(line, using: Random(seed: 3).child(9)) }
      #expect(twice[0] == twice[1])
    }
  }
}
