import SeqaeFiles
import SeqaeModels
import SeqaeRandom
import SeqaeRecipes
import SeqaeText
import SeqaeTraining
import TestSupport
import Testing

private typealias SmallTranslator = SmallRun<TranslatorRecipe>

/// Pairs that a tiny model can learn: a sentence and its words the other way round, in capitals.
private func pairs(_ count: Int) -> [(x: String, y: String)] {
  let random = Random(seed: 4)
  func word(_ words: String) -> String {
    let list = words.split(separator: " ").map(String.init)
    return list[random.integer(below: list.count)]
  }
  var seen: Set<String> = []
  var found: [(String, String)] = []
  while found.count < count {
    let x = [
      word("red old small quiet green new"), word("cat dog teacher student doctor river house"),
      word("sees likes finds hears takes"), word("music stones houses birds maps rain trees"),
    ]
    guard seen.insert(x.joined()).inserted else { continue }
    found.append((x.joined(separator: " "), x.reversed().joined(separator: " ").uppercased()))
  }
  return found
}

private func small(_ steps: Int, _ settings: String...) throws -> SmallTranslator {
  var small = try SmallTranslator(
    steps: steps, corpus: "pairs.tsv", lines: pairs(400).map { "\($0.x)\t\($0.y)" },
    field: .pair(noisy: 1, clean: 2))
  for assignment in settings { try small.recipe.configuration.set(assignment) }
  return small
}

@Test func aTranslatorsRunIsJudgedByBLEUAndLoadsAsATranslator() throws {
  let small = try small(30, "both_directions=yes", "languages=en,EN")
  #expect(try small.train() == .finished)
  let lines = try small.log()
  let losses = lines.compactMap { $0["loss"]?.doubleValue }
  let (early, late) = (losses.prefix(5).reduce(0, +), losses.suffix(5).reduce(0, +))
  #expect(late < 0.75 * early)
  let validations = lines.compactMap { $0["validation"]?.objectValue }
  let names = try #require(validations.last).members.map(\.key.string)
  #expect(names == ["bleu", "bleu_EN", "bleu_en", "loss"])
  let directory = try TranslatorDirectory.load(small.folder("run"), for: .translation)
  #expect(directory.model.tokenizer.model is BytePairModel)
  #expect(try directory.direction(to: "en") == 1)
  let unknown = #expect(throws: Failure.self) { try directory.direction(to: "zh") }
  #expect(unknown?.kind == .usage && unknown?.message.contains("EN and en") == true)
  #expect(throws: Failure.self) { try directory.direction(of: utf8("red cat")) }
  let other = #expect(throws: Failure.self) {
    try TranslatorDirectory.load(small.folder("run"), for: .summarization)
  }
  #expect(other?.message.contains("train summarizer") == true)
  let samples = small.folder.lines("run/samples.jsonl")
  #expect(!samples.isEmpty)
  for sample in samples {
    let keys = try JSON.parse(utf8(sample), name: "sample").objectValue?.members.map(\.key)
    #expect(keys == ["source", "written", "reference"])
    #expect(!sample.contains("<2"))  // a tag is no text
  }
  #expect(!(try RunReport(small.folder("run"))).html.isEmpty)
  #expect(try StoredModels.load(small.folder("run")) is TranslatorDirectory)
}

@Test func anInterruptedTranslatorEndsBitForBitLikeAWholeOne() throws {
  let small = try small(
    14, "both_directions=yes", "languages=en,xx", "sublayer_dropout=0.1", "ema=0.9")
  try small.expectResumedEndsLikeWhole(stop: 8)
}

@Test func everyValueOfATranslatorAndASummarizerHasASetting() {
  #expect(storedValues(TranslatorConfiguration()) == TranslatorConfiguration.settings.count)
  #expect(storedValues(SummarizerConfiguration()) == SummarizerConfiguration.settings.count)
}

@Test func twoAlignedFilesAreTheCorpusOfTheirPairs() throws {
  var small = try small(6)
  _ = try small.train("columns")
  let x = try small.folder.put("x.txt", lines: pairs(400).map(\.x))
  let y = try small.folder.put("y.txt", lines: pairs(400).map(\.y))
  small.recipe.data = [CorpusSource(path: x, field: .aligned(target: y))]
  _ = try small.train("files")
  #expect(try small.bytes("files/model.safetensors") == small.bytes("columns/model.safetensors"))
  let recorded = try JSON.read(small.folder("files/training.json"))["data"]
  #expect(recorded == [["source": JSON(x), "target": JSON(y)]])
  #expect(try small.resume("files", steps: 8) == .finished)
  let longer = try small.folder.put("longer.txt", lines: pairs(402).map(\.y))
  for (first, second) in [(x, longer), (longer, x)] {
    small.recipe.data = [CorpusSource(path: first, field: .aligned(target: second))]
    let failure = #expect(throws: Failure.self) { try small.train("uneven") }
    #expect(failure?.kind == .data)
    #expect(
      failure?.message
        == "\(longer) has 402 lines, \(x) has 400: expected a line of each beside one of the other")
  }
}

