/// The check that bytes are UTF-8 (Unicode 16, table 3-7: no overlong forms, no surrogates).
public enum UTF8Validation {
  /// The offset of the first byte that begins no well-formed sequence; nil if all is well.
  ///
  /// - Parameter bytes: Any bytes.
  /// - Returns: Where the first ill-formed sequence starts. O(count).
  public static func firstInvalid(in bytes: UnsafeRawBufferPointer) -> Int? {
    var position = 0
    while position < bytes.count {
      // Eight at a time while all are ASCII, as in most of what is read.
      if position + 8 <= bytes.count,
        bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
      {
        position += 8
        continue
      }
      guard let length = sequenceLength(in: bytes, at: position) else { return position }
      position += length
    }
    return nil
  }

  /// The offset of the first byte that begins no well-formed sequence; nil if all is well.
  public static func firstInvalid(in bytes: [UInt8]) -> Int? {
    bytes.withUnsafeBytes { firstInvalid(in: $0) }
  }

  /// The length of the well-formed sequence that starts at `position`, which must be in range.
  @inline(__always)
  static func sequenceLength(in bytes: UnsafeRawBufferPointer, at position: Int) -> Int? {
    let lead = bytes[position]
    if lead < 0x80 { return 1 }
    let length: Int
    var second: ClosedRange<UInt8> = 0x80...0xBF
    switch lead {
    case 0xC2...0xDF: length = 2
    case 0xE0: (length, second) = (3, 0xA0...0xBF)
    case 0xED: (length, second) = (3, 0x80...0x9F)
    case 0xE1...0xEF: length = 3
    case 0xF0: (length, second) = (4, 0x90...0xBF)
    case 0xF4: (length, second) = (4, 0x80...0x8F)
    case 0xF1...0xF3: length = 4
    default: return nil
    }
    guard bytes.count - position >= length, second.contains(bytes[position + 1]) else { return nil }
    for offset in 2..<max(2, length) where bytes[position + offset] & 0xC0 != 0x80 { return nil }
    return length
  }
}
