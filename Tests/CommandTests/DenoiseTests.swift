import Glibc
import SeqaeFiles
import Testing

/// What `seqae denoise` does with its input, whatever the model has learned.
struct DenoiseTests {
  private let model: TinyModel

  init() throws { model = try TinyModel.made.get() }

  private func denoise(
    _ arguments: String..., input: String = "", environment: [String: String] = [:]
  ) throws -> Program.Outcome {
    let words = ["denoise", "--model", model.path] + arguments
    return try Program.run(
      Program.path, words.map { Array($0.utf8) }, input: Array(input.utf8), environment: environment
    )
  }

  @Test func argumentsAreRepairedInOrder() throws {
    let outcome = try denoise("one", "二二", "three, three.")
    #expect(outcome.code == 0)
    #expect(outcome.text == "one\n二二\nthree, three.\n")
    #expect(outcome.message.isEmpty)
  }

  @Test func argumentsComeBeforeStandardInput() throws {
    #expect(try denoise("argument", input: "line\n").text == "argument\n")
  }

  @Test func anArgumentsLinesCountAsItems() throws {
    #expect(try denoise("one\ntwo", "--json").text.split(separator: "\n").count == 2)
  }

  @Test func orderIsKeptOverManyBlocks() throws {
    // Lengths vary, so that lines are repaired in another order than they are printed in.
    let lines = (0..<600).map { "\($0) " + String(repeating: "字", count: $0 * 37 % 50) }
    let outcome = try denoise(input: lines.joined(separator: "\n"))
    #expect(outcome.code == 0)
    #expect(outcome.text == lines.joined(separator: "\n") + "\n")
  }

