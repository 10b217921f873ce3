import SeqaeRandom
import SeqaeText
import Testing

/// What `noise` makes of `line`, over many draws.
private func draws(_ noise: some TextNoise, _ line: String, count: Int = 400) -> [String] {
  let random = Random(seed: 14)
  return (0..<count).map { noise.corrupt(line, using: random.child(0, UInt64($0))) }
}

private func isSubsequence(_ clean: String, of noisy: String) -> Bool {
  var rest = Array(clean.utf8)[...]
  for byte in noisy.utf8 where byte == rest.first { rest = rest.dropFirst() }
  return rest.isEmpty
}

private let noises: [(String, any TextNoise)] = [
  ("insertion", InsertionNoise(rate: 0.5, besideSpaces: 0.5)),
  ("insertion with digits", InsertionNoise(rate: 0.5, digits: true)),
  ("separators", SeparatorNoise()), ("separators with digits", SeparatorNoise(digits: true)),
  ("mixed", MixedTextNoise()),
]

@Suite struct TextNoiseTests {
  @Test func whatIsInsertedCanBeDeletedAgain() throws {
    let tokenizer = try makeTokenizer()
    for (name, noise) in noises {
      for line in ordinaryLines {
        let clean = tokenizer.encode(line).ids
        for noisy in draws(noise, line, count: 60) {
          let source = tokenizer.encode(noisy).ids
          let script = EditScript.between(source, clean)
          #expect(EditScript.apply(script, to: source) == clean)
          #expect(script.allSatisfy { $0 == .keep || $0 == .delete }, "\(name): \(noisy)")
        }
      }
    }
  }

  @Test func noiseDependsOnTextAndGeneratorOnly() {
    for (name, noise) in noises {
      func draw(_ index: Int) -> String {
        noise.corrupt(
          ordinaryLines[index], using: Random(seed: 15).child(3, UInt64(index)))
      }
      let forwards = ordinaryLines.indices.map(draw)
      let backwards = ordinaryLines.indices.reversed().map(draw)
      #expect(forwards == backwards.reversed(), "\(name)")
      let shared = Random(seed: 15)
      _ = (shared.next(), shared.next())  // other draws of the same generator
      let later = ordinaryLines.indices.map {
        noise.corrupt(ordinaryLines[$0], using: shared.child(3, UInt64($0)))
      }
      #expect(forwards == later, "\(name)")
      let epochs = (0..<20).map {
        noise.corrupt(ordinaryLines[1], using: Random(seed: 15).child($0, 1))
      }
      #expect(Set(epochs).count > 3, "\(name)")
    }
  }

  @Test func hostileTextsPassThrough() {
    let marks = "e" + String(repeating: "\u{301}", count: 100_000)
    let chain = String(repeating: "👩\u{200D}", count: 20_000)
    for (name, noise) in noises {
      for text in ["", "a", "\u{301}", "\r\n", "\u{0}", marks, chain] {
        let noisy = noise.corrupt(text, using: Random(seed: 16))
        #expect(isSubsequence(text, of: noisy), "\(name)")
      }
    }
  }
}

@Suite struct InsertionNoiseTests {
  @Test func insertionsFallIntoLetterGapsAtTheirRate() {
    // One mark per insertion: the letters of 100 gaps, 400 draws, p = 0.3: σ = √(0.21 / 40,000) = 0.0023
    let line = String(repeating: "中", count: 101)
    let noise = InsertionNoise(rate: 0.3, weights: [(.mark, 1)])
    let inserted = draws(noise, line).reduce(0) { $0 + $1.unicodeScalars.count - 101 }
    let rate = Double(inserted) / 40_000
    #expect(abs(rate - 0.3) < 4 * 0.0023)
  }

  @Test func rateZeroChangesNothingAndRateOneEveryGap() {
    for line in ordinaryLines {
      #expect(InsertionNoise(rate: 0).corrupt(line, using: Random(seed: 17)) == line)
    }
    let noisy = InsertionNoise(rate: 1, weights: [(.mark, 1)]).corrupt(
      "天气好", using: Random(seed: 17))
    #expect(noisy.unicodeScalars.count == 5)
  }

