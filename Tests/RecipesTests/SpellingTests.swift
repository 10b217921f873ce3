import SeqaeFiles
import SeqaeRandom
import SeqaeRecipes
import SeqaeText
import TestSupport
import Testing

private func pair(_ noisy: String, _ clean: String) -> DenoisingPair {
  DenoisingPair(noisy: utf8(noisy), clean: utf8(clean))
}

// MARK: - Scores

@Test func spellingScoresAreThoseOfThePublishedDefinitions() throws {
  // Made by Scripts/fixtures/make_spelling.py.
  let path = Fixture.path("spelling/sentences.tsv")
  let pairs = try SpellingSet.read(path)
  let predictions = try SpellingSet.predictions(
    Fixture.path("spelling/predictions.txt"), of: path, count: pairs.count)
  let json = try JSON.read(Fixture.path("spelling/scores.json"))
  let figures = SpellingEvaluation(pairs, repaired: predictions)
  for (name, score) in figures.scores {
    let expected = try #require(json["scores"]?[ByteString(name)]?.arrayValue, "\(name)")
      .compactMap(\.doubleValue)
    let found = [score.precision, score.recall, score.f1]
    #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-12 }, "\(name): \(found)")
  }
  #expect(figures.falsePositiveRate == json["false_positive_rate"]?.doubleValue)
}

@Test func spellingScoresAreThoseCountedByHand() {
  let pairs = [
    pair("因该去", "应该去"), pair("座下在说", "坐下再说"), pair("今天", "今天"), pair("他门", "他们"),
  ]
  // Right; one of two mistakes; a false edit; the right place and the wrong character.
  let repaired = ["应该去", "坐下在说", "今田", "他闷"].map(utf8)
  let figures = SpellingEvaluation(pairs, repaired: repaired)
  #expect(figures.mistaken == 3 && figures.changed == 4)
  #expect(figures.detection.precision == 2.0 / 4)
  #expect(figures.detection.recall == 2.0 / 3)
  #expect(figures.correction.precision == 1.0 / 4)
  #expect(figures.correction.recall == 1.0 / 3)
  #expect(figures.correction.f1 == 2.0 / 7)
  #expect(figures.bakeOffCorrection.precision == 1.0 / 2)
  #expect(figures.characterDetection.precision == 3.0 / 4)
  #expect(figures.characterCorrection.recall == 2.0 / 4)
  #expect(figures.falsePositiveRate == 1)
}

@Test func whatHasAnotherLengthIsChangedAndNeverFound() {
  let figures = SpellingEvaluation(
    [pair("因该去", "应该去"), pair("今天", "今天")], repaired: ["应该", "今"].map(utf8))
  #expect(figures.changed == 2)
  #expect(figures.detection.hits == 0 && figures.correction.hits == 0)
  // 因该去 to 应该: two edits; 今天 to 今: one.
  #expect(figures.characterDetection.given == 3 && figures.characterDetection.hits == 0)
  #expect(figures.falsePositiveRate == 1)
}

@Test func doingNothingScoresNothing() {
  let pairs = [pair("因该", "应该"), pair("今天", "今天")]
  let figures = SpellingEvaluation(pairs, repaired: pairs.map(\.noisy))
  #expect(figures.changed == 0)
  #expect(figures.scores.allSatisfy { $0.score.f1 == 0 && $0.score.precision == 0 })
  #expect(figures.falsePositiveRate == 0)
}

@Test func aSpellingSetHasPairsOfOneLength() throws {
  let folder = ScratchFolder()
  let path = try folder.put("set.tsv", lines: ["因该\t应该", "今天\t今天天"])
  let failure = #expect(throws: Failure.self) { try SpellingSet.read(path) }
  #expect(failure?.message.hasPrefix("\(path): line 2: expected texts of equally many") == true)
  let predictions = try folder.put("predictions.txt", lines: ["应该"])
  #expect(throws: Failure.self) {
    try SpellingSet.predictions(predictions, of: path, count: 2)
  }
}

@Test func aPartOfASpellingSetIsWhatTheSplitsSayOfEitherSide() throws {
  let folder = ScratchFolder()
  let splits = try Splits(path: try folder.putSplits())
  let lines = sentences(300).filter { Language(of: utf8($0)) == .chinese }
  let path = try folder.put(
    "set.tsv", lines: lines.map { "\($0.replacing("们", with: "门"))\t\($0)" })
  let all = try SpellingSet.read(path)
  var parted = 0
  for part in Splits.Part.allCases {
    guard let pairs = try? SpellingSet.read(path, part: Splits.Selection(part, of: splits)) else {
      continue
    }
    parted += pairs.count
    #expect(pairs.allSatisfy { splits.part(ofRecord: [$0.noisy, $0.clean]) == part })
  }
  #expect(parted == all.count)
}

// MARK: - Pairs as data

private struct PairCorpus {
  let folder = ScratchFolder()
  let splits: Splits
  let source: CorpusSource
  let lines: [(noisy: String, clean: String)]

  init(test: Int = 10, development: Int = 30) throws {
    splits = try Splits(path: try folder.putSplits(test: test, development: development))
    lines = sentences(900).filter { Language(of: utf8($0)) == .chinese }.map {
      ($0.replacing("们", with: "门").replacing("师", with: "帅"), $0)
    }
    let path = try folder.put("pairs.tsv", lines: lines.map { "\($0.noisy)\tx\t\($0.clean)" })
    source = try CorpusSource(path + ":1,3")
  }

