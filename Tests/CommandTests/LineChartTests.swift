import SeqaeFiles
import Testing

/// What draws the tables of `Scripts/experiments`.
struct LineChartTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func draw(_ table: String, _ options: String...) throws -> Program.Outcome {
    try scratch.write("table.tsv", table)
    return try Program.run(
      Path.join(Program.folder, "line-chart"),
      (options + ["A title", "table.tsv"]).map { Array($0.utf8) }, in: scratch.path)
  }

  private static let head = "panel\tline\tsize\trank\n"

  /// A panel is 300 wide, of which 52 are left of the line and 18 right of it, so that 230 are x's.
  @Test func aLogarithmicAxisHasEqualRatiosEquallyFar() throws {
    let table = Self.head + "a\tone\t2\t5\na\tone\t8\t6\na\tone\t32\t7\na <b>\ttwo\t2\t5\n"
    let log = try draw(table, "--log-x")
    #expect(log.code == 0, "\(log.message)")
    #expect(log.text.contains("points=\"52.0,186.0 167.0,105.0 282.0,24.0\""))
    #expect(log.text.contains(">8</text>") && log.text.contains("a &lt;b&gt;"))
    #expect(log.text.contains(">two</text>") && log.text.contains(">A title</text>"))
    #expect(PageReader(log.text).isWellFormed)
    // 8 is a fifth of the way from 2 to 32.
    #expect(try draw(table).text.contains("points=\"52.0,186.0 98.0,105.0 282.0,24.0\""))
  }

  @Test func pointsNeedNotBeJoined() throws {
    let table = Self.head + "a\tone\t2\t5\na\tone\t8\t6\na\tone\t32\t7\n"
    let points = "d=\"M52.0 186.0h0M98.0 105.0h0M282.0 24.0h0\""
    let (joined, free) = (try draw(table).text, try draw(table, "--points").text)
    #expect(joined.contains("<polyline") && joined.contains(points))
    #expect(!free.contains("<polyline") && free.contains(points))
  }

  @Test func panelsShareTheirRangeUnlessTheyAreFree() throws {
    let table = Self.head + "a\tone\t1\t1\na\tone\t2\t2\nb\tone\t1\t1\nb\tone\t2\t3\n"
    #expect(try draw(table).text.contains("points=\"52.0,186.0 282.0,105.0\""))
    let free = try draw(table, "--free-y").text
    #expect(free.split(separator: "points=\"52.0,186.0 282.0,24.0\"").count == 3)
  }

  @Test func whatIsNoTableIsRefusedInOneLine() throws {
    for (table, options, message) in [
      (Self.head, [], "found 1 rows"), (Self.head + "a\tb\t1\n", [], "line 2: expected panel"),
      (Self.head + "a\tb\t1\tx\n", [], "line 2: expected two numbers"),
      (Self.head + "a\tb\t0\t1\n", ["--log-x"], "logarithmic"),
    ] {
      try scratch.write("table.tsv", table)
      let outcome = try Program.run(
        Path.join(Program.folder, "line-chart"),
        (options + ["title", "table.tsv"]).map { Array($0.utf8) }, in: scratch.path)
      #expect(outcome.code == 65)
      let lines = outcome.message.split(separator: "\n")
      #expect(lines.count == 1 && lines[0].hasPrefix("line-chart: "))
      #expect(outcome.message.contains(message), "\(outcome.message)")
    }
    #expect(try draw(Self.head, "--wrong").code == 64)
  }
}
