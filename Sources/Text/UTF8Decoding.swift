/// A code point read from UTF-8, and how many bytes spell it.
package struct DecodedScalar {
  package let value: UInt32
  package let length: Int
}

/// Returns the code point whose spelling begins at `index`, or nil if no well-formed one does.
///
/// The Unicode Standard §3.9, table 3-7: shortest spellings only, no surrogates, at most U+10FFFF.
/// After nil the caller goes on one byte later, so that every byte string has one reading: code
/// points and stray bytes.
@inline(__always)
package func decodeScalar(
  _ bytes: UnsafeBufferPointer<UInt8>, at index: Int
) -> DecodedScalar? {
  let first = bytes[index]
  if first < 0x80 { return DecodedScalar(value: UInt32(first), length: 1) }
  return decodeMultibyte(bytes, at: index)
}

private func decodeMultibyte(
  _ bytes: UnsafeBufferPointer<UInt8>, at index: Int
) -> DecodedScalar? {
  let first = bytes[index]
  let length: Int
  switch first {
  case 0xC2...0xDF: length = 2
  case 0xE0...0xEF: length = 3
  case 0xF0...0xF4: length = 4
  default: return nil
  }
  guard length <= bytes.count - index else { return nil }
  let second = bytes[index + 1]
  let lowest: UInt8 = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80
  let highest: UInt8 = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF
  guard lowest <= second, second <= highest else { return nil }
  var value = UInt32(first) & (0x7F >> UInt32(length))
  value = value << 6 | UInt32(second & 0x3F)
  for offset in 2..<length {
    let byte = bytes[index + offset]
    guard byte & 0xC0 == 0x80 else { return nil }
    value = value << 6 | UInt32(byte & 0x3F)
  }
  return DecodedScalar(value: value, length: length)
}

/// Calls `body` with each code point of a text, nil for a stray byte, and where it lies.
package func forEachScalar(of text: [UInt8], _ body: (UInt32?, Range<Int>) -> Void) {
  text.withUnsafeBufferPointer { bytes in
    var index = 0
    while index < bytes.count {
      let scalar = decodeScalar(bytes, at: index)
      let end = index + (scalar?.length ?? 1)
      body(scalar?.value, index..<end)
      index = end
    }
  }
}

/// Returns the code points of a text; a stray byte is a number of its own beyond them.
package func codePointSymbols(_ text: [UInt8]) -> [UInt32] {
  var symbols: [UInt32] = []
  symbols.reserveCapacity(text.count)
  forEachScalar(of: text) { scalar, range in
    symbols.append(scalar ?? 0x11_0000 + UInt32(text[range.lowerBound]))
  }
  return symbols
}

extension [UInt8] {
  /// Appends the UTF-8 spelling of `scalar`, which must be a Unicode scalar value.
  package mutating func appendScalar(_ scalar: UInt32) {
    switch scalar {
    case 0..<0x80:
      append(UInt8(truncatingIfNeeded: scalar))
    case 0x80..<0x800:
      append(0xC0 | UInt8(truncatingIfNeeded: scalar >> 6))
      append(0x80 | UInt8(truncatingIfNeeded: scalar & 0x3F))
    case 0x800..<0x1_0000:
      append(0xE0 | UInt8(truncatingIfNeeded: scalar >> 12))
      append(0x80 | UInt8(truncatingIfNeeded: scalar >> 6 & 0x3F))
      append(0x80 | UInt8(truncatingIfNeeded: scalar & 0x3F))
    default:
      append(0xF0 | UInt8(truncatingIfNeeded: scalar >> 18))
      append(0x80 | UInt8(truncatingIfNeeded: scalar >> 12 & 0x3F))
      append(0x80 | UInt8(truncatingIfNeeded: scalar >> 6 & 0x3F))
      append(0x80 | UInt8(truncatingIfNeeded: scalar & 0x3F))
    }
  }
}
