import SeqaeFiles
import Testing

/// What a shell completes.
struct CompletionsTests {
  private static let shells = ["bash", "zsh", "fish"]

  @Test(arguments: shells)
  func everyCommandAndOptionIsInTheScript(_ shell: String) throws {
    let outcome = try Program.run("completions", shell)
    #expect(outcome.code == 0)
    for command in HelpTests.commands {
      #expect(outcome.text.contains(command))
      let help = try Program.run(command, "--help").text
      for line in help.split(separator: "\n") where line.hasPrefix("  --") {
        let name = line.dropFirst(2).prefix { $0 != " " }
        #expect(outcome.text.contains(shell == "fish" ? " -l \(name.dropFirst(2)) " : "\(name)"))
      }
    }
  }

  @Test(arguments: shells)
  func theShellCanReadItsScript(_ shell: String) throws {
    guard let path = ["/bin/", "/usr/bin/"].map({ $0 + shell }).first(where: { Path.exists($0) })
    else { return print("no \(shell) here: its script is not read") }
    let scratch = try Scratch()
    try scratch.write("script", try Program.run("completions", shell).text)
    let outcome = try Program.run(path, ["-n", scratch("script")].map { Array($0.utf8) })
    #expect(outcome.code == 0, "\(outcome.message)")
  }

  @Test func bashCompletesCommandsOptionsAndChoices() throws {
    let scratch = try Scratch()
    try scratch.write("script", try Program.run("completions", "bash").text)
    func completions(_ words: String...) throws -> [Substring] {
      let command = """
        source ./script; COMP_WORDS=(\(words.map { "'\($0)'" }.joined(separator: " "))); \
        COMP_CWORD=\(words.count - 1); _seqae; echo "${COMPREPLY[@]}"
        """
      let bytes = ["-c", command].map { Array($0.utf8) }
      let outcome = try Program.run("/bin/bash", bytes, in: scratch.path)
      #expect(outcome.code == 0, "\(outcome.message)")
      return outcome.text.dropLast().split(separator: " ")
    }
    #expect(try completions("seqae", "deno") == ["denoise"])
    #expect(try completions("seqae", "train", "").map(String.init) == HelpTests.recipes)
    #expect(try completions("seqae", "train", "denoiser", "--min") == ["--minutes"])
    #expect(
      try completions("seqae", "train", "denoiser", "--precision", "") == ["float32", "bfloat16"])
    #expect(try completions("seqae", "noise", "--kind", "key") == ["keyboard"])
    #expect(try completions("seqae", "train", "--output", "x").isEmpty)
  }

  @Test func anUnknownShellIsRefused() throws {
    let outcome = try Program.run("completions", "tcsh")
    #expect(outcome.code == 64)
    #expect(outcome.message.contains("expected one of bash, zsh, fish"))
  }
}
