import SeqaeFiles
import SeqaeRandom
import SeqaeRecipes
import SeqaeText
import Testing

/// Noises listed in a small file.
struct NoiseConfigurationTests {
  private func configuration(_ text: String) throws -> NoiseConfiguration {
    try NoiseConfiguration(JSON.parse(Array(text.utf8), name: "noise.json"), name: "noise.json")
  }

  private func noise(_ text: String) throws -> ConfiguredNoise {
    try ConfiguredNoise(configuration(text)) { () throws(Failure) in try tokenizer() }
  }

  private func tokenizer() throws(Failure) -> Tokenizer {
    var trainer = CharacterTrainer()
    trainer.count(Array("今天天气很好，hello world".utf8))
    return try Tokenizer(characters: try trainer.vocabulary(size: 400, including: ""))
  }

  private func results(_ noise: ConfiguredNoise, _ text: String, count: Int = 2_000) -> [String] {
    (0..<count).map {
      let result = noise.corrupt(Array(text.utf8), using: Random(seed: 61).child(0, UInt64($0)))
      return String(decoding: result.text, as: UTF8.self)
    }
  }

  @Test func whatIsLeftOutHasADefault() throws {
    let read = try configuration(#"{"text": [{"noise": "deletion"}, {"noise": "separator"}]}"#)
    #expect(read.cleanShare == 0 && read.draw == .each && read.tokens.isEmpty)
    #expect(read.text.map(\.kind) == [.deletion, .separator])
    #expect(read.text.map(\.share) == [1, 1])
    #expect(read.text[0].rates == TextNoiseKind.deletion.standardRates && read.text[1].rates == nil)
  }

  @Test func sharesAndRatesAreThoseOfTheFile() throws {
    let text = "天国天国天国天国天国"
    let each = results(
      try noise(
        """
        {"text": [{"noise": "traditional", "share": 0.4, "rate": 1},
          {"noise": "insertion", "share": 0.25, "rate": 1}]}
        """), text)
    let traditional = Double(each.count { $0.contains("國") }) / 2_000
    let inserted = Double(each.count { $0.unicodeScalars.count > 10 }) / 2_000
    let both = Double(each.count { $0.contains("國") && $0.unicodeScalars.count > 10 }) / 2_000
    // σ = 0.011, 0.0097 and 0.0067
    #expect(abs(traditional - 0.4) < 4 * 0.011)
    #expect(abs(inserted - 0.25) < 4 * 0.0097)
    #expect(abs(both - 0.1) < 4 * 0.0067)
    let one = results(
      try noise(
        """
        {"draw": "one", "clean_share": 0.5, "text": [{"noise": "traditional", "share": 0.2, "rate": 1},
          {"noise": "deletion", "share": 0.6, "rate": 1}]}
        """), text)
    // σ = 0.011, 0.0074 and 0.0108
    #expect(abs(Double(one.count { $0 == text }) / 2_000 - 0.5) < 4 * 0.0112)
    #expect(abs(Double(one.count { $0.contains("國") }) / 2_000 - 0.125) < 4 * 0.0074)
    #expect(abs(Double(one.count { $0.isEmpty }) / 2_000 - 0.375) < 4 * 0.0108)
  }

  @Test func ratesAreDrawnForEachText() throws {
    let noise = try noise(#"{"text": [{"noise": "deletion", "rate": [0.1, 0.7]}]}"#)
    let lengths = results(noise, String(repeating: "天", count: 1_000), count: 200)
      .map(\.unicodeScalars.count)
    #expect((lengths.min() ?? 0) < 400 && (lengths.max() ?? 0) > 800)
    #expect(lengths.allSatisfy { 200 < $0 && $0 < 960 })
  }

  @Test func tokensAreSpoiltAfterTheText() throws {
    let noise = try noise(
      """
      {"text": [{"noise": "traditional", "rate": 1}], "tokens": [{"noise": "mask", "rate": 0.3}]}
      """)
    let mask = try tokenizer().id(of: .mask)
    for (index, shown) in results(noise, "天国天国天国", count: 200).enumerated() {
      let result = noise.corrupt(
        Array("天国天国天国".utf8), using: Random(seed: 61).child(0, UInt64(index)))
      #expect(!shown.contains("国"))
      let masks = try #require(result.ids).count { $0 == mask }
      #expect(shown.ranges(of: "<mask>").count == masks)
      #expect(try #require(result.ids).count >= 6)
    }
  }

  @Test func oneNoiseAloneIsThatNoise() throws {
    let line = "今天天气很好，hello world"
    let alone = try ConfiguredNoise(NoiseConfiguration(text: .insertion, rates: 0.3...0.3)) {
      () throws(Failure) in try tokenizer()
    }
    for example in 0..<50 {
      let random = { Random(seed: 62).child(1, UInt64(example)) }
      let expected = InsertionNoise(rate: 0.3).corrupt(line, using: random())
      #expect(alone.corrupt(Array(line.utf8), using: random()).text == Array(expected.utf8))
    }
  }

  @Test func workersAndOrderDoNotMatter() async throws {
    let noise = try noise(
      """
      {"clean_share": 0.1, "text": [{"noise": "near-sound", "share": 0.5}, {"noise": "split", "share": 0.5},
        {"noise": "keyboard"}, {"noise": "mixed", "share": 0.3}], "tokens": [{"noise": "infilling"}]}
      """)
    let line = Array("今天天气很好，hello world".utf8)
    func draw(_ example: Int) -> ConfiguredNoise.Result {
      noise.corrupt(line, using: Random(seed: 63).child(4, UInt64(example)))
    }
    let expected = (0..<64).map(draw)
    #expect((0..<64).reversed().map(draw) == expected.reversed())
    for workers in [2, 5] {
      let results = await withTaskGroup(of: (Int, [ConfiguredNoise.Result]).self) { group in
        for worker in 0..<workers {
          group.addTask {
            (
              worker,
              stride(from: worker, to: 64, by: workers).map { example in
                noise.corrupt(line, using: Random(seed: 63).child(4, UInt64(example)))
              }
            )
          }
        }
        var found: [Int: ConfiguredNoise.Result] = [:]
        for await (worker, part) in group {
          for (place, result) in part.enumerated() { found[worker + place * workers] = result }
        }
        return found
      }
      #expect((0..<64).map { results[$0] } == expected)
    }
  }

  @Test(arguments: [
    ("[]", "expected an object"), ("{}", "found none"), (#"{"text": []}"#, "found none"),
    (#"{"texts": []}"#, #""texts" is unknown"#), (#"{"text": [{}]}"#, "text[0]"),
    (#"{"text": [{"noise": "loud"}]}"#, "text[0].noise"),
    (#"{"text": [{"noise": "infilling"}]}"#, "text[0].noise"),
    (#"{"text": [{"noise": "ocr", "share": 2}]}"#, "text[0].share"),
    (#"{"text": [{"noise": "ocr", "rate": -0.1}]}"#, "text[0].rate"),
    (#"{"text": [{"noise": "ocr", "rate": [0.3, 0.1]}]}"#, "text[0].rate"),
    (#"{"text": [{"noise": "ocr", "rate": [0.3]}]}"#, "text[0].rate"),
    (#"{"text": [{"noise": "separator", "rate": 0.1}]}"#, "no rate"),
    (#"{"text": [{"noise": "ocr"}], "draw": "some"}"#, "draw"),
    (#"{"text": [{"noise": "ocr"}], "clean_share": "much"}"#, "clean_share"),
    (#"{"tokens": {"noise": "mask"}}"#, "tokens: expected an array"),
    (#"{"tokens": [{"noise": "mask", "volume": 1}]}"#, #"tokens[0]: "volume" is unknown"#),
  ])
  func whatIsUnfitIsNamed(_ text: String, _ part: String) {
    let failure = #expect(throws: Failure.self) { try configuration(text) }
    #expect(failure?.kind == .data)
    let message = failure?.message ?? ""
    #expect(message.hasPrefix("noise.json: ") && message.contains(part), "\(message)")
    #expect(!message.contains("\n"))
  }
}
