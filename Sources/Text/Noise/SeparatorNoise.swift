import SeqaeRandom

/// Puts one separator into every gap of a line or of a run of it: `今 天 天 气 很 好`, `h.e.l.l.o`.
///
/// A gap is one between two letters or Chinese characters, as for `InsertionNoise`. A separator is a
/// space, a mark or a character without width, at times repeated. Spaces between the letters of words
/// would hide where words end: the spaces between words are then widened. Spaces go beside Chinese
/// punctuation too in half of the lines.
public struct SeparatorNoise: TextNoise {
  /// The probability that the whole line is taken, and not a run.
  public var wholeLine: Double
  /// The probability that the separator is a space; a mark has two thirds of the rest.
  public var spaceShare: Double
  /// Whether digits count as letters; inside a number neither spaces nor number marks are put.
  public var digits: Bool
  /// What separators are drawn from.
  public var alphabet: NoiseAlphabet

  /// Creates the noise.
  public init(
    wholeLine: Double = 0.5, spaceShare: Double = 0.4, digits: Bool = false,
    alphabet: NoiseAlphabet = .standard
  ) {
    self.wholeLine = wholeLine
    self.spaceShare = spaceShare
    self.digits = digits
    self.alphabet = alphabet
  }

  private struct Separator {
    var text: String
    var isSpace: Bool
    var isNumberMark: Bool
    var isBesideMarks: Bool
  }

  /// Returns `text` with separators.
  public func corrupt(_ text: String, using random: Random) -> String {
    let graphemes = Graphemes(text)
    guard graphemes.count > 1 else { return text }
    let separator = drawSeparator(random)
    let span = drawSpan(graphemes, random)
    let hasWords = span.dropFirst().contains { isInsideWord(graphemes, before: $0) }
    let isWidened = hasWords && (separator.isSpace || random.chance(0.25))
    let widening = isWidened ? random.integer(in: 1...2) : 0
    var result: [UInt8] = []
    result.reserveCapacity(3 * graphemes.bytes.count)
    for index in 0..<graphemes.count {
      if index > span.lowerBound, index < span.upperBound,
        takes(separator, graphemes, before: index)
      {
        result.append(contentsOf: separator.text.utf8)
      }
      result.append(contentsOf: graphemes[index])
      if widening > 0, span.contains(index), graphemes.kinds[index] == .space {
        for _ in 0..<widening { result.append(contentsOf: graphemes[index]) }
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  private func takes(_ separator: Separator, _ graphemes: Graphemes, before index: Int) -> Bool {
    guard graphemes.isLetterGap(before: index, digits: digits) else {
      return separator.isBesideMarks && graphemes.isNeverSpaced(before: index)
    }
    if separator.isSpace, graphemes.isOptionalSpace(before: index) { return false }
    let excluded = separator.isSpace || separator.isNumberMark
    return !(excluded && graphemes.isInsideNumber(before: index))
  }

  private func drawSeparator(_ random: Random) -> Separator {
    if random.chance(spaceShare) {
      return Separator(
        text: random.element(of: alphabet.spaces), isSpace: true, isNumberMark: false,
        isBesideMarks: random.chance(0.5))
    }
    guard random.chance(2 / 3) else {
      return Separator(
        text: random.element(of: alphabet.zeroWidth), isSpace: false, isNumberMark: false,
        isBesideMarks: false)
    }
    let mark = random.element(of: random.chance(0.7) ? alphabet.commonMarks : alphabet.marks)
    let times = random.chance(0.7) ? 1 : random.integer(in: 2...4)
    return Separator(
      text: String(repeating: mark, count: times), isSpace: false,
      isNumberMark: NumberMarks.all.contains(mark), isBesideMarks: false)
  }

  /// Draws which clusters are taken; a run does not begin or end inside a word.
  private func drawSpan(_ graphemes: Graphemes, _ random: Random) -> Range<Int> {
    if random.chance(wholeLine) { return 0..<graphemes.count }
    var start = random.integer(below: graphemes.count - 1)
    var end = min(graphemes.count, start + random.integer(in: 3...16))
    while start > 0, isInsideWord(graphemes, before: start) { start -= 1 }
    while end < graphemes.count, isInsideWord(graphemes, before: end) { end += 1 }
    return start..<end
  }

  private func isInsideWord(_ graphemes: Graphemes, before index: Int) -> Bool {
    graphemes.kinds[index - 1] == .letter && graphemes.kinds[index] == .letter
  }
}
