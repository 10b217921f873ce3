/// An error of the outside world: one line for people, and its kind for the exit code.
///
/// The message names the file or thing, what was expected, what was found, and the remedy:
/// `model.safetensors: tensor "shared.weight": expected 4096 bytes, found 2048: copy it again`.
public struct Failure: Error, Sendable, Equatable, CustomStringConvertible {
  /// What went wrong, in the classes of BSD's `sysexits.h`.
  public enum Kind: Sendable, Equatable {
    /// The command was given wrong arguments (64).
    case usage
    /// Input was read and is malformed (65).
    case data
    /// Input does not exist or may not be read (66).
    case missingInput
    /// A feature or service is not there, such as an optional library (69).
    case unavailable
    /// A fault of this program (70).
    case internalError
    /// An output file or folder can't be created (73).
    case cannotCreate
    /// Reading or writing failed on the way (74).
    case io

    /// The exit code of a command that ends with this kind of failure.
    public var exitCode: Int32 {
      switch self {
      case .usage: 64
      case .data: 65
      case .missingInput: 66
      case .unavailable: 69
      case .internalError: 70
      case .cannotCreate: 73
      case .io: 74
      }
    }
  }

  /// The class of the failure, which decides the exit code.
  public let kind: Kind
  /// The one line for people, without control characters.
  public let message: String
  /// Whether the reader of our output went away (EPIPE), on which a command ends quietly.
  public let isBrokenPipe: Bool

  /// Makes a failure from its kind and its line.
  ///
  /// Line breaks and other control characters, which a file's name or contents may have brought
  /// into the message, are written as escapes: the message is one line and moves no cursor.
  public init(_ kind: Kind, _ message: String) {
    self.init(kind, message, isBrokenPipe: false)
  }

  init(_ kind: Kind, _ message: String, isBrokenPipe: Bool) {
    self.kind = kind
    self.message = Self.oneLine(message)
    self.isBrokenPipe = isBrokenPipe
  }

  public var description: String { message }

  /// The failure of a read, to be made directly after the call that failed.
  ///
  /// - Parameter name: What was read.
  /// - Returns: The failure, with what the system says and the remedy.
  package static func reading(_ name: String) -> Failure { SystemError().reading(name) }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    // C0, DEL and C1, and the two separators that some terminals take for line breaks.
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029: true
    default: false
    }
  }

  private static func oneLine(_ message: String) -> String {
    guard message.unicodeScalars.contains(where: isControl) else { return message }
    var result = ""
    for scalar in message.unicodeScalars {
      if isControl(scalar) {
        result += scalar.escaped(asASCII: true)
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
