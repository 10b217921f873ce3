import SeqaeFiles
import SeqaeModels
import SeqaeRandom
import SeqaeRecipes
import SeqaeText
import SeqaeTraining
import TestSupport
import Testing

@Test func aVAEsRunHasAModelItsMetricsAndSamples() throws {
  let small = try SmallRun<VAERecipe>(steps: 40, "annealing=cyclic", "annealing_cycles=2")
  #expect(try small.train() == .finished)
  let lines = try small.log()
  let losses = lines.compactMap { $0["loss"]?.doubleValue }
  let (early, late) = (losses.prefix(5).reduce(0, +), losses.suffix(5).reduce(0, +))
  #expect(late < 0.75 * early)
  // Two cycles of twenty steps, in half of which β becomes 1.
  let betas = lines.compactMap { $0["beta"]?.doubleValue }
  #expect(betas.count == 40)
  for (step, beta) in [(0, 0), (5, 0.5), (10, 1), (19, 1), (20, 0), (25, 0.5)] as [(Int, Double)] {
    #expect(abs(betas[step] - beta) < 1e-6)
  }
  let validations = lines.compactMap { $0["validation"]?.objectValue }
  let metrics = try #require(validations.last)
  #expect(
    metrics.members.map(\.key.string) == ["elbo", "reconstruction", "kl", "active_units", "exact"])
  let values = metrics.members.compactMap(\.value.doubleValue)
  #expect(abs(values[0] + values[1] + values[2]) < 1e-9)
  let model = try LatentDirectory.load(small.folder("run")).model
  #expect(model.size == 6 && model.draw([Random(seed: 1)], labels: [])?.count == 1)
  let training = try JSON.read(small.folder("run/training.json"))
  #expect(training["settings"] == small.recipe.configuration.json)
  let samples = small.folder.lines("run/samples.jsonl")
  #expect(!samples.isEmpty)
  for sample in samples {
    let keys = try JSON.parse(utf8(sample), name: "sample").objectValue?.members.map(\.key)
    #expect(keys == ["read", "written", "meant"])
  }
  #expect(!(try RunReport(small.folder("run"))).html.isEmpty)
}

