/// How BLEU cuts a text into words: sacreBLEU's tokenizers, under its names.
///
/// Post 2018, *A Call for Clarity in Reporting BLEU Scores*; equal to the package's 2.x to the byte, which the
/// tests show, its oddities included. Bytes that are not UTF-8 count as letters.
public enum BLEUTokenizer: String, CaseIterable, Sendable {
  /// The rules of NIST's `mteval-v13a`: entities resolved, marks apart, points and commas within numbers not.
  case mteval13a = "13a"
  /// Each Chinese character for itself, the rest by the marks of `13a`.
  case chinese = "zh"
  /// Each code point but spaces.
  case character = "char"
  /// What lies between spaces.
  case none

  /// Returns the words of a text; linear.
  ///
  /// ```swift
  /// BLEUTokenizer.mteval13a.words(of: Array("It's 3,500.".utf8))  // "It's" "3,500" "."
  /// ```
  public func words(of text: [UInt8]) -> [ArraySlice<UInt8>] {
    switch self {
    case .mteval13a: Self.words(in: Self.separated(Self.resolved(text)))
    case .chinese: Self.words(in: Self.separated(Self.spaced(text)))
    case .character: Self.characters(of: text)
    case .none: Self.words(in: text)
    }
  }

  // MARK: Spaces

  /// Whether Python splits there: at Unicode's white space, and at the four separators of ASCII.
  private static func isSpace(_ scalar: UInt32?) -> Bool {
    guard let scalar else { return false }
    return (0x1C...0x1F).contains(scalar) || CharacterProperties.isSpace(scalar)
  }

  private static func words(in text: [UInt8]) -> [ArraySlice<UInt8>] {
    var words: [ArraySlice<UInt8>] = []
    var start = 0
    forEachScalar(of: text) { scalar, range in
      guard isSpace(scalar) else { return }
      if start < range.lowerBound { words.append(text[start..<range.lowerBound]) }
      start = range.upperBound
    }
    if start < text.count { words.append(text[start...]) }
    return words
  }

  private static func characters(of text: [UInt8]) -> [ArraySlice<UInt8>] {
    var characters: [ArraySlice<UInt8>] = []
    characters.reserveCapacity(text.count)
    forEachScalar(of: text) { scalar, range in
      if !isSpace(scalar) { characters.append(text[range]) }
    }
    return characters
  }

  /// Returns the text from the first to the last code point that is no space.
  private static func stripped(_ text: [UInt8]) -> ArraySlice<UInt8> {
    var (start, end): (Int?, Int) = (nil, 0)
    forEachScalar(of: text) { scalar, range in
      guard !isSpace(scalar) else { return }
      start = start ?? range.lowerBound
      end = range.upperBound
    }
    return text[(start ?? 0)..<end]
  }

  // MARK: Marks

  /// The rules before the marks: what `mteval` skips, broken words and lines, four entities.
  private static func resolved(_ text: [UInt8]) -> [UInt8] {
    // What stands before the first word changes no word: the text gets a space there anyway.
    var text = Array(stripped(text))
    text.replace(Array("<skipped>".utf8), with: [])
    text.replace(Array("-\n".utf8), with: [])
    // In this order, so that &amp;lt; is < and &amp;quot; is not a quotation mark.
    if text.contains(UInt8(ascii: "&")) {
      text.replace(Array("&quot;".utf8), with: Array("\"".utf8))
      text.replace(Array("&amp;".utf8), with: Array("&".utf8))
      text.replace(Array("&lt;".utf8), with: Array("<".utf8))
      text.replace(Array("&gt;".utf8), with: Array(">".utf8))
    }
    let space = UInt8(ascii: " ")
    return [space] + text.map { $0 == 0x0A ? space : $0 } + [space]
  }

  /// Sets spaces around marks, each rule over the whole text that the one before has made.
  ///
  /// The rules look at ASCII alone, and what they call a character that is no digit may as well be a byte of one:
  /// bytes give the same text as code points.
  private static func separated(_ text: [UInt8]) -> [UInt8] {
    let space = UInt8(ascii: " ")
    var marked: [UInt8] = []
    marked.reserveCapacity(2 * text.count)
    for byte in text {
      if isMark(byte) { marked += [space, byte, space] } else { marked.append(byte) }
    }
    // A point or comma stays with the digits on both of its sides: the first rule looks before it …
    let before = rewritten(
      marked, where: { !isDigit($0) && isPoint($1) }, { [$0, space, $1, space] })
    // … the second behind it.
    let behind = rewritten(
      before, where: { isPoint($0) && !isDigit($1) }, { [space, $0, space, $1] })
    return rewritten(
      behind, where: { isDigit($0) && $1 == UInt8(ascii: "-") }, { [$0, space, $1, space] })
  }

  /// Replaces pairs of bytes from the left, none of which takes part in two.
  private static func rewritten(
    _ text: [UInt8], where isPair: (UInt8, UInt8) -> Bool, _ replacement: (UInt8, UInt8) -> [UInt8]
  ) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(text.count + text.count / 4)
    var index = 0
    while index < text.count {
      if index + 1 < text.count, isPair(text[index], text[index + 1]) {
        result += replacement(text[index], text[index + 1])
        index += 2
      } else {
        result.append(text[index])
        index += 1
      }
    }
    return result
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  private static func isPoint(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: ".") || byte == UInt8(ascii: ",")
  }

  /// Whether a byte is a mark of ASCII, of which ' , - . are none.
  private static func isMark(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x21...0x26, 0x28...0x2B, 0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: true
    default: false
    }
  }

  // MARK: Chinese

  private static func spaced(_ text: [UInt8]) -> [UInt8] {
    let text = Array(stripped(text))
    var result: [UInt8] = []
    result.reserveCapacity(2 * text.count)
    forEachScalar(of: text) { scalar, range in
      if let scalar, isChinese(scalar) {
        result.append(UInt8(ascii: " "))
        result += text[range]
        result.append(UInt8(ascii: " "))
      } else {
        result += text[range]
      }
    }
    return result
  }

  /// Whether `zh` sets a code point apart.
  private static func isChinese(_ scalar: UInt32) -> Bool {
    switch scalar {
    // sacreBLEU means planes 2 and 3 here, but writes U+2000 to U+2A6D with a digit behind each: so the
    // marks and symbols between them are set apart, and characters beyond U+FFFF are not.
    case 0x2001...0x2A6D: true
    case 0x2E80...0x2FDF, 0x2FF0...0x303F: true  // radicals, structures, marks
    case 0x3100...0x312F, 0x31A0...0x31BF, 0x31C0...0x31EF: true  // Bopomofo, strokes
    case 0x3200...0x33FF: true  // enclosed and squared characters
    case 0x3400...0x4DB5, 0x4E00...0x9FBB: true  // ideographs of the first releases
    case 0xF900...0xFA2D, 0xFA30...0xFA6A, 0xFA70...0xFAD9: true  // compatibility ideographs
    case 0xFE10...0xFE1F, 0xFE30...0xFE4F, 0xFF00...0xFFEF: true  // vertical, wide and narrow forms
    default: false
    }
  }
}
