import SeqaeFiles
import Testing

/// `seqae evaluate spelling` and `seqae train spelling` from outside.
struct SpellingTests {
  private let scratch: Scratch
  private let model: TinyModel

  init() throws {
    scratch = try Scratch()
    model = try TinyModel.made.get()
  }

  private func run(_ arguments: String..., environment: [String: String] = [:]) throws
    -> Program.Outcome
  {
    try Program.run(
      Program.path, arguments.map { Array($0.utf8) }, environment: environment, in: scratch.path)
  }

  // Two mistakes in three sentences.
  private static let sentences = "因该去\t应该去\n今天\t今天\n他门好\t他们好\n"

  @Test func anotherSystemsSentencesAreScored() throws {
    try scratch.write("test.tsv", Self.sentences)
    // The first is right; the second is changed in vain; the third is not changed.
    try scratch.write("predictions.txt", "应该去\n今田\n他门好\n")
    let outcome = try run(
      "evaluate", "spelling", "--data", "test.tsv", "--predictions", "predictions.txt", "--json")
    #expect(outcome.code == 0)
    let json = try JSON.parse(outcome.output, name: "output")
    #expect(json["task"] == "spelling" && json["data"] == "test.tsv")
    #expect(json["sentences"] == 3 && json["with_mistakes"] == 2 && json["changed"] == 2)
    #expect(json["metrics"]?["correction"]?["precision"]?.doubleValue == 0.5)
    #expect(json["metrics"]?["correction"]?["recall"]?.doubleValue == 0.5)
    #expect(json["metrics"]?["false_positive_rate"]?.doubleValue == 1)
    let table = try run(
      "evaluate", "spelling", "--data", "test.tsv", "--predictions", "predictions.txt")
    #expect(table.text.contains("\ntest.tsv"))
    #expect(table.text.contains("0.500"))
  }

