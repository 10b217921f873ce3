import SeqaeRandom
import SeqaeRecipes
import TestSupport
import Testing

private func mixture(_ seed: UInt64 = 4) -> Mixture {
  Mixture(counts: [50, 7, 200], weights: [1, 1, 2], random: Random(seed: seed))
}

@Test func listsAreDrawnInTheirProportions() {
  let draws = mixture().draws(0..<4000)
  #expect(draws.count == 4000)
  #expect((0..<3).map { list in draws.count { $0.list == list } } == [1000, 1000, 2000])
}

@Test func eachPassThroughAListTakesEveryLineOnce() {
  let draws = mixture().draws(0..<4000)
  for (list, count) in [(0, 50), (1, 7), (2, 200)] {
    let own = draws.filter { $0.list == list }
    for pass in 0..<own.count / count {
      let lines = own.filter { $0.pass == pass }.map(\.line)
      #expect(lines.sorted() == Array(0..<count))
    }
    // Orders differ from pass to pass.
    #expect(own.prefix(count).map(\.line) != own.dropFirst(count).prefix(count).map(\.line))
  }
}

@Test func drawsAreAFunctionOfSeedAndNumber() {
  let whole = Set(mixture().draws(0..<1000))
  let parts = mixture()
  // In another order, with another cut: the same draws.
  let later = parts.draws(617..<1000)
  #expect(Set(parts.draws(0..<617) + later) == whole)
  #expect(Set(mixture(5).draws(0..<1000)) != whole)
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
  let weights = DenoiserExamples.weights(data.streams, configuration)
  // √100 : √400 = 1 : 2 of what English leaves.
  #expect(zip(weights, [0.2, 0.4, 0.4]).allSatisfy { abs($0 - $1) < 1e-12 })
  // Nothing else than English: its share is all.
  let only = try DenoiserData([sources[2]], splits, limit: 160) { _ in }
  #expect(DenoiserExamples.weights(only.streams, configuration) == [1])
}