  func data(_ others: [CorpusSource] = [], window: Int = 1 << 18) throws -> DenoiserData {
    try DenoiserData([source] + others, splits, limit: 160, window: window) {
      Issue.record("\($0)")
    }
  }
}

@Test func aPairIsHeldOutWithEitherOfItsSides() throws {
  let corpus = try PairCorpus()
  let data = try corpus.data()
  let stream = try #require(data.streams.first)
  #expect(stream.isPairs && data.streams.count == 1)
  let training = corpus.lines.filter {
    corpus.splits.part(of: utf8($0.noisy)) == .training
      && corpus.splits.part(of: utf8($0.clean)) == .training
  }
  #expect(stream.trainingCount == training.count)
  #expect(training.count < corpus.lines.count - 100)
  var lines = ShuffledLines(stream, of: data, seed: 4, number: 0)
  var seen: Set<String> = []
  for number in 0..<training.count {
    let line = try #require(try lines.line(number))
    seen.insert(string(try #require(line.noisy)) + "\t" + string(line.text))
  }
  #expect(seen == Set(training.map { "\($0.noisy)\t\($0.clean)" }))
  for pair in data.developmentPairs {
    #expect(corpus.splits.part(ofRecord: [pair.noisy, pair.clean]) == .development)
  }
  #expect(data.developmentPairs.count == stream.developmentCount)
  #expect(data.development(.chinese).isEmpty)
}

@Test func pairsAreReadAgainBlockByBlock() throws {
  let corpus = try PairCorpus(test: 0, development: 0)
  func lines(_ window: Int) throws -> [String] {
    let data = try corpus.data(window: window)
    let stream = try #require(data.streams.first)
    var lines = ShuffledLines(stream, of: data, seed: 4, number: 0)
    return try (0..<2 * stream.trainingCount).map { number in
      let line = try #require(try lines.line(number))
      return string(try #require(line.noisy)) + "\t" + string(line.text)
    }
  }
  #expect(try Set(lines(64)) == Set(lines(1 << 18)))
  // Another noisy side is another file.
  let small = try corpus.data(window: 64)
  let other = try corpus.folder.put(
    "pairs.tsv", lines: corpus.lines.map { "\($0.noisy)。\tx\t\($0.clean)" })
  let stream = try #require(small.streams.first)
  var changed = ShuffledLines(stream, of: small, seed: 4, number: 0)
  let failure = #expect(throws: Failure.self) {
    for number in 0..<stream.trainingCount { _ = try changed.line(number) }
  }
  #expect(failure?.message.contains(other) == true)
}

@Test func noisyCleanSidesAndLongPairsAreLeftOut() throws {
  let folder = ScratchFolder()
  let splits = try Splits(path: try folder.putSplits(test: 0, development: 0))
  let long = String(repeating: "我们学习。", count: 40)
  let path = try folder.put(
    "pairs.tsv",
    lines: ["他门\t他们", "他 们\t他 们", "\(long)\t\(long)", "他门\t他们", "他門\t他们", "门\t们\t3"])
  let source = try CorpusSource(path + ":1,2")
  let data = try DenoiserData([source], splits, limit: 160) { _ in }
  // A space between Chinese characters; more than 160 characters; the same pair once more.
  #expect(data.trainingCount == 3)
}

@Test func otherCommandsReadTheCleanSideOfPairs() throws {
  let folder = ScratchFolder()
  let path = try folder.put("pairs.tsv", lines: ["他门\t他们", "one", "\t空", "空\t"])
  var reports: [String] = []
  var reader = try CorpusReader(try CorpusSource(path + ":1,2")) { reports.append($0) }
  var lines: [String] = []
  while let line = try reader.next() { lines.append(string(line)) }
  #expect(lines == ["他们", "空"])
  #expect(reports == ["\(path): line 2 has 1 column and no column 2: left out"])
}

@Test func pairsHaveAShareOfTheirOwn() throws {
  let corpus = try PairCorpus(test: 0, development: 0)
  let others = try [sentences(500, seed: 2), sentences(300, seed: 3)].enumerated().map {
    let lines = $1.filter { Language(of: utf8($0)) == .chinese }
    return CorpusSource(path: try corpus.folder.put("c\($0)", lines: lines))
  }
  var configuration = DenoiserConfiguration()
  configuration.training.pairShare = 0.3
  let data = try corpus.data(others)
  let weights = DrawnLines.weights(data.streams, configuration.training)
  #expect(abs(weights[0] - 0.3) < 1e-12)
  #expect(abs(weights.reduce(0, +) - 1) < 1e-12)
  #expect(DrawnLines.weights(try corpus.data().streams, configuration.training) == [1])
}

@Test func pairsThatAreNamedTwiceAreTwoColumns() throws {
  let source = try CorpusSource("b.tsv.gz:1,2")
  #expect(source == CorpusSource(path: "b.tsv.gz", field: .pair(noisy: 1, clean: 2)))
  #expect(source.description == "b.tsv.gz:1,2")
  #expect(throws: Failure.self) { try CorpusSource("b.tsv:1,0") }
  // What is no pair of numbers belongs to the name.
  for name in ["b.tsv:1,", "b.tsv:1,2,3", "b.tsv:,2"] {
    #expect(try CorpusSource(name).path == name)
  }
}
