import SeqaeRandom
import SeqaeText
import Testing

/// What the single noises of text put in place of what.
@Suite struct CharacterNoiseTests {
  /// What a noise at rate 1 makes of a text, over many draws.
  private func outcomes(_ kind: TextNoiseKind, _ text: String, count: Int = 600) -> Set<String> {
    let noise = kind.noise(rate: 1)
    return Set(
      (0..<count).map { noise.corrupt(text, using: Random(seed: 37).child(0, UInt64($0))) })
  }

  @Test func soundsAreThoseOfTheDictionary() {
    // Characters of Xinhua Zidian read tian and, for near sounds, zang, zan and zhan.
    #expect(outcomes(.sameSound, "天").isSubset(of: Set("田甜填添恬舔腆佃".map { String($0) })))
    #expect(outcomes(.sameSound, "天").isSuperset(of: ["田", "甜", "填", "添"]))
    let near = outcomes(.nearSound, "张")
    #expect(near.isSuperset(of: ["站", "脏", "占", "咱"]))
    #expect(near.isDisjoint(with: ["长", "章", "掌", "丈"]))
    #expect(outcomes(.nearSound, "林").contains("您") || outcomes(.nearSound, "林").contains("领"))
    #expect(outcomes(.sameSound, "hello, 123") == ["hello, 123"])
  }

  @Test func soundsStayInTheScriptOfTheText() {
    let simplified = outcomes(.sameSound, "现").union(outcomes(.lookAlike, "现"))
    #expect(simplified.isDisjoint(with: ["縣", "線", "見", "現", "憲"]))
    let traditional = Set(outcomes(.sameSound, "現").joined().unicodeScalars)
    #expect(traditional.contains("線") && traditional.contains("縣"))
    #expect(traditional.isDisjoint(with: "线县宪见现".unicodeScalars))
  }

  @Test func likeShapesAreFound() {
    let pairs = [
      ("未", "末"), ("日", "曰"), ("已", "己"), ("晴", "睛"), ("候", "侯"), ("辩", "辨"), ("治", "冶"),
      ("师", "帅"),
      ("拆", "折"), ("很", "狠"), ("a", "а"), ("o", "ο"), ("p", "р"),
    ]
    for (character, alike) in pairs {
      #expect(outcomes(.lookAlike, character, count: 4_000).contains(alike), "\(character)")
    }
  }

  @Test func wordsAreSpelledByTheirSound() {
    #expect(outcomes(.pinyin, "中国") == ["zhongguo", "zhong国", "中guo"])
    #expect(outcomes(.initials, "中国") == ["zg"])
    #expect(outcomes(.initials, "今天 ok") == ["jt ok"])
    // Beside letters the spelling could not be told apart; ü is typed as v.
    #expect(outcomes(.pinyin, "用iPhone") == ["用iPhone"])
    #expect(outcomes(.pinyin, "女") == ["nv"])
  }

  @Test func charactersComeApart() {
    let parts = [
      ("好", "女子"), ("明", "日月"), ("林", "木木"), ("你", "亻尔"), ("请", "讠青"), ("湖", "氵胡"),
    ]
    for (character, parts) in parts {
      #expect(outcomes(.split, character, count: 5) == [parts])
    }
    #expect(outcomes(.split, "一二三", count: 5) == ["一二三"])
  }

  @Test func fingersSlipToNeighbours() {
    // Six keys touch s: q and c do not.
    let hit = Set(outcomes(.keyboard, "s").joined().unicodeScalars)
    #expect(hit == Set("sweadxz".unicodeScalars))
    #expect(Set(outcomes(.keyboard, "P").joined().unicodeScalars) == Set("POL".unicodeScalars))
    #expect(outcomes(.keyboard, "好1é") == ["好1é"])
  }

  @Test func fingersSlipAtTheirRate() {
    // A slip takes the place of the letter or adds one: σ = √(0.21 · 10,000) = 46
    let text = String(repeating: "q", count: 10_000)
    let noisy = KeyboardNoise(rate: 0.3).corrupt(text, using: Random(seed: 50))
    let replaced = 10_000 - noisy.utf8.count { $0 == UInt8(ascii: "q") }
    let added = noisy.utf8.count - 10_000
    #expect(abs(Double(replaced + added) - 3_000) < 4 * 46)
    #expect(replaced > added && added > 500)
  }

