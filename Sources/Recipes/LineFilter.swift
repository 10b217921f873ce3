import SeqaeText

/// Tells the lines of a corpus that are fit to be called clean.
///
/// Corpora hold lines that already look as if noise had passed over them: a space where quotation marks
/// were lost (`都称他为 飞燕 。`, one line in six of the classical corpus), invisible characters, runs of
/// the same comma. A model that is told to keep these learns not to remove the noise that it is for.
package enum LineFilter {
  /// Whether a line may be a target: no edge or double spaces, no controls or invisible characters, no
  /// space between Chinese characters or their punctuation or before a closing mark of Latin text, no comma or
  /// full stop twice in a row.
  package static func isClean(_ line: [UInt8]) -> Bool {
    guard let first = line.first, let last = line.last, first != 0x20, last != 0x20 else {
      return false
    }
    return line.withUnsafeBufferPointer { bytes in
      var index = 0
      var previous: UInt32 = 0
      var beforeSpace: UInt32 = 0  // what stands before the space that `previous` is
      while index < bytes.count {
        guard let scalar = decodeScalar(bytes, at: index) else { return false }
        let value = scalar.value
        if isHidden(value) { return false }
        if previous == 0x20, isClosing(value),
          index + scalar.length == bytes.count || bytes[index + scalar.length] == 0x20
        {
          return false
        }
        if value == 0x20 {
          if previous == 0x20 { return false }
          beforeSpace = previous
        } else if previous == 0x20, isChinese(value), isChinese(beforeSpace) {
          return false
        } else if value == previous, isSingle(value) {
          return false
        }
        previous = value
        index += scalar.length
      }
      return true
    }
  }

  /// Marks that close a phrase, before which no space is written: , ; ! ?
  private static func isClosing(_ value: UInt32) -> Bool {
    value == 0x2C || value == 0x3B || value == 0x21 || value == 0x3F
  }

  /// Controls, format characters without width, odd spaces, and what stands for damage.
  private static func isHidden(_ value: UInt32) -> Bool {
    switch value {
    case 0..<0x20, 0x7F...0xA0, 0xAD, 0x2000...0x200F, 0x2028...0x202F, 0x205F...0x206F: true
    case 0x3000, 0xFEFF, 0xFFF0...0xFFFF, 0xE000...0xF8FF: true
    default: false
    }
  }

  private static func isChinese(_ value: UInt32) -> Bool {
    switch value {
    case 0x3001...0x303F, 0xFF01...0xFF0F, 0xFF1A...0xFF20, 0x201C...0x201D: true
    default: Language.isHan(value)
    }
  }

  /// Marks that writers don't double: , ; : ， 、 。 ； ：
  private static func isSingle(_ value: UInt32) -> Bool {
    switch value {
    case 0x2C, 0x3B, 0x3A, 0xFF0C, 0x3001, 0x3002, 0xFF1B, 0xFF1A: true
    default: false
    }
  }
}
