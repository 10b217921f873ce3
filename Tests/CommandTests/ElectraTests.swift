import SeqaeFiles
import Testing

/// An ELECTRA of a few thousand weights, trained for three steps by the command itself; it names all that stays.
private struct TinyDetector {
  let model: TinyModel
  let path: String
  private let scratch: Scratch

  static let settings = [
    "width=16", "heads=2", "feed_forward=16", "layers=1", "generator_width=8",
    "generator_heads=1", "generator_layers=1", "positions=32", "vocabulary=1200",
    "batch_tokens=256", "warmup_steps=1", "validation_lines=5",
  ]

  init() throws {
    model = try TinyModel.made.get()
    scratch = try Scratch()
    path = scratch("run")
    let outcome = try Self.train(model, path, ["--steps", "3"])
    guard outcome.code == 0 else { throw Unexpected("training failed: \(outcome.message)") }
    let config = try JSON.read(Path.join(path, "config.json"))
    var changed = try #require(config.objectValue)
    changed["seqae_min_suspicion"] = .number(0)
    try AtomicFile.write(
      Path.join(path, "config.json"), bytes: JSON.object(changed).serialized())
  }

  static func train(_ model: TinyModel, _ path: String, _ more: [String]) throws -> Program.Outcome
  {
    let arguments =
      ["train", "electra", "--data", model.corpus, "--splits", model.splits, "--output", path]
      + more + ["--set"] + settings + ["--quiet"]
    return try Program.run(Program.path, arguments.map { Array($0.utf8) })
  }
}

struct ElectraTests {
  private func denoise(_ detector: TinyDetector, _ words: String...) throws -> Program.Outcome {
    let arguments =
      ["denoise", "--model", detector.model.path, "--detector", detector.path] + words
    return try Program.run(Program.path, arguments.map { Array($0.utf8) })
  }

  @Test func aRunGoesOnAndIsReportedLikeADenoisers() throws {
    let scratch = try Scratch()
    let model = try TinyModel.made.get()
    let run = scratch("run")
    #expect(try TinyDetector.train(model, run, ["--steps", "2", "--seed", "5"]).code == 0)
    let again = try TinyDetector.train(model, run, ["--steps", "2"])
    #expect(again.code == 73)
    #expect(again.failedInOneLine)
    let resumed = try Program.run(
      "train", "electra", "--output", run, "--resume", "--steps", "3", "--quiet")
    #expect(resumed.code == 0, "\(resumed.message)")
    #expect(resumed.output.isEmpty)
    #expect(try Path.list(Path.join(run, "checkpoints")).contains("step-3"))
    #expect(try Program.run("report", run).code == 0)
    let other = try Program.run("train", "denoiser", "--output", run, "--resume")
    #expect(other.code == 65)
    #expect(other.failedInOneLine)
    #expect(other.message.contains("found that of electra"))
    let unfit = try Program.run(
      "train", "electra", "--data", model.corpus, "--output", scratch("x"), "--set",
      "generator_widht=8")
    #expect(unfit.code == 64)
    #expect(unfit.message.contains("did you mean generator_width?"))
  }

