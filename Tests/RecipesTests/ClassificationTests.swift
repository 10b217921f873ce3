import SeqaeFiles
import SeqaeModels
import SeqaeRandom
import SeqaeRecipes
import SeqaeRetrieval
import SeqaeText
import SeqaeTraining
import TestSupport
import Testing

/// Lines of a class and a text: what the text is about tells its class.
private func labelled(_ count: Int) -> [String] {
  sentences(count, seed: 6).map { text in
    let isArt = text.contains("music") || text.contains("音乐") || text.contains("电影")
    return "\(isArt ? "art" : "other")\t\(text)"
  }
}

/// A recipe of a tiny classifier on labelled lines.
private func smallClassifier(
  steps: Int, _ settings: String...
) throws -> SmallRun<ClassifierRecipe> {
  var small = try SmallRun<ClassifierRecipe>(
    steps: steps, corpus: "texts.tsv", lines: labelled(600), field: .pair(noisy: 1, clean: 2),
    "validation_lines=2000", "validation_steps=10")
  for assignment in settings { try small.recipe.configuration.set(assignment) }
  return small
}

extension SmallRun<ClassifierRecipe> {
  fileprivate func texts() throws -> ClassifiedTexts {
    try ClassifiedTexts(recipe.data, try Splits(path: recipe.splits)) { _ in }
  }
}

@Test func aClassifiersRunTellsHeldOutTexts() throws {
  let small = try smallClassifier(steps: 120)
  #expect(try small.train() == .finished)
  let classifier = try ClassifierDirectory.load(small.folder("run"))
  #expect(classifier.classes == ["art", "other"])
  let texts = try small.texts()
  let figures = classifier.figures(texts.test)
  #expect(figures.count == texts.test.count && figures.count > 30)
  #expect(figures.accuracy > 0.9, "\(figures.confusion)")
  let metrics = try small.log().compactMap { $0["validation"]?.objectValue }.last
  #expect(metrics?.members.map(\.key.string) == ["accuracy", "macro_f1", "nll"])
  // The same texts in another order and number have the same probabilities.
  let some = [texts.test.texts[3], texts.test.texts[0]]
  let (all, few) = (
    classifier.logPosteriors(of: texts.test.texts), classifier.logPosteriors(of: some)
  )
  #expect(zip(few[0], all[3]).allSatisfy { abs($0 - $1) < 1e-4 })
  #expect(zip(few[1], all[0]).allSatisfy { abs($0 - $1) < 1e-4 })
  #expect(!(try RunReport(small.folder("run"))).html.isEmpty)
}

@Test func anInterruptedClassifierEndsBitForBitLikeAWholeOne() throws {
  let small = try smallClassifier(steps: 14, "label_share=0.2")
  try small.expectResumedEndsLikeWhole(stop: 8)
}

@Test func aRunEndsWhenDevelopmentTextsAreToldNoBetter() throws {
  let small = try smallClassifier(
    steps: 500, "patience=2", "validation_steps=5", "learning_rate=1e-9")
  #expect(try small.train() == .finished)
  // Nothing is learnt at such a rate: the first is the best, and two more end it.
  let steps = try small.log().compactMap { $0["step"]?.intValue }.max()
  #expect(steps == 15)
}

@Test(arguments: ["lm", "vae", "rewriter", "denoiser"])
func aClassifierStartsFromTheEncoderOfARun(_ kind: String) throws {
  var small = try smallClassifier(steps: 1)
  func train<Recipe: TextRecipe>(_ type: Recipe.Type) throws {
    let other = try SmallRun<Recipe>(
      in: small.folder, steps: 2, lines: sentences(300), "validation_lines=2")
    _ = try other.train(kind)
  }
  switch kind {
  case "lm": try train(LanguageModelRecipe.self)
  case "vae": try train(VAERecipe.self)
  case "rewriter": try train(RewriterRecipe.self)
  default: try train(DenoiserRecipe.self)
  }
  small.recipe.start(from: try ModelStart(small.folder(kind)))
  try small.recipe.configuration.set("learning_rate=1e-9")
  #expect(try small.train() == .finished)
  let (before, after) = ("\(kind)/model.safetensors", "run/model.safetensors")
  let (theirs, own) = try (Checkpointed(small.folder(before)), Checkpointed(small.folder(after)))
  let (from, to) =
    kind == "lm" ? ("model.decoder.", "model.encoder.") : ("model.encoder.", "model.encoder.")
  var compared = 0
  for (name, values) in own.tensors where name.hasPrefix(to) {
    let start = try #require(theirs.tensors[from + name.dropFirst(to.count)])
    // AdamW's first step moves no weight by more than the rate, and decays it by a share of that.
    #expect(zip(values, start).allSatisfy { abs($0 - $1) < 1e-7 }, "\(name)")
    compared += 1
  }
  #expect(compared > 10)
  let model = try ClassifierDirectory.load(small.folder("run")).model
  #expect(model.configuration.isCausal == (kind == "lm"))
  #expect(
    try small.folder.bytes("run/tokenizer.json") == small.folder.bytes("\(kind)/tokenizer.json"))
  if kind != "denoiser" {
    var denoiser = DenoiserRecipe(data: small.recipe.data, splits: small.recipe.splits)
    denoiser.start(from: try ModelStart(small.folder(kind)))
    #expect(
      throws: Failure(
        .data, "\(small.folder(kind)): is no denoiser: a denoiser starts from one of train denoiser"
      )
    ) {
      try denoiser.check()
    }
  }
  try small.recipe.configuration.set("width=32")
  let failure = #expect(throws: Failure.self) { try small.train("other") }
  #expect(failure?.kind == .usage && failure?.message.hasPrefix("width=32, but") == true)
}

