import SeqaeFiles

/// How the work of a verb ended that did not fail.
enum Ending {
  /// All of it was done.
  case done
  /// A signal asked to stop, and what was done so far was kept.
  case interrupted
}

/// A verb of the command line, which declares, parses and documents itself in the same lines.
///
/// `init` reads each argument with its help; to write the help, and to know which options take
/// values, it is run once with an `Arguments` that records instead of reading. So it must ask for
/// the same arguments whatever their values are, and do nothing else.
protocol Command {
  /// The verb: `denoise` in `seqae denoise`.
  static var name: String { get }
  /// What it does, in one sentence.
  static var abstract: String { get }
  /// What the help says between the options and the example; empty as a rule.
  static var discussion: String { get }
  /// Lines of an example session: commands after `$ `, and what they print.
  static var example: [String] { get }

  /// Reads the arguments.
  init(_ arguments: inout Arguments) throws(Failure)

  /// Does the work.
  func run() throws(Failure) -> Ending
}

extension Command {
  static var discussion: String { "" }

  /// The arguments that the verb takes.
  static func declarations() throws(Failure) -> [Declaration] {
    var recorder = Arguments(recording: name)
    _ = try Self(&recorder)
    return recorder.declarations
  }

  /// Reads the verb's arguments and does its work, or prints its help where that is asked for.
  static func run(_ words: [String]) throws(Failure) -> Ending {
    let declarations = try declarations()
    if Arguments.asksForHelp(words) {
      try Output.standard.write(Array(HelpText.command(Self.self, declarations).utf8))
      return .done
    }
    var arguments = try Arguments(words, for: name, declared: declarations)
    let command = try Self(&arguments)
    try arguments.finish()
    return try command.run()
  }
}