  @Test func everyKindInsertsItsOwn() {
    let alphabet = NoiseAlphabet.standard
    let allowed: [(InsertionNoise.Kind, [String])] = [
      (.mark, alphabet.marks + alphabet.commonMarks),
      (.marks, alphabet.marks + alphabet.commonMarks),
      (.spaces, alphabet.spaces), (.emoji, alphabet.emoji), (.zeroWidth, alphabet.zeroWidth),
      (.doubled, ["你"]),
    ]
    for (kind, items) in allowed {
      let scalars = Set(items.joined().unicodeScalars)
      var lengths: Set<Int> = []
      for noisy in draws(InsertionNoise(rate: 1, weights: [(kind, 1)]), "你们") {
        let inserted = noisy.unicodeScalars.dropFirst().dropLast()
        #expect(noisy.unicodeScalars.first == "你" && noisy.unicodeScalars.last == "们")
        #expect(!inserted.isEmpty && scalars.isSuperset(of: inserted), "\(kind): \(noisy)")
        lengths.insert(inserted.count)
      }
      switch kind {
      case .mark, .zeroWidth: #expect(lengths == [1])
      case .marks: #expect(lengths == [2, 3, 4, 5])
      case .spaces: #expect(lengths == [1, 2, 3])
      case .doubled: #expect(lengths == [1, 2, 3, 4])
      case .emoji: #expect(lengths.count > 4)  // families, flags, skin tones
      }
    }
  }

  @Test func noSpaceComesBetweenChineseAndLatin() {
    let spaces = Set(NoiseAlphabet.standard.spaces.joined().unicodeScalars)
    for line in ["我a", "a我", "第3", "3章"] {
      for noisy in draws(InsertionNoise(rate: 1, digits: true), line) {
        #expect(spaces.isDisjoint(with: noisy.unicodeScalars), "\(noisy)")
      }
    }
    #expect(draws(InsertionNoise(rate: 1), "我们").contains { $0.contains(" ") })
  }

  @Test func numbersStayNumbers() {
    let marks = Set(",.:，．：、 \u{3000}\u{A0}-/".unicodeScalars)
    for noisy in draws(InsertionNoise(rate: 1, digits: true), "12") {
      #expect(noisy != "12" && marks.isDisjoint(with: noisy.unicodeScalars), "\(noisy)")
    }
    for noisy in draws(InsertionNoise(rate: 1, besideSpaces: 0), "1234") {
      #expect(noisy == "1234")
    }
  }

  @Test func gapsBesideSpacesAndMarksAreSpoiltLessOften() {
    let line = "a b。c"
    let changed = draws(InsertionNoise(rate: 1, besideSpaces: 0.1), line, count: 4_000)
      .filter { $0 != line }.count
    // 4 gaps: 1 − 0.9⁴ = 0.344, σ = 0.0075
    #expect(abs(Double(changed) / 4_000 - 0.3439) < 4 * 0.0075)
    #expect(draws(InsertionNoise(rate: 1, besideSpaces: 0), line).allSatisfy { $0 == line })
  }

  @Test func clustersAreNotTornApart() {
    // Between the two letters only: never between e and its accent, nor inside a family.
    for noisy in draws(InsertionNoise(rate: 1, weights: [(.mark, 1)]), "e\u{301}a") {
      let scalars = Array(noisy.unicodeScalars)
      #expect(scalars[0] == "e" && scalars[1] == "\u{301}" && scalars.count == 4)
    }
    #expect(draws(InsertionNoise(rate: 1, besideSpaces: 0), "👨‍👩‍👧").allSatisfy { $0 == "👨‍👩‍👧" })
  }
}

@Suite struct SeparatorNoiseTests {
  @Test func aWholeLineGetsOneSeparatorEverywhere() {
    let noise = SeparatorNoise(wholeLine: 1)
    for noisy in draws(noise, "今天气") {
      let between = noisy.unicodeScalars.split { "今天气".unicodeScalars.contains($0) }
      #expect(between.count == 2)
      #expect(between[0].elementsEqual(between[1]), "\(noisy)")
    }
    let all = Set(draws(noise, "今天气", count: 4_000))
    #expect(all.contains("今 天 气") && all.contains("今，天，气") && all.contains("今\u{200B}天\u{200B}气"))
  }

