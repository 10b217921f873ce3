/// One to four characters in a row, as the number that tells them from others.
///
/// A character is 16 bits, the last one lowest; none is 0, so that n-grams of all orders differ.
package struct NGram: Hashable, Sendable {
  /// The most characters.
  package static let longest = 4

  /// The number.
  package let key: UInt64

  /// Creates the n-gram of a number.
  package init(key: UInt64) { self.key = key }

  /// Creates the n-gram of some characters, of the one at `place` another in its stead.
  @inline(__always)
  package init(
    _ symbols: UnsafeBufferPointer<UInt16>, _ range: Range<Int>, with other: UInt16, at place: Int
  ) {
    var key: UInt64 = 0
    for index in range { key = key << 16 | UInt64(index == place ? other : symbols[index]) }
    self.key = key
  }

  /// Creates the n-gram of one character.
  package init(_ symbol: UInt16) { key = UInt64(symbol) }
}

/// The characters of a text as n-grams see them: digits are alike, and so are Latin letters and the two widths of
/// marks.
package enum TextSymbols {
  /// What stands before the first character and after the last.
  package static let boundary: UInt16 = 1
  /// What is not UTF-8, or beyond the Basic Multilingual Plane.
  package static let other: UInt16 = 0xFFFD

  /// The symbols of a text, one for each code point, and where these begin in it, its end too.
  package static func of(_ text: [UInt8]) -> (symbols: [UInt16], offsets: [Int]) {
    var symbols: [UInt16] = []
    var offsets: [Int] = []
    symbols.reserveCapacity(text.count / 2)
    offsets.reserveCapacity(text.count / 2)
    text.withUnsafeBufferPointer { bytes in
      var index = 0
      while index < bytes.count {
        offsets.append(index)
        let scalar = decodeScalar(bytes, at: index)
        symbols.append(scalar.map { symbol($0.value) } ?? other)
        index += scalar?.length ?? 1
      }
    }
    offsets.append(text.count)
    return (symbols, offsets)
  }

  /// The symbols of a text between three boundaries on either side, as many as a window of four needs.
  package static func padded(_ symbols: [UInt16]) -> [UInt16] {
    let ends = [UInt16](repeating: boundary, count: NGram.longest - 1)
    return ends + symbols + ends
  }

  private static func symbol(_ scalar: UInt32) -> UInt16 {
    switch scalar {
    case 0x30...0x39, 0xFF10...0xFF19: 0x30
    case 0x41...0x5A, 0x61...0x7A, 0xFF21...0xFF3A, 0xFF41...0xFF5A: 0x61
    case 0x21, 0x28, 0x29, 0x2C, 0x3A, 0x3B, 0x3F: UInt16(scalar + 0xFEE0)
    case 0...0x20, 0x3000: 0x20
    case ..<0xFFFF: UInt16(scalar)
    default: other
    }
  }
}
