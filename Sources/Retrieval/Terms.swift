import SeqaeFiles
import SeqaeText

/// What a text is taken to consist of when texts are compared by what occurs in them.
///
/// All terms are of the text's NFKC_Casefold: widths and cases are alike.
public enum Terms: Sendable, Equatable {
  /// Words, by Unicode's rules and ICU's dictionaries, which cut Chinese too; marks and spaces are none.
  case words
  /// Code points in a row, of each of these numbers; spaces in a row count as one.
  case characters(ClosedRange<Int>)

  /// Returns the terms of a text, as often as they occur; linear.
  ///
  /// ```swift
  /// Terms.words.of(Array("Ｈello, 世界!".utf8))             // "hello", "世界"
  /// Terms.characters(2...2).of(Array("中文字".utf8))         // "中文", "文字"
  /// ```
  public func of(_ text: [UInt8]) -> [ByteString] {
    let folded = UnicodeNormalizer(.nfkcCasefold).normalize(AlignedText(text)).bytes
    switch self {
    case .words: return Self.words(in: folded)
    case .characters(let orders):
      precondition(orders.lowerBound > 0, "Terms: \(orders) characters in a row")
      return Self.characters(in: folded, orders)
    }
  }

  private static func words(in text: [UInt8]) -> [ByteString] {
    wordRanges(in: text).map { ByteString(Array(text[$0])) }
  }

  /// Returns where the words of a text lie: what lies between the boundaries of words and has a letter or a number.
  static func wordRanges(in text: [UInt8]) -> [Range<Int>] {
    let offsets = Boundaries.offsets(of: .word, in: text)
    return zip(offsets, offsets.dropFirst()).compactMap { start, end in
      var isWord = false
      forEachScalar(of: Array(text[start..<end])) { scalar, _ in
        guard let scalar else { return }
        if CharacterProperties.isLetter(scalar) || CharacterProperties.isNumber(scalar) {
          isWord = true
        }
      }
      return isWord ? start..<end : nil
    }
  }

  private static func characters(in text: [UInt8], _ orders: ClosedRange<Int>) -> [ByteString] {
    var kept: [UInt8] = []
    var starts: [Int] = []
    var isAfterSpace = false
    forEachScalar(of: text) { scalar, range in
      let isSpace = scalar.map { CharacterProperties.isSpace($0) } ?? false
      if isSpace, isAfterSpace { return }
      isAfterSpace = isSpace
      starts.append(kept.count)
      kept += isSpace ? [UInt8(ascii: " ")] : text[range]
    }
    starts.append(kept.count)
    return orders.flatMap { order in
      (0..<max(0, starts.count - order)).map {
        ByteString(Array(kept[starts[$0]..<starts[$0 + order]]))
      }
    }
  }
}
