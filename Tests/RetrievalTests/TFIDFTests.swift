import SeqaeFiles
import SeqaeRetrieval
import Testing

/// TF-IDF against scikit-learn's: Tests/Fixtures/retrieval/tfidf.json.
struct TFIDFTests {
  private let fixtures: JSON

  init() throws {
    let tests = Path.directory(Path.directory(#filePath))
    fixtures = try JSON.read(Path.join(tests, "Fixtures", "retrieval", "tfidf.json"))
  }

  private func texts(_ name: ByteString) throws -> [[UInt8]] {
    let values = try #require(fixtures[name]?.arrayValue)
    return values.compactMap { $0.stringValue?.bytes }
  }

  private func table(_ value: JSON?) -> [[Double]]? {
    value?.arrayValue?.map { $0.arrayValue?.compactMap(\.doubleValue) ?? [] }
  }

  private func isNear(_ found: [[Double]], _ expected: [[Double]]?) -> Bool {
    guard let expected, found.count == expected.count else { return false }
    return zip(found, expected).allSatisfy { row, other in
      let errors = zip(row, other).map { abs($0 - $1) / (1 + $1) }
      return row.count == other.count && errors.allSatisfy { $0 <= 2e-6 }  // weights are floats
    }
  }

  private func dense(_ vector: SparseVector, _ count: Int) -> [Double] {
    var elements = [Double](repeating: 0, count: count)
    for (place, value) in zip(vector.places, vector.values) { elements[Int(place)] = Double(value) }
    return elements
  }

  @Test(
    arguments: [
      ("words", Terms.words, 1), ("words in two texts", .words, 2),
      ("characters 1", .characters(1...1), 1), ("characters 2-3", .characters(2...3), 1),
    ])
  func weightsAreScikitLearns(_ name: String, _ terms: Terms, _ minimumTexts: Int) throws {
    let (texts, queries) = (try texts("texts"), try texts("queries"))
    let cases = try #require(fixtures["cases"]?.arrayValue)
    let found = cases.first { $0["name"]?.stringValue == ByteString(name) }
    let expected = try #require(found)
    let weights = TFIDF(texts, terms: terms, minimumTexts: minimumTexts)
    #expect(weights.vocabulary == expected["vocabulary"]?.arrayValue?.compactMap(\.stringValue))
    let rarity = try #require(expected["idf"]?.arrayValue).compactMap(\.doubleValue)
    #expect(isNear([weights.rarity.map { Double($0) }], [rarity]))
    let rows = texts.map { weights.vector(of: $0) }
    #expect(isNear(rows.map { dense($0, rarity.count) }, table(expected["rows"])))
    #expect(isNear(rows.map { dense($0.unit, rarity.count) }, table(expected["unit"])))
    let asked = queries.map { weights.vector(of: $0) }
    let products = asked.map { query in rows.map { Double(query.product($0)) } }
    #expect(isNear(products, table(expected["products"])))
    let cosines = asked.map { query in rows.map { Double(query.cosine($0)) } }
    #expect(isNear(cosines, table(expected["cosines"])))
  }

  @Test func wordsAreFoldedAndWithoutMarks() {
    let words = Terms.words.of(Array("Ｈello, WORLD — 世界！ 3.5 ☃".utf8))
    #expect(words == ["hello", "world", "世界", "3.5"])
    #expect(Terms.words.of([]) == [] && Terms.characters(1...2).of([]) == [])
  }

  @Test func charactersAreCodePointsAndSpacesOne() {
    let pairs = Terms.characters(2...2).of(Array("中  文\u{1F600}".utf8))
    #expect(pairs == ["中 ", " 文", "文\u{1F600}"])
    #expect(Terms.characters(3...3).of(Array("中文".utf8)) == [])
    // Stray bytes are characters too.
    #expect(Terms.characters(1...1).of([0xFF, 0xE4]).count == 2)
  }

  @Test func theMostFrequentTermsAreKept() {
    let texts = ["b b b a", "c c a", "d"].map { Array($0.utf8) }
    let weights = TFIDF(texts, terms: .words, maximumTerms: 3)
    // b 3, a 2, c 2, d 1.
    #expect(weights.vocabulary == ["a", "b", "c"])
    #expect(weights.vector(of: Array("d".utf8)).values == [])
    #expect(weights.places(of: Array("c d a c".utf8)) == [2, 0, 2])
  }

  @Test func howManyTextsThereAreHasNoLimit() {
    let weights = TFIDF([("a", 1), ("b", .max)], of: .max, terms: .words)
    // ln(2⁶³ / 2) + 1 = 62 ln 2 + 1, and ln 1 + 1.
    #expect(weights.rarity == [43.975_125, 1])
  }

  @Test func anEmptyVectorIsNearNothing() {
    let empty = SparseVector(places: [], values: [])
    let other = SparseVector(places: [1, 4], values: [3, 4])
    #expect(empty.cosine(other) == 0 && empty.unit == empty)
    #expect(other.length == 5 && other.cosine(other) == 1 && other.product(other) == 25)
  }
}
