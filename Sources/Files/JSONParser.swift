/// A recursive descent over the bytes of one JSON document, `JSON.parse`'s private part.
struct JSONParser {
  private let bytes: UnsafeRawBufferPointer
  private let name: String
  private let limits: JSON.Limits
  private var position = 0
  private var depth = 0
  private var values = 0

  init(_ bytes: UnsafeRawBufferPointer, name: String, limits: JSON.Limits) {
    self.bytes = bytes
    self.name = name
    self.limits = limits
  }

  /// Parses the one value that the document must consist of.
  mutating func document() throws(Failure) -> JSON {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    let value = try value()
    skipSpace()
    guard position == bytes.count else { throw failure("the end of the document") }
    return value
  }

  private mutating func value() throws(Failure) -> JSON {
    values += 1
    guard values <= limits.values else {
      throw failure(
        at: position, "is one value too many: the limit is \(limits.values) values in a document")
    }
    skipSpace()
    switch peek() {
    case UInt8(ascii: "\""): return .string(ByteString(try string()))
    case UInt8(ascii: "{"): return .object(try object())
    case UInt8(ascii: "["): return .array(try array())
    case UInt8(ascii: "-")?, (UInt8(ascii: "0")...UInt8(ascii: "9"))?: return try number()
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: throw failure("a value")
    }
  }

  private mutating func array() throws(Failure) -> [JSON] {
    try enter()
    var elements: [JSON] = []
    if !skipIf(UInt8(ascii: "]")) {
      repeat {
        elements.append(try value())
      } while skipIf(UInt8(ascii: ","))
      guard skipIf(UInt8(ascii: "]")) else { throw failure("\",\" or \"]\"") }
    }
    depth -= 1
    return elements
  }

  private mutating func object() throws(Failure) -> JSONObject {
    try enter()
    var object = JSONObject()
    if !skipIf(UInt8(ascii: "}")) {
      repeat {
        skipSpace()
        let keyPosition = position
        guard peek() == UInt8(ascii: "\"") else { throw failure("a key in double quotes") }
        let key = ByteString(try string())
        guard skipIf(UInt8(ascii: ":")) else { throw failure("\":\" after key \(key.quoted)") }
        guard object.append(key, try value()) else {
          throw failure(at: keyPosition, "expected a new key, found \(key.quoted) a second time")
        }
      } while skipIf(UInt8(ascii: ","))
      guard skipIf(UInt8(ascii: "}")) else { throw failure("\",\" or \"}\"") }
    }
    depth -= 1
    return object
  }

  private mutating func enter() throws(Failure) {
    depth += 1
    guard depth <= limits.depth else {
      throw failure(at: position, "expected at most \(limits.depth) levels of nesting, found more")
    }
    position += 1
  }

  private mutating func word(_ text: StaticString, _ value: JSON) throws(Failure) -> JSON {
    let length = text.utf8CodeUnitCount
    for offset in 0..<length {
      guard position + offset < bytes.count, bytes[position + offset] == text.utf8Start[offset]
      else { throw failure("\(text)") }
    }
    position += length
    return value
  }

  // MARK: Bytes

  private func peek() -> UInt8? {
    position < bytes.count ? bytes[position] : nil
  }

  private mutating func skipSpace() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x0A, 0x0D, 0x09: position += 1
      default: return
      }
    }
  }

  /// Skips white space and then `byte` if it comes next.
  private mutating func skipIf(_ byte: UInt8) -> Bool {
    skipSpace()
    guard peek() == byte else { return false }
    position += 1
    return true
  }
}

// MARK: - Strings

extension JSONParser {
  /// Parses a string from its opening quote and returns its bytes, escapes resolved.
  private mutating func string() throws(Failure) -> [UInt8] {
    position += 1
    let start = position
    try skipPlain()
    if peek() == UInt8(ascii: "\"") {
      defer { position += 1 }
      return Array(bytes[start..<position])
    }
    var result = Array(bytes[start..<position])
    while peek() == UInt8(ascii: "\\") {
      try escape(into: &result)
      let start = position
      try skipPlain()
      result.append(contentsOf: bytes[start..<position])
    }
    // `skipPlain` ends at nothing but a backslash or a quote.
    position += 1
    return result
  }

  /// Skips to the next quote or backslash over bytes that stand for themselves.
  private mutating func skipPlain() throws(Failure) {
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        return
      case 0..<0x20:
        throw failure("an escape such as \\n in a string")
      case 0x20..<0x80:
        position += 1
      default:
        guard let length = UTF8Validation.sequenceLength(in: bytes, at: position) else {
          throw failure("UTF-8")
        }
        position += length
      }
    }
    throw failure("the end of a string")
  }

  private mutating func escape(into result: inout [UInt8]) throws(Failure) {
    let start = position
    position += 1
    switch peek() {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): result.append(bytes[position])
    case UInt8(ascii: "n"): result.append(0x0A)
    case UInt8(ascii: "t"): result.append(0x09)
    case UInt8(ascii: "r"): result.append(0x0D)
    case UInt8(ascii: "b"): result.append(0x08)
    case UInt8(ascii: "f"): result.append(0x0C)
    case UInt8(ascii: "u"):
      result.append(contentsOf: UTF8.encode(try unicodeEscape(from: start)) ?? .init())
      return
    default:
      throw failure("one of \" \\ / b f n r t u after a backslash")
    }
    position += 1
  }

  /// Parses `uXXXX`, and `uXXXX\uXXXX` where the first is a high surrogate.
  private mutating func unicodeEscape(from start: Int) throws(Failure) -> Unicode.Scalar {
    let first = try fourHexDigits()
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard first < 0xDC00, peek() == UInt8(ascii: "\\"), position + 1 < bytes.count,
      bytes[position + 1] == UInt8(ascii: "u")
    else { throw loneSurrogate(first, at: start) }
    position += 1
    let second = try fourHexDigits()
    guard 0xDC00...0xDFFF ~= second,
      let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
    else { throw loneSurrogate(first, at: start) }
    return scalar
  }

  private func loneSurrogate(_ value: UInt32, at start: Int) -> Failure {
    failure(
      at: start,
      "expected a pair of surrogate escapes, found \\u\(String(value, radix: 16)) alone")
  }

  /// Parses the digits after the `u` at the position.
  private mutating func fourHexDigits() throws(Failure) -> UInt32 {
    position += 1
    var value: UInt32 = 0
    for _ in 0..<4 {
      let digit: UInt8
      switch peek() {
      case let byte? where UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte:
        digit = byte - UInt8(ascii: "0")
      case let byte? where UInt8(ascii: "a")...UInt8(ascii: "f") ~= byte | 0x20:
        digit = (byte | 0x20) - UInt8(ascii: "a") + 10
      default:
        throw failure("four hexadecimal digits after \\u")
      }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }
}

