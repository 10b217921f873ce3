import SeqaeFiles

/// The shells for which there are scripts.
enum Shell: String, ArgumentChoice {
  case bash, zsh, fish

  /// The script with which the shell completes `commands`.
  func script(_ commands: [CompletedCommand]) -> String {
    switch self {
    case .bash: BashCompletion.script(commands)
    case .zsh: ZshCompletion.script(commands)
    case .fish: FishCompletion.script(commands)
    }
  }
}

/// A verb as scripts see it.
struct CompletedCommand {
  let name: String
  let abstract: String
  let declarations: [Declaration]

  /// Takes down what a verb declares.
  init(_ command: any Command.Type) throws(Failure) {
    name = command.name
    abstract = command.abstract
    declarations = try command.declarations()
  }

  /// The options, the help's among them.
  var options: [Declaration] {
    declarations.filter(\.isNamed) + [
      Declaration(
        name: "--help", form: .flag, placeholder: "", isRequired: false, variable: nil,
        standard: nil, help: "say what the command takes", group: .common, choices: [])
    ]
  }

  /// The words at their places.
  var words: [Declaration] { declarations.filter { !$0.isNamed } }
}

extension Declaration {
  /// Whether a value may be a file's name; what is a number has a single letter in the help.
  var takesFiles: Bool { choices.isEmpty && placeholder.utf8.count > 1 }
}

/// Words that complete by `compgen`, without descriptions.
private enum BashCompletion {
  static func script(_ commands: [CompletedCommand]) -> String {
    let names = commands.map(\.name) + ["--help", "--version"]
    return """
      # bash completion of seqae
      _seqae() {
        local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} words=
        if ((COMP_CWORD == 1)); then
          words='\(names.joined(separator: " "))'
        else
          case ${COMP_WORDS[1]} in
      \(commands.map(arm).joined(separator: "\n"))
          esac
        fi
        COMPREPLY=($(compgen -W "$words" -- "$word"))
      }
      # What has no words here completes as file names.
      complete -o default -F _seqae seqae

      """
  }

  private static func arm(_ command: CompletedCommand) -> String {
    var lines = ["      \(command.name))", "        case $previous in"]
    for option in command.options where option.form != .flag {
      lines.append("          \(option.name)) words='\(option.choices.joined(separator: " "))' ;;")
    }
    let options = command.options.map(\.name).joined(separator: " ")
    let words = command.words.first?.choices.joined(separator: " ") ?? ""
    lines.append(
      "          *) case $word in -*) words='\(options)' ;; *) words='\(words)' ;; esac ;;")
    return (lines + ["        esac", "        ;;"]).joined(separator: "\n")
  }
}

/// Specifications for `_arguments`, with descriptions.
private enum ZshCompletion {
  static func script(_ commands: [CompletedCommand]) -> String {
    let names = commands.map { quoted("\(escaped($0.name)):\(escaped($0.abstract))") }
    return """
      #compdef seqae
      _seqae() {
        local -a commands=(
          \(names.joined(separator: "\n    "))
        )
        if ((CURRENT == 2)); then
          _describe command commands
          return
        fi
        local command=$words[2]
        shift words
        ((CURRENT--))
        case $command in
      \(commands.map(arm).joined(separator: "\n"))
        esac
      }
      if [[ $funcstack[1] == _seqae ]]; then _seqae "$@"; else compdef _seqae seqae; fi

      """
  }

  private static func arm(_ command: CompletedCommand) -> String {
    let specifications = command.options.map(specification) + command.words.map(specification)
    let lines = specifications.map { "        " + quoted($0) }
    return "    \(command.name))\n      _arguments \\\n" + lines.joined(separator: " \\\n")
      + "\n      ;;"
  }

  private static func specification(_ declaration: Declaration) -> String {
    let help = "[\(escaped(declaration.help))]"
    let action =
      declaration.choices.isEmpty
      ? (declaration.takesFiles ? "_files" : " ")
      : "(\(declaration.choices.joined(separator: " ")))"
    switch declaration.form {
    case .flag: return declaration.name + help
    case .option: return "\(declaration.name)\(help):\(escaped(declaration.placeholder)):\(action)"
    case .options:
      return "*\(declaration.name)\(help):\(escaped(declaration.placeholder)):\(action)"
    case .word: return ":\(escaped(declaration.name)):" + (action == " " ? "_files" : action)
    case .words: return "*:\(escaped(declaration.name)):_files"
    }
  }

  private static func escaped(_ text: String) -> String {
    String(text.flatMap { "[]:\\".contains($0) ? ["\\", $0] : [$0] })
  }

  private static func quoted(_ text: String) -> String {
    "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#)
      + "'"
  }
}

/// A line of `complete` for each command, option and word.
private enum FishCompletion {
  static func script(_ commands: [CompletedCommand]) -> String {
    var lines = ["# fish completion of seqae", "complete -c seqae -f"]
    for command in commands {
      lines.append(
        "complete -c seqae -n __fish_use_subcommand -a \(command.name) -d \(quoted(command.abstract))"
      )
      let condition = "complete -c seqae -n '__fish_seen_subcommand_from \(command.name)'"
      for option in command.options {
        let values = option.form == .flag ? "" : value(option)
        lines.append(
          "\(condition) -l \(option.name.dropFirst(2))\(values) -d \(quoted(option.help))")
      }
      for word in command.words {
        lines.append(
          condition
            + (word.choices.isEmpty ? " -F" : " -a \(quoted(word.choices.joined(separator: " ")))"))
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func value(_ option: Declaration) -> String {
    if !option.choices.isEmpty {
      return " -x -a \(quoted(option.choices.joined(separator: " ")))"
    }
    return option.takesFiles ? " -r -F" : " -x"
  }

  private static func quoted(_ text: String) -> String {
    "'" + String(text.flatMap { "'\\".contains($0) ? ["\\", $0] : [$0] }) + "'"
  }
}
