/// A type that the value of an option can be read as.
protocol ArgumentValue {
  /// What is expected, for messages: "a whole number".
  static var expectation: String { get }
  /// Reads a value; nil if it is none.
  init?(argument: String)
  /// The value as a person would type it, for the help.
  var argument: String { get }
  /// All values; empty where they are not few.
  static var choices: [String] { get }
}

extension ArgumentValue {
  static var choices: [String] { [] }
}

extension String: ArgumentValue {
  static var expectation: String { "text" }
  init?(argument: String) { self = argument }
  var argument: String { self }
}

extension Int: ArgumentValue {
  static var expectation: String { "a whole number" }
  init?(argument: String) { self.init(argument) }
  var argument: String { String(self) }
}

extension UInt64: ArgumentValue {
  static var expectation: String { "a whole number from 0" }
  init?(argument: String) { self.init(argument) }
  var argument: String { String(self) }
}

extension Double: ArgumentValue {
  static var expectation: String { "a number" }
  init?(argument: String) {
    guard let value = Double(argument), value.isFinite else { return nil }
    self = value
  }
  var argument: String {
    let text = String(self)
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}

/// A choice among words: the raw values of an enumeration.
protocol ArgumentChoice: ArgumentValue, CaseIterable, RawRepresentable where RawValue == String {}

extension ArgumentChoice {
  static var expectation: String {
    "one of " + choices.joined(separator: ", ")
  }
  static var choices: [String] { allCases.map(\.rawValue) }
  /// All of them as a sentence names them: a, b or c.
  static var list: String {
    choices.dropLast().joined(separator: ", ") + " or " + (choices.last ?? "")
  }
  init?(argument: String) { self.init(rawValue: argument) }
  var argument: String { rawValue }
}
