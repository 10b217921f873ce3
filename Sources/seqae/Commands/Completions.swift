import SeqaeFiles

/// `seqae completions`: what lets a shell complete this program's commands and options.
struct Completions: Command {
  static let name = "completions"
  static let abstract = "Print the script with which a shell completes commands and options."
  static let discussion = """
    An installed program has them in place. Else they belong here:
      bash    /etc/bash_completion.d/seqae, or source <(seqae completions bash) in ~/.bashrc
      zsh     a folder of $fpath, as _seqae
      fish    ~/.config/fish/completions/seqae.fish
    """
  static let example = [
    "$ seqae completions bash | head -n 1",
    "# bash completion of seqae",
  ]

  private let shell: Shell

  init(_ arguments: inout Arguments) throws(Failure) {
    shell = try arguments.choice("SHELL", placeholder: .bash, help: "bash, zsh or fish")
  }

  func run() throws(Failure) -> Ending {
    var commands: [CompletedCommand] = []
    for command in Main.commands { commands.append(try CompletedCommand(command)) }
    try Output.standard.write(Array(shell.script(commands).utf8))
    return .done
  }
}
