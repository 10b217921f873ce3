/// The help, written from what the verbs declare.
enum HelpText {
  /// The column where descriptions begin, and the last one that they fill.
  private static let indentation = 26
  private static let width = 96

  /// What the program is for, in one sentence.
  static let summary = "Sequence autoencoders: repair text, and train the models that do."

  /// What is true of all verbs.
  static let conventions = """
    seqae COMMAND --help says what a command takes, with an example. seqae --version says what
    this program is built with. Text comes from the arguments, else from standard input, one
    item a line; results go to standard output, all else to standard error.
    """

  /// What the program's exit codes mean.
  static let exitCodes: [(code: Int32, meaning: String)] = [
    (0, "done"), (64, "wrong usage"), (65, "bad data"), (66, "missing input"),
    (69, "a feature is not there"), (70, "a fault of the program"), (73, "can't create"),
    (74, "reading or writing failed"), (130, "interrupted"),
  ]

  /// An example session, as verbs have them.
  static let example = ["$ seqae denoise '中，，，，国'", "中国"]

  /// The help of one verb.
  static func command(_ command: any Command.Type, _ declarations: [Declaration]) -> String {
    var text = "\(command.abstract)\n\n"
    text += "usage: \((["seqae", command.name] + usage(declarations)).joined(separator: " "))\n"
    let words = declarations.filter { !$0.isNamed }
    text += section(nil, words)
    text += section("options", declarations.filter { $0.isNamed && $0.group == .own })
    text += section(
      "options of all commands", declarations.filter { $0.isNamed && $0.group == .common })
    if !command.discussion.isEmpty { text += "\n\(command.discussion)\n" }
    text += "\nexample:\n" + command.example.map { "  \($0)\n" }.joined()
    return text
  }

  /// What follows a verb where it is used: its words, what it can't do without, and the rest.
  static func usage(_ declarations: [Declaration]) -> [String] {
    let words = declarations.filter { !$0.isNamed }
    let options = declarations.filter(\.isNamed)
    return words.map { $0.isRequired ? $0.spelling : "[\($0.spelling)]" }
      + options.filter(\.isRequired).map(\.spelling)
      + (options.allSatisfy(\.isRequired) ? [] : ["[options]"])
  }

  /// The help of the whole program.
  static func program(_ commands: [any Command.Type]) -> String {
    var text = """
      \(summary)

      usage: seqae COMMAND [arguments]

      commands:

      """
    for command in commands { text += entry(command.name, command.abstract) }
    text += "\n\(conventions)\n\nexit codes:\n"
    text += lines(of: exitCodes.map { "\($0.code) \($0.meaning)" })
    text += "\nexample:\n" + example.map { "  \($0)\n" }.joined()
    return text
  }

  /// Items with commas between, as many a line as fit.
  private static func lines(of items: [String]) -> String {
    var lines = [" "]
    for (number, item) in items.enumerated() {
      let part = " " + item + (number == items.count - 1 ? "" : ",")
      if lines[lines.count - 1].count + part.count > width { lines.append(" ") }
      lines[lines.count - 1] += part
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func section(_ title: String?, _ declarations: [Declaration]) -> String {
    guard !declarations.isEmpty else { return "" }
    let entries = declarations.map { entry($0.spelling, description($0)) }
    return "\n" + (title.map { "\($0):\n" } ?? "") + entries.joined()
  }

  /// What an argument is for, with its default and its variable.
  static func description(_ declaration: Declaration) -> String {
    var notes: [String] = []
    if let standard = declaration.standard { notes.append("default \(standard)") }
    if let variable = declaration.variable { notes.append(variable) }
    return declaration.help + (notes.isEmpty ? "" : " (\(notes.joined(separator: "; ")))")
  }

  /// A name and, beside it, its description broken into lines.
  static func entry(_ name: String, _ description: String) -> String {
    var lines = ["  \(name)"]
    if name.count + 4 > indentation {
      lines.append(String(repeating: " ", count: indentation))
    } else {
      lines[0] += String(repeating: " ", count: indentation - lines[0].count)
    }
    var isFirst = true
    for word in description.split(separator: " ") {
      let length = lines[lines.count - 1].count + word.count + (isFirst ? 0 : 1)
      if !isFirst, length > width {
        lines.append(String(repeating: " ", count: indentation) + word)
      } else {
        lines[lines.count - 1] += (isFirst ? "" : " ") + word
      }
      isFirst = false
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
