import SeqaeFiles
import Testing

/// A run's folder with the files that a report reads.
private struct Run {
  let folder: Scratch

  init(log: [String]) throws {
    folder = try Scratch()
    try put("log.jsonl", log)
  }

  func put(_ name: String, _ lines: [String]) throws {
    try folder.write(name, lines.map { $0 + "\n" }.joined())
  }

  /// The note of the page itself.
  var written: String { "\(folder("report.html")): written\n" }

  /// The page that the command makes of it, which is always well formed, and what it says on the way.
  func report() throws -> (page: PageReader, notes: String) {
    let outcome = try Program.run("report", folder.path)
    #expect(outcome.code == 0)
    let page = PageReader(try folder.text("report.html"))
    #expect(page.isWellFormed)
    return (page, outcome.message)
  }
}

private func line(_ step: Int, _ loss: Double) -> String {
  #"{"step":\#(step),"epoch":0.5,"loss":\#(loss),"rate":0.001,"seconds":\#(step)}"#
}

/// The page of `seqae report`, read by an XML parser that is not ours.
struct ReportPageTests {
  @Test func aCurveHasAPointForEachLineOfTheLog() throws {
    let run = try Run(
      log: (1...7).map { line($0, 1 / Double($0)) } + [
        #"{"step":4,"seconds":5,"validation":{"score":0.25,"loss":0.5},"best":true}"#,
        #"{"step":7,"seconds":9,"validation":{"score":0.125,"loss":0.75},"best":false}"#,
      ])
    let (page, notes) = try run.report()
    #expect(notes == run.written)
    #expect(page.points == ["loss": [7, 2], "validation/score": [2], "learning rate": [7]])
    #expect(page.places.allSatisfy { (0...420).contains($0) })
    #expect(page.rows.contains(["", "metric", "best, step 4", "last, step 7"]))
    #expect(page.rows.contains(["", "score", "0.2500", "0.1250"]))
  }

  @Test func linesThatAreDamagedAreLeftOutWithOneNote() throws {
    let run = try Run(
      log: [
        line(1, 2), "", "{", #"{"step":-1,"loss":3}"#, #"{"loss":3}"#, #"{"step":"2","loss":3}"#,
        #"{"step":9007199254740992,"loss":3}"#, "[1]", #"{"step":2,"loss":null}"#,
        #"{"step":3,"loss":1.5,"validation":7}"#, #"{"step":4,"lo"#,
      ])
    let (page, notes) = try run.report()
    #expect(notes == "\(run.folder("log.jsonl")): 8 damaged lines left out\n\(run.written)")
    #expect(page.points["loss"] == [2])
  }

  @Test func whateverAFileSaysStaysText() throws {
    let hostile = #"</svg><script>alert('1')</script>&amp;\u0000\u001b[2J\u202e\ufffe\"x"#
    let run = try Run(
      log: [
        #"{"step":1,"\#(hostile)":1,"validation":{"\#(hostile)":2}}"#,
        #"{"step":2,"\#(hostile)":1e308,"validation":{"\#(hostile)":-1e308}}"#,
      ])
    try run.put(
      "training.json",
      [
        #"{"seqae_recipe":"\#(hostile)","data":["\#(hostile)",{"\#(hostile)":[1]}],"#,
        #""settings":{"\#(hostile)":"\#(hostile)"}}"#,
      ])
    try run.put("samples.jsonl", [#"{"\#(hostile)":"\#(hostile)"}"#])
    let page = try run.report().page
    #expect(page.names.isDisjoint(with: ["script", "img", "link", "iframe"]))
    let text = "</svg><script>alert('1')</script>&amp;\u{FFFD}\u{FFFD}[2J\u{FFFD}\u{FFFD}\"x"
    // The number of validation stands in the chart of the number of the same name.
    #expect(page.points == [text: [2, 2]])
    #expect(page.places.allSatisfy { (0...420).contains($0) })
    #expect(page.rows.contains(["", text, text, ""]))
    #expect(page.rows.contains(["text", text]))
  }

  @Test(arguments: [
    [0, 0, 0], [1e308, -1e308, 0], [1e15, 1e15 + 0.125, 1e15], [-3, -3, -3],
    [Double](repeating: .leastNonzeroMagnitude, count: 3), [Double.leastNonzeroMagnitude, 0, 0],
    [Double](repeating: .greatestFiniteMagnitude, count: 3),
  ])
  func anyFiniteNumbersCanBeDrawn(_ values: [Double]) throws {
    let page = try Run(log: values.enumerated().map { line($0, $1) }).report().page
    #expect(page.points["loss"] == [3])
    #expect(page.places.allSatisfy { (0...420).contains($0) })
  }

  @Test func aLongRunIsDrawnInFewPointsWithItsPeaks() throws {
    let page = try Run(log: (1...5000).map { line($0, $0 == 3333 ? 100 : 1) }).report().page
    let count = try #require(page.points["loss"]?.first)
    #expect((300...600).contains(count))
    #expect(page.places.contains(34))  // the upper end of the drawing, below its title
  }

  @Test func settingsThatAreNotTheDefaultsAreMarked() throws {
    let run = try Run(log: [line(1, 2)])
    let help = try Program.run("train", "--help").text
    let width = try #require(help.firstMatch(of: #/\n +width=(\d+) /#)?.output.1)
    let heads = try #require(help.firstMatch(of: #/\n +heads=(\d+) /#)?.output.1)
    #expect(width != "24")
    try run.put(
      "training.json",
      [
        #"{"seqae_recipe":"denoiser","data":["a.txt","b c.tsv:2"],"steps":3,"minutes":null,"#,
        #""settings":{"width":24,"heads":\#(heads).0,"decay":"constant"}}"#,
      ])
    let page = try run.report().page
    #expect(page.rows.contains(["changed", "width", "24", "\(width)"]))
    #expect(page.rows.contains(["changed", "decay", "constant", "cosine"]))
    #expect(page.rows.contains(["", "heads", "\(heads).0", ""]))
    #expect(page.rows.contains(["text", "data", "a.txt|b c.tsv:2"]))
    #expect(page.rows.contains(["text", "minutes", "–"]))
  }

  @Test func aRunThatHasReportedNothingYetHasAPage() throws {
    let run = try Run(log: [])
    let (page, notes) = try run.report()
    #expect(notes == run.written)
    #expect(page.points.isEmpty)
  }

  @Test func theWeightsAreCountedWhateverTheSizesOfAnEmptyTensor() throws {
    let run = try Run(log: [line(1, 2)])
    let huge = Int.max
    let header = """
      {"a":{"dtype":"U8","shape":[0,\(huge),\(huge)],"data_offsets":[0,0]},
      "b":{"dtype":"U8","shape":[2,3],"data_offsets":[0,6]}}
      """
    let length = (0..<8).map { UInt8(truncatingIfNeeded: header.utf8.count >> (8 * $0)) }
    try run.folder.write(
      "model.safetensors", length + Array(header.utf8) + Array(repeating: 1, count: 6))
    _ = try run.report()
    #expect(try run.folder.text("report.html").contains("<dt>weights</dt><dd>6</dd>"))
  }

  @Test func settingsAndWeightsThatAreDamagedAreBadData() throws {
    for (name, text) in [
      ("training.json", "{"), ("training.json", "[]"), ("model.safetensors", "x"),
    ] {
      let run = try Run(log: [line(1, 2)])
      try run.put(name, [text])
      let outcome = try Program.run("report", run.folder.path)
      #expect(outcome.code == 65)
      #expect(outcome.failedInOneLine && outcome.message.contains(name))
    }
  }
}
