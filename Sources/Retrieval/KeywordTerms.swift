import SeqaeFiles
import SeqaeText

/// What a keyword index finds texts by.
///
/// Texts are folded before: NFKC_Casefold, so that widths and cases are alike, and traditional Chinese characters become
/// simplified ones. An index and its queries are cut alike.
public enum KeywordTerms: String, CaseIterable, Sendable {
  /// Words, by Unicode's rules and ICU's dictionaries, which cut Chinese too.
  case words
  /// Letters and numbers in a row, whatever stands between: four, or two of Chinese. Most of them survive a wrong
  /// letter, a space too many or a wrong cut.
  case characters
  /// Both.
  case both

  /// A term of a text.
  public struct Term: Sendable, Equatable {
    /// The term, folded.
    public let bytes: ByteString
    /// The bytes of the text that it came from.
    public let source: Range<Int>
  }

  // Of three, four and five letters in a row those of four lost least to noise: Documentation/Retrieval.md.
  static let lettersInARow = 4
  static let charactersInARow = 2

  /// Returns the terms of a text, as often as they occur: linear.
  ///
  /// ```swift
  /// KeywordTerms.words.terms(of: Array("Ｈello, 漢語!".utf8)).map(\.bytes)  // "hello", "汉语"
  /// KeywordTerms.characters.terms(of: Array("天,气 好".utf8)).map(\.bytes)  // "天气", "气好"
  /// ```
  ///
  /// - Parameter text: UTF-8.
  /// - Returns: the terms in order, words first.
  public func terms(of text: [UInt8]) -> [Term] {
    let folded = SimplifiedNormalizer().normalize(
      UnicodeNormalizer(.nfkcCasefold).normalize(AlignedText(text)))
    return switch self {
    case .words: Self.words(in: folded)
    case .characters: Self.characters(in: folded)
    case .both: Self.words(in: folded) + Self.characters(in: folded)
    }
  }

  private static func words(in text: AlignedText) -> [Term] {
    Terms.wordRanges(in: text.bytes).map { range in
      Term(bytes: ByteString(Array(text.bytes[range])), source: text.source(of: range))
    }
  }

  private static func characters(in text: AlignedText) -> [Term] {
    var kept: [(range: Range<Int>, isHan: Bool)] = []
    forEachScalar(of: text.bytes) { scalar, range in
      guard let scalar,
        CharacterProperties.isLetter(scalar) || CharacterProperties.isNumber(scalar)
      else { return }
      kept.append((range, isHan(scalar)))
    }
    var terms: [Term] = []
    var start = 0
    while start < kept.count {
      let isHan = kept[start].isHan
      let end = kept[start...].firstIndex { $0.isHan != isHan } ?? kept.count
      // What is shorter than a term is one by itself.
      let size = min(end - start, isHan ? charactersInARow : lettersInARow)
      for first in start...(end - size) {
        let part = kept[first..<(first + size)]
        let source = text.source(
          of: kept[first].range.lowerBound..<kept[first + size - 1].range.upperBound)
        terms.append(
          Term(bytes: ByteString(part.flatMap { text.bytes[$0.range] }), source: source))
      }
      start = end
    }
    return terms
  }

  /// Whether a code point is of a script that is written without spaces between words and has many characters.
  private static func isHan(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x3040...0x30FF, 0x3400...0x9FFF, 0xF900...0xFAFF, 0x2_0000...0x3_FFFF: true
    default: false
    }
  }
}

extension KeywordTerms {
  /// Returns terms as SQLite's tokenizer `ascii` takes them apart again: a space between, and in them none.
  ///
  /// Control characters, which a word has none of, become their pictures.
  static func tokens(_ terms: [Term]) -> [UInt8] {
    var bytes: [UInt8] = []
    for term in terms {
      if !bytes.isEmpty { bytes.append(0x20) }
      for byte in term.bytes.bytes {
        if byte <= 0x20 || byte == 0x7F {
          bytes.appendScalar(byte == 0x7F ? 0x2421 : 0x2400 + UInt32(byte))
        } else {
          bytes.append(byte)
        }
      }
    }
    return bytes
  }

  /// Returns a query of FTS5's that finds texts with any of the terms; empty for none.
  static func query(_ terms: [Term]) -> [UInt8] {
    let quoted = terms.map { term -> [UInt8] in
      var bytes: [UInt8] = [0x22]
      for byte in tokens([term]) { bytes += byte == 0x22 ? [0x22, 0x22] : [byte] }
      return bytes + [0x22]
    }
    return Array(quoted.joined(separator: Array(" OR ".utf8)))
  }
}
