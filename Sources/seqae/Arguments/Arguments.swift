import Glibc
import SeqaeFiles
import SeqaeText

/// The words after a verb, read by declaring what they may be.
///
///     let recipe = try arguments.word("RECIPE", help: "denoiser or tokenizer")
///     let files = try arguments.options("--data", "FILE", help: "where the lines are")
///     let steps = try arguments.option("--steps", "N", default: 1000, help: "how many steps")
///     let resume = try arguments.flag("--resume", help: "go on from the newest checkpoint")
///
/// One that records takes down the declarations and gives back defaults, or nothing.
/// `--name value` and `--name=value` are the same; after `--` all is text.
struct Arguments {
  /// What was asked for so far, in order.
  private(set) var declarations: [Declaration] = []

  /// What helps where an option with several values took a text for one of them.
  static let separation = "put texts before the option, or -- between"

  private let verb: String
  private let isRecording: Bool
  private var given: [String: [String]] = [:]  // by option; a flag has no values
  private var words: [String] = []
  private var greedy: String?  // an option that took several words after it
  private var group = Declaration.Group.own

  /// Makes one that records.
  init(recording verb: String) {
    self.verb = verb
    isRecording = true
  }

  /// Sorts words into options and the rest by what was declared.
  init(_ words: [String], for verb: String, declared: [Declaration]) throws(Failure) {
    self.verb = verb
    isRecording = false
    let options = declared.filter(\.isNamed)
    var position = 0
    while position < words.count {
      let word = words[position]
      position += 1
      if word == "--" {
        self.words += words[position...]
        break
      }
      guard Self.isOption(word) else {
        self.words.append(word)
        continue
      }
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = String(parts[0])
      guard let option = options.first(where: { $0.name == name }) else {
        throw unknown(word, among: options.map(\.name))
      }
      var values = parts.dropFirst().map { String($0) }
      try takeValues(of: option, &values, from: words, at: &position)
      if values.contains("") {
        throw wrong("\(name): expected \(option.placeholder), found nothing")
      }
      given[name, default: []] += values
    }
  }

  /// Whether words ask for the help, wherever in them, unless as text after `--`.
  static func asksForHelp(_ words: [String]) -> Bool {
    words.prefix { $0 != "--" }.contains { $0 == "--help" || $0 == "-h" }
  }

  /// Reads a word at its place.
  mutating func word(
    _ name: String, choices: [String] = [], help: String
  ) throws(Failure) -> String {
    declare(name, .word, isRequired: true, choices: choices, help: help)
    if isRecording { return "" }
    guard !words.isEmpty else { throw missing(name) }
    let word = words.removeFirst()
    guard !word.isEmpty else { throw wrong("expected \(name), found nothing") }
    return word
  }

  /// Reads a word that is one of few.
  mutating func choice<Value: ArgumentValue>(
    _ name: String, placeholder: Value, help: String
  ) throws(Failure) -> Value {
    let text = try word(name, choices: Value.choices, help: help)
    if isRecording { return placeholder }
    guard let value = Value(argument: text) else {
      throw wrong("\(name): expected \(Value.expectation), found \(ByteString(text).quoted)")
    }
    return value
  }

  /// Reads all remaining words; to be asked for last.
  mutating func words(_ name: String, help: String) -> [String] {
    declare(name, .words, help: help)
    defer { words = [] }
    return words
  }

  /// Reads all remaining words, at least one; to be asked for last.
  mutating func requiredWords(_ name: String, help: String) throws(Failure) -> [String] {
    declare(name, .words, isRequired: true, help: help)
    defer { words = [] }
    if isRecording { return [] }
    guard let first = words.first else { throw missing(name) }
    guard !first.isEmpty else { throw wrong("expected \(name), found nothing") }
    return words
  }

  /// Reads a flag.
  mutating func flag(
    _ name: String, variable: String? = nil, help: String
  ) throws(Failure) -> Bool {
    declare(name, .flag, variable: variable, help: help)
    if isRecording { return false }
    if given[name] != nil { return true }
    switch environment(variable) {
    case nil, "0", "false", "no": return false
    case "1", "true", "yes": return true
    case let value?:
      throw Failure(
        .usage, "\(variable ?? name): expected 1 or 0, found \(ByteString(value).quoted)")
    }
  }

