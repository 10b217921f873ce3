import Glibc
import SeqaeFiles
import SeqaeText
import SeqaeTraining

/// The program `seqae`.
@main
enum Main {
  /// The verbs, in the order of the help.
  static var commands: [any Command.Type] {
    [
      Denoise.self, Translate.self, Summarize.self, Evaluate.self, Train.self, Report.self,
      Cluster.self, Noise.self, Tokenize.self,
      Embed.self, Decode.self, Reconstruct.self, Sample.self, Interpolate.self, Traverse.self,
      Transfer.self, Codes.self, Classify.self, Index.self, Search.self,
      Convert.self, Benchmark.self, Completions.self, Manual.self,
    ]
  }

  static func main() {
    StandardStreams.reserve()
    ProcessSignals.ignoreWriteSignals()
    // Training takes SIGTERM too; elsewhere that kills as usual.
    signal(SIGINT) { _ in _exit(Interruption.exitCode) }
    exit(exitCode())
  }

  /// Runs the command line, says what went wrong in one line, and gives the exit code.
  private static func exitCode() -> Int32 {
    do throws(Failure) {
      let ending: Ending
      do throws(Failure) {
        ending = try run(try words())
      } catch {
        // What was done before the failure counts.
        if !error.isBrokenPipe { try Output.standard.flush() }
        throw error
      }
      try Output.standard.flush()
      switch ending {
      case .done: return 0
      case .interrupted: return Interruption.exitCode
      }
    } catch {
      // The reader of our output has seen enough: `seqae … | head`.
      if error.isBrokenPipe { return 0 }
      try? Output.error.line("seqae: \(error.message)")
      return error.kind.exitCode
    }
  }

  private static func run(_ words: [String]) throws(Failure) -> Ending {
    guard let first = words.first else {
      throw Failure(.usage, "expected a command: seqae --help lists them")
    }
    switch first {
    case "--help", "-h":
      try Output.standard.write(Array(HelpText.program(commands).utf8))
    case "--version":
      try Output.standard.write(Array(Version.description.utf8))
    default:
      return try command(named: first).run(Array(words.dropFirst()))
    }
    return .done
  }

  /// Finds a verb by its name.
  private static func command(named name: String) throws(Failure) -> any Command.Type {
    if let command = commands.first(where: { $0.name == name }) { return command }
    let known = commands.map { $0.name } + ["--help", "--version"]
    let hint = Spelling.suggestion(for: name, among: known)
    throw Failure(
      .usage, "\(ByteString(name).quoted) is no command: \(hint ?? "seqae --help lists them")")
  }

  /// The words of the command line, byte for byte: Swift's own list of them repairs bad UTF-8.
  private static func words() throws(Failure) -> [String] {
    var words: [String] = []
    for position in 1..<max(1, Int(CommandLine.argc)) {
      guard let word = CommandLine.unsafeArgv[position] else { break }
      let bytes = Array(UnsafeRawBufferPointer(start: word, count: strlen(word)))
      if let offset = UTF8Validation.firstInvalid(in: bytes) {
        throw Failure(
          .data, "argument \(position): not UTF-8 at byte \(offset + 1): convert it with iconv")
      }
      words.append(String(decoding: bytes, as: UTF8.self))
    }
    return words
  }
}
