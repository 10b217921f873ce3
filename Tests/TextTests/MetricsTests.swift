import SeqaeFiles
import SeqaeText
import Testing

/// chrF, TER and ROUGE against sacreBLEU's and rouge-score's own figures: Tests/Fixtures/text/metrics.json.
struct MetricsTests {
  private let fixtures: JSON

  init() throws { fixtures = try JSON.read(fixture("metrics.json")) }

  /// Texts with what they are scored against, and the scores.
  private struct Case {
    let name: String
    let hypotheses: [[UInt8]]
    let references: [[[UInt8]]]
    let scores: JSON

    init(_ item: JSON) throws {
      func bytes(_ value: JSON?) throws -> [UInt8] { try #require(value?.stringValue).bytes }
      name = try #require(item["name"]?.stringValue?.string)
      hypotheses = try #require(item["hypotheses"]?.arrayValue).map { try bytes($0) }
      references = try #require(item["references"]?.arrayValue).map { row in
        try #require(row.arrayValue).map { try bytes($0) }
      }
      scores = item
    }

    /// How many references each hypothesis has, if that does not vary.
    var size: Int? {
      let sizes = Set(references.map(\.count))
      return sizes.count == 1 ? sizes.first : nil
    }

    var pairs: Zip2Sequence<[[UInt8]], [[[UInt8]]]> { zip(hypotheses, references) }
  }

  private func cases() throws -> [Case] {
    let cases = try #require(fixtures["cases"]?.arrayValue).map { try Case($0) }
    #expect(cases.count > 40)
    return cases
  }

  private func version() throws -> String {
    try #require(fixtures["version"]?.stringValue).string
  }

  private func numbers(_ value: JSON?) -> [Double]? { value?.arrayValue?.compactMap(\.doubleValue) }

  /// The options of TER that a name of the fixture is made of.
  private func options(_ name: ByteString) throws -> TER.Options {
    var options: TER.Options = []
    for word in name.string.split(separator: " ") {
      switch word {
      case "normalized": options.insert(.normalized)
      case "noPunctuation": options.insert(.noPunctuation)
      case "asianSupport": options.insert(.asianSupport)
      case "caseSensitive": options.insert(.caseSensitive)
      default: Issue.record("an option \(word)")
      }
    }
    return options
  }

