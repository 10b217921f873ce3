/// Cuts a text where words of letters, runs of Chinese characters, numbers and marks meet.
///
/// A piece is a run of letters with the space before it, a run of Chinese characters, up to three
/// digits, or a single one of everything else: marks, symbols, emoji, controls, other spaces, stray bytes.
/// So no token joins a word with the mark after it, and noise that sets a mark between two characters
/// adds one token and changes none of its neighbours' but by the cut. Which code points are what is
/// written out below, not taken from a Unicode version: a tokenizer means the same for ever, and here
/// the same as in other libraries, which read `pattern`. Linear.
///
/// ```swift
/// ScriptSplitter().pieces(of: AlignedText(Array("Hi, all 中文 2024".utf8)))
/// // "Hi" "," " all" " " "中文" " " "202" "4"
/// ```
public struct ScriptSplitter: Splitter {
  /// The longest run of digits in a piece.
  private static let digits = 3

  /// Creates the splitter.
  public init() {}

  /// Returns the pieces of `text.bytes`, without gaps.
  public func pieces(of text: AlignedText) -> [Range<Int>] {
    text.pieces { ScriptSplitter.end(ofPieceAt: $0, $1) }
  }

  /// Returns the end of the piece that begins at `start`, before the end of the text.
  @inline(__always)
  static func end(ofPieceAt start: Int, _ text: UnsafeBufferPointer<UInt8>) -> Int {
    var (kind, index) = read(text, start)
    if text[start] == UInt8(ascii: " "), index < text.count {
      let (next, end) = read(text, index)
      guard next == .letter else { return index }
      kind = .letter
      index = end
    }
    guard kind != .mark else { return index }
    var count = 1
    while index < text.count, kind != .digit || count < digits {
      let (next, end) = read(text, index)
      guard next == kind else { break }
      index = end
      count += 1
    }
    return index
  }

  @inline(__always)
  private static func read(
    _ text: UnsafeBufferPointer<UInt8>, _ index: Int
  ) -> (kind: CharacterKind, end: Int) {
    let first = text[index]
    if first < 0x80 { return (CharacterKind(ascii: first), index + 1) }
    guard let scalar = decodeScalar(text, at: index) else { return (.mark, index + 1) }
    return (CharacterKind(scalar.value), index + scalar.length)
  }
}

/// What a code point is to `ScriptSplitter`.
enum CharacterKind: Equatable {
  case letter, han, digit, mark

  /// Ranges of code points, in order.
  typealias Table = [ClosedRange<UInt32>]

  /// Chinese characters: CJK Unified Ideographs with extension A (and the hexagrams between), the
  /// iteration mark and the numerals beside it, the compatibility block, the planes 2 and 3.
  static let hanTable: Table = [
    0x3005...0x3007, 0x3400...0x9FFF, 0xF900...0xFAFF, 0x20000...0x3FFFF,
  ]

  /// ASCII and full-width digits.
  static let digitTable: Table = [0x30...0x39, 0xFF10...0xFF19]

  /// Blocks of marks, symbols, spaces, emoji, private use and what is not a character.
  static let markTable: Table = [
    0...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0xA9, 0xAB...0xB4, 0xB6...0xB9, 0xBB...0xBF,
    0xD7...0xD7, 0xF7...0xF7, 0x2000...0x2BFF, 0x2E00...0x2FFF, 0x3000...0x3004, 0x3008...0x303F,
    0x3200...0x33FF, 0xE000...0xF8FF, 0xFE00...0xFE6F, 0xFEFF...0xFF0F, 0xFF1A...0xFF20,
    0xFF3B...0xFF40, 0xFF5B...0xFF65, 0xFFE0...0xFFFF, 0x1F000...0x1FFFF, 0xE0000...0x10FFFF,
  ]

  @inline(__always)
  init(ascii byte: UInt8) {
    switch byte {
    case 0x61...0x7A, 0x41...0x5A: self = .letter
    case 0x30...0x39: self = .digit
    default: self = .mark
    }
  }

  @inline(__always)
  init(_ scalar: UInt32) {
    switch scalar {
    case 0x3400...0x9FFF: self = .han
    case 0x300...0x1FFF: self = .letter
    default: self.init(any: scalar)
    }
  }

  private init(any scalar: UInt32) {
    if CharacterKind.contains(CharacterKind.markTable, scalar) {
      self = .mark
    } else if CharacterKind.contains(CharacterKind.hanTable, scalar) {
      self = .han
    } else {
      self = CharacterKind.contains(CharacterKind.digitTable, scalar) ? .digit : .letter
    }
  }

  private static func contains(_ table: Table, _ scalar: UInt32) -> Bool {
    var low = 0
    var high = table.count
    while low < high {
      let middle = (low + high) / 2
      if table[middle].upperBound < scalar { low = middle + 1 } else { high = middle }
    }
    return low < table.count && table[low].contains(scalar)
  }
}

extension ScriptSplitter {
  /// The splitter as a regular expression of Oniguruma's, whose matches cover every text.
  static let pattern: String = {
    let han = CharacterKind.hanTable.map(range).joined()
    let digit = CharacterKind.digitTable.map(range).joined()
    let mark = CharacterKind.markTable.map(range).joined()
    return " ?[^\(mark)\(han)\(digit)]+|[\(han)]+|[\(digit)]{1,\(digits)}|[\\s\\S]"
  }()

  private static func range(_ range: ClosedRange<UInt32>) -> String {
    func character(_ scalar: UInt32) -> String {
      "\\x{\(String(scalar, radix: 16, uppercase: true))}"
    }
    if range.count == 1 { return character(range.lowerBound) }
    return character(range.lowerBound) + "-" + character(range.upperBound)
  }
}
