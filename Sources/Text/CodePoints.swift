extension UInt8 {
  /// Whether a byte of UTF-8 is the first of its code point.
  package var beginsCodePoint: Bool { self & 0xC0 != 0x80 }
}

/// Returns the number of code points of UTF-8.
package func codePointCount(_ text: [UInt8]) -> Int { codePointCount(text[...]) }

/// Returns the number of code points of UTF-8.
package func codePointCount(_ text: ArraySlice<UInt8>) -> Int { text.count { $0.beginsCodePoint } }

extension ArraySlice<UInt8> {
  /// Takes a number of code points of UTF-8 from the front, or as many as there are.
  package mutating func takeCodePoints(_ count: Int) -> ArraySlice<UInt8> {
    var end = startIndex
    for _ in 0..<count where end < endIndex {
      end += 1
      while end < endIndex, !self[end].beginsCodePoint { end += 1 }
    }
    defer { self = self[end...] }
    return self[..<end]
  }

  /// The last code points of UTF-8, at most `count`.
  package func lastCodePoints(_ count: Int) -> ArraySlice<UInt8> {
    var (start, left) = (endIndex, count)
    while left > 0, start > startIndex {
      start -= 1
      if self[start].beginsCodePoint { left -= 1 }
    }
    return self[start...]
  }
}