@Test func aLongTextsVectorIsTheMeanOfItsPieces() throws {
  let small = try SmallRun<AutoencoderRecipe>(steps: 4, "positions=24")
  #expect(try small.train() == .finished)
  let run = small.folder("run")
  let (embedder, texts) = (try LatentEmbedder(run), LatentTexts(try LatentDirectory.load(run)))
  let tokenizer = try Tokenizer(readingJSON: small.folder("run/tokenizer.json"))
  let (short, long) = (
    utf8("the cat sat"), utf8("a dog runs over the wet grass. 一只猫坐在墙上。 it is late.")
  )
  let encoding = tokenizer.encode(long)
  let cuts = Tokenizer.cut(encoding, of: long, limit: texts.longest)
  #expect(cuts.count > 1)
  var mean = [Double](repeating: 0, count: texts.size)
  for cut in cuts {
    let piece =
      encoding.ranges[cut.lowerBound].lowerBound..<encoding.ranges[cut.upperBound - 1].upperBound
    let code = texts.codes(of: [Array(long[piece])]).codes[0].vector
    for index in mean.indices {
      mean[index] += Double(code[index]) * Double(cut.count) / Double(encoding.count)
    }
  }
  let found = try embedder.embed([short, long, []])
  // The last bits depend on what is computed side by side.
  let alone = texts.codes(of: [short, []]).codes.map { $0.vector.map { Double($0) } }
  for (vector, wanted) in zip(found, [alone[0], mean, alone[1]]) {
    for (value, wanted) in zip(vector, wanted) { #expect(abs(Double(value) - wanted) < 1e-5) }
  }
}

@Test func anInterruptedVAEEndsBitForBitLikeAWholeOne() throws {
  let small = try SmallRun<VAERecipe>(
    steps: 14, "noise=denoiser", "word_dropout=0.3", "free_bits=0.1", "annealing=linear",
    "sublayer_dropout=0.1")
  try small.expectResumedEndsLikeWhole(stop: 8)
}

@Test(arguments: [7, 12])
func aVAEWhoseEncoderIsAheadGoesOnBitForBit(_ stop: Int) throws {
  // Of the first ten steps every third is the decoder's.
  let small = try SmallRun<VAERecipe>(
    steps: 14, "encoder_steps=2", "encoder_share=0.7", "sublayer_dropout=0.1")
  try small.expectResumedEndsLikeWhole(stop: stop)
  let plain = try SmallRun<VAERecipe>(steps: 14, "sublayer_dropout=0.1")
  #expect(try plain.train("whole") == .finished)
  #expect(try plain.bytes("whole/model.safetensors") != small.bytes("whole/model.safetensors"))
}

@Test(arguments: ["none", "insertion", "mask"])
func anAutoencodersRunHasAModelWhateverItReads(_ noise: String) throws {
  let small = try SmallRun<AutoencoderRecipe>(
    steps: 30, "noise=\(noise)", "noise_rate=0.2", "sparsity=l1", "sparsity_weight=0.01",
    "contraction=0.001")
  #expect(try small.train() == .finished)
  let lines = try small.log()
  let losses = lines.compactMap { $0["reconstruction"]?.doubleValue }
  let (early, late) = (losses.prefix(5).reduce(0, +), losses.suffix(5).reduce(0, +))
  #expect(late < 0.8 * early)
  for name in ["sparsity", "contraction"] {
    #expect(lines.compactMap { $0[ByteString(name)]?.doubleValue }.count == 30)
  }
  let validations = lines.compactMap { $0["validation"]?.objectValue }
  let metrics = try #require(validations.last)
  #expect(metrics.members.map(\.key.string) == ["log_likelihood", "reconstruction", "exact"])
  let read = try small.folder.lines("run/samples.jsonl").map { line in
    let sample = try JSON.parse(utf8(line), name: "sample")
    return sample["read"] == sample["meant"]
  }
  #expect(read.allSatisfy { $0 } == (noise == "none"))
}

@Test func everyNoiseHasItsNameForASentencesSource() {
  let names = SourceNoise.allCases.map(\.rawValue)
  #expect(Set(names).count == names.count)
  var expected = Set(TextNoiseKind.allCases.map(\.rawValue))
  expected.formUnion(TokenNoiseKind.allCases.map(\.rawValue))
  expected.formUnion(["none", "denoiser", "letters"])
  #expect(Set(names) == expected)
  #expect(SourceNoise(rawValue: "nonsense") == nil)
}

@Test func theNoiseOfLettersInsertsNoMarks() throws {
  var trainer = CharacterTrainer()
  trainer.count(utf8("今天天气很好"))
  let tokenizer = try Tokenizer(characters: try trainer.vocabulary(size: 400, including: ""))
  let letters = try #require(try SourceNoise.letters.noises(rate: 0.1, tokenizer).text)
  let mixture = try #require(try SourceNoise.denoiser.noises(rate: 0.1, tokenizer).text)
  let clean = "今天天气很好"
  func spoilt(_ noise: any TextNoise) -> [String] {
    (0..<300).map { noise.corrupt(clean, using: Random(seed: $0)) }
  }
  let marks: (String) -> Bool = { $0.contains("，") || $0.contains("。") }
  #expect(Set(spoilt(letters)).count > 50 && spoilt(letters).contains(clean))
  #expect(!spoilt(letters).contains(where: marks) && spoilt(mixture).contains(where: marks))
}

@Test func everyValueOfTheseRecipesHasASetting() {
  #expect(storedValues(VAEConfiguration()) == VAEConfiguration.settings.count)
  // A VQ-VAE's size of a code follows from its settings.
  #expect(storedValues(VQVAEConfiguration()) - 1 == VQVAEConfiguration.settings.count)
  #expect(storedValues(LanguageModelConfiguration()) == LanguageModelConfiguration.settings.count)
  #expect(storedValues(AutoencoderConfiguration()) == AutoencoderConfiguration.settings.count)
}

@Test func sizesThatDoNotFitAreRefusedBeforeAnyDataIsRead() throws {
  let small = try SmallRun<VAERecipe>(steps: 1, "heads=3")
  let failure = #expect(throws: Failure.self) { try small.train() }
  #expect(failure?.kind == .usage)
  #expect(failure?.message.contains("heads=3") == true)
}

// MARK: Classes and codebooks

@Test func aClassIsNoTextAndHoldsNothingOut() throws {
  let folder = ScratchFolder()
  // By its hash one of these labels would be held out with all its lines, were it a text.
  let lines = sentences(300).enumerated().map { "\($0.offset % 7)\t\($0.element)" }
  let corpus = try folder.put("corpus.tsv", lines: lines)
  let splits = try Splits(path: try folder.putSplits())
  let source = CorpusSource(path: corpus, field: .pair(noisy: 1, clean: 2))
  let data = try DenoiserData([source], splits, limit: 160, labelled: true) { _ in }
  #expect(data.labels.map(\.string) == ["0", "1", "2", "3", "4", "5", "6"])
  let plain = CorpusSource(path: corpus, field: .column(2))
  let texts = try DenoiserData([plain], splits, limit: 160) { _ in }
  #expect(data.trainingCount == texts.trainingCount)
  let many = try folder.put("many.tsv", lines: sentences(1200).map { "\($0)\t\($0)" })
  let failure = #expect(throws: Failure.self) {
    try DenoiserData(
      [CorpusSource(path: many, field: .pair(noisy: 1, clean: 2))], splits, limit: 160,
      labelled: true
    ) { _ in }
  }
  #expect(failure?.kind == .data)
  #expect(failure?.message.contains("FILE:CLASS,TEXT") == true)
}