  @Test func eachFileHasARow() throws {
    try scratch.write("a.tsv", Self.sentences)
    try scratch.write("b.tsv", "他门\t他们\n")
    let outcome = try run(
      "evaluate", "spelling", "--data", "a.tsv", "b.tsv", "--model", model.path, "--json")
    #expect(outcome.code == 0)
    let lines = outcome.text.split(separator: "\n")
    #expect(lines.count == 2)
    // A model that is sure of nothing changes nothing.
    for line in lines { #expect(try JSON.parse(Array(line.utf8), name: "line")["changed"] == 0) }
    let predicted = try run(
      "evaluate", "spelling", "--data", "a.tsv", "b.tsv", "--predictions", "a.tsv")
    #expect(predicted.code == 64 && predicted.failedInOneLine)
  }

  @Test func whatIsNoSpellingSetIsRefusedWithItsLine() throws {
    try scratch.write("test.tsv", "因该\t应该\n今天\t今天天\n")
    let uneven = try run("evaluate", "spelling", "--data", "test.tsv", "--model", model.path)
    #expect(uneven.code == 65 && uneven.failedInOneLine)
    #expect(uneven.message.contains("test.tsv: line 2: "))
    try scratch.write("test.tsv", Self.sentences)
    try scratch.write("predictions.txt", "应该去\n")
    let few = try run(
      "evaluate", "spelling", "--data", "test.tsv", "--predictions", "predictions.txt")
    #expect(few.code == 65 && few.failedInOneLine && few.message.contains("predictions.txt"))
    let without = try run("evaluate", "spelling", "--model", model.path)
    #expect(without.code == 64 && without.failedInOneLine)
    let limited = try run("evaluate", "spelling", "--data", "test.tsv", "--limit", "3")
    #expect(limited.code == 64 && limited.failedInOneLine)
  }

  @Test func aHeldOutPartIsJudgedAlone() throws {
    try scratch.write("test.tsv", (0..<60).map { "他门\($0)\t他们\($0)\n" }.joined())
    func count(_ part: String...) throws -> Int {
      let words =
        ["evaluate", "spelling", "--data", "test.tsv", "--model", model.path, "--json"] + part
      let outcome = try Program.run(Program.path, words.map { Array($0.utf8) }, in: scratch.path)
      #expect(outcome.code == 0)
      return try JSON.parse(outcome.output, name: "output")["sentences"]?.intValue ?? 0
    }
    let test = try count("--split", "test", "--splits", model.splits)
    let development = try count("--split", "development", "--splits", model.splits)
    #expect(try count() == 60)
    // Of the test are a fifth by either side: about 36 %.
    #expect(test > 8 && test < 40 && development > 4 && test + development < 60)
  }

  @Test func aDenoiserLearnsToSpellFromAnother() throws {
    try scratch.write("pairs.tsv", (0..<40).map { "他门去\($0)\t他们去\($0)\n" }.joined())
    let outcome = try run(
      "train", "denoiser", "--data", "pairs.tsv:1,2", model.corpus, "--splits", model.splits,
      "--from", model.path, "--output", "run", "--steps", "2", "--set", "noise=spelling")
    #expect(outcome.code == 0, "\(outcome.message)")
    #expect(outcome.message.contains("pairs.tsv:1,2 (zh): "))
    let training = try JSON.read(scratch("run/training.json"))
    #expect(training["settings"]?["noise"] == "spelling")
    #expect(training["settings"]?["width"] == 16)
    #expect(training["from"]?.stringValue?.string == model.path)
    let resumed = try run("train", "denoiser", "--output", "run", "--resume", "--steps", "3")
    #expect(resumed.code == 0)
    let other = try run(
      "train", "denoiser", "--data", model.corpus, "--splits", model.splits, "--from", model.path,
      "--output", "other", "--steps", "1", "--set", "width=32")
    #expect(other.code == 64 && other.failedInOneLine)
    #expect(other.message.contains("width=32, but the model in \(model.path) has 16"))
    let both = try run(
      "train", "denoiser", "--data", model.corpus, "--from", model.path, "--tokenizer", "t.json",
      "--output", "other")
    #expect(both.code == 64 && both.failedInOneLine)
  }

  @Test func aSpellerIsTrainedJudgedAndUsedLikeAnyModel() throws {
    let who = ["我", "你", "他", "老师", "医生", "朋友", "妈妈", "同学"]
    let what = ["今天回家", "明天上课", "喜欢看书", "想喝茶", "去了北京", "很忙"]
    var (pairs, clean) = ("", "")
    for (number, subject) in who.enumerated() {
      for action in what {
        for end in ["。", "吧", "了", "吗", "啊", "\(number)"] {
          pairs += "\(subject)门\(action)\(end)\t\(subject)们\(action)\(end)\n"
        }
        for end in ["了。", "吧。", "了！", "吗？", "啊。"] { clean += "\(subject)们\(action)\(end)\n" }
      }
    }
    try scratch.write("pairs.tsv", pairs)
    try scratch.write("clean.txt", clean)
    let outcome = try run(
      "train", "spelling", "--data", "pairs.tsv:1,2", "clean.txt", "--splits", model.splits,
      "--output", "speller", "--set", "epochs=40", "batch=64", "hidden=8",
      "learning_rate=0.02")
    #expect(outcome.code == 0, "\(outcome.message)")
    #expect(outcome.output.isEmpty)
    let repaired = try run("denoise", "--model", "speller", "--explain", "我门今天上课。", "我们很忙。")
    #expect(repaired.code == 0, "\(repaired.message)")
    #expect(repaired.text.hasPrefix("我们今天上课。\n  "))
    #expect(repaired.text.hasSuffix("\n我们很忙。\n  nothing was changed\n"))
    let figures = try run(
      "evaluate", "spelling", "--data", "pairs.tsv", "--model", "speller", "--json")
    let json = try JSON.parse(figures.output, name: "output")
    #expect((json["metrics"]?["correction"]?["f1"]?.doubleValue ?? 0) > 0.8)
    for option in [["--steps", "3"], ["--from", "speller"], ["--resume"]] {
      let words = ["train", "spelling", "--output", "other"] + option
      let refused = try Program.run(
        Program.path, words.map { Array($0.utf8) }, in: scratch.path)
      #expect(refused.code == 64 && refused.failedInOneLine, "\(option)")
    }
  }
}