  @Test func anEmptyLineStaysAnEmptyLine() throws {
    #expect(try denoise(input: "\n\na\n\n").text == "\n\na\n\n")
    #expect(try denoise("").text == "\n")
    #expect(
      try denoise("", "--json").text
        == "{\"input\":\"\",\"text\":\"\",\"changed\":false,\"withheld\":false,\"confidence\":1.0,\"edits\":[]}\n"
    )
  }

  @Test func noInputIsNoOutput() throws {
    let outcome = try denoise(input: "")
    #expect(outcome.code == 0)
    #expect(outcome.output.isEmpty)
  }

  @Test func lineEndsAndByteOrderMarkAreNoText() throws {
    #expect(try denoise(input: "\u{FEFF}a\r\nb\nc").text == "a\nb\nc\n")
  }

  @Test func aLineOfAnyContentComesBack() throws {
    let lines = ["\u{1B}[31mred\t\u{0}", "👩‍👩‍👧‍👦 e\u{301}", String(repeating: "长 line ", count: 500)]
    #expect(
      try denoise(input: lines.joined(separator: "\n")).text == lines.joined(separator: "\n") + "\n"
    )
  }

  @Test func theLanguageOfTheSystemChangesNothing() throws {
    let text = "中文 and English\n"
    for language in ["C", "C.UTF-8", "tr_TR.UTF-8"] {
      let environment = ["LANG": language, "LC_ALL": language]
      #expect(try denoise(input: text, environment: environment).text == text)
    }
  }

  @Test func bytesThatAreNotUTF8EndTheWorkAfterTheLinesBefore() throws {
    let outcome = try Program.run(
      "denoise", "--model", model.path,
      input: Array("first\n二\nsixteen bytes ok".utf8) + [0xFF] + Array(" more\nlast\n".utf8))
    #expect(outcome.code == 65)
    #expect(outcome.text == "first\n二\n")
    #expect(
      outcome.message
        == "seqae: standard input, line 3: not UTF-8 at byte 17: convert it with iconv\n")
  }

  @Test func gzipOnStandardInputIsNamedWithTheRemedy() throws {
    let path = Path.join(Program.checkout, "Tests/Fixtures/files/long.txt.gz")
    let file = try MappedFile(path)
    let outcome = try Program.run("denoise", "--model", model.path, input: Array(file.bytes))
    withExtendedLifetime(file) {}
    #expect(outcome.code == 65)
    #expect(outcome.message == "seqae: standard input: is gzip: unpack it before, with gunzip\n")
    let text = try Program.run("denoise", "--model", model.path, input: [0x1F, 0x0A])
    #expect(text.output == [0x1F, 0x0A])
  }

  @Test func editsAreShownInTheTextAndInWords() throws {
    let text = "中，，，，国 and more，，"
    let json = try JSON.parse(
      try denoise(text, "--json", "--explain", "--min-confidence", "0").output, name: "output")
    let edits = try #require(json["edits"]?.arrayValue)
    #expect(edits.allSatisfy { $0["reason"]?.stringValue != nil })
    let plain = try denoise(text, "--diff", "--min-confidence", "0").text
    #expect(!plain.contains("\u{1B}"))
    // Without what went the repair is left, without what came the text.
    let repaired = plain.replacing(/\[-(.*?)-\]/, with: "").replacing(/\{\+|\+\}/, with: "")
    #expect(repaired == (json["text"]?.stringValue?.string ?? "") + "\n")
    let before = plain.replacing(/\{\+(.*?)\+\}/, with: "").replacing(/\[-|-\]/, with: "")
    #expect(before == text + "\n")
    let colored = try denoise(text, "--diff", "--color", "always", "--min-confidence", "0").text
    #expect(colored.contains("\u{1B}[") == !edits.isEmpty)
    let explained = try denoise(text, "--explain", "--min-confidence", "0").text
    #expect(explained.split(separator: "\n").count == 1 + max(1, edits.count))
    #expect(try denoise("--explain", "ok").text == "ok\n  nothing was changed\n")
  }

  @Test func aLineOfAnyLengthComesBackWhole() throws {
    let line = Array(String(repeating: "今天天气很好。Hello world! ", count: 12_000).utf8)
    let outcome = try Program.run(
      "denoise", "--model", model.path, "--min-confidence", "1", input: Array("first\n".utf8) + line
    )
    #expect(outcome.code == 0)
    #expect(outcome.output == Array("first\n".utf8) + line + [0x0A])
  }

  @Test func standardInputThatCannotBeReadIsReported() throws {
    let scratch = try Scratch()
    let outcome = try Program.shell("seqae denoise --model '\(model.path)' < .", in: scratch.path)
    #expect(outcome.code == 74)
    #expect(outcome.failedInOneLine)
  }

  // MARK: JSON

  @Test func editsTurnTheInputIntoTheText() throws {
    let texts = ["abcdefghij", "今天天气很好，我们去公园。", "mixed 混合 text 🙂!"]
    let outcome = try denoise("--json", "--min-confidence", "0", texts[0], texts[1], texts[2])
    let lines = outcome.text.split(separator: "\n")
    try #require(lines.count == texts.count)
    var edits = 0
    for (line, text) in zip(lines, texts) {
      let json = try JSON.parse(Array(line.utf8), name: "output")
      #expect(json["input"]?.stringValue?.string == text)
      var scalars = Array(text.unicodeScalars)
      for edit in (json["edits"]?.arrayValue ?? []).reversed() {
        let offset = try #require(edit["offset"]?.intValue)
        let removed = try #require(edit["removed"]?.stringValue).string.unicodeScalars
        let inserted = try #require(edit["inserted"]?.stringValue).string.unicodeScalars
        let confidence = try #require(edit["confidence"]?.doubleValue)
        #expect(0 <= confidence && confidence <= 1)
        let range = offset..<offset + removed.count
        try #require(range.upperBound <= scalars.count)
        #expect(Array(scalars[range]) == Array(removed))
        scalars.replaceSubrange(range, with: inserted)
        edits += 1
      }
      var repaired = String.UnicodeScalarView()
      repaired.append(contentsOf: scalars)
      #expect(json["text"]?.stringValue?.string == String(repaired))
      #expect(json["changed"]?.boolValue == (json["text"] != json["input"]))
    }
    #expect(edits > 0)
  }

  // MARK: Pipes

  @Test func aLineIsAnsweredBeforeTheNextIsTyped() throws {
    var process = try Running(
      Program.path, ["denoise", "--model", model.path].map { Array($0.utf8) }, environment: [:],
      in: "/", input: .pipe, output: .pipe, error: .file("/dev/null"))
    for line in ["first", "二", "third"] {
      try process.write("\(line)\nthe beginning of the ")
      #expect(process.readLine() == line)
      try process.write("next\n")
      #expect(process.readLine() == "the beginning of the next")
    }
    #expect(try process.wait() == 0)
  }

  @Test func aClosedPipeEndsTheWorkQuietly() throws {
    let scratch = try Scratch()
    let line =
      "yes '中国 and more' | head -n 100000 | seqae denoise --model '\(model.path)' | head -n 1"
    let outcome = try Program.shell(
      "{ \(line); } 2> errors; cat errors >&2", in: scratch.path)
    #expect(outcome.text == "中国 and more\n")
    #expect(outcome.message.isEmpty)
  }

  @Test func aClosedPipeIsNoFailure() throws {
    let scratch = try Scratch()
    var process = try Running(
      Program.path, ["denoise", "--model", model.path].map { Array($0.utf8) }, environment: [:],
      in: "/", input: .pipe, output: .pipe, error: .file(scratch("error")))
    try process.write("first\n")
    #expect(process.readLine() == "first")
    process.closeOutput()
    try process.write("second\n")
    #expect(try process.wait() == 0)
    #expect(try scratch.read("error").isEmpty)
  }

  @Test func aFullDiskIsReported() throws {
    let scratch = try Scratch()
    let outcome = try Program.shell(
      "seqae denoise --model '\(model.path)' text > /dev/full", in: scratch.path)
    #expect(outcome.code == 74)
    #expect(outcome.failedInOneLine)
  }

  @Test func anInterruptGivesItsExitCode() throws {
    var process = try Running(
      Program.path, ["denoise", "--model", model.path].map { Array($0.utf8) }, environment: [:],
      in: "/", input: .pipe, output: .pipe, error: .file("/dev/null"))
    try process.write("first\n")
    #expect(process.readLine() == "first")
    process.send(SIGINT)
    #expect(try process.wait() == 130)
  }
}
