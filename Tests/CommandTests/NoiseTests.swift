import SeqaeFiles
import Testing

/// `seqae noise`: texts spoilt by a seed, and test sets out of what is held out.
struct NoiseTests {
  private func noise(_ arguments: String..., input: String = "") throws -> Program.Outcome {
    let words = ["noise"] + arguments
    return try Program.run(Program.path, words.map { Array($0.utf8) }, input: Array(input.utf8))
  }

  private static let line = "今天天气很好，we go to the park and read books there."

  @Test func theSeedDecides() throws {
    let first = try noise("--seed", "5", Self.line)
    #expect(first.code == 0)
    #expect(first.text != Self.line + "\n")
    #expect(try noise("--seed", "5", Self.line).text == first.text)
    #expect(try noise("--seed", "6", Self.line).text != first.text)
  }

  @Test func atRateZeroNothingIsInserted() throws {
    #expect(try noise("--rate", "0", Self.line, "中国").text == Self.line + "\n中国\n")
  }

  @Test func aPairHoldsTheCleanText() throws {
    let outcome = try noise("--pairs", input: "\(Self.line)\n中国人民\n")
    let pairs = outcome.text.split(separator: "\n").map { $0.split(separator: "\t") }
    #expect(pairs.map(\.count) == [2, 2])
    #expect(pairs.map { $0[1] } == [Self.line[...], "中国人民"])
  }

  @Test func equalLinesGetNoiseOfTheirOwn() throws {
    let outcome = try noise(input: String(repeating: Self.line + "\n", count: 5))
    #expect(Set(outcome.text.split(separator: "\n")).count == 5)
  }

  @Test func aSeparatorStandsInEveryGapOrInARun() throws {
    let outcome = try noise("--kind", "separator", "--json", "--seed", "2", "天地玄黄宇宙洪荒")
    let json = try JSON.parse(outcome.output, name: "output")
    let noisy = try #require(json["noisy"]?.stringValue).string
    #expect(json["clean"]?.stringValue == "天地玄黄宇宙洪荒")
    // What was put in is the same at every place.
    let separators = Set(noisy.split { "天地玄黄宇宙洪荒".contains($0) })
    #expect(separators.count == 1)
  }

  /// The names that `--list` gives.
  private func kinds() throws -> [String] {
    try noise("--list", "--json").text.split(separator: "\n").map { line in
      let json = try JSON.parse(Array(line.utf8), name: "list")
      return try #require(json["noise"]?.stringValue).string
    }
  }

  @Test func everyKindThatIsListedIsKnown() throws {
    let model = try TinyModel.made.get()
    let tokenizer = Path.join(model.path, "tokenizer.json")
    let kinds = try kinds()
    #expect(kinds.count > 20)
    let shown = try noise("--list").text
    for kind in kinds {
      #expect(shown.contains("\n  \(kind) "))
      #expect(try noise("--kind", kind, "--tokenizer", tokenizer, Self.line).code == 0, "\(kind)")
    }
    #expect(try noise("--kind", "loud", Self.line).code == 64)
  }

  @Test func aFileListsNoises() throws {
    let scratch = try Scratch()
    let file = Path.join(scratch.path, "noise.json")
    let traditional = #"{"text": [{"noise": "traditional", "rate": 1}]}"#
    try AtomicFile.write(file, bytes: Array(traditional.utf8))
    #expect(try noise("--config", file, "中国").text == "中國\n")
    let both = try noise("--config", file, "--rate", "0.1", "中国")
    #expect(both.code == 64 && both.failedInOneLine)
    let absent = try noise("--config", "/no such file", "中国")
    #expect(absent.code == 66 && absent.failedInOneLine)
    try AtomicFile.write(file, bytes: Array(#"{"text": [{"noise": "loud"}]}"#.utf8))
    let wrong = try noise("--config", file, "中国")
    #expect(wrong.code == 65 && wrong.failedInOneLine)
  }

  @Test func eachEpochHasItsOwnNoiseAndThreadsDoNotMatter() throws {
    let first = try noise("--rate", "0.3", input: Self.line)
    let alone = try noise("--rate", "0.3", "--epoch", "0", "--threads", "1", input: Self.line)
    #expect(alone.text == first.text)
    #expect(try noise("--rate", "0.3", "--epoch", "1", input: Self.line).text != first.text)
  }

  @Test func masksArePrintedAsTheyAreSpelled() throws {
    let model = try TinyModel.made.get()
    let tokenizer = Path.join(model.path, "tokenizer.json")
    let outcome = try noise(
      "--kind", "mask", "--rate", "1", "--tokenizer", tokenizer, "天", "--json")
    let json = try JSON.parse(outcome.output, name: "output")
    let ids = try #require(json["ids"]?.arrayValue)
    #expect(json["noisy"]?.stringValue?.string == String(repeating: "<mask>", count: ids.count))
    let missing = try noise("--kind", "mask", "--tokenizer", "/no such file", "天")
    #expect(missing.code == 66 && missing.failedInOneLine)
  }

  @Test func aTabCannotBeInAPair() throws {
    let outcome = try noise("--pairs", "a\tb")
    #expect(outcome.code == 65)
    #expect(outcome.failedInOneLine)
  }

  @Test func aTestSetHoldsWhatIsHeldOutOnly() throws {
    let model = try TinyModel.made.get()
    func set(_ arguments: String...) throws -> [[Substring]] {
      let words =
        ["noise", "--data", model.corpus, "--splits", model.splits, "--pairs"] + arguments
      let outcome = try Program.run(Program.path, words.map { Array($0.utf8) })
      #expect(outcome.code == 0)
      return outcome.text.split(separator: "\n").map { $0.split(separator: "\t") }
    }
    let test = try set()
    let development = try set("--split", "development")
    #expect(!test.isEmpty && !development.isEmpty)
    #expect(test.allSatisfy { $0.count == 2 && $0[0] != $0[1] })
    let corpus = try MappedFile(model.corpus)
    let lines = Set(String(decoding: corpus.bytes, as: UTF8.self).split(separator: "\n"))
    let (clean, other) = (Set(test.map { $0[1] }), Set(development.map { $0[1] }))
    #expect(clean.isSubset(of: lines) && other.isSubset(of: lines))
    #expect(clean.isDisjoint(with: other))
    #expect(try set("--limit", "1").count <= 2)  // one for each language
    #expect(try set() == test)
    #expect(try set("--seed", "9") != test)
    let all = try set("--all-lines")
    #expect(clean.isSubset(of: Set(all.map { $0[1] })))
    #expect(other.isDisjoint(with: all.map { $0[1] }))
  }

  @Test func aTestSetMayHaveAnyNoiseOfText() throws {
    let model = try TinyModel.made.get()
    for kind in ["swap", "deletion"] {
      let outcome = try noise(
        "--data", model.corpus, "--splits", model.splits, "--kind", kind, "--rate", "0.5")
      #expect(outcome.code == 0 && !outcome.text.isEmpty)
    }
    let tokens = try noise("--data", model.corpus, "--splits", model.splits, "--kind", "mask")
    #expect(tokens.code == 64 && tokens.failedInOneLine)
  }

  @Test func dataThatIsNotThereIsNamed() throws {
    let model = try TinyModel.made.get()
    let outcome = try noise("--data", "/no such file", "--splits", model.splits)
    #expect(outcome.code == 66)
    #expect(outcome.failedInOneLine)
    let splits = try noise("--data", model.corpus, "--splits", "/no such splits")
    #expect(splits.code == 66)
    #expect(splits.failedInOneLine)
  }
}
