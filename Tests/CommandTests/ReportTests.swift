import SeqaeFiles
import Testing

/// `seqae report` from outside.
struct ReportTests {
  private let scratch: Scratch
  private let model: TinyModel

  init() throws {
    scratch = try Scratch()
    model = try TinyModel.made.get()
  }

  private func train() throws {
    let words =
      ["train", "denoiser", "--data", model.corpus, "--splits", model.splits, "--output", "run"]
      + ["--steps", "3", "--quiet", "--set"] + TinyModel.settings
      + ["log_steps=1", "validation_steps=2"]
    let outcome = try Program.run(Program.path, words.map { Array($0.utf8) }, in: scratch.path)
    #expect(outcome.code == 0)
  }

  /// How many points the curves of a drawing have.
  private func points(_ title: String, _ page: String) -> [Int] {
    let drawing = page.components(after: "aria-label=\"\(title)\"", before: "</svg>")
    return drawing.split(separator: "<polyline ").dropFirst().map {
      String($0).components(after: "points=\"", before: "\"").split(separator: " ").count
    }
  }

  @Test func theReportOfARunShowsWhatItsTrainerLogged() throws {
    try train()
    let outcome = try Program.run("report", "run", in: scratch.path)
    #expect(outcome.code == 0)
    #expect(outcome.output.isEmpty && outcome.message == "run/report.html: written\n")
    let page = try scratch.text("run/report.html")
    #expect(points("loss", page) == [3, 2])
    #expect(points("learning rate", page) == [3])
    #expect(points("tokens/s", page) == [3])
    #expect(points("validation/score", page) == [2])
    #expect(page.contains("<tr class=\"changed\"><th scope=\"row\">width</th><td>16</td>"))
    #expect(page.contains("<th scope=\"col\">noisy</th>"))
    #expect(
      !page.contains("http://")
        || page.split(separator: "http://").dropFirst().allSatisfy {
          $0.hasPrefix("www.w3.org/")  // names of the languages, which nothing loads
        })
    let files = try Path.list(scratch("run"))
    #expect(files.count { $0.hasPrefix("events.out.tfevents.") } == 1)
    #expect(files.contains("samples.jsonl"))
  }

  @Test func damagedLinesGiveOneNoteAndAPageElsewhereLeavesTheRunAlone() throws {
    try scratch.write("log.jsonl", "{\"step\":1,\"loss\":2}\n{\"step\":2,\"lo")
    let outcome = try Program.run(
      "report", scratch.path, "--output", "a page.html", in: scratch.path)
    #expect(outcome.code == 0)
    #expect(
      outcome.message
        == "\(scratch("log.jsonl")): 1 damaged line left out\na page.html: written\n")
    #expect(Path.exists(scratch("a page.html")))
    #expect(!Path.exists(scratch("report.html")))
    let quiet = try Program.run("report", scratch.path, "--quiet", in: scratch.path)
    #expect(quiet.code == 0 && quiet.message.isEmpty)
  }

  @Test func aRunThatIsNotThereIsMissingInput() throws {
    for name in ["nothing", "."] {
      let outcome = try Program.run("report", name, in: scratch.path)
      #expect(outcome.code == 66)
      #expect(outcome.failedInOneLine)
    }
    #expect(!Path.exists(scratch("report.html")))
  }
}

extension String {
  /// What stands between two texts, each where it is found first; empty if they are not.
  fileprivate func components(after start: String, before end: String) -> String {
    guard let first = firstRange(of: start)?.upperBound,
      let last = self[first...].firstRange(of: end)?.lowerBound
    else { return "" }
    return String(self[first..<last])
  }
}
