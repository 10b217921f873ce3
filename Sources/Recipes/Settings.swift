import SeqaeFiles
import SeqaeText

/// One value of a configuration by the name that `--set` and configuration files use.
public struct Setting<Configuration>: Sendable {
  /// Its name, such as `learning_rate`.
  public let name: String
  /// What it is and where its default comes from.
  public let help: String
  let read: @Sendable (Configuration) -> JSON
  let write: @Sendable (inout Configuration, JSON) -> Bool
  let expected: String

  /// Creates the setting of an integer within `range`.
  static func integer(
    _ name: String, _ path: WritableKeyPath<Configuration, Int> & Sendable,
    _ range: ClosedRange<Int>, _ help: String
  ) -> Setting {
    Setting(
      name: name, help: help, read: { .integer($0[keyPath: path]) },
      write: { configuration, value in
        guard let value = value.intValue, range.contains(value) else { return false }
        configuration[keyPath: path] = value
        return true
      }, expected: "an integer in \(range.lowerBound) … \(range.upperBound)")
  }

  /// Creates the setting of a number within `range`.
  static func number(
    _ name: String, _ path: WritableKeyPath<Configuration, Double> & Sendable,
    _ range: ClosedRange<Double>, _ help: String
  ) -> Setting {
    Setting(
      name: name, help: help, read: { .number($0[keyPath: path]) },
      write: { configuration, value in
        guard let value = value.doubleValue, range.contains(value) else { return false }
        configuration[keyPath: path] = value
        return true
      }, expected: "a number in \(range.lowerBound) … \(range.upperBound)")
  }

  /// Creates the setting of a number within `range` or of none, which `word` stands for.
  static func number(
    _ name: String, _ path: WritableKeyPath<Configuration, Double?> & Sendable,
    _ range: ClosedRange<Double>, or word: String, _ help: String
  ) -> Setting {
    Setting(
      name: name, help: help,
      read: { configuration in configuration[keyPath: path].map { .number($0) } ?? JSON(word) },
      write: { configuration, value in
        if value.stringValue?.string == word {
          configuration[keyPath: path] = nil
          return true
        }
        guard let value = value.doubleValue, range.contains(value) else { return false }
        configuration[keyPath: path] = value
        return true
      }, expected: "\(word) or a number in \(range.lowerBound) … \(range.upperBound)")
  }

  /// Creates the setting of one of several words.
  static func choice<Choice: RawRepresentable & CaseIterable & Sendable>(
    _ name: String, _ path: WritableKeyPath<Configuration, Choice> & Sendable, _ help: String
  ) -> Setting where Choice.RawValue == String {
    Setting(
      name: name, help: help, read: { JSON($0[keyPath: path].rawValue) },
      write: { configuration, value in
        // JSON has words of its own for true and false.
        guard let text = value.stringValue?.string ?? value.boolValue.map({ "\($0)" }),
          let choice = Choice(rawValue: text)
        else { return false }
        configuration[keyPath: path] = choice
        return true
      }, expected: Choice.allCases.map(\.rawValue).joined(separator: ", "))
  }

  /// Creates the setting of a folder, kept from the root so that a run may be resumed from another one; empty
  /// for none.
  static func folder(
    _ name: String, _ path: WritableKeyPath<Configuration, String> & Sendable, _ help: String
  ) -> Setting {
    Setting(
      name: name, help: help, read: { JSON($0[keyPath: path]) },
      write: { configuration, value in
        // A folder may be called 12.
        guard let text = value.stringValue?.string ?? value.intValue.map({ "\($0)" }) else {
          return false
        }
        configuration[keyPath: path] = text.isEmpty ? "" : Path.absolute(text)
        return true
      }, expected: "a folder")
  }

  /// Creates the setting of a list of integers within `range`, such as `500,250`; empty for none.
  static func integers(
    _ name: String, _ path: WritableKeyPath<Configuration, [Int]> & Sendable,
    _ range: ClosedRange<Int>, _ help: String
  ) -> Setting {
    Setting(
      name: name, help: help,
      read: { JSON($0[keyPath: path].map { "\($0)" }.joined(separator: ",")) },
      write: { configuration, value in
        // A list of one is a number to `--set`.
        guard let text = value.stringValue?.string ?? value.intValue.map({ "\($0)" }) else {
          return false
        }
        let parts = text.split(separator: ",", omittingEmptySubsequences: !text.contains(","))
        let numbers = parts.compactMap { Int($0) }.filter(range.contains)
        guard numbers.count == parts.count else { return false }
        configuration[keyPath: path] = numbers
        return true
      },
      expected: "integers in \(range.lowerBound) … \(range.upperBound) with commas between")
  }