  @Test func wordsSpacedOutAreSpacedWider() {
    let noise = SeparatorNoise(wholeLine: 1, spaceShare: 1)
    for noisy in draws(noise, "he is") {
      let spaces = noisy.unicodeScalars.split(whereSeparator: "heis".unicodeScalars.contains)
      #expect(spaces.map(\.count) == [1, 2, 1] || spaces.map(\.count) == [1, 3, 1], "\(noisy)")
    }
    #expect(draws(noise, "今天 天气").contains("今 天 天 气"))
    #expect(draws(noise, "好，你").contains("好 ， 你"))
    #expect(draws(noise, "好(你").allSatisfy { $0 == "好(你" })
  }

  @Test func aRunTakesWholeWords() {
    let noise = SeparatorNoise(wholeLine: 0, spaceShare: 0)
    for noisy in draws(noise, "alpha beta gamma delta") {
      for word in noisy.split(separator: " ") {
        let letters = word.filter(\.isASCII).filter(\.isLetter)
        let isPlain = word == letters
        #expect(isPlain || word.unicodeScalars.count >= 2 * letters.count - 1, "\(noisy)")
      }
    }
  }
}

@Suite struct MixedTextNoiseTests {
  @Test func theShareOfCleanLinesIsKept() {
    var configuration = MixedTextNoise.Configuration()
    configuration.cleanShare = 0.4
    configuration.rates = 1...1
    let line = "今天天气很好我们去公园"
    let noisy = draws(MixedTextNoise(configuration), line, count: 4_000)
    // σ = √(0.24 / 4,000) = 0.0077; a run of separators always has a gap here
    let clean = Double(noisy.filter { $0 == line }.count) / 4_000
    #expect(abs(clean - 0.4) < 4 * 0.0077)
    configuration.cleanShare = 1
    #expect(draws(MixedTextNoise(configuration), line).allSatisfy { $0 == line })
  }

  @Test func ratesAreDrawnForEachLine() {
    let line = String(repeating: "中", count: 1_001)
    var configuration = MixedTextNoise.Configuration()
    configuration.cleanShare = 0
    configuration.separatorShare = 0
    configuration.bothShare = 0
    configuration.rates = 0.1...0.5
    let shares = draws(MixedTextNoise(configuration), line, count: 100).map { noisy in
      let runs = noisy.unicodeScalars.split(separator: "中", omittingEmptySubsequences: true)
      return Double(runs.count) / 1_000
    }.filter { $0 > 0 }  // doubled characters show no run
    let lowest = shares.min() ?? 0
    let highest = shares.max() ?? 0
    #expect(lowest > 0.03 && highest < 0.56)
    #expect(highest - lowest > 0.25)
  }

  @Test func theAlphabetIsInAVocabularyThatIncludesIt() throws {
    let tokenizer = try makeTokenizer()
    let ids = tokenizer.encode(NoiseAlphabet.standard.text).ids
    #expect(ids.allSatisfy { $0 >= 263 })  // no byte tokens
  }
}

@Suite struct MaskNoiseTests {
  @Test func masksFallAtTheirRateAndSpareSpecialTokens() throws {
    let tokenizer = try makeTokenizer()
    let noise = try MaskNoise(tokenizer: tokenizer)
    let mask = try tokenizer.id(of: .mask)
    let eos = try tokenizer.id(of: .eos)
    let ids = Array(repeating: tokenizer.encode("天").ids[0], count: 20_000) + [eos]
    let result = noise.corrupt(ids, using: Random(seed: 18))
    #expect(result.target == ids)
    #expect(result.input.last == eos && result.isTarget.last == false)
    for index in ids.indices {
      #expect(result.input[index] == (result.isTarget[index] ? mask : ids[index]))
    }
    // σ = √(0.15 · 0.85 / 20,000) = 0.0025
    let rate = Double(result.isTarget.filter { $0 }.count) / 20_000
    #expect(abs(rate - MaskNoise.defaultRate) < 4 * 0.0025)
    #expect(noise.corrupt(ids, using: Random(seed: 18)) == result)
  }
}