  /// Reads an option that may be absent, for which the caller then takes `standard`, as it says.
  mutating func option<Value: ArgumentValue & Comparable>(
    _ name: String, _ placeholder: String, within range: ClosedRange<Value>? = nil,
    standard: String? = nil, variable: String? = nil, help: String
  ) throws(Failure) -> Value? {
    declare(name, .option, placeholder, variable: variable, standard: standard, help: help)
    return try value(of: name, within: range, variable: variable)
  }

  /// Reads an option that is one of few and may be absent, for which the caller then takes `standard`, as
  /// it says.
  mutating func optionalChoice<Value: ArgumentChoice>(
    _ name: String, _ placeholder: String, standard: String, help: String
  ) throws(Failure) -> Value? {
    declare(name, .option, placeholder, standard: standard, choices: Value.choices, help: help)
    return try value(of: name)
  }

  /// Reads an option that has a default.
  mutating func option<Value: ArgumentValue>(
    _ name: String, _ placeholder: String, default standard: Value,
    within range: ClosedRange<Value>, help: String
  ) throws(Failure) -> Value {
    declare(name, .option, placeholder, standard: standard.argument, help: help)
    return try value(of: name, within: range, variable: nil) ?? standard
  }

  /// Reads an option that has a default and whose values have no order.
  mutating func option<Value: ArgumentValue>(
    _ name: String, _ placeholder: String, default standard: Value, help: String
  ) throws(Failure) -> Value {
    declare(
      name, .option, placeholder, standard: standard.argument, choices: Value.choices, help: help)
    return try value(of: name) ?? standard
  }

  /// Reads an option without which the verb can't work.
  mutating func required(
    _ name: String, _ placeholder: String, help: String
  ) throws(Failure) -> String {
    declare(name, .option, placeholder, isRequired: true, help: help)
    if isRecording { return "" }
    guard let value: String = try value(of: name) else {
      throw wrong("expected \(name) \(placeholder)")
    }
    return value
  }

  /// Reads an option with any number of values, also from several mentions.
  mutating func options(
    _ name: String, _ placeholder: String, isRequired: Bool = false, help: String
  ) throws(Failure) -> [String] {
    declare(name, .options, placeholder, isRequired: isRequired, help: help)
    let values = given[name] ?? []
    guard !isRequired || isRecording || !values.isEmpty else {
      throw wrong("expected \(name) \(placeholder)")
    }
    return values
  }

  /// Reads an option with any number of values that are each one of few.
  mutating func choices<Value: ArgumentChoice>(
    _ name: String, _ placeholder: String, help: String
  ) throws(Failure) -> [Value] {
    declare(name, .options, placeholder, choices: Value.choices, help: help)
    return try values(of: name)
  }

  /// Reads an option with any number of numbers within a range; empty without one, for which the caller then takes
  /// `standard`, as it says.
  mutating func numbers(
    _ name: String, _ placeholder: String, within range: ClosedRange<Double>, standard: String,
    help: String
  ) throws(Failure) -> [Double] {
    declare(name, .options, placeholder, standard: standard, help: help)
    let values: [Double] = try values(of: name)
    if let value = values.first(where: { !range.contains($0) }) {
      throw Failure(
        .usage,
        "\(name): expected \(range.lowerBound.argument) to \(range.upperBound.argument), found "
          + value.argument)
    }
    return values
  }

  /// Lists the options that `body` asks for under those that all verbs have.
  mutating func common<Value>(
    _ body: (inout Arguments) throws(Failure) -> Value
  ) throws(Failure) -> Value {
    group = .common
    defer { group = .own }
    return try body(&self)
  }

  /// Refuses options that were given, and not in the environment, where they would change nothing.
  ///
  ///     try arguments.refuse(["--limit"], when: data.isEmpty, "without --data")
  func refuse(_ names: [String], when isUseless: Bool, _ reason: String) throws(Failure) {
    guard isUseless, let name = names.first(where: { given[$0] != nil }) else { return }
    throw wrong("\(name) changes nothing \(reason): leave it out")
  }

