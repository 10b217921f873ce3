import SeqaeFiles
import Testing

/// The manual page.
struct ManualTests {
  private func page(date: String = "1700000000") throws -> Program.Outcome {
    try Program.run("manual", environment: ["SOURCE_DATE_EPOCH": date])
  }

  /// The page as a reader sees it, each run of spaces and line breaks as one space.
  private func shown() throws -> String? {
    guard Path.exists("/usr/bin/groff") else { return nil }
    let words = ["-man", "-Tutf8", "-P-cbou", "-rLL=1000n"].map { Array($0.utf8) }
    let outcome = try Program.run("/usr/bin/groff", words, input: try page().output)
    #expect(outcome.code == 0, "\(outcome.message)")
    return Self.folded(outcome.text)
  }

  private static func folded(_ text: String) -> String {
    text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  /// The options of some lines, each with those that go on with it.
  private static func options(_ lines: some Sequence<Substring>) -> [String] {
    lines.reduce(into: []) { options, line in
      if line.hasPrefix("  --") || options.isEmpty {
        options.append(String(line))
      } else {
        options[options.count - 1] += " " + line
      }
    }
  }

  @Test func thePageSaysAllThatTheHelpsSay() throws {
    guard let shown = try shown() else { return print("no groff here: the page is not read") }
    for command in HelpTests.commands {
      let paragraphs = try Program.run(command, "--help").text.split(separator: "\n\n")
      let sentence = Self.folded(String(paragraphs[0]))
      #expect(shown.contains("\(command) \(sentence)"))
      // Sections whose titles the page words otherwise are compared without them.
      let titles = ["usage:", "options:", "options of all commands:", "example:"]
      for paragraph in paragraphs.dropFirst() {
        var lines = paragraph.split(separator: "\n")
        let title = lines.first.map { String($0) } ?? ""
        if titles.contains(title) { lines.removeFirst() }
        // Options of all commands are shown once, those of other defaults apart from each other.
        let parts =
          title == "options of all commands:"
          ? Self.options(lines) : [lines.joined(separator: " ")]
        for part in parts {
          let text = Self.folded(part).replacing(#/^usage: /#, with: "")
          #expect(shown.contains(text), "\(command)")
        }
      }
    }
    for paragraph in try Program.run("--help").text.split(separator: "\n\n")
    where paragraph.hasPrefix("seqae COMMAND") {
      #expect(shown.contains(Self.folded(String(paragraph))))
    }
  }

  @Test func everyVariableOfTheSourcesIsInThePage() throws {
    let text = try page().output
    let page = String(decoding: text, as: UTF8.self)
    var names: Set<Substring> = []
    for path in try Self.sources(Path.join(Program.checkout, "Sources")) {
      let file = try MappedFile(path)
      defer { withExtendedLifetime(file) {} }
      let source = String(decoding: file.bytes, as: UTF8.self)
      for match in source.matches(of: /"(SEQAE_[A-Z]+)"/) { names.insert(match.output.1) }
    }
    #expect(names.count >= 6)
    for name in names { #expect(page.contains("\\fB\(name)\\fR\n"), "\(name)") }
  }

  private static func sources(_ folder: String) throws -> [String] {
    try Path.list(folder).flatMap { name in
      let path = Path.join(folder, name)
      if Path.isDirectory(path) { return try sources(path) }
      return name.hasSuffix(".swift") ? [path] : []
    }
  }

  @Test func everyExitCodeIsInThePage() throws {
    let page = try page().text
    let help = try Program.run("--help").text
    let section = try #require(help.split(separator: "\n\n").first { $0.hasPrefix("exit codes:") })
    let codes = section.matches(of: /\d+/)
    #expect(codes.count == 9)
    for code in codes { #expect(page.contains(".TP\n\\fB\(code.output)\\fR\n")) }
  }

  @Test(arguments: [
    ("/usr/bin/groff", ["-ww", "-man", "-Tutf8", "-z"]),
    ("/usr/bin/groff", ["-ww", "-man", "-Tascii", "-z", "-rLL=66n"]),
    ("/usr/bin/mandoc", ["-Tlint", "-Wstyle"]),
  ])
  func readersOfManualPagesFindNothingWrong(_ path: String, _ words: [String]) throws {
    guard Path.exists(path) else { return print("no \(path) here: the page is not checked") }
    let outcome = try Program.run(path, words.map { Array($0.utf8) }, input: try page().output)
    // A device of ASCII has no Chinese: that is its lack, and the page's only one.
    let complaints = (outcome.message + outcome.text).split(separator: "\n").filter {
      !(words.contains("-Tascii") && $0.contains("can't find special character"))
    }
    #expect(complaints.isEmpty)
  }

  @Test func thePageIsASCII() throws {
    #expect(try page().output.allSatisfy { $0 < 0x80 })
  }

  // The dates are those of `date -u -d @SECONDS +%F`.
  @Test(arguments: [
    ("0", "1970-01-01"), ("1700000000", "2023-11-14"), ("951782400", "2000-02-29"),
    ("253402300799", "9999-12-31"),
  ])
  func theDateIsThatOfTheBuild(_ seconds: String, _ date: String) throws {
    #expect(try page(date: seconds).text.hasPrefix(".TH SEQAE 1 \(date) \"seqae "))
  }

  @Test(arguments: ["-1", "now", "253402300800", "99999999999999999999"])
  func aDateThatIsNoneIsRefused(_ seconds: String) throws {
    let outcome = try page(date: seconds)
    #expect(outcome.code == 64)
    #expect(outcome.failedInOneLine)
    #expect(outcome.message.contains("SOURCE_DATE_EPOCH"))
    #expect(outcome.output.isEmpty)
  }
}
