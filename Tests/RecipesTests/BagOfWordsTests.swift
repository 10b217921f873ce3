import Glibc
import SeqaeFiles
import SeqaeModels
import SeqaeRecipes
import SeqaeRetrieval
import SeqaeTraining
import TestSupport
import Testing

private typealias SmallBags = SmallRun<BagOfWordsRecipe>

private func small(
  in folder: ScratchFolder = ScratchFolder(), steps: Int, _ settings: String...
) throws -> SmallBags {
  var small = try SmallBags(in: folder, steps: steps, "words=40", "most_documents=1")
  for setting in ["hidden=12", "code=6", "batch=32"] + settings {
    try small.recipe.configuration.set(setting)
  }
  return small
}

@Test func aBagsRunIsAnEmbedder() throws {
  let small = try small(steps: 60)
  #expect(try small.train() == .finished)
  let lines = try small.log()
  let losses = lines.compactMap { $0["loss"]?.doubleValue }
  let (early, late) = (losses.prefix(5).reduce(0, +), losses.suffix(5).reduce(0, +))
  #expect(late < 0.95 * early)
  let validations = lines.compactMap { $0["validation"]?.objectValue }
  let last = try #require(validations.last)
  #expect(last.members.map(\.key.string) == ["log_likelihood", "perplexity"])
  let likelihood = try #require(last["log_likelihood"]?.doubleValue)
  let perplexity = try #require(last["perplexity"]?.doubleValue)
  // Better than a guess among 40 words.
  #expect(perplexity < 40)
  #expect(abs(perplexity - exp(-likelihood)) < 1e-3 * perplexity)
  let embedder = try TextEmbedders.open(small.folder("run"))
  #expect(embedder.dimensions == 6)
  let texts = ["The cat sees old music.", "the CAT sees old music", "One dog", "", "zzz 123"]
  let vectors = try embedder.embed(texts.map(utf8))
  #expect(vectors.count == 5 && vectors.allSatisfy { $0.count == 6 })
  #expect(vectors[0] == vectors[1] && vectors[0] != vectors[2])
  // A text of which no word is counted has the code of nothing, which has a direction.
  #expect(vectors[3] == vectors[4] && vectors[3].contains { $0 != 0 })
  // A text's code does not depend on what is beside it.
  for (text, vector) in zip(texts, vectors) {
    let alone = try embedder.embed([utf8(text)])[0]
    #expect(zip(alone, vector).allSatisfy { abs($0 - $1) < 1e-5 })
  }
  let training = try JSON.read(small.folder("run/training.json"))
  #expect(training["settings"] == small.recipe.configuration.json)
  for sample in small.folder.lines("run/samples.jsonl") {
    let json = try JSON.parse(utf8(sample), name: "sample")
    #expect(json.objectValue?.members.map(\.key) == ["text", "words"])
    #expect(json["words"]?.stringValue?.string.split(separator: " ").count == 10)
  }
}

@Test func binaryCodesAreOneAndMinusOne() throws {
  let small = try small(steps: 20, "binary=true", "bit_noise=2", "unit=sigmoid", "input=log")
  #expect(try small.train() == .finished)
  let embedder = try TextEmbedders.open(small.folder("run"))
  let vectors = try embedder.embed(sentences(50, seed: 9).map(utf8))
  #expect(vectors.allSatisfy { $0.allSatisfy { abs($0) == 1 } })
  #expect(Set(vectors).count > 1)
  let validation = try #require(
    try small.log().compactMap { $0["validation"]?.objectValue }.last)
  #expect(validation.members.map(\.key) == ["log_likelihood", "perplexity", "bit_entropy"])
  let entropy = try #require(validation["bit_entropy"]?.doubleValue)
  #expect((0...1).contains(entropy))
  let loaded = try BagOfWordsDirectory.load(small.folder("run"))
  #expect(loaded.model.configuration.bitNoise == 2)
  #expect(loaded.model.configuration.activation == .sigmoid && loaded.reader.input == .log)
}

@Test(arguments: ["false", "true"])
func anInterruptedRunOfBagsEndsBitForBitLikeAWholeOne(_ binary: String) throws {
  let small = try small(steps: 14, "binary=\(binary)")
  try small.expectResumedEndsLikeWhole(stop: 8, tokens: "vocabulary.json")
}

