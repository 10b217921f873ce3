import SeqaeFiles
import SeqaeModels
import SeqaeRecipes
import SeqaeText
import SeqaeTraining
import TestSupport
import Testing

private typealias SmallRewriter = SmallRun<RewriterRecipe>

@Test func aRewritersRunHasAModelAndSamples() throws {
  let small = try SmallRewriter(steps: 40, "noise=permutation")
  #expect(try small.train() == .finished)
  let lines = try small.log()
  let losses = lines.compactMap { $0["loss"]?.doubleValue }
  let (early, late) = (losses.prefix(5).reduce(0, +), losses.suffix(5).reduce(0, +))
  #expect(late < 0.75 * early)
  let validations = lines.compactMap { $0["validation"]?.objectValue }
  let names = try #require(validations.last).members.map(\.key.string)
  #expect(names == ["accuracy", "loss"])
  let model = try RewriterDirectory.load(small.folder("run")).model
  let source = model.tokenizer.encode("我们今天学习中文。").ids + [2]
  #expect(model.writeGreedily([source]).count == 1)
  let training = try JSON.read(small.folder("run/training.json"))
  #expect(training["settings"] == small.recipe.configuration.json)
  let samples = small.folder.lines("run/samples.jsonl")
  #expect(!samples.isEmpty)
  for sample in samples {
    let keys = try JSON.parse(utf8(sample), name: "sample").objectValue?.members.map(\.key)
    #expect(keys == ["noisy", "written", "clean"])
  }
  #expect(!(try RunReport(small.folder("run"))).html.isEmpty)
}

@Test func anInterruptedRewriterEndsBitForBitLikeAWholeOne() throws {
  let small = try SmallRewriter(
    steps: 14, "noise=infilling", "embedding_noise=0.1", "dropout=spatial", "sublayer_dropout=0.1")
  try small.expectResumedEndsLikeWhole(stop: 8)
}

@Test func everyNoiseOfTokensHasItsNameInARecipe() {
  let names = RewriterConfiguration.Noise.allCases.compactMap(\.kind)
  #expect(Set(names) == Set(TokenNoiseKind.allCases))
  #expect(RewriterConfiguration.Noise.none.kind == nil)
  #expect(RewriterConfiguration.Noise.allCases.count == names.count + 1)
}

@Test func everyValueOfARewriterHasASetting() {
  #expect(storedValues(RewriterConfiguration()) == RewriterConfiguration.settings.count)
}

@Test func textsOfTooFewSentencesAreLeftOut() throws {
  var small = try SmallRewriter(steps: 2, "minimum_sentences=2")
  let failure = #expect(throws: Failure.self) { try small.train() }
  #expect(failure?.kind == .data)
  #expect(failure?.message.contains("no usable example") == true)
  let pairs = zip(sentences(400), sentences(400).dropFirst(200)).map { "\($0) \($1)" }
  small.recipe.data = [CorpusSource(path: try small.folder.put("pairs.txt", lines: pairs))]
  #expect(try small.train("pairs") == .finished)
}

@Test func aRewriterAndADenoiserAreToldApart() throws {
  let small = try SmallRewriter(steps: 1)
  _ = try small.train()
  let noDenoiser = #expect(throws: Failure.self) { try DenoiserDirectory.load(small.folder("run")) }
  #expect(noDenoiser?.kind == .data)
  var denoiser = DenoiserRecipe(data: small.recipe.data, splits: small.recipe.splits)
  denoiser.steps = 1
  for assignment in [
    "width=16", "heads=2", "feed_forward=32", "encoder_layers=1", "vocabulary=1200",
    "batch_tokens=512", "window=128", "validation_lines=2",
  ] {
    try denoiser.configuration.set(assignment)
  }
  _ = try denoiser.train(
    output: small.folder("denoiser"), progress: Progress(.silent), shouldStop: { false })
  let noRewriter = #expect(throws: Failure.self) {
    try RewriterDirectory.load(small.folder("denoiser"))
  }
  #expect(noRewriter?.kind == .data)
  #expect(noRewriter?.message.contains("no rewriter") == true)
  // Each is written anew as what it is.
  #expect(try StoredModels.load(small.folder("run")) is RewriterDirectory)
  #expect(try StoredModels.load(small.folder("denoiser")) is DenoiserDirectory)
  // A probe reads either.
  for name in ["run", "denoiser"] { _ = try ProbedEncoder.load(small.folder(name)) }
  let absent = #expect(throws: Failure.self) { try ProbedEncoder.load("/nowhere") }
  #expect(absent?.kind == .missingInput)
}
