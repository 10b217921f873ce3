/// A cleaner of spoilt text without a model: what can be said in rules, as a yardstick.
///
/// It knows the scripts, what writers put between two letters, and which marks come in pairs. It does
/// not know words: a single comma between two Chinese characters, or a space inside an English word,
/// may be right or wrong for all it can tell, and is left alone.
package struct RuleBasedCleaner: Sendable {
  /// Creates the cleaner.
  package init() {}

  /// Returns a line of UTF-8 without what the rules call noise.
  package func clean(_ line: [UInt8]) -> [UInt8] {
    let scalars = String(decoding: line, as: UTF8.self).unicodeScalars
    var text = Self.visible(Array(scalars))
    text = Self.joinedLetters(text)
    text = Self.cleanedGaps(text)
    text = Self.singled(text)
    var result = String.UnicodeScalarView()
    result.append(contentsOf: text)
    return Array(String(result).utf8)
  }
}

// MARK: - What no text needs

extension RuleBasedCleaner {
  /// Without what has no width, emoji and ornaments; any space becomes the plain one.
  private static func visible(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    text.compactMap { scalar in
      switch scalar.properties.generalCategory {
      case .format, .control: return nil
      case .spaceSeparator: return " "
      case .otherSymbol: return isSymbolOfText(scalar) ? scalar : nil
      case .nonspacingMark, .modifierSymbol:
        let isDecoration = (0xFE00...0xFE0F).contains(scalar.value) || scalar.value > 0x1F000
        return isDecoration ? nil : scalar
      default: return scalar
      }
    }
  }

  /// Whether an "other symbol" of Unicode is one that prose uses: ° © ® № ℃ ™.
  private static func isSymbolOfText(_ scalar: Unicode.Scalar) -> Bool {
    (0xA0...0xFF).contains(scalar.value) || (0x2100...0x214F).contains(scalar.value)
  }

  /// Joins single Latin letters with single spaces between, `h e l l o`, from three of them.
  private static func joinedLetters(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    var index = 0
    while index < text.count {
      var end = index  // the last letter of a chain that starts here
      let startsWord = index == 0 || !Kind(text[index - 1]).isAlphanumeric
      if startsWord, Kind(text[index]) == .latin {
        while end + 2 < text.count, text[end + 1] == " ", Kind(text[end + 2]) == .latin,
          end + 3 == text.count || !Kind(text[end + 3]).isAlphanumeric
        {
          end += 2
        }
      }
      let isChain = end - index >= 4
      for place in index...end where !isChain || text[place] != " " { result.append(text[place]) }
      index = end + 1
    }
    return result
  }
}

// MARK: - Between two letters

extension RuleBasedCleaner {
  /// What a code point is to the rules.
  private enum Kind {
    case han, latin, digit, space, mark

    init(_ scalar: Unicode.Scalar) {
      switch scalar.value {
      case 0x20: self = .space
      case 0x30...0x39, 0xFF10...0xFF19: self = .digit
      case 0x3005, 0x3007, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x3FFFF:
        self = .han
      default: self = scalar.properties.isAlphabetic ? .latin : .mark
      }
    }

    var isAlphanumeric: Bool { self == .han || self == .latin || self == .digit }
  }

  /// Cleans each run of marks and spaces that stands between two letters.
  private static func cleanedGaps(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    let isPaired = pairing(text)
    var result: [Unicode.Scalar] = []
    var index = 0
    while index < text.count {
      guard !Kind(text[index]).isAlphanumeric else {
        result.append(text[index])
        index += 1
        continue
      }
      let end = text[index...].firstIndex { Kind($0).isAlphanumeric } ?? text.count
      let isInside = index > 0 && end < text.count
      if isInside {
        let gap = Gap(
          left: Kind(text[index - 1]), right: Kind(text[end]),
          content: (index..<end).filter { !isBracket(text[$0]) || isPaired[$0] }.map { text[$0] })
        result += gap.cleaned(isAbbreviation: isAbbreviation(text, index, end))
      } else {
        result += text[index..<end]
      }
      index = end
    }
    return result
  }

  /// Whether the letters around a gap stand alone and are capitals, as in U.S. and J.K.
  private static func isAbbreviation(_ text: [Unicode.Scalar], _ start: Int, _ end: Int) -> Bool {
    let startsWord = start < 2 || !Kind(text[start - 2]).isAlphanumeric
    return startsWord && text[start - 1].properties.isUppercase && text[end].properties.isUppercase
  }

  private static let brackets: [(open: Unicode.Scalar, close: Unicode.Scalar)] = [
    ("(", ")"), ("[", "]"), ("{", "}"), ("（", "）"), ("［", "］"), ("｛", "｝"), ("《", "》"), ("〈", "〉"),
    ("「", "」"), ("『", "』"), ("【", "】"), ("〔", "〕"), ("“", "”"), ("‘", "’"), ("\"", "\""),
  ]

  private static func isBracket(_ scalar: Unicode.Scalar) -> Bool {
    // ’ is an apostrophe too, and no sign of a pair.
    scalar != "’" && brackets.contains { $0.open == scalar || $0.close == scalar }
  }

