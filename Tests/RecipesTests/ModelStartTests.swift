import SeqaeFiles
import SeqaeRecipes
import SeqaeText
import SeqaeTraining
import TestSupport
import Testing

/// A small run, and recipes that start from what it made.
private struct Started {
  let small: Small

  init() throws {
    small = try Small(steps: 8)
    _ = try small.train("first")
  }

  func recipe(steps: Int, _ assignments: String...) throws -> Small {
    var next = small
    next.recipe.start(from: try ModelStart(small.folder("first")))
    next.recipe.tokenizer = nil
    next.recipe.steps = steps
    for assignment in assignments { try next.recipe.configuration.set(assignment) }
    return next
  }

  /// The largest difference between the weights of two folders.
  func difference(_ first: String, _ second: String) throws -> Float {
    let models = try [first, second].map { try DenoiserDirectory.load(small.folder($0)).model }
    return zip(models[0].parameters, models[1].parameters).map { a, b in
      zip(a.tensor.floats(), b.tensor.floats()).map { abs($0 - $1) }.max() ?? 0
    }.max() ?? 0
  }
}

@Test func aRunStartsFromTheWeightsOfAModel() throws {
  let started = try Started()
  let rate = "learning_rate=1e-9"
  #expect(try started.recipe(steps: 1, rate, "seed=8").train("next") == .finished)
  // AdamW's first step moves no weight by more than the rate, and decays it by a share of that.
  #expect(try started.difference("first", "next") < 1e-7)
  var fresh = started.small
  fresh.recipe.steps = 1
  try fresh.recipe.configuration.set(rate)
  _ = try fresh.train("fresh")
  #expect(try started.difference("first", "fresh") > 1e-2)
  #expect(
    try started.small.bytes("first/tokenizer.json") == started.small.bytes("next/tokenizer.json"))
  let training = try JSON.read(started.small.folder("next/training.json"))
  #expect(training["from"]?.stringValue == ByteString(started.small.folder("first")))
}

@Test func aModelWithoutEvidenceMayGoOnWithIt() throws {
  var small = try Small(steps: 8)
  try small.recipe.configuration.set("evidence_megabytes=0")
  _ = try small.train("first")
  #expect(!Path.exists(small.folder("first/evidence.safetensors")))
  var next = small
  next.recipe.start(from: try ModelStart(small.folder("first")))
  next.recipe.tokenizer = nil
  next.recipe.steps = 1
  for assignment in ["evidence_megabytes=1", "learning_rate=1e-9"] {
    try next.recipe.configuration.set(assignment)
  }
  #expect(try next.train("next") == .finished)
  #expect(Path.exists(small.folder("next/evidence.safetensors")))
  let (first, second) = (
    try DenoiserDirectory.load(small.folder("first")).model,
    try DenoiserDirectory.load(small.folder("next")).model
  )
  #expect(first.reader == nil && second.reader != nil)
  for parameter in first.parameters {
    let other = try #require(second.parameters.first { $0.name == parameter.name })
    let difference = zip(parameter.tensor.floats(), other.tensor.floats()).map { abs($0 - $1) }
    #expect(try #require(difference.max()) < 1e-7, "\(parameter.name)")
  }
}

@Test(arguments: ["width=32", "heads=4", "encoder_layers=2", "positions=64"])
func aSizeThatIsNotTheModelsIsNamed(_ assignment: String) throws {
  let started = try Started()
  let failure = #expect(throws: Failure.self) {
    try started.recipe(steps: 1, assignment).train("next")
  }
  #expect(failure?.kind == .usage)
  #expect(failure?.message.hasPrefix("\(assignment), but the model in") == true)
  #expect(!Path.exists(started.small.folder("next")))
}

@Test func aConfigurationTakesTheModelsSizes() throws {
  let started = try Started()
  var configuration = DenoiserConfiguration()
  try ModelStart(started.small.folder("first")).giveSizes(to: &configuration)
  let own = started.small.recipe.configuration
  #expect(configuration.transformer == own.transformer)
  #expect(configuration.encoderLayers == own.encoderLayers)
}

@Test func aStartedRunResumesBitForBitWithoutTheModelItStartedFrom() throws {
  let started = try Started()
  let next = try started.recipe(steps: 9)
  _ = try next.train("whole")
  #expect(try next.train("parted", shouldStop: after(4)) == .interrupted)
  try Path.removeTree(next.folder("first"))
  #expect(try next.resume("parted") == .finished)
  for name in ["checkpoints/latest/model.safetensors", "model.safetensors", "tokenizer.json"] {
    #expect(try next.bytes("whole/" + name) == next.bytes("parted/" + name), "\(name)")
  }
}

@Test func aStartedRunWithoutCheckpointStartsFromTheSameWeightsOrNotAtAll() throws {
  let started = try Started()
  let next = try started.recipe(steps: 5)
  _ = try next.train("whole")
  for name in ["killed", "late"] {
    try Path.makeDirectories(next.folder(name + "/checkpoints"))
    for file in ["tokenizer.json", "training.json"] {
      try AtomicFile.write(next.folder("\(name)/\(file)"), bytes: try next.bytes("whole/" + file))
    }
  }
  #expect(try next.resume("killed") == .finished)
  #expect(try next.bytes("whole/model.safetensors") == next.bytes("killed/model.safetensors"))
  // The model goes on to be trained: it is another.
  try AtomicFile.write(
    next.folder("first/model.safetensors"), bytes: try next.bytes("whole/model.safetensors"))
  let failure = #expect(throws: Failure.self) { try next.resume("late") }
  #expect(failure?.kind == .data)
  #expect(failure?.message.contains("other weights") == true)
}

@Test func whatIsNoModelIsNoStart() throws {
  let folder = ScratchFolder()
  let missing = #expect(throws: Failure.self) { try ModelStart(folder("nothing")) }
  #expect(missing?.kind == .missingInput)
  let empty = #expect(throws: Failure.self) { try ModelStart(folder.path) }
  #expect(empty?.kind == .missingInput)
  #expect(empty?.message.contains("config.json") == true)
}

@Test func aModelLearnsToSpellFromPairsAndIsJudgedOnPairs() throws {
  var small = try Small(steps: 6)
  let lines = sentences(900).filter { Language(of: utf8($0)) == .chinese }
  let pairs = try small.folder.put(
    "pairs.tsv",
    lines: lines.map { "\($0.replacing("们", with: "门").replacing("师", with: "帅"))\t\($0)" })
  small.recipe.data = [
    try CorpusSource(pairs + ":1,2"), CorpusSource(path: small.folder("corpus.txt")),
  ]
  try small.recipe.configuration.set("noise=spelling")
  _ = try small.train("whole")
  let validation = try #require(small.folder.lines("whole/log.jsonl").last { $0.contains("score") })
  #expect(
    try JSON.parse(utf8(validation), name: "log")["validation"]?.objectValue?.members.map(
      \.key.string) == ["score", "precision", "recall", "detection", "false_positive_rate"])
  _ = try small.train("parted", shouldStop: after(2))
  #expect(try small.resume("parted") == .finished)
  #expect(try small.bytes("whole/model.safetensors") == small.bytes("parted/model.safetensors"))
}