  /// Refuses words that nothing asked for.
  func finish() throws(Failure) {
    guard let word = words.first else { return }
    throw wrong("\(ByteString(word).quoted) is one word too many")
  }
}

// MARK: - Private helpers

extension Arguments {
  /// Whether a word is an option's name: two dashes and more, or a dash and one letter.
  ///
  /// Other words that begin with a dash are text: noisy text often does.
  private static func isOption(_ word: String) -> Bool {
    let bytes = Array(word.utf8)
    guard bytes.count >= 2, bytes[0] == UInt8(ascii: "-") else { return false }
    if bytes[1] == UInt8(ascii: "-") { return true }
    return bytes.count == 2 && isalpha(Int32(bytes[1])) != 0 && bytes[1] < 0x80
  }

  private mutating func takeValues(
    of option: Declaration, _ values: inout [String], from words: [String], at position: inout Int
  ) throws(Failure) {
    switch option.form {
    case .word, .words, .flag:
      guard values.isEmpty else { throw wrong("\(option.name) takes no value") }
      return
    case .option:
      if given[option.name] != nil { throw wrong("\(option.name) is given twice") }
      if values.isEmpty, position < words.count, !words[position].utf8.starts(with: "--".utf8) {
        values.append(words[position])
        position += 1
      }
    case .options:
      if !values.isEmpty { break }
      while position < words.count, !Self.isOption(words[position]) {
        values.append(words[position])
        position += 1
      }
      if values.count > 1 { greedy = option.name }
    }
    guard !values.isEmpty else { throw wrong("\(option.name) expects \(option.placeholder)") }
  }

  private mutating func declare(
    _ name: String, _ form: Declaration.Form, _ placeholder: String = "", isRequired: Bool = false,
    variable: String? = nil, standard: String? = nil, choices: [String] = [], help: String
  ) {
    declarations.append(
      Declaration(
        name: name, form: form, placeholder: placeholder, isRequired: isRequired,
        variable: variable, standard: standard, help: help, group: group, choices: choices))
  }

  private func value<Value: ArgumentValue & Comparable>(
    of name: String, within range: ClosedRange<Value>?, variable: String?
  ) throws(Failure) -> Value? {
    let value: Value? = try value(of: name, variable: variable)
    if let value, let range, !range.contains(value) {
      let source = given[name] == nil ? variable ?? name : name
      throw Failure(
        .usage,
        "\(source): expected \(range.lowerBound.argument) to \(range.upperBound.argument), found "
          + value.argument)
    }
    return value
  }

  private func value<Value: ArgumentValue>(
    of name: String, variable: String? = nil
  ) throws(Failure) -> Value? {
    if isRecording { return nil }
    let option = given[name]?.first
    guard let text = option ?? environment(variable) else { return nil }
    guard let value = Value(argument: text) else {
      throw Failure(
        .usage,
        "\(option == nil ? variable ?? name : name): expected \(Value.expectation), found "
          + ByteString(text).quoted)
    }
    return value
  }

  private func values<Value: ArgumentValue>(of name: String) throws(Failure) -> [Value] {
    var values: [Value] = []
    for text in given[name] ?? [] {
      guard let value = Value(argument: text) else {
        throw Failure(
          .usage, "\(name): expected \(Value.expectation), found \(ByteString(text).quoted)")
      }
      values.append(value)
    }
    return values
  }

  /// The value of an environment variable; nil if it is not set or empty.
  private func environment(_ variable: String?) -> String? {
    guard let variable, let value = getenv(variable), value.pointee != 0 else { return nil }
    return String(cString: value)
  }

  private func wrong(_ message: String) -> Failure {
    Failure(.usage, "\(message) (seqae \(verb) --help)")
  }

  private func missing(_ name: String) -> Failure {
    let hint = greedy.map { ": \($0) takes all that follows: \(Self.separation)" }
    return wrong("expected \(name)\(hint ?? "")")
  }

  private func unknown(_ word: String, among names: [String]) -> Failure {
    let name = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)[0]
    let hint =
      Spelling.suggestion(for: String(name), among: names)
      ?? "seqae \(verb) --help lists them; put -- before a text that begins with dashes"
    return Failure(.usage, "unknown option \(ByteString(String(name)).quoted): \(hint)")
  }
}
