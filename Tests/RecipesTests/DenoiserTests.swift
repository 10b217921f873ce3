import SeqaeFiles
import SeqaeLayers
import SeqaeRecipes
import SeqaeTraining
import TestSupport
import Testing

@Test func aRunFromTextToAModelThatCommandsLoad() throws {
  let small = try Small(steps: 30)
  #expect(try small.train() == .finished)
  let losses = try small.folder.lines("run/log.jsonl").compactMap {
    try JSON.parse(utf8($0), name: "log")["loss"]?.doubleValue
  }
  #expect(losses.count == 30)
  let (early, late) = (losses.prefix(5).reduce(0, +), losses.suffix(5).reduce(0, +))
  #expect(late < 0.75 * early)
  let validation = try #require(small.folder.lines("run/log.jsonl").last { $0.contains("score") })
  let metrics = try JSON.parse(utf8(validation), name: "log")["validation"]
  #expect(
    metrics?.objectValue?.members.map(\.key.string) == [
      "score", "loss", "zh_errors_cut", "zh_letters_cut", "zh_clean_unchanged", "en_errors_cut",
      "en_letters_cut", "en_clean_unchanged",
    ])
  let denoiser = try DenoiserDirectory.load(small.folder("run"))
  #expect(denoiser.minimumConfidence == small.recipe.configuration.minimumConfidence)
  let repairs = denoiser.repair([utf8("我们今天学习中文。"), [], utf8("The cat.")])
  #expect(repairs.count == 3)
  #expect(repairs[1].text.isEmpty)
  // In parts they are the same, and a line of many stretches comes in more than one.
  let lines = [utf8(String(repeating: "The cat, sat. ", count: 3000)), [], utf8("我们今，天。")]
  var parts: [(line: Int, text: [UInt8])] = []
  try denoiser.repair(lines, minimumConfidence: nil, precision: nil) {
    (line, text) throws(Failure) in parts.append((line, text))
  }
  let joined = lines.indices.map { line in
    parts.filter { $0.line == line }.flatMap(\.text)
  }
  #expect(joined == denoiser.repair(lines).map(\.text))
  #expect(parts.count(where: { $0.line == 0 }) > 2)
  #expect(parts.map(\.line) == parts.map(\.line).sorted())
  // The settings of the run are all there.
  let training = try JSON.read(small.folder("run/training.json"))
  #expect(training["settings"] == small.recipe.configuration.json)
}

@Test(arguments: [5, 6, 13])
func anInterruptedDenoiserEndsBitForBitLikeAWholeOne(_ stop: Int) throws {
  try Small(steps: 15).expectResumedEndsLikeWhole(stop: stop)
}

@Test func aDenoiserOfSeveralBatchesAStepAndAnAverageResumesBitForBit() throws {
  let small = try Small(
    steps: 12, "accumulation_steps=2", "ema=0.9", "sublayer_dropout=0.1", "patience=9",
    "embedding_noise=0.1", "dropout=spatial", "dropout_rate=0.2")
  try small.expectResumedEndsLikeWhole(
    stop: 7, more: ["checkpoints/latest/average.safetensors"])
}

@Test func aRunKilledBeforeItsFirstCheckpointIsStartedAgainByItsOwnSettings() throws {
  let small = try Small(steps: 8)
  #expect(try small.train("whole") == .finished)
  // What is there when the steps begin, and a line of the first.
  try Path.makeDirectories(small.folder("killed/checkpoints"))
  for name in ["tokenizer.json", "training.json"] {
    try AtomicFile.write(small.folder("killed/" + name), bytes: try small.bytes("whole/" + name))
  }
  let lost = #"{"step":1,"loss":99}"#
  _ = try small.folder.put("killed/log.jsonl", lines: [lost])
  #expect(try small.resume("killed") == .finished)
  for name in ["checkpoints/latest/model.safetensors", "model.safetensors"] {
    let (whole, killed) = (try small.bytes("whole/" + name), try small.bytes("killed/" + name))
    #expect(whole == killed, "\(name)")
  }
  #expect(!small.folder.lines("killed/log.jsonl").contains(lost))

  try Path.makeDirectories(small.folder("bare/checkpoints"))
  let failure = #expect(throws: Failure.self) { try small.resume("bare") }
  #expect(failure?.kind == .missingInput)
  #expect(failure?.message.contains("training.json") == true)
  #expect(failure?.message.contains("remove it and start again") == true)
}

@Test func aRunIsNotResumedWithOtherData() throws {
  let small = try Small(steps: 4)
  _ = try small.train()
  _ = try small.folder.put("corpus.txt", lines: sentences(600, seed: 9))
  #expect(try small.resume() == .finished)  // where nothing is left to do no data is read
  let failure = #expect(throws: Failure.self) { try small.resume(steps: 6) }
  #expect(failure?.kind == .data)
  #expect(failure?.message.contains("data") == true)
}

