import SeqaeFiles
import SeqaeRandom
import SeqaeRecipes
import TestSupport
import Testing

/// Corpora in a folder of their own, read with blocks of a few lines.
private struct Corpora {
  let folder = ScratchFolder()
  let splits: Splits

  init(test: Int = 0, development: Int = 0) throws {
    splits = try Splits(path: try folder.putSplits(test: test, development: development))
  }

  func data(
    _ files: [String], window: Int, limit: Int = 160, development: Int = 1000
  ) throws -> DenoiserData {
    try DenoiserData(
      files.map { CorpusSource(path: folder($0)) }, splits, limit: limit, window: window,
      development: development
    ) { Issue.record("\($0)") }
  }

  /// The lines of the only stream of a language.
  func lines(
    _ files: [String], window: Int, seed: UInt64 = 1, language: Language = .english
  ) throws -> (count: Int, lines: ShuffledLines) {
    let data = try data(files, window: window)
    let stream = try #require(data.streams.first { $0.language == language })
    return (stream.trainingCount, ShuffledLines(stream, of: data, seed: seed, number: 0))
  }
}

/// The next lines of `lines` by their numbers.
private func take(_ range: Range<Int>, _ lines: inout ShuffledLines) throws -> [String] {
  var result: [String] = []
  for number in range { result.append(string(try #require(try lines.line(number)).text)) }
  return result
}

private func english(_ count: Int) -> [String] { (0..<count).map { "Sentence number \($0)." } }

@Test(arguments: [1, 7, 64, 99, 100, 101, 1000])
func aPassGivesEveryLineOnceBlockByBlock(_ window: Int) throws {
  let corpora = try Corpora()
  let texts = english(100)
  _ = try corpora.folder.put("c.txt", lines: texts)
  var (count, lines) = try corpora.lines(["c.txt"], window: window)
  #expect(count == 100)
  var passes: [[String]] = []
  for pass in 0..<3 {
    let order = try take(pass * 100..<(pass + 1) * 100, &lines)
    for first in stride(from: 0, to: 100, by: window) {
      let block = first..<min(100, first + window)
      #expect(Set(order[block]) == Set(texts[block]))
    }
    passes.append(order)
  }
  if window > 1 {
    #expect(passes[0] != texts)
    #expect(passes[0] != passes[1])
    #expect(passes[1] != passes[2])
  }
}

@Test func blocksOfAPassHaveOrdersOfTheirOwn() throws {
  let corpora = try Corpora()
  let texts = english(200)
  _ = try corpora.folder.put("c.txt", lines: texts)
  var (_, lines) = try corpora.lines(["c.txt"], window: 100)
  let order = try take(0..<200, &lines).map { texts.firstIndex(of: $0) }
  #expect(order.prefix(100).map { $0.map { $0 + 100 } } != Array(order.suffix(100)))
}

@Test func spacesAtALinesEndsAreNoPartOfIt() throws {
  let corpora = try Corpora()
  let texts = english(20)
  _ = try corpora.folder.put("c.txt", lines: texts.map { " \($0)  " } + ["  "])
  var (count, lines) = try corpora.lines(["c.txt"], window: 100)
  #expect(count == 20)
  #expect(Set(try take(0..<20, &lines)) == Set(texts))
}

@Test func ordersDependOnTheSeed() throws {
  let corpora = try Corpora()
  _ = try corpora.folder.put("c.txt", lines: english(100))
  var orders: [[String]] = []
  for seed: UInt64 in [1, 1, 2] {
    var (_, lines) = try corpora.lines(["c.txt"], window: 30, seed: seed)
    orders.append(try take(0..<150, &lines))
  }
  #expect(orders[0] == orders[1])
  #expect(orders[0] != orders[2])
}

@Test(arguments: [30, 1000])
func anyLineIsTheSameWhereverReadingBegins(_ window: Int) throws {
  let corpora = try Corpora()
  _ = try corpora.folder.put("c.txt", lines: english(100))
  var (_, whole) = try corpora.lines(["c.txt"], window: window)
  let order = try take(0..<350, &whole)
  // Mid-block, at a block's first line and the one after, in the last and shorter block, in later
  // passes; and back and forth.
  var (_, wandering) = try corpora.lines(["c.txt"], window: window)
  for start in [47, 60, 61, 95, 100, 101, 230, 12, 299, 300, 0] {
    var (_, resumed) = try corpora.lines(["c.txt"], window: window)
    #expect(try take(start..<start + 45, &resumed) == Array(order[start..<start + 45]))
    #expect(try take(start..<start + 1, &wandering) == [order[start]])
  }
}

@Test func eachLanguageOfAFileIsReadAtItsOwnSpeed() throws {
  let corpora = try Corpora()
  // Long Chinese lines too, whose sentences are of both languages.
  let both = sentences(700).enumerated().map { number, text in
    number % 50 == 0 ? "我们学习中文。This sentence number \(number) is English. 他们喜欢音乐\(number)。" : text
  }
  _ = try corpora.folder.put("c.txt", lines: both)
  let data = try corpora.data(["c.txt"], window: 40, limit: 45)
  #expect(data.streams.map(\.language) == [.chinese, .english])
  for stream in data.streams {
    let count = stream.trainingCount
    #expect(count > 250)
    var lines = ShuffledLines(stream, of: data, seed: 1, number: 0)
    let (first, second) = (try take(0..<count, &lines), try take(count..<2 * count, &lines))
    #expect(Set(first).count == count)
    #expect(Set(first) == Set(second))
    #expect(first.allSatisfy { Language(of: utf8($0)) == stream.language })
  }
  #expect(data.streams.reduce(0) { $0 + $1.trainingCount } == data.trainingCount)
}

@Test func repeatedLinesCountOnce() throws {
  let corpora = try Corpora()
  let texts = english(90)
  _ = try corpora.folder.put("c.txt", lines: texts + texts.reversed() + texts.prefix(30))
  var (count, lines) = try corpora.lines(["c.txt"], window: 25)
  #expect(count == 90)
  #expect(Set(try take(90..<180, &lines)) == Set(texts))
}

@Test func recentHashesAreKnownAndOldOnesForgotten() {
  var recent = RecentHashes(generation: 100)
  for hash: UInt64 in 0..<1000 {
    #expect(!recent.contains(hash))
    recent.insert(hash)
    // A whole generation back always, two never.
    #expect(recent.contains(hash > 99 ? hash - 99 : 0))
    if hash >= 200 { #expect(!recent.contains(hash - 200)) }
  }
}

@Test(arguments: [
  ("shorter", "100"), ("longer", "more"), ("differs", "differ"), ("gone", "c.txt"),
  ("last", "differ"),
])
func aCorpusThatChangesDuringTheRunIsRefused(_ change: String, _ part: String) throws {
  let corpora = try Corpora()
  var texts = english(100)
  let path = try corpora.folder.put("c.txt", lines: texts)
  var (_, lines) = try corpora.lines(["c.txt"], window: 30)
  // The rest of the pass is read from the file that was open.
  _ = try take(0..<31, &lines)
  switch change {
  case "shorter": texts.removeLast(20)
  case "longer": texts.append("One more.")
  case "differs": texts[35] = "Another one."
  case "last": texts[99] = "Another one."
  default: try Path.removeTree(path)
  }
  if change != "gone" { _ = try corpora.folder.put("c.txt", lines: texts) }
  #expect(try take(31..<100, &lines).count == 69)
  let failure = #expect(throws: Failure.self) { _ = try take(100..<200, &lines) }
  #expect(failure?.message.hasPrefix(path) == true)
  #expect(failure?.message.contains(part) == true, "\(failure?.message ?? "")")
  #expect(failure?.message.contains("\n") == false)
  #expect(failure?.kind == (change == "gone" ? .missingInput : .data))
  // And again, rather than lines that nobody asked for; with the old file it goes on.
  let again = change == "gone" ? 130 : 190
  #expect(throws: Failure.self) { _ = try take(again..<again + 10, &lines) }
  _ = try corpora.folder.put("c.txt", lines: english(100))
  #expect(Set(try take(100..<200, &lines)) == Set(english(100)))
}

@Test func readingEndsSoonWhereItsLinesAreNotWanted() throws {
  let corpora = try Corpora()
  _ = try corpora.folder.put("c.txt", lines: english(100))
  var (_, lines) = try corpora.lines(["c.txt"], window: 30)
  for number in [95, 5] {
    let line = try lines.line(number, while: { false })
    #expect(line == nil)
  }
  #expect(try lines.line(95) != nil)
}

@Test func developmentLinesAreAFairSampleWhateverTheirOrder() throws {
  let corpora = try Corpora(test: 10, development: 60)
  let texts = english(1000)
  _ = try corpora.folder.put("all.txt", lines: texts)
  _ = try corpora.folder.put("backwards.txt", lines: texts.reversed() + texts)
  _ = try corpora.folder.put("more.txt", lines: texts + ["The last one.", "And another."])
  let all = try corpora.data(["all.txt"], window: 64, development: 1000).development(.english)
  let few = try corpora.data(["all.txt"], window: 64, development: 40).development(.english)
  #expect(all.count > 400)
  #expect(few == Array(all.prefix(40)))
  let backwards = try corpora.data(["backwards.txt", "all.txt"], window: 64, development: 40)
  #expect(backwards.development(.english) == few)
  let more = try corpora.data(["more.txt"], window: 64, development: 40).development(.english)
  #expect(Set(more).subtracting(few).count <= 2)
  // Fair: the sample has about its share of the first half.
  let half = Set(texts.prefix(500).map(utf8))
  #expect((8...32).contains(few.count { half.contains($0) }))
}

@Test func positionsOfOtherLinesOrBlocksAreToldApart() throws {
  let corpora = try Corpora()
  var texts = english(100)
  _ = try corpora.folder.put("c.txt", lines: texts)
  let print = try corpora.data(["c.txt"], window: 30).fingerprint
  #expect(try corpora.data(["c.txt"], window: 30).fingerprint == print)
  #expect(try corpora.data(["c.txt"], window: 31).fingerprint != print)
  texts.swapAt(3, 80)
  _ = try corpora.folder.put("c.txt", lines: texts)
  #expect(try corpora.data(["c.txt"], window: 30).fingerprint != print)
}
