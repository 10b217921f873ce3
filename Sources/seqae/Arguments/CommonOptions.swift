import SeqaeFiles
import SeqaeTensors

/// The options that all verbs have.
struct CommonOptions {
  /// Whether results are one JSON object a line.
  let json: Bool
  /// Whether standard error gets errors only.
  let quiet: Bool

  private let threads: Int?

  /// Reads `--threads`, `--json` and `--quiet`.
  init(_ arguments: inout Arguments) throws(Failure) {
    (threads, json, quiet) = try arguments.common { arguments throws(Failure) in
      (
        try arguments.option(
          "--threads", "N", within: 1...1024, standard: "all that it may use",
          variable: "SEQAE_THREADS", help: "how many processors to use"),
        try arguments.flag(
          "--json", variable: "SEQAE_JSON",
          help: "print one JSON object for each result, a line each"),
        try arguments.flag(
          "--quiet", variable: "SEQAE_QUIET", help: "no progress, no notes: errors only")
      )
    }
  }

  /// Says something on standard error, unless only errors are wanted there.
  func note(_ text: String) {
    // Nobody listens: no reason to stop the work.
    // One line, whatever a file's name has brought into it, as a failure's.
    if !quiet { try? Output.error.line(Failure(.io, text).message) }
  }

  /// Sizes the thread pool; to be called before the first work.
  func apply() {
    if let threads { Threads.count = threads }
  }
}