@Test func anInterruptedVQVAEEndsBitForBitLikeAWholeOne() throws {
  let small = try SmallRun<VQVAERecipe>(
    steps: 14, "slots=2", "code_values=4", "codebook_size=16")
  try small.expectResumedEndsLikeWhole(stop: 8)
  let validations = try small.log("whole").compactMap { $0["validation"]?.objectValue }
  let names = try #require(validations.last).members.map(\.key.string)
  #expect(
    names == ["elbo", "reconstruction", "kl", "usage", "codebook_perplexity", "exact"])
}

@Test func aVAEStartsFromAnAutoencodersEncoder() throws {
  let first = try SmallRun<AutoencoderRecipe>(steps: 10)
  #expect(try first.train() == .finished)
  let run = first.folder("run")
  var small = try SmallRun<VAERecipe>(steps: 1, "encoder=\(run)", "learning_rate=1e-9")
  small.recipe.tokenizer = "\(run)/tokenizer.json"
  #expect(try small.train() == .finished)
  let (old, new) = (
    try LatentDirectory.load(run).model, try LatentDirectory.load(small.folder("run")).model
  )
  let ids = [old.tokenizer.encode("我们今天学习中文。").ids]
  let (code, mean) = (old.encode(ids).mean.floats(), new.encode(ids).mean.floats())
  #expect(zip(code, mean).allSatisfy { abs($0 - $1) < 1e-4 })
  // The decoder is another one.
  let batch = old.batch([ReconstructionExample(source: ids[0] + [2], target: ids[0] + [2])])
  let z = old.encode(ids).mean
  #expect(old.reconstruction(batch, from: z).item() != new.reconstruction(batch, from: z).item())
  small.recipe.tokenizer = nil
  let others = sentences(600).map { $0.replacing("o", with: "ö").replacing("。", with: "！") }
  small.recipe.data = [CorpusSource(path: try small.folder.put("others.txt", lines: others))]
  let failure = #expect(throws: Failure.self) { try small.train("other") }
  #expect(failure?.kind == .data)
  #expect(failure?.message.contains("--tokenizer") == true)
}

// MARK: From an autoencoder

@Test func aRunWithoutCheckpointStartsFromTheSameAutoencoderOrNotAtAll() throws {
  let first = try SmallRun<AutoencoderRecipe>(steps: 4)
  #expect(try first.train() == .finished)
  var small = try SmallRun<VaDERecipe>(in: first.folder, steps: 3, "clusters=2")
  small.recipe.start(fromFolder: first.folder("run"))
  #expect(try small.train("whole") == .finished)
  for name in ["killed", "late"] {
    try Path.makeDirectories(small.folder(name + "/checkpoints"))
    for file in ["tokenizer.json", "training.json"] {
      try AtomicFile.write(small.folder("\(name)/\(file)"), bytes: try small.bytes("whole/" + file))
    }
  }
  #expect(try small.resume("killed") == .finished)
  #expect(try small.bytes("whole/model.safetensors") == small.bytes("killed/model.safetensors"))
  // The autoencoder becomes another.
  try AtomicFile.write(
    first.folder("run/model.safetensors"), bytes: try small.bytes("whole/model.safetensors"))
  let failure = #expect(throws: Failure.self) { try small.resume("late") }
  #expect(failure?.kind == .data)
  #expect(failure?.message.contains("other weights") == true)
}