@Test func aPairIsHeldOutIfEitherSideIs() throws {
  let small = try small(1)
  let splits = try Splits(path: small.recipe.splits)
  let data = try DenoiserData(small.recipe.data, splits, limit: 100, report: { _ in })
  let parts = pairs(400).map { splits.part(ofRecord: [utf8($0.x), utf8($0.y)]) }
  #expect(data.trainingCount == parts.count { $0 == .training })
  #expect(data.developmentPairs.count == parts.count { $0 == .development })
  // Both sides decide: either alone would leave more.
  #expect(data.trainingCount < pairs(400).count { splits.part(of: utf8($0.y)) == .training })
}

@Test func whatAModelWroteIsReadOnlyAndJudgesNothing() throws {
  var small = try small(3, "both_directions=yes", "languages=en,xx", "synthetic_first=2")
  let lines = pairs(800)
  func corpus(_ name: String, _ part: ArraySlice<(x: String, y: String)>) throws -> CorpusSource {
    CorpusSource(
      path: try small.folder.put(name, lines: part.map { "\($0.x)\t\($0.y)" }),
      field: .pair(noisy: 1, clean: 2))
  }
  small.recipe.data += [
    try corpus("first.tsv", lines[400..<600]), try corpus("second.tsv", lines[600...]),
  ]
  try small.recipe.configuration.set("synthetic_second=3")
  #expect(small.recipe.data.map(small.recipe.directions) == [[0, 1], [0], [1]])
  #expect(small.recipe.data.map(small.recipe.isJudged) == [true, false, false])
  #expect(try small.train() == .finished)
  // The development pairs of the first corpus alone are kept, and all are drawn.
  let splits = try Splits(path: small.recipe.splits)
  let data = try DenoiserData(
    small.recipe.data, splits, limit: 100, isJudged: small.recipe.isJudged, report: { _ in })
  let parts = lines[..<400].map { splits.part(ofRecord: [utf8($0.x), utf8($0.y)]) }
  #expect(data.developmentPairs.count == parts.count { $0 == .development })
  #expect(Set(data.streams.map(\.source.path)).count == 3)
  for (setting, message) in [
    ("synthetic_first=4", "there is no corpus 4, there are 3"),
    ("synthetic_first=3", "corpus 3 is in both"),
    ("both_directions=no", "expected both_directions=yes"),
  ] {
    var other = small
    try other.recipe.configuration.set(setting)
    let failure = #expect(throws: Failure.self) { try other.train("other") }
    #expect(failure?.kind == .usage && failure?.message.contains(message) == true)
  }
}

@Test func whatIsNoPairOrHasNoLanguagesIsRefusedBeforeDataIsRead() throws {
  var small = try small(1)
  for (settings, message) in [
    (["both_directions=yes"], "expects languages"), (["languages=en"], "expected two"),
    (["languages=en,en"], "expected two"),
  ] {
    var other = small
    for assignment in settings { try other.recipe.configuration.set(assignment) }
    let failure = #expect(throws: Failure.self) { try other.train() }
    #expect(failure?.kind == .usage && failure?.message.contains(message) == true)
  }
  #expect(throws: Failure.self) { try small.recipe.configuration.set("languages=en zh") }
  small.recipe.data = [CorpusSource(path: "/nowhere/lines.txt")]
  let failure = #expect(throws: Failure.self) { try small.train() }
  #expect(failure?.kind == .usage && failure?.message.contains("--source FILE") == true)
}

@Test func aTranslatorStartsFromTheWeightsOfARewriter() throws {
  let folder = ScratchFolder()
  let rewriter = try SmallRun<RewriterRecipe>(in: folder, steps: 1, "positions=64")
  _ = try rewriter.train("rewriter")
  var small = try small(1, "both_directions=yes", "languages=en,zh", "learning_rate=1e-9")
  small.recipe.start(from: try ModelStart(folder("rewriter")))
  small.recipe.tokenizer = folder("rewriter/tokenizer.json")
  #expect(small.recipe.configuration.network.transformer.positions == 64)
  _ = try small.train()
  let start = try RewriterDirectory.load(folder("rewriter")).model
  let model = try TranslatorDirectory.load(small.folder("run")).model
  #expect(model.tokenizer.vocabulary.count == start.tokenizer.vocabulary.count + 2)
  for (own, given) in zip(model.parameters, start.parameters) where own.shape == given.shape {
    let apart = zip(own.tensor.doubles(), given.tensor.doubles()).map { abs($0 - $1) }.max() ?? 1
    #expect(own.name == given.name && apart < 1e-6)
  }
}

@Test func aSummarizersRunIsJudgedByROUGE() throws {
  var small = try SmallRun<SummarizerRecipe>(
    steps: 12, corpus: "pairs.tsv", lines: pairs(300).map { "\($0.x) and so on\t\($0.x)" },
    field: .pair(noisy: 1, clean: 2), "positions=16")
  _ = try small.train()
  let validations = try small.log().compactMap { $0["validation"]?.objectValue }
  #expect(try #require(validations.last).members.map(\.key.string) == ["rougeL", "loss"])
  let model = try TranslatorDirectory.load(small.folder("run"), for: .summarization).model
  #expect(model.configuration.task == .summarization)
  small.recipe.data = []
}
