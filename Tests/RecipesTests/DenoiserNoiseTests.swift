import SeqaeRandom
import SeqaeRecipes
import SeqaeText
import Testing

private let line = "今天天气很好，我们去公园散步吧，路上看见了很多人和一只小狗。"

private func draws(_ change: (inout DenoiserNoise.Configuration) -> Void) -> [String] {
  var configuration = DenoiserNoise.Configuration()
  change(&configuration)
  let noise = DenoiserNoise(configuration)
  return (0..<400).map { noise.corrupt(line, using: Random(seed: 7).child(UInt64($0))) }
}

@Suite struct DenoiserNoiseTests {
  @Test func sharesAreThoseAskedFor() {
    #expect(draws { $0.cleanShare = 1 }.allSatisfy { $0 == line })
    let mixed = draws { _ in }
    // A quarter is clean, and a little of the rest by chance.
    #expect((80...160).contains(mixed.filter { $0 == line }.count))
    let insertions = draws { $0 = .init(cleanShare: 0, insertionShare: 1, letterShare: 0) }
    for noisy in insertions {
      // Deleting brings the line back.
      var rest = Array(line.utf8)[...]
      for byte in noisy.utf8 where byte == rest.first { rest = rest.dropFirst() }
      #expect(rest.isEmpty, "\(noisy)")
    }
    let letters = draws { $0 = .init(cleanShare: 0, insertionShare: 0, letterShare: 1) }
    #expect(letters.filter { $0.unicodeScalars.count < line.unicodeScalars.count }.count > 20)
    #expect(letters.filter { $0 != line }.count > 250)
  }

  @Test func noiseDependsOnTextAndGeneratorOnly() {
    let noise = DenoiserNoise()
    for number in 0..<50 as Range<UInt64> {
      let first = noise.corrupt(line, using: Random(seed: number))
      _ = noise.corrupt("another text", using: Random(seed: 1))
      #expect(noise.corrupt(line, using: Random(seed: number)) == first)
    }
  }
}

@Test func aCurriculumRaisesTheRatesToTheirHighest() {
  var configuration = DenoiserConfiguration()
  #expect(configuration.noise(atLine: 0) == configuration.noise)
  configuration.curriculumLines = 1000
  let (first, half) = (configuration.noise(atLine: 0), configuration.noise(atLine: 500))
  #expect(abs(first.insertions.rates.upperBound - 0.2 * configuration.highestRate) < 1e-12)
  #expect(abs(half.highestLetterRate - 0.6 * configuration.highestLetterRate) < 1e-12)
  #expect(first.insertions.rates.lowerBound == configuration.lowestRate)
  #expect(configuration.noise(atLine: 1000) == configuration.noise)
  // Never below the lowest.
  configuration.highestRate = configuration.lowestRate
  configuration.highestLetterRate = 0.01
  #expect(configuration.noise(atLine: 0) == configuration.noise)
}

@Suite struct InsetTests {
  @Test func insetsLeaveTheLineAroundThemWhole() {
    let random = Random(seed: 3)
    for text in [line, "The quick brown fox jumps over the lazy dog.", "一"] {
      for _ in 0..<200 {
        let put = Inset.put(into: Array(text.utf8), using: random)
        #expect(!put.inset.isEmpty)
        let (before, after) = (put.before, put.after)
        let rest = String(decoding: before, as: UTF8.self) + String(decoding: after, as: UTF8.self)
        #expect(rest.filter { $0 != " " } == text.filter { $0 != " " })
        // C++ doubles a mark that texts do not.
        let isScoped = String(decoding: put.inset, as: UTF8.self).contains("::")
        #expect(isScoped || LineFilter.isClean(before + put.inset + after))
      }
    }
  }

  @Test func insetsAreOfManyKindsAndOfTheLinesLanguage() {
    let random = Random(seed: 4)
    let chinese = Set((0..<2_000).map { _ in Inset.draw(for: .chinese, using: random) })
    let english = Set((0..<2_000).map { _ in Inset.draw(for: .english, using: random) })
    #expect(chinese.count > 1_000 && english.count > 1_000)
    for part in ["·", "、", "《", "https://", "@", "年"] {
      #expect(chinese.contains { $0.contains(part) }, "\(part)")
    }
    #expect(
      english.allSatisfy {
        Language(of: Array($0.utf8)) == .english || $0.hasSuffix("万") || $0.hasSuffix("元")
      })
  }
}
