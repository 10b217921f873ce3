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
    case .mteval13a: MetricText.words(in: Self.separated(Self.resolved(text)))
    case .chinese: MetricText.words(in: Self.separated(Self.spaced(text)))
    case .character: Self.characters(of: text)
    case .none: MetricText.words(in: text)
    }
  }

  // MARK: Private helpers

  private static func characters(of text: [UInt8]) -> [ArraySlice<UInt8>] {
    var characters: [ArraySlice<UInt8>] = []
    characters.reserveCapacity(text.count)
    forEachScalar(of: text) { scalar, range in
      if !MetricText.isSpace(scalar) { characters.append(text[range]) }
    }
    return characters
  }

  private static func separated(_ text: [UInt8]) -> [UInt8] {
    MetricText.pointsApart(MetricText.marksApart(text))
  }

  /// The rules before the marks: what `mteval` skips, broken words and lines, four entities.
  private static func resolved(_ text: [UInt8]) -> [UInt8] {
    // What stands before the first word changes no word: the text gets a space there anyway.
    var text = Array(MetricText.stripped(text))
    text.replace(Array("<skipped>".utf8), with: [])
    text.replace(Array("-\n".utf8), with: [])
    text = MetricText.entitiesResolved(text)
    let space = UInt8(ascii: " ")
    return [space] + text.map { $0 == 0x0A ? space : $0 } + [space]
  }

  private static func spaced(_ text: [UInt8]) -> [UInt8] {
    let text = Array(MetricText.stripped(text))
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
