import SeqaeFiles
import SeqaeRandom
import SeqaeRecipes
import TestSupport
import Testing

@Test func listsAreDrawnInTheirProportions() {
  let mixture = Mixture(weights: [1, 1, 2])
  #expect(mixture.lines(0..<4000) == [0..<1000, 0..<1000, 0..<2000])
}

@Test func eachListGoesOnWhereItStood() {
  let mixture = Mixture(weights: [0.31, 0.007, 2])
  var ends = [0, 0, 0]
  let random = Random(seed: 4)
  var draw = 0
  while draw < 100_000 {
    let end = draw + 1 + random.integer(below: 500)
    for (list, lines) in mixture.lines(draw..<end).enumerated() {
      #expect(lines.lowerBound == ends[list])
      ends[list] = lines.upperBound
    }
    #expect(abs(ends.reduce(0, +) - end) <= 3)
    draw = end
  }
}

@Test func fragmentsAreNeighbouringWordsWithoutMarksAtTheirEnds() throws {
  let random = Random(seed: 3)
  for line in sentences(300) + ["“Wait,” he said — “now!”", "他说：“今天，天气很好。”"] {
    guard let piece = Fragment.draw(of: utf8(line), using: random) else { continue }
    let text = string(piece)
    #expect(line.contains(text) || line.lowercased().contains(text))
    for end in [text.unicodeScalars.first, text.unicodeScalars.last] {
      #expect(end?.properties.isAlphabetic == true, "\(text)")
    }
  }
  #expect(Fragment.draw(of: utf8("…！"), using: random) == nil)
  #expect(Fragment.draw(of: [], using: random) == nil)
}

@Test func languagesGetTheirSharesAndCorporaAPowerOfTheirSizes() throws {
  let folder = ScratchFolder()
  let splits = try Splits(path: try folder.putSplits(test: 0, development: 0))
  let lines = sentences(1400)
  let english = lines.filter { Language(of: utf8($0)) == .english }
  let chinese = lines.filter { Language(of: utf8($0)) == .chinese }
  let parts = [
    ("a", chinese.prefix(100)), ("b", chinese.dropFirst(100).prefix(400)), ("c", english[...]),
  ]
  var sources: [CorpusSource] = []
  for (name, lines) in parts {
    sources.append(CorpusSource(path: try folder.put(name, lines: Array(lines))))
  }
  let data = try DenoiserData(sources, splits, limit: 160) { _ in }
  var configuration = DenoiserConfiguration()
  configuration.englishShare = 0.4
  configuration.corpusExponent = 0.5
  let weights = DrawnLines.weights(data.streams, configuration.training)
  // √100 : √400 = 1 : 2 of what English leaves.
  #expect(zip(weights, [0.2, 0.4, 0.4]).allSatisfy { abs($0 - $1) < 1e-12 })
  // Nothing else than English: its share is all.
  let only = try DenoiserData([sources[2]], splits, limit: 160) { _ in }
  #expect(DrawnLines.weights(only.streams, configuration.training) == [1])
}

@Test func aFewLinesInAnotherLanguageAreDrawnAsOftenAsTheOthers() throws {
  let folder = ScratchFolder()
  let splits = try Splits(path: try folder.putSplits(test: 0, development: 0))
  let lines = sentences(1400)
  let english = lines.filter { Language(of: utf8($0)) == .english }
  let chinese = lines.filter { Language(of: utf8($0)) == .chinese }
  let mixed = try folder.put("mixed", lines: Array(chinese.prefix(396)) + english.prefix(4))
  let small = try folder.put("small", lines: Array(chinese.dropFirst(396).prefix(100)))
  let data = try DenoiserData(
    [CorpusSource(path: mixed), CorpusSource(path: small)], splits, limit: 160
  ) { _ in }
  let weights = DrawnLines.weights(data.streams, RewriterConfiguration().training)
  for (stream, weight) in zip(data.streams, weights) {
    // √400 : √100, and 1 % of the former.
    let whole = stream.name == small ? 1.0 / 3 : 2.0 / 3
    let share = stream.name == small ? 1 : stream.language == Language.english ? 0.01 : 0.99
    #expect(abs(weight - (stream.trainingCount == 0 ? 0 : whole * share)) < 1e-12)
  }
  #expect(abs(weights.reduce(0, +) - 1) < 1e-12)
  // A denoiser is of both languages alike.
  #expect(DenoiserConfiguration().englishShare == 0.5)
  var configuration = RewriterConfiguration()
  try configuration.set("english_share=0.25")
  #expect(configuration.englishShare == 0.25)
  try configuration.set("english_share=auto")
  #expect(configuration.englishShare == nil && configuration.json["english_share"] == "auto")
  #expect(throws: Failure.self) { try configuration.set("english_share=half") }
}