/// The tensors of a file by name.
private struct Checkpointed {
  var tensors: [String: [Float]] = [:]

  init(_ path: String) throws {
    let file = try SafetensorsFile(path)
    for entry in file.entries where entry.dtype == "F32" {
      let bytes = UnsafeRawBufferPointer(rebasing: file.file.bytes[entry.range])
      tensors[entry.name.string] = (0..<bytes.count / 4).map {
        bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self)
      }
    }
  }
}

@Test func aShareIsOfEachClassAndPartOfALargerOne() throws {
  let texts = try smallClassifier(steps: 1).texts()
  let all = texts.training
  let counts = [0, 1].map { label in all.labels.count { $0 == label } }
  var larger = all
  for share in [0.5, 0.1, 0.01] {
    let part = all.drawn(share, seed: 0)
    for label in [0, 1] {
      let wanted = max(1, Int((share * Double(counts[label])).rounded()))
      #expect(part.labels.count { $0 == label } == wanted)
    }
    #expect(Set(part.texts).isSubset(of: larger.texts))
    #expect(all.drawn(share, seed: 0) == part)
    larger = part
  }
  #expect(all.drawn(1, seed: 5) == all)
  #expect(all.drawn(0.1, seed: 1) != all.drawn(0.1, seed: 0))
}

@Test func samplesOfAConditionalVAEAreLearntFromToo() throws {
  var small = try smallClassifier(steps: 2, "label_share=0.05")
  let vae = try SmallRun<ConditionalVAERecipe>(
    in: small.folder, steps: 2, corpus: "texts.tsv", lines: labelled(600),
    field: .pair(noisy: 1, clean: 2), "latent_size=4", "validation_lines=2")
  _ = try vae.train("cvae")
  try small.recipe.configuration.set("samples=\(small.folder("cvae"))")
  try small.recipe.configuration.set("samples_per_class=7")
  #expect(try small.train() == .finished)
  // A model of other classes has none of these to give.
  let other = try small.folder.put("other.tsv", lines: labelled(300).map { "x" + $0 })
  small.recipe.data = [CorpusSource(path: other, field: .pair(noisy: 1, clean: 2))]
  let failure = #expect(throws: Failure.self) { try small.train("other") }
  #expect(failure?.kind == .data && failure?.message.contains("xart") == true)
  // Bayes' rule over it names a class of each text.
  small.recipe.data = vae.recipe.data
  let texts = try small.texts()
  let model = try LatentDirectory.load(small.folder("cvae"))
  let figures = try BayesClassification.figures(model, texts, draws: 2, seed: 0)
  #expect(figures.count == texts.test.count)
  #expect(figures == (try BayesClassification.figures(model, texts, draws: 2, seed: 0)))
}

@Test func theMethodsOnCountsTellWhatWordsTell() throws {
  let texts = try smallClassifier(steps: 1).texts()
  let most = Double(texts.test.labels.count { $0 == 1 }) / Double(texts.test.count)
  for terms in [Terms.words, .characters(1...2)] {
    let bayes = try CountClassification.naiveBayes(texts.training, texts, terms)
    let logistic = try CountClassification.logistic(texts.training, texts, terms)
    #expect(bayes.accuracy > max(most, 0.9) && logistic.accuracy > max(most, 0.9))
  }
}

@Test func figuresAreScikitLearns() throws {
  let json = try JSON.read(Fixture.path("models/classifiers/reference.json"))
  func integers(_ key: ByteString) -> [Int] { json[key]?.arrayValue?.compactMap(\.intValue) ?? [] }
  let figures = ClassifierFigures(integers("named"), labels: integers("meant"), classes: 3)
  #expect(figures.count == 30)
  let (accuracy, macroF1) = (json["accuracy"]?.doubleValue, json["macro_f1"]?.doubleValue)
  #expect(abs(figures.accuracy - (try #require(accuracy))) < 1e-12)
  #expect(abs(figures.macroF1 - (try #require(macroF1))) < 1e-12)
  let confusion = json["confusion"]?.arrayValue?.map { $0.arrayValue?.compactMap(\.intValue) ?? [] }
  #expect(figures.confusion == confusion)
}

@Test func corporaWithoutClassesAreRefused() throws {
  let folder = ScratchFolder()
  let splits = try Splits(path: try folder.putSplits())
  func failure(_ lines: [String], _ field: CorpusSource.Field) throws -> Failure? {
    let path = try folder.put("texts.tsv", lines: lines)
    return #expect(throws: Failure.self) {
      try ClassifiedTexts([CorpusSource(path: path, field: field)], splits) { _ in }
    }
  }
  let pair = CorpusSource.Field.pair(noisy: 1, clean: 2)
  #expect(try failure(labelled(50), .column(2))?.kind == .usage)
  #expect(
    try failure(labelled(50).map { "a\t" + $0.split(separator: "\t")[1] }, pair)?.kind == .data)
  // A class that only held-out texts have can't be named.
  let strange = sentences(50, seed: 6).enumerated().map { number, text in
    "\(splits.part(of: utf8(text)) == .training ? "\(number % 2)" : "new")\t\(text)"
  }
  let refused = try failure(strange, pair)
  #expect(refused?.kind == .data && refused?.message.contains("\"new\"") == true)
}
