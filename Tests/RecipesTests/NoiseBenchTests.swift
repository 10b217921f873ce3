import SeqaeFiles
import SeqaeRecipes
import TestSupport
import Testing

private func makeBench(_ folder: ScratchFolder, limit: Int = 6) throws -> NoiseBench {
  let corpus = try folder.put("corpus.txt", lines: sentences(300))
  return try NoiseBench(
    [try CorpusSource(corpus)], splits: try Splits(path: try folder.putSplits()), limit: limit
  ) { _ in }
}

@Suite struct NoiseBenchTests {
  @Test func everyNoiseAndRateOfALanguageHasItsCell() throws {
    let folder = ScratchFolder()
    let bench = try makeBench(folder)
    let names = bench.cells.map(\.name)
    #expect(Set(names).count == names.count)
    let expected = Language.allCases.reduce(0) { $0 + BenchNoise.all(for: $1).count }
    #expect(names.count == expected * NoiseBench.rates.count)
    #expect(names.contains("zh-same-sound-10") && !names.contains("en-same-sound-10"))
    for cell in bench.cells {
      #expect(cell.pairs.count <= 6)
      #expect(cell.pairs.allSatisfy { $0.noisy != $0.clean })
      #expect(cell.pairs.allSatisfy { Language(of: $0.clean) == cell.language })
    }
    let again = try makeBench(folder)
    #expect(again.cells.map(\.pairs) == bench.cells.map(\.pairs))
  }

  @Test func moreNoiseIsMoreErrors() throws {
    let bench = try makeBench(ScratchFolder(), limit: 25)
    let figures = try bench.run(progress: { _ in }) { cell in cell.pairs.map(\.noisy) }
    for (cell, own) in zip(bench.cells, figures) where cell.rate == 0.4 {
      guard [.punctuation, .deletion, .swap, .mixed].contains(cell.noise) else { continue }
      let name = "\(cell.name)".dropLast(2) + "5"
      let few = zip(bench.cells, figures).first { $0.0.name == name }
      let before = try #require(few).1.cerBefore
      #expect(own.cerBefore >= before, "\(cell.name)")
      #expect(own.errorsCut == 0 && own.broken == 0)
    }
  }

  @Test func setsGoOutAndRepairsComeIn() throws {
    let folder = ScratchFolder()
    let bench = try makeBench(folder)
    try bench.write(to: folder("sets"))
    #expect(
      try Path.list(folder("sets")).count == bench.cells.count + bench.languages.count)
    let cell = try #require(bench.cells.first { $0.name == "en-deletion-40" })
    let pairs = try DenoisingPair.read(Path.join(folder("sets"), "en-deletion-40.tsv"))
    #expect(pairs == cell.pairs)
    let lines = cell.pairs.map { string($0.clean) }
    _ = try folder.put("en-deletion-40.txt", lines: lines)
    #expect(try NoiseBench.repairs(of: cell, in: folder.path) == cell.pairs.map(\.clean))
    _ = try folder.put("en-deletion-40.txt", lines: Array(lines.dropLast()))
    let failure = #expect(throws: Failure.self) {
      try NoiseBench.repairs(of: cell, in: folder.path)
    }
    #expect(failure?.kind == .data)
  }
}

@Suite struct CleanCategoryTests {
  @Test(arguments: [
    (CleanCategory.reduplication, "我们天天都去", "我们每天都去"), (.reduplication, "bookkeeper", "taken"),
    (.abbreviatingMarks, "中、美、日三国", "中国、美国和日本"), (.ellipsesAndDashes, "他说……", "他说。"),
    (.ellipsesAndDashes, "well... no", "well. no"), (.titles, "读《论语》", "读书"),
    (.numbersAndDates, "on 2026-11-20", "in 2026"), (.numbersAndDates, "圆周率3.14", "圆周率."),
    (.addressesAndCode, "见 https://a.cn", "见网站"), (.addressesAndCode, "a_b(c)", "abc"),
    (.mixedScripts, "用Linux系统", "用系统"), (.structuralParticles, "好的，慢慢地走", "好的"),
    (.names, "唐纳德·特朗普", "特朗普"), (.names, "I met Ann there", "He met her"),
    (.traditional, "這個問題", "这个问题"), (.otherScripts, "Привет", "Hello"), (.any, "x", ""),
  ])
  func linesAreSortedByWhatTheyHave(_ category: CleanCategory, _ inside: String, _ outside: String)
  {
    #expect(category.contains(utf8(inside)))
    #expect(!category.contains(utf8(outside)) || category == .any)
  }
}