@Test func whatIsWrongIsFoundBeforeAFolderIsMade() throws {
  var missing = try Small(steps: 2)
  missing.recipe.data = [CorpusSource(path: "/nowhere/corpus.txt")]
  let absent = #expect(throws: Failure.self) { try missing.train() }
  #expect(absent?.kind == .missingInput)
  #expect(absent?.message.contains("/nowhere/corpus.txt") == true)
  #expect(!Path.exists(missing.folder("run")))

  var uneven = try Small(steps: 2)
  try uneven.recipe.configuration.set("heads=3")
  let failure = #expect(throws: Failure.self) { try uneven.train() }
  #expect(failure?.kind == .usage)
  #expect(failure?.message.contains("heads=3") == true)

  let twice = try Small(steps: 2)
  _ = try twice.train()
  let again = #expect(throws: Failure.self) { try twice.train() }
  #expect(again?.kind == .cannotCreate)
}

@Test(arguments: [
  ("lowest_rate", 0.9, "highest_rate"), ("heads", 3.0, "width=16"),
  ("width", 1e300, "width"),
])
func settingsOfARunThatMakeNoSenseAreRefused(_ key: String, _ value: Double, _ part: String) throws
{
  let small = try Small(steps: 2)
  _ = try small.train()
  let path = small.folder("run/training.json")
  var training = try #require(try JSON.read(path).objectValue)
  var settings = try #require(training["settings"]?.objectValue)
  settings[ByteString(key)] = Int(exactly: value).map { .integer($0) } ?? .number(value)
  training["settings"] = .object(settings)
  try AtomicFile.write(path, bytes: JSON.object(training).serialized())
  let failure = #expect(throws: Failure.self) { try small.resume() }
  #expect(failure?.kind == .data)
  #expect(failure?.message.hasPrefix(path) == true)
  #expect(failure?.message.contains(part) == true, "\(failure?.message ?? "")")
}

@Test func aRunInterruptedBeforeItsFirstValidationHasAModel() throws {
  let small = try Small(steps: 15)
  #expect(try small.train { true } == .interrupted)
  #expect(try DenoiserDirectory.load(small.folder("run")).repair([utf8("中国")]).count == 1)
}

@Test func aTokenizerThatFitsNoDenoiserIsNamedWithTheRemedy() throws {
  var small = try Small(steps: 2)
  let path = small.folder("other.json")
  let own = try TokenizerRecipe.run(
    small.recipe.data, splits: try Splits(path: small.recipe.splits), sized(1200), output: path,
    progress: Progress(.silent))
  #expect(own.vocabulary.count > 0)
  let text = string(try small.bytes("other.json"))
  try AtomicFile.write(path, bytes: utf8(text.replacing("<keep>", with: "<hold>")))
  small.recipe.tokenizer = path
  let failure = #expect(throws: Failure.self) { try small.train() }
  #expect(failure?.kind == .data)
  #expect(failure?.message.hasPrefix(path) == true)
  #expect(failure?.message.contains("<keep>") == true)
  #expect(failure?.message.contains("seqae train tokenizer") == true)
  #expect(!Path.exists(small.folder("run")))
}

@Test func aSentenceThatIsHeldOutIsInNoOtherPart() throws {
  let folder = ScratchFolder()
  let splits = try Splits(path: try folder.putSplits(test: 30, development: 60))
  // Two sentences in a line that is longer than the limit: each is a piece.
  let english = sentences(120).filter { Language(of: utf8($0)) == .english }
  let lines = zip(english, english.dropFirst()).map { "\($0) \($1)" }
  let corpus = CorpusSource(path: try folder.put("c.txt", lines: lines))
  let data = try DenoiserData([corpus], splits, limit: 35) { _ in }
  let parts = Set(
    lines.filter { splits.part(of: utf8($0)) == .development }.flatMap { line in
      english.filter { line.contains($0) }.map { splits.part(of: utf8($0)) }
    })
  #expect(parts == [.training, .development, .test])
  let development = data.development(.english)
  #expect(!development.isEmpty)
  #expect(development.allSatisfy { splits.part(of: $0) == .development })
  for stream in data.streams {
    var lines = ShuffledLines(stream, of: data, seed: 1, number: 0)
    for number in 0..<stream.trainingCount {
      let line = try #require(try lines.line(number))
      #expect(splits.part(of: line.text) == .training)
    }
  }
}