  @Test(arguments: 0...CHRF.highestWordOrder)
  func chrFIsSacreBLEUsToTheLastDigit(_ wordOrder: Int) throws {
    let chrF = CHRF(wordOrder: wordOrder)
    for item in try cases() {
      let expected = try #require(item.scores["chrf"]?[ByteString("\(wordOrder)")])
      var counts = CHRF.Counts()
      var sentences: [Double] = []
      for (hypothesis, references) in item.pairs {
        let own = chrF.counts(hypothesis, references: references)
        counts += own
        sentences.append(own.score)
      }
      #expect(sentences == numbers(expected["sentences"]), "\(item.name)")
      #expect(counts.score == expected["score"]?.doubleValue, "\(item.name)")
      #expect(
        chrF.signature(references: item.size, version: try version())
          == expected["signature"]?.stringValue?.string, "\(item.name)")
    }
  }

  @Test func terIsSacreBLEUsToTheLastDigit() throws {
    for item in try cases() {
      let settings = try #require(item.scores["ter"]?.objectValue).members
      #expect(settings.count > 6)
      for (key, expected) in settings {
        let ter = TER(try options(key))
        var counts = TER.Counts()
        var sentences: [Double] = []
        for (hypothesis, references) in item.pairs {
          let own = ter.counts(hypothesis, references: references)
          counts += own
          sentences.append(own.score)
        }
        #expect(sentences == numbers(expected["sentences"]), "\(item.name) \(key)")
        #expect(counts.edits == expected["edits"]?.intValue, "\(item.name) \(key)")
        #expect(counts.referenceLength == expected["length"]?.doubleValue, "\(item.name) \(key)")
        #expect(counts.score == expected["score"]?.doubleValue, "\(item.name) \(key)")
        #expect(
          ter.signature(references: item.size, version: try version())
            == expected["signature"]?.stringValue?.string, "\(item.name) \(key)")
      }
    }
  }

  @Test(arguments: ROUGEUnits.allCases)
  func rougeIsGooglesToTheLastDigit(_ units: ROUGEUnits) throws {
    let rouge = ROUGE(units)
    for item in try cases() {
      var sum = ROUGE.Sum()
      var texts: [ROUGE.Variant: [Double]] = [:]
      for (summary, references) in item.pairs {
        let scores = rouge.scores(summary, references: references)
        sum += scores
        for variant in ROUGE.Variant.allCases {
          texts[variant, default: []].append(scores[variant].f1)
        }
      }
      for variant in ROUGE.Variant.allCases {
        let name = "\(item.name) \(variant.rawValue)"
        let expected = try #require(
          item.scores["rouge"]?[ByteString(units.rawValue)]?[ByteString(variant.rawValue)])
        let mean = sum.mean[variant]
        #expect(texts[variant] == numbers(expected["texts"]), "\(name)")
        #expect([mean.precision, mean.recall, mean.f1] == numbers(expected["mean"]), "\(name)")
      }
    }
  }

  @Test func wordsAreThoseOfTheTools() throws {
    let texts = try #require(fixtures["texts"]?.arrayValue)
    #expect(texts.count > 40)
    for text in texts {
      let bytes = try #require(text["text"]?.stringValue).bytes
      for (key, expected) in try #require(text["ter"]?.objectValue).members {
        let found = try options(key).words(of: bytes).map { ByteString(Array($0)) }
        #expect(found == expected.arrayValue?.compactMap(\.stringValue), "\(text) \(key)")
      }
      for units in ROUGEUnits.allCases {
        let expected = text["rouge"]?[ByteString(units.rawValue)]?.arrayValue
        let found = units.words(of: bytes).map { ByteString(Array($0)) }
        #expect(found == expected?.compactMap(\.stringValue), "\(text) \(units)")
      }
    }
  }

  @Test func stemsAreThoseOfNLTK() throws {
    let stems = try #require(fixtures["stems"]?.objectValue).members
    #expect(stems.count > 1500)
    for (word, stem) in stems {
      #expect(ByteString(PorterStemmer.stem(word.bytes[...])) == stem.stringValue, "\(word)")
    }
  }

  @Test func aTextIsRightAgainstItself() {
    for line in ordinaryLines {
      let text = Array(line.utf8)
      let isEmpty = text.isEmpty
      for wordOrder in 0...CHRF.highestWordOrder {
        let score = CHRF(wordOrder: wordOrder).counts(text, references: [text]).score
        #expect(score == (isEmpty ? 0 : 100), "\(line)")
      }
      #expect(TER().counts(text, references: [text]).score == 0, "\(line)")
      let scores = ROUGE(.characters).scores(text, references: [text])
      let hasWords = !ROUGEUnits.characters.words(of: text).isEmpty
      #expect(scores[.longest].f1 == (hasWords ? 1 : 0), "\(line)")
    }
  }

  // Bytes that are no UTF-8: letters for chrF and TER, ends of words for ROUGE.
  @Test func bytesThatAreNotUTF8DoNoHarm() {
    let text: [UInt8] = [0xFF, 0x61, 0xC3, 0x20, 0xE4, 0xB8]
    #expect(CHRF(wordOrder: 2).counts(text, references: [text]).score == 100)
    #expect(TER([.normalized, .asianSupport]).counts(text, references: [text]).edits == 0)
    #expect(TER().counts([0xFF], references: [[0xFE]]).edits == 1)
    let words = ROUGEUnits.characters.words(of: text)
    #expect(words.map { Array($0) } == [[0x61]])
  }
}
