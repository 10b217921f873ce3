import SeqaeFiles
import Testing

/// The examples of the help and of the READMEs do what they say.
///
/// In a README the sessions in ```` ```console ```` blocks are run, each block in a folder of its own;
/// commands of other programs in them are left out, as is training, which takes its time.
struct ExampleTests {
  /// A command of the program and what it should print.
  struct Example: Sendable, CustomStringConvertible {
    var command: String
    var output = ""
    var description: String { command }

    /// The commands of a session: after `$ `, each with the lines up to the next.
    static func read(_ lines: some Sequence<Substring>) -> [Example] {
      var examples: [Example] = []
      for line in lines {
        if line.hasPrefix("$ ") {
          examples.append(Example(command: String(line.dropFirst(2))))
        } else if !examples.isEmpty {
          examples[examples.count - 1].output += line + "\n"
        }
      }
      return examples.filter { $0.command.hasPrefix("seqae ") }
    }
  }

  private static let environment = ["SEQAE_MODELS": Path.join(Program.checkout, "Models")]

  private func check(_ examples: [Example]) throws {
    let scratch = try Scratch()
    for example in examples where !example.command.hasPrefix("seqae train ") {
      let outcome = try Program.shell(
        example.command, environment: Self.environment, in: scratch.path)
      #expect(outcome.code == 0, "\(example)")
      #expect(outcome.message.isEmpty, "\(example)")
      #expect(outcome.text == example.output, "\(example)")
    }
  }

  @Test(arguments: ["denoise", "noise", "tokenize"])
  func theHelpsExampleIsTrue(_ command: String) throws {
    let lines = try Program.run(command, "--help").text.split(separator: "\n")
    let start = try #require(lines.firstIndex(of: "example:"))
    let examples = Example.read(lines[(start + 1)...].map { $0.dropFirst(2) })
    #expect(!examples.isEmpty)
    try check(examples)
  }

  @Test(arguments: ["README.md", "README.zh-CN.md"])
  func theExamplesOfAReadmeAreTrue(_ name: String) throws {
    let sessions = try Page(name).blocks("console").map { Example.read($0) }
    #expect(sessions.contains { !$0.isEmpty })
    for session in sessions { try check(session) }
  }
}
