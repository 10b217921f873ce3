import SeqaeFiles
import Testing

/// The help, word for word; `make snapshots` writes what is expected here.
struct HelpTests {
  static let commands = [
    "benchmark", "classify", "cluster", "codes", "completions", "convert", "decode", "denoise",
    "embed", "evaluate", "index", "interpolate", "manual", "noise", "reconstruct", "report",
    "sample",
    "search", "summarize", "tokenize", "train", "transfer", "translate", "traverse",
  ]
  static let recipes = [
    "autoencoder", "bow", "classifier", "cvae", "dec", "denoiser", "diffusion", "electra",
    "embedder", "lm", "rewriter", "spelling", "summarizer", "translator", "vade", "vae", "vqvae",
    "tokenizer",
  ]

  private func snapshot(_ name: String) throws -> String {
    let path = Path.join(Program.checkout, "Tests/Fixtures/command", name)
    let file = try MappedFile(path)
    defer { withExtendedLifetime(file) {} }
    return String(decoding: file.bytes, as: UTF8.self)
  }

  @Test func theProgramsHelpIsTheSnapshot() throws {
    let outcome = try Program.run("--help")
    #expect(outcome.code == 0)
    #expect(outcome.message.isEmpty)
    #expect(try outcome.text == snapshot("help.txt"))
    #expect(try Program.run("-h").text == outcome.text)
  }

  @Test(arguments: commands)
  func eachCommandsHelpIsTheSnapshot(_ command: String) throws {
    let outcome = try Program.run(command, "--help")
    #expect(outcome.code == 0)
    #expect(outcome.message.isEmpty)
    #expect(try outcome.text == snapshot("help-\(command).txt"))
  }

  @Test func theProgramsHelpListsEveryCommand() throws {
    let text = try Program.run("--help").text
    for command in Self.commands { #expect(text.contains("\n  \(command) ")) }
  }

  @Test func helpIsGivenWhateverElseIsWrong() throws {
    let outcome = try Program.run("train", "--steps", "many", "nonsense", "--help")
    #expect(outcome.code == 0)
    #expect(outcome.text.hasPrefix("Train a model"))
  }

  @Test func afterTwoDashesHelpIsText() throws {
    let model = try TinyModel.made.get()
    let outcome = try Program.run("denoise", "--model", model.path, "--", "--help", "-x")
    #expect(outcome.code == 0)
    #expect(outcome.text == "--help\n-x\n")
  }

  @Test func theVersionNamesThePartsAndTheirVersions() throws {
    let outcome = try Program.run("--version")
    #expect(outcome.code == 0)
    let lines = outcome.text.split(separator: "\n")
    let parts = ["seqae ", "revision: ", "instruction set: ", "threads: ", "ICU: ", "utf8proc: "]
    #expect(lines.count == parts.count)
    for (line, part) in zip(lines, parts) {
      #expect(line.hasPrefix(part))
      #expect(line.count > part.count)
    }
    #expect(lines[0].wholeMatch(of: /seqae \d+\.\d+\.\d+/) != nil)
    let revision = try #require(
      lines[1].wholeMatch(of: /revision: ([0-9a-f]{12,})(\+changes)?|revision: unknown/))
    if let known = revision.output.1, Path.exists("/usr/bin/git") {
      // What was built is a revision of this checkout.
      let words = ["-C", Program.checkout, "cat-file", "-t", String(known)].map { Array($0.utf8) }
      #expect(try Program.run("/usr/bin/git", words).text == "commit\n")
    }
  }
}
