import SeqaeText

/// Byte offsets into a UTF-8 text as code point offsets.
struct CodePointOffsets {
  private let starts: [Int]  // code points that begin before each byte, and at the end all

  /// Counts the code points of a text. O(count).
  init(_ text: [UInt8]) {
    var starts = [0]
    starts.reserveCapacity(text.count + 1)
    var count = 0
    for byte in text {
      if byte.beginsCodePoint { count += 1 }
      starts.append(count)
    }
    self.starts = starts
  }

  /// The code points of which a range of bytes has a part; an empty range stays empty.
  func covering(_ bytes: Range<Int>) -> Range<Int> {
    let upper = starts[bytes.upperBound]
    if bytes.isEmpty { return upper..<upper }
    return starts[bytes.lowerBound + 1] - 1..<upper
  }
}
