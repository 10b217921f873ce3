import SeqaeFiles

/// The manual page, `seqae(1)`: all that the help says, in the order that man pages have.
struct ManualPage {
  /// The page in roff.
  var text: String { page.text }

  private var page = Roff()

  /// Variables that stand for no option.
  private static let variables = [
    (ModelLocation.variable, "The folder of the shipped models, in place of the program's own."),
    ("SEQAE_DATA", "The folder of the corpora that train takes without --data."),
  ]

  /// Where the program finds what came with it.
  private static let files = [
    ("../share/seqae/Models", "The shipped models, a folder each."),
    ("../share/seqae/Scripts/splits.json", "What is held out of corpora."),
  ]

  /// Writes the page of a program with these verbs.
  ///
  /// - Parameters:
  ///   - commands: The verbs, in the order of the help.
  ///   - date: The date that the page bears, as `2026-11-20`.
  /// - Throws: `Failure` if a verb can't say what it takes.
  init(_ commands: [any Command.Type], date: String) throws(Failure) {
    page.macro("TH", "SEQAE", "1", date, "seqae \(Version.number)", "User Commands")
    // Commands and paths are to be copied: they are not to be broken or stretched.
    page.macro("nh")
    page.macro("ad", "l")
    writeProgram()
    page.macro("SH", "COMMANDS")
    for command in commands { try write(command) }
    try writeCommon(commands)
    page.macro("SH", "FILES")
    page.fill(
      .plain("Paths are relative to the folder of the program. One in the "), .bold(".build"),
      .plain(" of a checkout takes the files of the checkout."))
    for (path, meaning) in Self.files { page.entry([.bold(path)], [.plain(meaning)]) }
    page.macro("SH", "EXIT STATUS")
    for (code, meaning) in HelpText.exitCodes {
      page.entry([.bold("\(code)")], [.plain(meaning)])
    }
    page.macro("SH", "EXAMPLES")
    page.fill(.plain("Each command has its own above. This one repairs a text:"))
    page.session(HelpText.example)
  }

  private mutating func writeProgram() {
    let summary = HelpText.summary
    page.macro("SH", "NAME")
    page.fill(
      .plain("seqae - " + summary.prefix(1).lowercased() + summary.dropFirst().dropLast()))
    page.macro("SH", "SYNOPSIS")
    page.fill(.bold("seqae"), .plain(" "), .italic("COMMAND"), .plain(" [arguments]"))
    page.macro("SH", "DESCRIPTION")
    page.fill(.plain(HelpText.conventions))
  }

  private mutating func write(_ command: any Command.Type) throws(Failure) {
    let declarations = try command.declarations()
    page.macro("SS", command.name)
    page.fill(.plain(command.abstract))
    let usage = HelpText.usage(declarations).joined(separator: " ")
    page.paragraph(.bold("seqae \(command.name)"), .plain(" \(usage)"))
    for declaration in declarations where declaration.group == .own {
      page.entry(Self.spans(declaration), [.plain(HelpText.description(declaration))])
    }
    let common = declarations.filter { $0.group == .common }.map(\.name)
    if !common.isEmpty {
      page.paragraph(
        .plain("Common options: "), .bold(common.joined(separator: " ")), .plain("."))
    }
    writeDiscussion(command.discussion)
    page.session(command.example)
  }

  /// Writes what a verb's help says between options and example: paragraphs, and entries that are
  /// indented by two columns, with two or more between the name and what is said of it.
  private mutating func writeDiscussion(_ discussion: String) {
    var name: Substring?
    var words: [Substring] = []
    let lines = discussion.split(separator: "\n", omittingEmptySubsequences: false)
    for line in lines + [""] {
      let depth = line.prefix { $0 == " " }.count
      let content = line.dropFirst(depth)
      let begins = content.isEmpty || depth == 2 || (depth == 0 && name != nil)
      if begins, name != nil || !words.isEmpty {
        let description = words.joined(separator: " ")
        if let name {
          page.entry([.bold(String(name))], [.plain(description)])
        } else {
          page.paragraph(.plain(description))
        }
        (name, words) = (nil, [])
      }
      if depth == 2, let gap = content.firstRange(of: "  ") {
        name = content[..<gap.lowerBound]
        words = [content[gap.upperBound...]]
      } else if depth == 2 {
        name = content
      } else if !content.isEmpty {
        words.append(content)
      }
    }
  }

  /// Writes each common option once, and the variables.
  private mutating func writeCommon(_ commands: [any Command.Type]) throws(Failure) {
    var common: [Declaration] = []
    var variables: [(String, String)] = []
    for command in commands {
      for declaration in try command.declarations() {
        if declaration.group == .common, !common.contains(declaration) {
          common.append(declaration)
        }
        guard let name = declaration.variable, !variables.contains(where: { $0.0 == name }) else {
          continue
        }
        variables.append((name, "Stands in where \(declaration.name) is not given."))
      }
    }
    page.macro("SH", "COMMON OPTIONS")
    for declaration in common {
      page.entry(Self.spans(declaration), [.plain(HelpText.description(declaration))])
    }
    page.macro("SH", "ENVIRONMENT")
    for (name, meaning) in variables + Self.variables {
      page.entry([.bold(name)], [.plain(meaning)])
    }
  }

  /// An argument as the page spells it: what is typed in bold, what is replaced in italics.
  private static func spans(_ declaration: Declaration) -> [Roff.Span] {
    switch declaration.form {
    case .word: [.italic(declaration.name)]
    case .words: [.italic(declaration.name), .plain("…")]
    case .flag: [.bold(declaration.name)]
    case .option: [.bold(declaration.name), .plain(" "), .italic(declaration.placeholder)]
    case .options:
      [.bold(declaration.name), .plain(" "), .italic(declaration.placeholder), .plain("…")]
    }
  }
}
