import Glibc
import SeqaeFiles
import TestSupport

/// Cleans the lines of standard input by rules: the yardstick of the denoiser's card, no product.
@main
enum RuleCleaner {
  static func main() {
    ProcessSignals.ignoreWriteSignals()
    let cleaner = RuleBasedCleaner()
    var lines = LineReader(descriptor: STDIN_FILENO, name: "standard input")
    do throws(Failure) {
      while let line = try lines.next() { try Output.standard.line(cleaner.clean(line)) }
      try Output.standard.flush()
    } catch {
      if error.isBrokenPipe { return }
      try? Output.error.line("rule-cleaner: \(error.message)")
      exit(error.kind.exitCode)
    }
  }
}
