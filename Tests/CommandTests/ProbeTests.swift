import SeqaeFiles
import Testing

/// `seqae evaluate probe` from outside.
struct ProbeTests {
  private let scratch: Scratch
  private let model: TinyModel

  init() throws {
    scratch = try Scratch()
    model = try TinyModel.made.get()
    let lines = (0..<120).map { number in
      number % 3 == 0 ? "news\t老师 \(number) 去了北京" : "sport\tThey \(number) like tea"
    }
    try scratch.write("texts.tsv", lines.joined(separator: "\n") + "\n")
  }

  private func probe(_ arguments: String...) throws -> Program.Outcome {
    let words = ["evaluate", "probe"] + arguments
    return try Program.run(Program.path, words.map { Array($0.utf8) }, in: scratch.path)
  }

  @Test func aTableAndItsJSONSayTheSame() throws {
    let arguments = [
      "--data", "texts.tsv:2", "--labels", "1", "--baselines", "--quiet", "--model", model.path,
    ]
    func run(_ more: String...) throws -> Program.Outcome {
      let words = ["evaluate", "probe"] + arguments + more
      return try Program.run(Program.path, words.map { Array($0.utf8) }, in: scratch.path)
    }
    let table = try run()
    #expect(table.code == 0 && table.message.isEmpty)
    let json = try run("--json")
    let rows = try json.text.split(separator: "\n").map {
      try JSON.parse(Array($0.utf8), name: "row")
    }
    #expect(
      rows.compactMap { $0["features"]?.stringValue?.string } == [
        "most frequent class", "bag of tokens", "untrained", "encoder",
      ])
    #expect(rows.last?["accuracy"]?.doubleValue == 1)
    #expect(table.text.contains("encoder              100.0 %"))
    let asked = try #require(rows.last?["asked"]?.intValue)
    #expect(
      table.text.contains("2 classes, \(120 - asked) texts learnt from, \(asked) asked about\n"))
  }

  @Test func whatIsMissingIsNamed() throws {
    for arguments in [
      ["--data", "texts.tsv:2"], ["--labels", "1"], ["--data", "texts.tsv:1", "--labels", "1"],
    ] {
      let words = ["evaluate", "probe", "--model", model.path] + arguments
      let outcome = try Program.run(Program.path, words.map { Array($0.utf8) }, in: scratch.path)
      #expect(outcome.code == 64)
      #expect(outcome.failedInOneLine)
    }
    let absent = try probe("--data", "absent.tsv:2", "--labels", "1", "--model", model.path)
    #expect(absent.code == 66)
    let useless = try probe("--data", "texts.tsv:2", "--labels", "1", "--limit", "3")
    #expect(useless.code == 64)
    #expect(useless.message.contains("--limit changes nothing with the task probe"))
  }
}
