/// What ROUGE takes for a word.
public enum ROUGEUnits: String, CaseIterable, Sendable {
  /// Runs of ASCII's letters and digits in lower case, as in `rouge-score`.
  case words
  /// Those, with their endings off (`PorterStemmer`) if they have more than three letters: `rouge-score`'s `use_stemmer`.
  case stems
  /// Each Chinese character, and runs of other letters and digits of all scripts, in lower case. Our own, since the
  /// published package finds no words in Chinese.
  case characters

  /// Returns the words of a text; linear.
  ///
  /// ```swift
  /// ROUGEUnits.words.words(of: Array("The cat's café".utf8))  // "the" "cat" "s" "caf"
  /// ROUGEUnits.characters.words(of: Array("用Swift写".utf8))  // "用" "swift" "写"
  /// ```
  public func words(of text: [UInt8]) -> [ArraySlice<UInt8>] {
    let text = MetricText.lowercased(text)
    switch self {
    case .words: return Self.alphanumeric(text)
    case .stems:
      return Self.alphanumeric(text).map { $0.count > 3 ? PorterStemmer.stem($0)[...] : $0 }
    case .characters: return Self.characters(text)
    }
  }

  private static func alphanumeric(_ text: [UInt8]) -> [ArraySlice<UInt8>] {
    text.split { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): false
      default: true
      }
    }
  }

  private static func characters(_ text: [UInt8]) -> [ArraySlice<UInt8>] {
    var words: [ArraySlice<UInt8>] = []
    var start: Int?  // of the run
    func endRun(at end: Int) {
      if let begin = start { words.append(text[begin..<end]) }
      start = nil
    }
    forEachScalar(of: text) { scalar, range in
      if let scalar, CharacterKind(scalar) == .han {
        endRun(at: range.lowerBound)
        words.append(text[range])
      } else if scalar.map(isLetterOrDigit) == true {
        start = start ?? range.lowerBound
      } else {
        endRun(at: range.lowerBound)
      }
    }
    endRun(at: text.count)
    return words
  }

  private static func isLetterOrDigit(_ scalar: UInt32) -> Bool {
    CharacterProperties.isLetter(scalar) || CharacterProperties.isNumber(scalar)
      || CharacterProperties.isNonspacingMark(scalar)
  }
}