  /// Creates the setting of a list of words of letters, digits and hyphens, such as `en,zh`; empty for none.
  static func words(
    _ name: String, _ path: WritableKeyPath<Configuration, [String]> & Sendable, _ help: String
  ) -> Setting {
    Setting(
      name: name, help: help, read: { JSON($0[keyPath: path].joined(separator: ",")) },
      write: { configuration, value in
        guard let text = value.stringValue?.string else { return false }
        let words = text.split(separator: ",", omittingEmptySubsequences: text.isEmpty)
        let isWord = { (word: Substring) in
          !word.isEmpty
            && word.utf8.allSatisfy {
              (0x30...0x39).contains($0) || (0x61...0x7A).contains($0 | 0x20) || $0 == 0x2D
            }
        }
        guard words.allSatisfy(isWord) else { return false }
        configuration[keyPath: path] = words.map(String.init)
        return true
      }, expected: "words with commas between")
  }

  /// Returns the setting for what holds a configuration at `path`.
  func within<Outer>(
    _ path: WritableKeyPath<Outer, Configuration> & Sendable
  ) -> Setting<Outer> {
    let (read, write) = (self.read, self.write)
    return Setting<Outer>(
      name: name, help: help, read: { read($0[keyPath: path]) },
      write: { write(&$0[keyPath: path], $1) }, expected: expected)
  }
}

/// A configuration whose values have names, so that commands can list, read and change them.
///
/// ```swift
/// var configuration = DenoiserConfiguration()
/// try configuration.set("width=128")
/// configuration.json                       // {"width": 128, …}, every value
/// ```
public protocol Configurable: Sendable {
  /// Every value, in the order in which they are listed.
  static var settings: [Setting<Self>] { get }

  /// Creates the defaults.
  init()
}

extension Configurable {
  /// Every value by its name.
  public var json: JSON {
    .object(JSONObject(Self.settings.map { (ByteString($0.name), $0.read(self)) }))
  }

  /// Changes one value by an assignment `key=value`.
  ///
  /// - Parameter assignment: such as `learning_rate=5e-4`.
  /// - Throws: `Failure(.usage)` for an unknown key, with the nearest one, and for an unfit value.
  public mutating func set(_ assignment: String) throws(Failure) {
    let bytes = Array(assignment.utf8)
    guard let place = bytes.firstIndex(of: UInt8(ascii: "=")) else {
      throw Failure(.usage, "--set \(assignment): expected key=value, such as \(Self.example)")
    }
    let key = String(decoding: bytes[..<place], as: UTF8.self)
    let text = Array(bytes[(place + 1)...])
    // What is no JSON number is a word.
    let value = (try? JSON.parse(text, name: key)).flatMap { $0.doubleValue == nil ? nil : $0 }
    do throws(Failure) {
      try set(key, to: value ?? .string(ByteString(text)))
    } catch {
      throw Failure(.usage, "--set \(error.message)")
    }
  }

  /// Changes the values that an object names.
  ///
  /// - Parameters:
  ///   - json: an object of values by name.
  ///   - name: the file that it comes from, for messages.
  /// - Throws: `Failure(.data)` for an unknown key, with the nearest one, and for an unfit value.
  public mutating func apply(_ json: JSON, name: String) throws(Failure) {
    guard let object = json.objectValue else {
      throw Failure(.data, "\(name): expected an object of settings, found \(json.kindName)")
    }
    for member in object.members {
      do throws(Failure) {
        try set(member.key.string, to: member.value)
      } catch {
        throw Failure(.data, "\(name): \(error.message)")
      }
    }
  }

  private mutating func set(_ key: String, to value: JSON) throws(Failure) {
    guard let setting = Self.settings.first(where: { ByteString($0.name) == ByteString(key) })
    else {
      let names = Self.settings.map(\.name)
      let hint = Spelling.suggestion(for: key, among: names).map { $0 + " " } ?? ""
      throw Failure(
        .usage, "\(key): no such setting: \(hint)There are \(names.joined(separator: ", "))")
    }
    guard setting.write(&self, value) else {
      let text = String(decoding: value.serialized(), as: UTF8.self)
      let found = value.stringValue.map(\.quoted) ?? text
      throw Failure(.usage, "\(key): expected \(setting.expected), found \(found)")
    }
  }

  private static var example: String {
    guard let first = Self.settings.first else { return "key=value" }
    let value = String(decoding: first.read(Self()).serialized(), as: UTF8.self)
    return "\(first.name)=\(value)"
  }
}