@Test func aModelOfBagsComesBackFromItsFolder() throws {
  let small = try small(steps: 2)
  #expect(try small.train() == .finished)
  let first = try BagOfWordsDirectory.load(small.folder("run"))
  try first.write(to: small.folder("copy"))
  for name in ["config.json", "model.safetensors", "vocabulary.json"] {
    #expect(try small.bytes("run/" + name) == small.bytes("copy/" + name), "\(name)")
  }
  let stored = try StoredModels.load(small.folder("run"))
  #expect(stored is BagOfWordsDirectory)
  // The words are the commonest, each with the documents that have it.
  let vocabulary = try JSON.read(small.folder("run/vocabulary.json"))
  let words = try #require(vocabulary["words"]?.objectValue)
  let documents = try #require(vocabulary["documents"]?.intValue)
  #expect(words.count == 40 && documents < 600)
  #expect(words["cat"]?.intValue ?? 0 > 10 && words["zzz"] == nil)
}

@Test func countsAreThoseOfTheText() {
  let texts = ["a b b", "b c", "b d d d"].map(utf8)
  let vocabulary = TFIDF(texts, terms: .words, maximumShare: 0.7)
  // b is in all three.
  #expect(vocabulary.vocabulary == ["a", "c", "d"] && vocabulary.textCounts == [1, 1, 1])
  #expect(vocabulary.texts == 3)
  let text = utf8("D, d; B? c — d!")
  let counts = WordBagReader(vocabulary, .counts)(text)
  #expect(counts.words == [1, 2] && counts.inputs == [1, 3])
  #expect(counts.shares == [0.25, 0.75])
  let log = WordBagReader(vocabulary, .log)(text)
  let logarithms = [1.0, 3.0].map { Float(log1p($0)) }
  #expect(log.inputs == logarithms && log.shares == counts.shares)
  // All are as rare as each other: (ln 2, ln 4) scaled to √3 is (1, 2) √(3/5).
  let weighed = WordBagReader(vocabulary, .tfidf)(text).inputs
  let scale = Double(0.6).squareRoot()
  let expected = [scale, 2 * scale]
  #expect(zip(weighed, expected).allSatisfy { abs(Double($0) - $1) < 1e-6 })
  #expect(WordBagReader(vocabulary, .tfidf)(utf8("b z")).isEmpty)
}

@Test func documentsAreReadFromCollectionsAndFiles() throws {
  let folder = ScratchFolder()
  try Path.makeDirectories(folder("smart"))
  _ = try folder.put(
    "smart/x.all", lines: [".I 1", ".T", "One title", ".W", "one text", ".I 2", ".W", "two texts"])
  _ = try folder.put("smart/x.qry", lines: [".I 1", ".W", "query"])
  _ = try folder.put("smart/x.rel", lines: ["1 1"])
  let objects = try folder.put(
    "some.jsonl", lines: [#"{"title": "a title", "text": "of three"}"#, "", #"{"text": "four"}"#])
  let columns = try folder.put("some.tsv", lines: ["x\tfive words", "y\tsix words"])
  var recipe = BagOfWordsRecipe(
    data: [
      CorpusSource(path: folder("smart")), try CorpusSource(objects),
      try CorpusSource("\(columns):2"),
    ], splits: try folder.putSplits(test: 0, development: 0))
  recipe.steps = 1
  for setting in ["hidden=", "code=2", "most_documents=1"] { try recipe.configuration.set(setting) }
  #expect(
    try recipe.train(output: folder("run"), progress: Progress(.silent), shouldStop: { false })
      == .finished)
  let json = try JSON.read(folder("run/vocabulary.json"))
  // FNV-1a of "One title one text" is a multiple of ten: of a folder such are for development.
  #expect(json["documents"] == 5)
  #expect(
    json["words"]?.objectValue?.members.map(\.key) == [
      "a", "five", "four", "of", "six", "texts", "three", "title", "two", "words",
    ])
  #expect(json["words"]?["title"] == 1 && json["words"]?["words"] == 2)
}

@Test func aHeldOutTextIsHeldOutUnderATitleToo() throws {
  let folder = ScratchFolder()
  // By the hash half of all texts are tests.
  let splits = try folder.putSplits(test: 50, development: 50)
  let rule = try Splits(path: splits)
  let texts = sentences(60)
  let titles = texts.indices.map { "title\($0)" }
  let lines = zip(titles, texts).map { #"{"title": "\#($0)", "text": "\#($1)"}"# }
  let corpus = try folder.put("some.ndjson", lines: lines)
  var recipe = BagOfWordsRecipe(data: [try CorpusSource(corpus)], splits: splits)
  recipe.steps = 1
  for setting in ["hidden=", "code=2", "most_documents=1"] { try recipe.configuration.set(setting) }
  #expect(
    try recipe.train(output: folder("run"), progress: Progress(.silent), shouldStop: { false })
      == .finished)
  let words = try #require(
    try JSON.read(folder("run/vocabulary.json"))["words"]?.objectValue?.members.map(\.key.string))
  let learnt = zip(titles, texts).filter { pair in
    rule.part(of: utf8(pair.0)) == .training && rule.part(of: utf8(pair.1)) == .training
  }.map(\.0)
  #expect((5...30).contains(learnt.count))
  #expect(words.filter { $0.hasPrefix("title") } == learnt.sorted())
}