  @Test func whatStaysAndLooksOutOfPlaceIsExplained() throws {
    let detector = try TinyDetector()
    let outcome = try denoise(detector, "--explain", "今天很忙。", "")
    #expect(outcome.code == 0, "\(outcome.message)")
    let lines = outcome.text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines[0] == "今天很忙。" && lines[1] == "  nothing was changed")
    let place = #/  at character 1: "今天很忙。" looks out of place \(\d+ % sure\), left as it is/#
    #expect(lines[2].wholeMatch(of: place) != nil, "\(lines[2])")
    #expect(lines[3] == "" && lines[4] == "  nothing was changed" && lines[5] == "")
    let json = try JSON.parse(
      try denoise(detector, "--explain", "--json", "很忙").output, name: "output")
    let suspicion = try #require(json["suspicions"]?.arrayValue?.first)
    #expect(suspicion["offset"] == 0 && suspicion["text"] == "很忙")
    #expect((0...1).contains(try #require(suspicion["confidence"]?.doubleValue)))
  }

  @Test func placesAreThoseOfTheInputAndOnesThatStay() throws {
    let detector = try TinyDetector()
    let texts = ["我们喜欢看书。他们", "The neighbours have", "a，，b。。c"]
    let arguments =
      ["denoise", "--model", detector.model.path, "--detector", detector.path, "--explain"]
      + ["--json", "--min-confidence", "0"] + texts
    let outcome = try Program.run(Program.path, arguments.map { Array($0.utf8) })
    var isEdited = false
    for (text, line) in zip(texts, outcome.text.split(separator: "\n")) {
      let json = try JSON.parse(Array(line.utf8), name: "output")
      let scalars = Array(text.unicodeScalars)
      var left = [Bool](repeating: true, count: scalars.count)
      for edit in try #require(json["edits"]?.arrayValue) {
        let offset = try #require(edit["offset"]?.intValue)
        let count = try #require(edit["removed"]?.stringValue).string.unicodeScalars.count
        for place in offset..<(offset + count) { left[place] = false }
        isEdited = true
      }
      var named = [Bool](repeating: false, count: scalars.count)
      for suspicion in try #require(json["suspicions"]?.arrayValue) {
        let offset = try #require(suspicion["offset"]?.intValue)
        let own = Array(try #require(suspicion["text"]?.stringValue).string.unicodeScalars)
        try #require(offset + own.count <= scalars.count)
        #expect(Array(scalars[offset..<(offset + own.count)]) == own)
        for place in offset..<(offset + own.count) { named[place] = true }
      }
      // It names all that it may.
      #expect(named == left)
    }
    #expect(isEdited)
  }

  @Test func aDetectorWithoutExplainingIsRefused() throws {
    let detector = try TinyDetector()
    let outcome = try denoise(detector, "text")
    #expect(outcome.code == 64)
    #expect(outcome.message.contains("--detector") && outcome.message.contains("--explain"))
    let model = detector.model.path
    let wrong = try Program.run(
      "denoise", "--model", model, "--explain", "--detector", model, "text")
    #expect(wrong.code == 65)
    #expect(wrong.failedInOneLine)
    #expect(wrong.message.contains("seqae train electra"))
    let missing = try Program.run(
      "denoise", "--model", model, "--explain", "--detector", "nowhere", "text")
    #expect(missing.code == 66)
    #expect(missing.failedInOneLine)
  }

  @Test(arguments: ["config.json", "model.safetensors", "tokenizer.json"])
  func aDamagedDetectorIsRefusedInOneLine(_ name: String) throws {
    let detector = try TinyDetector()
    let path = Path.join(detector.path, name)
    let file = try MappedFile(path)
    try AtomicFile.write(path, bytes: Array(file.bytes.prefix(file.bytes.count / 2)))
    let cut = try denoise(detector, "--explain", "text")
    #expect(cut.code == 65)
    #expect(cut.failedInOneLine)
    #expect(cut.message.contains(name))
    try Path.removeTree(path)
    let gone = try denoise(detector, "--explain", "text")
    #expect(gone.code == 66)
    #expect(gone.message.contains(name))
  }

  @Test func detectionIsMeasuredOnHeldOutLines() throws {
    let detector = try TinyDetector()
    func evaluate(_ words: String...) throws -> Program.Outcome {
      let arguments =
        ["evaluate", "detection", "--data", detector.model.corpus, "--splits"]
        + [detector.model.splits, "--model", detector.model.path, "--limit", "5"] + words
      return try Program.run(Program.path, arguments.map { Array($0.utf8) })
    }
    let outcome = try evaluate("--detector", detector.path, "--json")
    #expect(outcome.code == 0, "\(outcome.message)")
    let lines = try outcome.text.split(separator: "\n").map {
      try JSON.parse(Array($0.utf8), name: "output")
    }
    let cells = lines.filter { $0["detector"] != nil }
    #expect(!cells.isEmpty && cells.allSatisfy { $0["task"] == "detection" })
    for cell in cells {
      let figures = try #require(cell["detector"])
      // It names every character.
      #expect(figures["named"] == figures["characters"] && figures["recall"]?.doubleValue == 1)
      #expect(cell["left"]?.doubleValue == 1 && cell["found"]?.doubleValue == 1)
    }
    let quiet = lines.filter { $0["noise"] == "none" && $0["system"] == "detector" }
    #expect(!quiet.isEmpty && quiet.allSatisfy { $0["alarms_per_1000"]?.doubleValue == 1000 })
    let table = try evaluate("--detector", detector.path)
    #expect(table.text.contains("AUC") && table.text.contains("clean lines, detector"))
    let unnamed = try evaluate()
    #expect(unnamed.code == 64)
    #expect(unnamed.message.contains("--detector DIR"))
  }
}
