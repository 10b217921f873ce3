#if canImport(Glibc)
  import Glibc
#endif

/// A string compared, hashed and ordered byte by byte.
///
/// Swift's `String` compares by canonical equivalence, so that U+212B and U+00C5 are one
/// dictionary key; vocabularies, checkpoints and ids need them apart.
///
///     ByteString("Å") == ByteString("\u{212B}")  // false: C3 85 and E2 84 AB
public struct ByteString: Hashable, Comparable, Sendable, ExpressibleByStringLiteral {
  /// The bytes, usually UTF-8, never checked.
  public var bytes: [UInt8]

  /// Makes a string of the bytes as they are.
  public init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// Makes a string of the UTF-8 of a Swift string.
  public init(_ string: String) {
    bytes = Array(string.utf8)
  }

  /// Makes a string of a slice of memory, which is copied.
  public init(copying bytes: UnsafeRawBufferPointer) {
    self.bytes = Array(bytes)
  }

  public init(stringLiteral value: String) {
    self.init(value)
  }

  /// The text, repaired with U+FFFD where the bytes are not UTF-8.
  public var string: String {
    String(decoding: bytes, as: UTF8.self)
  }

  /// The number of bytes.
  public var count: Int { bytes.count }

  /// Whether there are no bytes.
  public var isEmpty: Bool { bytes.isEmpty }

  /// The text in quotes for a message, cut after 80 bytes.
  ///
  /// Quotes and backslashes are escaped here, control characters by `Failure`.
  public var quoted: String {
    let limit = 80
    var text = "\""
    for scalar in String(decoding: bytes.prefix(limit), as: UTF8.self).unicodeScalars {
      if scalar == "\"" || scalar == "\\" { text += "\\" }
      text.unicodeScalars.append(scalar)
    }
    return text + (bytes.count > limit ? "…\"" : "\"")
  }

  public static func == (left: ByteString, right: ByteString) -> Bool {
    left.bytes == right.bytes
  }

  /// Orders by unsigned bytes, a prefix before what it begins: for UTF-8, code point order.
  public static func < (left: ByteString, right: ByteString) -> Bool {
    let shorter = min(left.count, right.count)
    let order = left.bytes.withUnsafeBytes { leftBytes in
      right.bytes.withUnsafeBytes { rightBytes -> Int32 in
        guard let first = leftBytes.baseAddress, let second = rightBytes.baseAddress else {
          return 0
        }
        return memcmp(first, second, shorter)
      }
    }
    return order == 0 ? left.count < right.count : order < 0
  }

  public func hash(into hasher: inout Hasher) {
    // All bytes at once: `Array` feeds the hasher one by one, which is several times slower.
    bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
    hasher.combine(bytes.count)
  }
}

extension ByteString: CustomStringConvertible {
  public var description: String { string }
}
