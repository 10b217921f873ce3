import SeqaeFiles
import SeqaeRandom
import SeqaeRecipes
import SeqaeText
import TestSupport
import Testing

@Test func figuresAreThoseOfTheirDefinitions() {
  let random = Random(seed: 11)
  for _ in 0..<20 {
    // Few different scores, so that many are equal.
    let scores = (0..<60).map { _ in Float(random.integer(below: 12)) / 12 }
    let isDamaged = (0..<60).map { _ in random.chance(0.3) }
    let threshold = random.uniform()
    let figures = DetectionFigures(scores, isDamaged, threshold: threshold)
    let all = Array(zip(scores, isDamaged))
    let named = all.filter { Double($0.0) >= threshold }
    let (damaged, others) = (all.filter(\.1), all.filter { !$0.1 })
    #expect(figures.named == named.count && figures.damaged == damaged.count)
    #expect(figures.found == named.count { $0.1 })
    var wins = 0.0
    for a in damaged {
      for b in others { wins += a.0 > b.0 ? 1 : a.0 == b.0 ? 0.5 : 0 }
    }
    #expect(abs(figures.auc - wins / Double(damaged.count * others.count)) < 1e-12)
    let (precision, recall) = (figures.precision, figures.recall)
    if precision + recall > 0 {
      #expect(abs(figures.f1 - 2 * precision * recall / (precision + recall)) < 1e-12)
    }
  }
  #expect(DetectionFigures([], [], threshold: 0.5).auc == 0.5)
  #expect(DetectionFigures([0.3, 0.9], [false, false], threshold: 0.5).f1 == 0)
}

@Test func aThresholdLetsNoMoreThanItsShareThrough() {
  let random = Random(seed: 12)
  let scores = (0..<1000).map { _ in Float(random.integer(below: 300)) / 300 }
  for share in [0, 0.001, 0.01, 0.2, 0.999] {
    let threshold = DetectionFigures.threshold(for: share, of: scores)
    let through = scores.count { Double($0) >= threshold }
    #expect(through <= Int(share * 1000))
    // And it is the least that does.
    let lower = scores.filter { Double($0) < threshold }.max() ?? 0
    #expect(scores.count { $0 >= lower } > Int(share * 1000))
  }
  #expect(DetectionFigures.threshold(for: 1, of: scores) == 0)
}

@Test(arguments: [
  ("今天天气很好", "今大天气很好", [1]), ("abc", "axbc", [1]), ("abc", "abd", [2]), ("abc", "abc", []),
  ("abc", "ac", []), ("中国", "中，，国", [1, 2]), ("rn", "m", [0]),
])
func whatAShortestRepairTakesAwayIsDamaged(_ clean: String, _ noisy: String, _ damaged: [Int]) {
  let flags = DetectionBench.damage(of: DenoisingPair(noisy: utf8(noisy), clean: utf8(clean)))
  #expect(flags.count == noisy.unicodeScalars.count)
  #expect(flags.indices.filter { flags[$0] } == damaged)
}

@Test func aDetectorThatKnowsAllIsPerfectAndOneThatKnowsNothingIsNot() throws {
  let folder = ScratchFolder()
  let splits = try Splits(path: try folder.putSplits(test: 60, development: 70))
  let corpus = CorpusSource(path: try folder.put("corpus.txt", lines: sentences(800)))
  let bench = try DetectionBench([corpus], splits: splits, limit: 30) { _ in }
  #expect(
    bench.cells.map { "\($0.language.rawValue) \($0.noise.rawValue)" } == [
      "zh look-alike", "zh same-sound", "zh ocr", "zh stray", "en look-alike", "en ocr",
      "en stray", "en keyboard",
    ])
  var known: [[UInt8]: [Float]] = [:]
  for cell in bench.cells {
    for (text, isDamaged) in zip(cell.texts, cell.isDamaged) {
      #expect(isDamaged.contains(true) || cell.noise == .ocr)
      known[text] = isDamaged.map { $0 ? 0.9 : 0.1 }
    }
  }
  let all = bench.judge(
    threshold: { _ in 0.5 },
    scores: {
      $0.map { known[$0] ?? [Float](repeating: 0.1, count: string($0).unicodeScalars.count) }
    })
  #expect(all.cells.allSatisfy { $0.auc == 1 && $0.f1 == 1 })
  #expect(all.clean.allSatisfy { $0.quiet == 1 && $0.alarms == 0 })
  let none = bench.judge(
    threshold: { DetectionFigures.threshold(for: 0.001, of: $0) },
    scores: { $0.map { [Float](repeating: 0.7, count: string($0).unicodeScalars.count) } })
  #expect(none.cells.allSatisfy { $0.auc == 0.5 && $0.named == 0 })
}
