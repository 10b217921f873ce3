/// One argument that a verb has declared.
struct Declaration: Sendable, Equatable {
  /// How the argument is written.
  enum Form: Sendable, Equatable {
    /// A word at its place.
    case word
    /// All remaining words.
    case words
    /// A name alone.
    case flag
    /// A name and a value.
    case option
    /// A name and the values up to the next name.
    case options
  }

  /// Where the help lists an argument.
  enum Group: Sendable, Equatable {
    /// Under the verb's own.
    case own
    /// Under those that all verbs have.
    case common
  }

  /// The option's name with its dashes, or what the help calls a word.
  let name: String
  /// How it is written.
  let form: Form
  /// What the help calls the value; empty where there is none.
  let placeholder: String
  /// Whether the verb can do without.
  let isRequired: Bool
  /// The environment variable that stands in where the option is not given.
  let variable: String?
  /// The value that stands in where neither is given, as a person would type it.
  let standard: String?
  /// What it does, without a final stop.
  let help: String
  /// Where the help lists it.
  let group: Group
  /// The values there are; empty where they are not few.
  let choices: [String]

  /// The argument as the help spells it: `--data FILE…`.
  var spelling: String {
    switch form {
    case .word: name
    case .words: "\(name)…"
    case .flag: name
    case .option: "\(name) \(placeholder)"
    case .options: "\(name) \(placeholder)…"
    }
  }

  /// Whether it begins with dashes.
  var isNamed: Bool {
    switch form {
    case .word, .words: false
    case .flag, .option, .options: true
    }
  }
}
