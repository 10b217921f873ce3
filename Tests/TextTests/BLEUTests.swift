import SeqaeFiles
import SeqaeText
import Testing

/// BLEU against sacreBLEU's own figures: Tests/Fixtures/text/bleu.json.
struct BLEUTests {
  private let fixtures: JSON

  init() throws { fixtures = try JSON.read(fixture("bleu.json")) }

  private func bytes(_ value: JSON?) throws -> [UInt8] {
    try #require(value?.stringValue).bytes
  }

  private func numbers(_ value: JSON?) -> [Double]? { value?.arrayValue?.compactMap(\.doubleValue) }

  @Test(arguments: BLEUTokenizer.allCases)
  func wordsAreSacreBLEUs(_ tokenizer: BLEUTokenizer) throws {
    let texts = try #require(fixtures["words"]?.arrayValue)
    #expect(texts.count > 80)
    for text in texts {
      let expected = try #require(text[ByteString(tokenizer.rawValue)]?.arrayValue)
      let found = tokenizer.words(of: try bytes(text["text"])).map { ByteString(Array($0)) }
      #expect(found == expected.compactMap(\.stringValue), "\(text["text"] as JSON?)")
    }
  }

  @Test func countsScoresAndSignaturesAreSacreBLEUsToTheLastDigit() throws {
    let version = try #require(fixtures["version"]?.stringValue).string
    let cases = try #require(fixtures["cases"]?.arrayValue)
    #expect(cases.count > 80)
    for item in cases {
      let name = "\(item["name"] as JSON?) \(item["tokenize"] as JSON?)"
      let word = try #require(item["tokenize"]?.stringValue?.string)
      let tokenizer = try #require(BLEUTokenizer(rawValue: word))
      let bleu = BLEU(tokenizer)
      let hypotheses = try #require(item["hypotheses"]?.arrayValue).map { try bytes($0) }
      let references = try #require(item["references"]?.arrayValue).map { row in
        try #require(row.arrayValue).map { try bytes($0) }
      }
      var counts = BLEU.Counts()
      var sentences: [Double] = []
      for (hypothesis, row) in zip(hypotheses, references) {
        let own = bleu.counts(hypothesis, references: row)
        counts += own
        sentences.append(own.score(effectiveOrder: true).value)
      }
      #expect(sentences == numbers(item["sentences"]), "\(name)")
      let corpus = try #require(item["corpus"])
      #expect(counts.correct.map(Double.init) == numbers(corpus["counts"]), "\(name)")
      #expect(counts.total.map(Double.init) == numbers(corpus["totals"]), "\(name)")
      #expect(counts.hypothesisLength == corpus["hyp_len"]?.intValue, "\(name)")
      #expect(counts.referenceLength == corpus["ref_len"]?.intValue, "\(name)")
      let score = counts.score()
      #expect(score.value == corpus["score"]?.doubleValue, "\(name)")
      #expect(score.precisions == numbers(corpus["precisions"]), "\(name)")
      #expect(score.brevityPenalty == corpus["bp"]?.doubleValue, "\(name)")
      #expect(
        counts.score(effectiveOrder: true).value == item["effective"]?.doubleValue, "\(name)")
      let sizes = Set(references.map(\.count))
      let size = sizes.count == 1 ? sizes.first : nil
      #expect(
        bleu.signature(references: size, version: version)
          == corpus["signature"]?.stringValue?.string, "\(name)")
      #expect(
        bleu.signature(references: size, effectiveOrder: true, version: version)
          == item["effective_signature"]?.stringValue?.string, "\(name)")
    }
  }

  @Test func aTextScoresHundredAgainstItself() {
    for tokenizer in BLEUTokenizer.allCases {
      for line in ordinaryLines where tokenizer.words(of: Array(line.utf8)).count >= BLEU.order {
        let text = Array(line.utf8)
        let score = BLEU(tokenizer).counts(text, references: [text]).score()
        // exp of a mean of logarithms of 100, which are rounded.
        #expect(abs(score.value - 100) < 1e-11, "\(line)")
      }
    }
  }

  @Test func bytesThatAreNotUTF8AreLetters() {
    let words = BLEUTokenizer.mteval13a.words(of: [0xFF, 0x2E, 0x61, 0xC3])
    #expect(words.map { Array($0) } == [[0xFF], [0x2E], [0x61, 0xC3]])
    #expect(BLEUTokenizer.character.words(of: [0xE4, 0xB8, 0x20]).count == 2)
  }
}