@Test func aTextOfOneLanguageIsEnough() throws {
  var small = try Small(steps: 2)
  let english = sentences(300).filter { Language(of: utf8($0)) == .english }
  small.recipe.data = [
    CorpusSource(path: try small.folder.put("en.txt", lines: english))
  ]
  #expect(try small.train() == .finished)
}

@Test func aTokenizerOfNoHeldOutLine() throws {
  let folder = ScratchFolder()
  let path = try folder.putSplits()
  let splits = try Splits(path: path)
  let held = try #require(
    ["龘", "靐", "齉", "爩", "麤"].lazy.flatMap { rare in
      (0..<200).map { "\(rare)\($0)" }
    }.first { splits.part(of: utf8($0)) == .test })
  let corpus = try folder.put("c.txt", lines: sentences(100) + [held])
  let tokenizer = try TokenizerRecipe.run(
    [CorpusSource(path: corpus)], splits: splits, sized(1200),
    output: folder("tokenizer.json"), progress: Progress(.silent))
  #expect(tokenizer.vocabulary.id(of: ByteString("今")) != nil)
  #expect(tokenizer.vocabulary.id(of: ByteString(String(held.prefix(1)))) == nil)
  #expect(tokenizer.decode(tokenizer.encode(held).ids) == utf8(held))
  #expect(Path.exists(folder("tokenizer.json")))
}

@Test func foldersThatAreNoDenoiserAreRefusedInOneLine() throws {
  let small = try Small(steps: 2)
  _ = try small.train()
  let config = try #require(try JSON.read(small.folder("run/config.json")).objectValue)
  let files = ["config.json", "model.safetensors", "tokenizer.json", "evidence.safetensors"]

  func load(
    _ change: (_ folder: String) throws -> Void
  ) throws -> Failure? {
    let copy = ScratchFolder()
    for name in files {
      try AtomicFile.write(copy(name), bytes: try small.bytes("run/" + name))
    }
    try change(copy.path)
    return #expect(throws: Failure.self) { try DenoiserDirectory.load(copy.path) }
  }
  func loadConfig(_ key: ByteString, _ value: JSON?) throws -> Failure? {
    try load { folder in
      var changed = config
      changed[key] = value
      try AtomicFile.write(
        Path.join(folder, "config.json"), bytes: JSON.object(changed).serialized())
    }
  }

  let newer = try loadConfig("seqae_format", 3)
  #expect(newer?.kind == .data)
  #expect(try loadConfig("seqae_format", 1)?.message.contains("earlier version") == true)
  #expect(newer?.message.contains("update seqae") == true)
  #expect(try loadConfig("seqae_min_confidence", nil)?.kind == .data)
  for value: JSON in [0.9, .array([0.9]), .array([0.9, 1]), .array([0.9, 0.9, "1"])] {
    let failure = try loadConfig("seqae_line_confidence", value)
    #expect(failure?.message.contains("seqae_line_confidence: expected two numbers") == true)
  }
  #expect(try loadConfig("d_model", 24)?.kind == .data)
  let misfit = try loadConfig("vocab_size", 7)
  #expect(misfit?.kind == .data)
  #expect(misfit?.message.hasPrefix("/") == true)  // the folder
  #expect(try loadConfig("seqae_evidence", 7)?.message.contains("seqae_evidence") == true)
  for name in files {
    let gone = try load { try Path.removeTree(Path.join($0, name)) }
    #expect(gone?.kind == .missingInput)
    #expect(gone?.message.contains(name) == true)
    let cut = try load { folder in
      let bytes = try small.bytes("run/" + name)
      try AtomicFile.write(Path.join(folder, name), bytes: Array(bytes.dropLast(bytes.count / 3)))
    }
    #expect(cut?.kind == .data)
    #expect(cut?.message.contains(name) == true)
    #expect(cut?.message.contains("\n") == false)
  }
  let nowhere = #expect(throws: Failure.self) { try DenoiserDirectory.load("/nowhere") }
  #expect(nowhere?.kind == .missingInput)
}

@Test func aDenoiserWrittenInBfloat16LoadsAndIsHalfAsLarge() throws {
  let small = try Small(steps: 3)
  _ = try small.train()
  let denoiser = try DenoiserDirectory.load(small.folder("run"))
  try denoiser.write(to: small.folder("half"), as: .bfloat16)
  let sizes = try ["run", "half"].map {
    try Path.fileSize(small.folder("\($0)/model.safetensors"))
  }
  #expect(Double(sizes[1]) < 0.6 * Double(sizes[0]))
  _ = try DenoiserDirectory.load(small.folder("half"))
}

private func sized(_ vocabulary: Int) -> TokenizerConfiguration {
  var configuration = TokenizerConfiguration()
  configuration.vocabulary = vocabulary
  return configuration
}