// MARK: - Numbers

extension JSONParser {
  /// Parses `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`.
  private mutating func number() throws(Failure) -> JSON {
    let start = position
    let isNegative = peek() == UInt8(ascii: "-")
    if isNegative { position += 1 }

    // The digits as an integer while they fit, and how many of them follow the point.
    var digits = Digits()
    if peek() == UInt8(ascii: "0") {
      position += 1
      if case (UInt8(ascii: "0")...UInt8(ascii: "9"))? = peek() {
        throw failure("a point, an exponent or the end of the number after a leading 0")
      }
    } else {
      try readDigits(into: &digits)
    }
    let isWhole = peek() != UInt8(ascii: ".") && (peek() ?? 0) | 0x20 != UInt8(ascii: "e")
    if isWhole {
      if !digits.isTooLong, let value = Self.integer(digits.value, isNegative: isNegative) {
        return .integer(value)
      }
      return .number(try double(from: start))
    }

    var exponent = 0
    if peek() == UInt8(ascii: ".") {
      position += 1
      let pointPosition = position
      try readDigits(into: &digits)
      exponent = pointPosition - position
    }
    if (peek() ?? 0) | 0x20 == UInt8(ascii: "e") {
      position += 1
      let isExponentNegative = peek() == UInt8(ascii: "-")
      if isExponentNegative || peek() == UInt8(ascii: "+") { position += 1 }
      var exponentDigits = Digits()
      try readDigits(into: &exponentDigits)
      // Beyond this the short cut below is out of reach; the long way reads the text again.
      let size = exponentDigits.isTooLong ? 10_000 : Int(min(exponentDigits.value, 10_000))
      exponent += isExponentNegative ? -size : size
    }

    // Clinger 1990: both operands are exact doubles, so one rounding gives the nearest.
    if !digits.isTooLong, digits.value <= 1 << 53, abs(exponent) < Self.powersOfTen.count {
      let magnitude = Double(digits.value)
      let power = Self.powersOfTen[abs(exponent)]
      let value = exponent < 0 ? magnitude / power : magnitude * power
      return .number(isNegative ? -value : value)
    }
    return .number(try double(from: start))
  }

  /// The `Int` of a sign and a magnitude; nil if none has them, as for -0, which is a double.
  private static func integer(_ magnitude: UInt64, isNegative: Bool) -> Int? {
    guard isNegative else { return Int(exactly: magnitude) }
    guard 1...Int.min.magnitude ~= UInt(magnitude) else { return nil }
    return Int(truncatingIfNeeded: 0 &- magnitude)
  }

  private struct Digits {
    var value: UInt64 = 0
    var isTooLong = false
  }

  private static let powersOfTen: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17,
    1e18, 1e19, 1e20, 1e21, 1e22,
  ]

  private mutating func readDigits(into digits: inout Digits) throws(Failure) {
    let start = position
    while position < bytes.count {
      let digit = bytes[position] &- UInt8(ascii: "0")
      guard digit < 10 else { break }
      let (shifted, overflows) = digits.value.multipliedReportingOverflow(by: 10)
      let (sum, overflowsToo) = shifted.addingReportingOverflow(UInt64(digit))
      if overflows || overflowsToo { digits.isTooLong = true }
      digits.value = sum
      position += 1
    }
    guard position > start else { throw failure("a digit") }
  }

  private func double(from start: Int) throws(Failure) -> Double {
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    guard let value = Double(text), value.isFinite else {
      throw failure(
        at: start,
        "expected a number of at most ±1.8e308, found \(ByteString(text).quoted)")
    }
    return value
  }
}

// MARK: - Failures

extension JSONParser {
  private func failure(_ expected: String) -> Failure {
    failure(at: position, "expected \(expected), found \(found(at: position))")
  }

  private func failure(at offset: Int, _ text: String) -> Failure {
    var line = 1
    var column = 1
    for byte in bytes.prefix(offset) {
      if byte == 0x0A {
        line += 1
        column = 1
      } else if byte & 0xC0 != 0x80 {
        column += 1
      }
    }
    return Failure(
      .data, "\(name): line \(line), column \(column) (byte \(offset)): \(text)")
  }

  private func found(at offset: Int) -> String {
    guard offset < bytes.count else { return "the end of the file" }
    let byte = bytes[offset]
    guard let length = UTF8Validation.sequenceLength(in: bytes, at: offset), byte >= 0x20 else {
      let digits = String(byte, radix: 16, uppercase: true)
      return "byte 0x" + (byte < 16 ? "0" : "") + digits
    }
    return ByteString(Array(bytes[offset..<offset + length])).quoted
  }
}
