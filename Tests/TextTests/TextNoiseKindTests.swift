import SeqaeRandom
import SeqaeText
import Testing

/// Laws of all noises of text.
@Suite struct TextNoiseKindTests {
  private static let rated = TextNoiseKind.allCases.filter { $0.standardRates != nil }
  /// What the noise works on everywhere, a unit each, and how many units that is.
  private static let saturated: [(TextNoiseKind, unit: String)] = [
    (.deletion, "中"), (.lookAlike, "未"), (.sameSound, "中"), (.nearSound, "中"), (.split, "好"),
    (.ocr, "末"), (.letterCase, "é"), (.width, "，"), (.traditional, "国"),
    (.simplified, "國"), (.mojibake, "é "), (.pinyin, "中。"), (.initials, "中。"),
  ]

  private func draw(_ kind: TextNoiseKind, _ example: Int, _ epoch: UInt64 = 2) -> String {
    let lines = ordinaryLines + ["中國的銀行說：「請登錄。」"]
    let random = Random(seed: 31).child(epoch, UInt64(example))
    return kind.noise(rate: 0.4).corrupt(lines[example % lines.count], using: random)
  }

  @Test(arguments: TextNoiseKind.allCases)
  func noiseIsTheSameInAnyOrderAndForAnyNumberOfWorkers(_ kind: TextNoiseKind) async {
    let examples = 0..<96
    let expected = examples.map { draw(kind, $0) }
    #expect(examples.reversed().map { draw(kind, $0) } == expected.reversed())
    for workers in [2, 3, 8] {
      var results = [String](repeating: "", count: examples.count)
      await withTaskGroup(of: [(Int, String)].self) { group in
        for worker in 0..<workers {
          group.addTask {
            stride(from: worker, to: examples.count, by: workers).map { ($0, draw(kind, $0)) }
          }
        }
        for await part in group { for (example, noisy) in part { results[example] = noisy } }
      }
      #expect(results == expected, "\(workers) workers")
    }
    #expect(examples.map { draw(kind, $0, 3) } != expected)
  }

  @Test(arguments: rated)
  func atRateZeroNothingChanges(_ kind: TextNoiseKind) {
    for line in ordinaryLines {
      let same = kind.noise(rate: 0).corrupt(line, using: Random(seed: 32))
      #expect(same.utf8.elementsEqual(line.utf8))
    }
  }

  @Test(arguments: saturated)
  func noiseFallsAtItsRate(_ kind: TextNoiseKind, _ unit: String) {
    let count = 400
    let text = String(repeating: unit, count: count)
    let random = Random(seed: 33)
    var kept = 0
    let rounds = 20
    for round in 0..<rounds {
      let noisy = kind.noise(rate: 0.3).corrupt(text, using: random.child(0, UInt64(round)))
      kept += noisy.unicodeScalars.ranges(of: Array(unit.unicodeScalars)).count
    }
    // σ = √(0.21 · 8,000) = 41 units
    let total = Double(rounds * count)
    #expect(abs(total - Double(kept) - 0.3 * total) < 4 * 41, "\(kind)")
  }

  @Test(arguments: TextNoiseKind.allCases)
  func numbersKeepTheirDigits(_ kind: TextNoiseKind) {
    // Width writes the same numbers in the other width, insertions may be keycap emoji, and a letter may look
    // like a digit.
    let others: [TextNoiseKind] = [.width, .insertion, .separator, .mixed, .lookAlike]
    guard !others.contains(kind) else { return }
    for example in 0..<200 {
      let text = "在2024年5月1日 at 3:45, 99.90 yuan, No.7"
      let random = Random(seed: 34).child(0, UInt64(example))
      let noisy = kind.noise(rate: 0.7).corrupt(text, using: random)
      let digits = noisy.unicodeScalars.filter { ("0"..."9").contains($0) }
      #expect(String(String.UnicodeScalarView(digits)) == "20245134599907", "\(noisy)")
    }
  }

  @Test(arguments: TextNoiseKind.allCases)
  func clustersOfSeveralCodePointsAreNotTornApart(_ kind: TextNoiseKind) {
    // Mojibake reads bytes, not characters.
    guard kind != .mojibake else { return }
    let family = Array("👨‍👩‍👧".unicodeScalars)
    let accented = Array("e\u{301}".unicodeScalars)
    for example in 0..<100 {
      let random = Random(seed: 35).child(0, UInt64(example))
      let noisy = kind.noise(rate: 1).corrupt("ab👨‍👩‍👧cd 天e\u{301}f👨‍👩‍👧。", using: random)
        .unicodeScalars
      let accents = noisy.count { $0 == "\u{301}" }
      #expect(noisy.ranges(of: accented).count == accents, "\(String(noisy))")
      #expect(noisy.ranges(of: family).count >= 2, "\(String(noisy))")
    }
  }

  @Test(arguments: TextNoiseKind.allCases)
  func hostileTextsPassThrough(_ kind: TextNoiseKind) {
    let marks = "e" + String(repeating: "\u{301}", count: 20_000)
    let random = Random(seed: 36)
    for text in ["", "a", "\u{301}", "\r\n", "\u{0}", "\u{FFFF}", marks, "中", "\u{2FA1D}"] {
      _ = kind.noise(rate: 1).corrupt(text, using: random)
    }
    for round in 0..<20 {
      let text = random.child(UInt64(round)).text(count: 200)
      let noisy = kind.noise(rate: 0.5).corrupt(text, using: random)
      let again = String(decoding: Array(noisy.utf8), as: UTF8.self)
      #expect(again.unicodeScalars.elementsEqual(noisy.unicodeScalars))
      let controls = { (text: String) in text.unicodeScalars.count { $0.value < 0x20 } }
      #expect(controls(noisy) == controls(text))
    }
  }

  @Test func namesAreUnique() {
    let names = TextNoiseKind.allCases.map(\.rawValue) + TokenNoiseKind.allCases.map(\.rawValue)
    #expect(Set(names).count == names.count)
  }
}
