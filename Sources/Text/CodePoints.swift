extension UInt8 {
  /// Whether a byte of UTF-8 is the first of its code point.
  package var beginsCodePoint: Bool { self & 0xC0 != 0x80 }
}

/// Returns the number of code points of UTF-8.
package func codePointCount(_ text: some Collection<UInt8>) -> Int {
  text.count { $0.beginsCodePoint }
}