@Test func documentsAreReadInTheirEncoding() throws {
  let folder = ScratchFolder()
  let splits = try folder.putSplits(test: 0, development: 0)
  // {"text": "中文"} in GBK.
  let line = utf8(#"{"text": ""#) + [0xD6, 0xD0, 0xCE, 0xC4] + utf8("\"}\n")
  try AtomicFile.write(folder("some.jsonl"), bytes: line)
  func train(_ source: CorpusSource) throws -> TrainingOutcome {
    var recipe = BagOfWordsRecipe(data: [source], splits: splits)
    recipe.steps = 1
    for setting in ["hidden=", "code=2", "most_documents=1"] {
      try recipe.configuration.set(setting)
    }
    return try recipe.train(
      output: folder("run"), progress: Progress(.silent), shouldStop: { false })
  }
  for source in [
    try CorpusSource(folder.path, encoding: .gbk), try CorpusSource(folder.path + ":2"),
  ] {
    let refused = #expect(throws: Failure.self) { try train(source) }
    #expect(refused?.kind == .usage, "\(source)")
  }
  let wrong = #expect(throws: Failure.self) { try train(try CorpusSource(folder("some.jsonl"))) }
  #expect(wrong?.kind == .data && wrong?.message.contains("line 1 is not UTF-8") == true)
  #expect(try train(try CorpusSource(folder("some.jsonl"), encoding: .gbk)) == .finished)
  let words = try JSON.read(folder("run/vocabulary.json"))["words"]?.objectValue
  #expect(words?.members.map(\.key) == ["中文"])
}

@Test func dataWithoutAWordOfTheRunsIsSaidToBeIt() throws {
  let small = try small(steps: 14)
  #expect(try small.train(shouldStop: after(8)) == .interrupted)
  _ = try small.folder.put("corpus.txt", lines: (0..<100).map { "zzz\($0) qqq\($0)" })
  let failure = #expect(throws: Failure.self) { try small.resume() }
  #expect(failure?.kind == .data && failure?.message.contains("corpus.txt: none of") == true)
}

@Test func whatIsWrongWithBagsIsOneLine() throws {
  let folder = ScratchFolder()
  let splits = try folder.putSplits(test: 0, development: 0)
  func failure(_ lines: [String], _ settings: String..., name: String = "x.txt") throws -> Failure?
  {
    let corpus = try folder.put(name, lines: lines)
    var recipe = BagOfWordsRecipe(data: [try CorpusSource(corpus)], splits: splits)
    recipe.steps = 1
    for setting in settings { try recipe.configuration.set(setting) }
    return #expect(throws: Failure.self) {
      try recipe.train(output: folder("run"), progress: Progress(.silent))
    }
  }
  let empty = try failure([""])
  #expect(empty?.kind == .data && empty?.message.contains("no document") == true)
  let same = try failure(["one", "one"])
  #expect(same?.kind == .data && same?.message.contains("most_documents") == true)
  let damaged = try failure([#"{"title": "x"}"#], name: "x.jsonl")
  #expect(damaged?.kind == .data && damaged?.message.contains("line 1") == true)
  var configuration = BagOfWordsConfiguration()
  for setting in ["hidden=5,x", "hidden=5,,3", "hidden=0", "hidden=,", "binary=yes", "code=0"] {
    let wrong = #expect(throws: Failure.self) { try configuration.set(setting) }
    #expect(wrong?.kind == .usage, "\(setting)")
  }
  try configuration.apply(["binary": true, "bit_noise": 2], name: "c")
  #expect(configuration.binary == .yes && configuration.bitNoise == 2)
  #expect(throws: Never.self) { try configuration.check() }
  try configuration.apply(["binary": false], name: "c")
  let unused = #expect(throws: Failure.self) { try configuration.check() }
  #expect(unused?.kind == .usage && unused?.message.contains("bit_noise") == true)
  for (setting, sizes) in [("hidden=7", [7]), ("hidden=", []), ("hidden=5,3,1", [5, 3, 1])] {
    try configuration.set(setting)
    #expect(configuration.hidden == sizes)
  }
}

@Test func aDamagedFolderOfBagsIsOneLine() throws {
  let small = try small(steps: 1)
  #expect(try small.train() == .finished)
  let whole = try JSON.read(small.folder("run/vocabulary.json"))
  for (json, part) in [
    (["documents": 5, "words": [:]], "expected {"), (["documents": 5, "words": ["a": 6]], "1 … 5"),
    (["documents": 5, "words": ["a": 1]], "has 1 words"), ([1], "expected {"),
  ] as [(JSON, String)] {
    try AtomicFile.write(small.folder("run/vocabulary.json"), bytes: json.serialized())
    let failure = #expect(throws: Failure.self) { try TextEmbedders.open(small.folder("run")) }
    #expect(failure?.kind == .data && failure?.message.contains(part) == true, "\(part)")
  }
  try AtomicFile.write(small.folder("run/vocabulary.json"), bytes: whole.serialized())
  let first = try TextEmbedders.fingerprint(of: small.folder("run"))
  let configuration = try JSON.read(small.folder("run/config.json"))
  for (key, value, part) in [
    ("seqae_format", 2, "update"), ("input", "bm25", "tfidf"), ("code", 7, "decoder"),
  ] as [(ByteString, JSON, String)] {
    var members = try #require(configuration.objectValue)
    members[key] = value
    try AtomicFile.write(small.folder("run/config.json"), bytes: JSON.object(members).serialized())
    let failure = #expect(throws: Failure.self) { try TextEmbedders.open(small.folder("run")) }
    #expect(failure?.kind == .data, "\(key)")
    #expect(failure?.message.contains(part) == true || key == "code", "\(key): \(part)")
  }
  try AtomicFile.write(small.folder("run/config.json"), bytes: configuration.serialized())
  try Path.removeTree(small.folder("run/vocabulary.json"))
  #expect(throws: Failure.self) { try TextEmbedders.open(small.folder("run")) }
  #expect(!first.isEmpty)
}

@Test func everyValueOfBagsHasASetting() {
  // Those of lines and tokens have none.
  #expect(storedValues(BagOfWordsConfiguration()) == BagOfWordsConfiguration.settings.count + 8)
}

/// Latent semantic analysis against scikit-learn's in Tests/Fixtures/retrieval/lsa.json.
@Test func latentSemanticAnalysisIsScikitLearns() throws {
  let fixture = try JSON.read(Fixture.path("retrieval/lsa.json"))
  func texts(_ name: ByteString) -> [[UInt8]] {
    (fixture[name]?.arrayValue ?? []).compactMap { $0.stringValue?.bytes }
  }
  func table(_ name: ByteString) -> [[Double]] {
    (fixture[name]?.arrayValue ?? []).map { ($0.arrayValue ?? []).compactMap(\.doubleValue) }
  }
  let documents = texts("texts")
  let analysis = LatentSemanticAnalysis(documents, terms: .words, dimensions: 3)
  let found = try #require(analysis.directions).singularValues
  let expected = (fixture["singular_values"]?.arrayValue ?? []).compactMap(\.doubleValue)
  #expect(found.count == 3 && zip(found, expected).allSatisfy { abs($0 - $1) < 1e-6 })
  func cosine(_ x: [Double], _ y: [Double]) -> Double {
    func product(_ x: [Double], _ y: [Double]) -> Double {
      zip(x, y).reduce(0) { $0 + $1.0 * $1.1 }
    }
    let lengths = (product(x, x) * product(y, y)).squareRoot()
    return lengths > 0 ? product(x, y) / lengths : 0
  }
  let rows = documents.map { analysis.vector(of: $0) }
  let queries = texts("queries").map { analysis.vector(of: $0) }
  #expect(queries.count == 4 && queries[3].allSatisfy { $0 == 0 })
  for (left, name) in [(rows, "documents"), (queries, "cosines")] as [([[Double]], ByteString)] {
    for (x, own) in zip(left, table(name)) {
      // Weights are floats.
      #expect(zip(rows, own).allSatisfy { abs(cosine(x, $0) - $1) < 1e-5 })
    }
    #expect(table(name).count == left.count)
  }
}

@Test func nothingToAnalyseHasNoDirections() {
  let analysis = LatentSemanticAnalysis([[], utf8("…")], terms: .words, dimensions: 3)
  #expect(analysis.directions == nil && analysis.vector(of: utf8("a")).isEmpty)
}