  @Test func scansAreMisread() {
    #expect(outcomes(.ocr, "m").isSuperset(of: ["rn", "nn"]))
    #expect(outcomes(.ocr, "rn").contains("m"))
    #expect(outcomes(.ocr, "日") == ["曰"])
    #expect(outcomes(.ocr, "己") == ["已", "巳"])
    let digits = OCRNoise(rate: 1, digits: true)
    let zeros = Set((0..<200).map { digits.corrupt("0", using: Random(seed: 38).child(0, $0)) })
    #expect(zeros == ["O", "o", "D"])
  }

  @Test func casesAndWidthsAreTheOthers() {
    #expect(outcomes(.letterCase, "Straße ЖÉ1", count: 5).allSatisfy { $0.hasPrefix("sTRA") })
    #expect(outcomes(.letterCase, "жÉ1中", count: 5) == ["Жé1中"])
    #expect(outcomes(.width, "aZ1!，。「", count: 5) == ["ａＺ１！,｡｢"])
    #expect(outcomes(.width, "ａ b\u{3000}中", count: 5) == ["a ｂ\u{3000}中"])
  }

  @Test func scriptsAreExchanged() {
    #expect(outcomes(.traditional, "国语时间", count: 5) == ["國語時間"])
    #expect(outcomes(.simplified, "國語時間", count: 5) == ["国语时间"])
    #expect(outcomes(.traditional, "发") == ["發", "髮"])
    #expect(outcomes(.simplified, "人 abc", count: 5) == ["人 abc"])
  }

  @Test func mojibakeIsWhatProgramsShow() {
    // By Python: "今天".encode().decode("cp1252" and so on), "今天".encode("gbk").decode(errors="replace").
    let shown = outcomes(.mojibake, "中文 ok")
    #expect(shown.contains("ä¸\u{AD}æ–‡ ok"))
    #expect(shown.contains("ä¸\u{AD}æ\u{96}\u{87} ok"))
    #expect(shown.contains("涓\u{E15F}枃 ok") || shown.contains { $0.hasPrefix("涓") })
    #expect(shown.contains { $0.contains("\u{FFFD}") })
    #expect(outcomes(.mojibake, "plain, 12") == ["plain, 12"])
  }

  @Test func lettersAreLeftOutAndExchanged() {
    #expect(outcomes(.deletion, "中a1，b", count: 5) == ["1，"])
    #expect(outcomes(.swap, "abcd 中国", count: 5) == ["badc 国中"])
    #expect(outcomes(.swap, "aab1中", count: 5) == ["aba1中"])
    #expect(outcomes(.stray, "中", count: 5) == ["中"])
    for noisy in outcomes(.stray, "ab中国", count: 50) {
      let scalars = Array(noisy.unicodeScalars)
      #expect(scalars.count == 7 && scalars[0] == "a" && scalars[2] == "b" && scalars[6] == "国")
      #expect(("a"..."z").contains(scalars[1]))
    }
  }

  @Test func swapsFallAtTheirRate() {
    // A swap takes two of n clusters, so of 1,000 gaps about p / (1 + p) are taken: 0.2 → 166.7, σ ≈ 11.
    let text = String(repeating: "ab", count: 500)
    let noisy = SwapNoise(rate: 0.2).corrupt(text, using: Random(seed: 39))
    let moved = zip(text.utf8, noisy.utf8).count { $0 != $1 } / 2
    #expect(abs(Double(moved) - 999 * 0.2 / 1.2) < 4 * 11)
  }

  @Test func strayCharactersFallAtTheirRate() {
    // σ = √(0.21 · 3,999) = 29
    let text = String(repeating: "中", count: 4_000)
    let noisy = StrayNoise(rate: 0.3).corrupt(text, using: Random(seed: 40))
    #expect(abs(Double(noisy.unicodeScalars.count - 4_000) - 0.3 * 3_999) < 4 * 29)
  }
}