  /// Whether each bracket or quotation mark has its partner.
  private static func pairing(_ text: [Unicode.Scalar]) -> [Bool] {
    var isPaired = [Bool](repeating: false, count: text.count)
    for (open, close) in brackets {
      var waiting: Int?
      for (index, scalar) in text.enumerated() where scalar == open || scalar == close {
        if let start = waiting, scalar == close, index > start + 1 {
          isPaired[start] = true
          isPaired[index] = true
          waiting = nil
        } else if scalar == open {
          waiting = index
        }
      }
    }
    return isPaired
  }

  /// The marks and spaces between two letters.
  private struct Gap {
    let left: Kind
    let right: Kind
    let content: [Unicode.Scalar]

    func cleaned(isAbbreviation: Bool) -> [Unicode.Scalar] {
      let marks = content.filter { $0 != " " }
      let hasSpace = marks.count < content.count
      if marks.isEmpty { return hasSpace ? spaces : [] }
      if left == .han || right == .han { return chinese(marks, hasSpace: hasSpace) }
      return hasSpace ? betweenWords(marks) : insideWord(marks, isAbbreviation: isAbbreviation)
    }

    private var spaces: [Unicode.Scalar] { left == .han && right == .han ? [] : [" "] }

    /// Beside a Chinese character: one mark of a sentence, with quotation marks and brackets.
    private func chinese(_ marks: [Unicode.Scalar], hasSpace: Bool) -> [Unicode.Scalar] {
      let core = marks.filter { !isBracket($0) }
      let isRight =
        switch core.count {
        case 0: true
        case 1: Self.chineseMarks.contains(core[0]) || isOfTechnicalText(core[0])
        case 2: Self.chineseDoubles.contains([core[0], core[1]])
        default: false
        }
      // A dash may have spaces around it or not.
      if isRight { return left == .han && right == .han && core.first != "—" ? marks : content }
      let kept = marks.filter { isBracket($0) }
      if kept.isEmpty, hasSpace, !(left == .han && right == .han) { return [" "] }
      return kept
    }

    /// Marks that stand between Chinese and Latin letters or digits.
    private func isOfTechnicalText(_ mark: Unicode.Scalar) -> Bool {
      guard !(left == .han && right == .han) else { return mark == "/" }
      return ["/", "-", ".", ":", ",", "%", "+", "#", "=", "@", "$"].contains(mark)
    }

    /// Where a space is: what ends a clause, a dash, brackets.
    private func betweenWords(_ marks: [Unicode.Scalar]) -> [Unicode.Scalar] {
      let core = marks.filter { !isBracket($0) && $0 != "'" && $0 != "’" }
      let isRight =
        switch core.count {
        case 0: true
        case 1: Self.clauseMarks.contains(core[0])
        case 2, 3: Set(core) == ["."] || core == ["-", "-"]
        default: false
        }
      return isRight ? collapsed(content) : [" "]
    }

    /// Inside a word or number: an apostrophe, a hyphen, the marks of numbers and names.
    private func insideWord(
      _ marks: [Unicode.Scalar], isAbbreviation: Bool
    ) -> [Unicode.Scalar] {
      guard marks.count == 1 else {
        let isEllipsis = marks == [".", ".", "."] || marks == ["-", "-"]
        return isEllipsis ? marks : []
      }
      let isNumber = left == .digit && right == .digit
      switch marks[0] {
      case "'", "’", "-": return marks
      case ".": return isNumber || isAbbreviation ? marks : []
      case ",", ":", "/", "%", "=", "+", "×": return isNumber ? marks : []
      default: return []
      }
    }

    private func collapsed(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
      var result: [Unicode.Scalar] = []
      for scalar in text where !(scalar == " " && result.last == " ") { result.append(scalar) }
      return result
    }

    private static let chineseMarks: Set<Unicode.Scalar> = [
      "，", "。", "、", "；", "：", "！", "？", "·", "%", "’", "'",
    ]
    private static let chineseDoubles: Set<[Unicode.Scalar]> = [
      ["…", "…"], ["—", "—"], ["？", "！"], ["！", "？"], ["+", "+"],
    ]
    private static let clauseMarks: Set<Unicode.Scalar> = [
      ",", ".", ";", ":", "!", "?", "-", "–", "—", "…", "&", "%", "$", "#", "+", "=", "/", "°",
    ]
  }
}

// MARK: - Repetition

extension RuleBasedCleaner {
  /// Letters repeated as no word repeats them come once.
  private static func singled(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    var index = 0
    while index < text.count {
      let scalar = text[index]
      let end = text[index...].firstIndex { $0 != scalar } ?? text.count
      let count = end - index
      let isDoubling = count == 2 && neverDoubled.contains(scalar)
      let isRun = count > 2 && (Kind(scalar) == .han || Kind(scalar) == .latin)
      result += text[index..<(isDoubling || isRun ? index + 1 : end)]
      index = end
    }
    return result
  }

  // Twice in a row in almost no English word (skiing, vacuum, savvy, bookkeeper).
  private static let neverDoubled: Set<Unicode.Scalar> = [
    "a", "h", "i", "j", "k", "q", "u", "v", "w", "x", "y",
  ]
}
