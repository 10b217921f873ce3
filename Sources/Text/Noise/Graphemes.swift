import CUTF8Proc

/// What a grapheme cluster is to the noise, by its first code point.
enum GraphemeKind: UInt8 {
  /// A Chinese character, kana or bopomofo: written without spaces.
  case han
  /// Another letter.
  case letter
  /// A digit or other number.
  case digit
  case space
  /// Punctuation and symbols, emoji among them.
  case mark
  /// Punctuation of Chinese width, such as `，`, which nobody writes a space beside.
  case wideMark
  /// What has no part in the noise: controls, stray combining marks, private use.
  case other
}

/// A text cut into grapheme clusters, each with its kind.
struct Graphemes {
  let bytes: [UInt8]
  let offsets: [Int]  // where clusters begin, and the end
  let kinds: [GraphemeKind]

  init(_ text: String) {
    let bytes = Array(text.utf8)
    let offsets = Boundaries.offsets(of: .grapheme, in: bytes)
    kinds = bytes.withUnsafeBufferPointer { bytes in
      offsets.dropLast().map { offset in
        guard offset < bytes.count, let scalar = decodeScalar(bytes, at: offset) else {
          return .other
        }
        return GraphemeKind(scalar.value)
      }
    }
    self.bytes = bytes
    self.offsets = offsets
  }

  var count: Int { kinds.count }

  subscript(index: Int) -> ArraySlice<UInt8> { bytes[offsets[index]..<offsets[index + 1]] }

  /// Whether both neighbours of the gap before cluster `index` are letters (or digits, if asked).
  func isLetterGap(before index: Int, digits: Bool) -> Bool {
    kinds[index - 1].isLetter(digits: digits) && kinds[index].isLetter(digits: digits)
  }

  /// Whether the neighbours are written with a space by some and without by others.
  func isOptionalSpace(before index: Int) -> Bool {
    let (left, right) = (kinds[index - 1], kinds[index])
    return left == .han && (right == .letter || right == .digit)
      || right == .han && (left == .letter || left == .digit)
  }

  /// Whether one neighbour is a mark of Chinese width and the other no space: a space here is noise.
  func isNeverSpaced(before index: Int) -> Bool {
    let (left, right) = (kinds[index - 1], kinds[index])
    guard left.isWritten && right.isWritten else { return false }
    return left == .wideMark || right == .wideMark
  }

  /// Whether both neighbours are Chinese characters.
  func isBetweenHan(before index: Int) -> Bool {
    kinds[index - 1] == .han && kinds[index] == .han
  }

  /// Whether both neighbours are digits.
  func isInsideNumber(before index: Int) -> Bool {
    kinds[index - 1] == .digit && kinds[index] == .digit
  }
}

extension GraphemeKind {
  /// Classifies a code point by its general category.
  init(_ scalar: UInt32) {
    switch Int(utf8proc_category(Int32(bitPattern: scalar)).rawValue) {
    case Int(UTF8PROC_CATEGORY_LU.rawValue)...Int(UTF8PROC_CATEGORY_LO.rawValue):
      self = GraphemeKind.isHan(scalar) ? .han : .letter
    case Int(UTF8PROC_CATEGORY_ND.rawValue)...Int(UTF8PROC_CATEGORY_NO.rawValue):
      self = scalar == 0x3007 ? .han : .digit  // 〇 is written among Chinese characters
    case Int(UTF8PROC_CATEGORY_PC.rawValue)...Int(UTF8PROC_CATEGORY_SO.rawValue):
      self = GraphemeKind.isWide(scalar) ? .wideMark : .mark
    case Int(UTF8PROC_CATEGORY_ZS.rawValue):
      self = .space
    default:
      self = scalar == 0x09 ? .space : .other
    }
  }

  private static func isHan(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x3005...0x3006, 0x3031...0x3035, 0x303B...0x303C: true  // 々〆 and repetition marks
    case 0x3041...0x312F, 0x31A0...0x31BF, 0x31F0...0x31FF: true  // kana, bopomofo
    case 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF: true
    case 0xFF66...0xFF9F, 0x1B000...0x1B16F, 0x20000...0x3FFFF: true
    default: false
    }
  }

  private static func isWide(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x3001...0x3003, 0x3008...0x3011, 0x3014...0x301F: true
    case 0xFF01...0xFF0F, 0xFF1A...0xFF20, 0xFF3B...0xFF40, 0xFF5B...0xFF65: true
    default: false
    }
  }

  /// Whether this is neither a space nor without part in the noise.
  var isWritten: Bool { self != .space && self != .other }

  /// Whether this is punctuation or a symbol.
  var isMark: Bool { self == .mark || self == .wideMark }

  /// Whether this is a letter, or a digit where digits count as letters.
  func isLetter(digits: Bool) -> Bool {
    self == .han || self == .letter || digits && self == .digit
  }
}
