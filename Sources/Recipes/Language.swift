import SeqaeText

/// The two languages that figures are told apart by.
public enum Language: String, Sendable, CaseIterable {
  /// Chinese: a text with any Chinese character.
  case chinese = "zh"
  /// Any other text, which in this project's corpora is English.
  case english = "en"

  /// Tells the language of a line of UTF-8.
  public init(of line: [UInt8]) {
    let hasHan = line.withUnsafeBufferPointer { bytes in
      var index = 0
      while index < bytes.count {
        guard let scalar = decodeScalar(bytes, at: index) else {
          index += 1
          continue
        }
        if Language.isHan(scalar.value) { return true }
        index += scalar.length
      }
      return false
    }
    self = hasHan ? .chinese : .english
  }

  /// Whether a code point is a Chinese character: Unicode's blocks of unified and compatibility
  /// ideographs.
  static func isHan(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x3FFFF: true
    default: false
    }
  }
}
