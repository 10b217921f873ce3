/// TER (Snover, Dorr, Schwartz, Micciulla & Makhoul 2006, *A Study of Translation Edit Rate with Targeted Human
/// Annotation*), as sacreBLEU computes it, which follows the authors' tercom: to the last digit, with its signature.
///
/// The fewest words to insert, delete, substitute, or in a row to shift elsewhere, that turn the hypothesis into the
/// reference, in percent of the reference's words. The shifts are found greedily (`TERShifts`). Of several references the
/// fewest edits count, and the mean of their words.
///
/// ```swift
/// let ter = TER()
/// var counts = TER.Counts()
/// for (hypothesis, reference) in pairs { counts += ter.counts(hypothesis, references: [reference]) }
/// counts.score  // of the corpus, in percent: lower is better
/// ```
public struct TER: Sendable {
  /// What is done to texts before their words are compared; none by default, but for lower case.
  public struct Options: OptionSet, Sendable {
    /// The bits.
    public let rawValue: Int

    /// Creates options of their bits.
    public init(rawValue: Int) {
      self.rawValue = rawValue
    }

    /// Marks are set apart and entities resolved.
    public static let normalized = Options(rawValue: 1)
    /// Marks are left out: `. , ? : ; ! " ( )`.
    public static let noPunctuation = Options(rawValue: 2)
    /// With `normalized` each Chinese character is a word, and with `noPunctuation` full-width marks are left out too.
    public static let asianSupport = Options(rawValue: 4)
    /// Upper and lower case differ.
    public static let caseSensitive = Options(rawValue: 8)
  }

  /// What is done to texts before their words are compared.
  public let options: Options

  /// Creates the metric.
  public init(_ options: Options = []) {
    self.options = options
  }

  /// What the score of a text, or with `+=` of a corpus, is computed of.
  public struct Counts: Sendable, Equatable {
    /// The edits.
    public fileprivate(set) var edits = 0
    /// The words of the references, of several the mean.
    public fileprivate(set) var referenceLength = 0.0

    /// Creates the counts of no text.
    public init() {}

    /// Adds those of other texts.
    public static func += (sum: inout Counts, other: Counts) {
      sum.edits += other.edits
      sum.referenceLength += other.referenceLength
    }

    /// The score: 0 and up, 100 if there are words where none should be.
    public var score: Double {
      if referenceLength > 0 { return 100 * (Double(edits) / referenceLength) }
      return edits > 0 ? 100 : 0
    }
  }

  /// Returns the counts of a hypothesis; at most 1,000 shifts are tried, each O(words) but for the longest texts.
  ///
  /// - Parameters:
  ///   - hypothesis: the text to judge, UTF-8.
  ///   - references: what it should be, in one or several ways.
  /// - Returns: what the score is made of.
  public func counts(_ hypothesis: [UInt8], references: [[UInt8]]) -> Counts {
    precondition(!references.isEmpty, "TER.counts: no reference")
    var lexicon = WordLexicon()
    let words = lexicon.numbers(of: options.words(of: hypothesis))
    var counts = Counts()
    var fewest: Int?
    var length = 0
    for reference in references {
      let referenceWords = lexicon.numbers(of: options.words(ofReference: reference))
      length += referenceWords.count
      let edits = TERShifts.edits(from: words, to: referenceWords)
      fewest = min(edits, fewest ?? edits)
    }
    counts.edits = fewest ?? 0
    counts.referenceLength = Double(length) / Double(references.count)
    return counts
  }

  /// The line that says how a score was computed, in sacreBLEU's form.
  ///
  /// - Parameters:
  ///   - references: how many each hypothesis has; nil if that varies.
  ///   - version: of the program that says it.
  /// - Returns: such as `nrefs:1|case:lc|tok:tercom|norm:no|punct:yes|asian:no|version:…`.
  public func signature(references: Int?, version: String) -> String {
    func word(_ isSo: Bool) -> String { isSo ? "yes" : "no" }
    let texts = "case:\(options.contains(.caseSensitive) ? "mixed" : "lc")|tok:tercom"
    let normalized = "norm:\(word(options.contains(.normalized)))"
    let marks = "punct:\(word(!options.contains(.noPunctuation)))"
    let asian = "asian:\(word(options.contains(.asianSupport)))"
    return [
      MetricText.signature(references: references), texts, normalized, marks, asian,
      "version:\(version)",
    ].joined(separator: "|")
  }
}

extension TER.Options {
  /// Returns the words of a text, as tercom's normaliser and sacreBLEU's make them; linear.
  package func words(of text: [UInt8]) -> [ArraySlice<UInt8>] {
    // Spaces at the beginning stay, since a line break is joined to a dash there.
    var text = Array(text[..<MetricText.stripped(text).endIndex])
    if !contains(.caseSensitive) { text = MetricText.lowercased(text) }
    if contains(.normalized) { text = normalized(text) }
    if contains(.noPunctuation) { text = withoutPunctuation(text) }
    return MetricText.words(in: text)
  }

  /// Returns the words of a reference. sacreBLEU makes words of them twice: `dog's,` is `dog's ,` at first, and only then
  /// `dog 's ,`, while it stays as it was in a hypothesis.
  func words(ofReference text: [UInt8]) -> [ArraySlice<UInt8>] {
    let words = words(of: text)
    return contains(.normalized) ? self.words(of: Array(words.joined(separator: [0x20]))) : words
  }

  private func normalized(_ text: [UInt8]) -> [UInt8] {
    let space = UInt8(ascii: " ")
    var text = text
    text.replace(Array("\n-".utf8), with: [])
    text = MetricText.entitiesResolved(text.map { $0 == 0x0A ? space : $0 })
    text = MetricText.marksApart([space] + text + [space])
    text.replace(Array("'s ".utf8), with: Array(" 's ".utf8))
    text = MetricText.pointsApart(text)
    return contains(.asianSupport) ? Self.charactersApart(text) : text
  }

  /// Sets spaces around Chinese characters and marks. Kana stay together: the rules that sacreBLEU has for them look for
  /// the beginning of the text, where it has put a space before.
  private static func charactersApart(_ text: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(2 * text.count)
    forEachScalar(of: text) { scalar, range in
      let isApart = scalar.map { isChinese($0) || isAsianMark($0) } ?? false
      if isApart { result.append(UInt8(ascii: " ")) }
      result += text[range]
      if isApart { result.append(UInt8(ascii: " ")) }
    }
    return result
  }

  private func withoutPunctuation(_ text: [UInt8]) -> [UInt8] {
    let marks = Array(".,?:;!\"()".utf8)
    let rest = text.filter { !marks.contains($0) }
    guard contains(.asianSupport) else { return rest }
    var result: [UInt8] = []
    result.reserveCapacity(rest.count)
    forEachScalar(of: rest) { scalar, range in
      if scalar.map(Self.isAsianMark) != true { result += rest[range] }
    }
    return result
  }

  private static func isChinese(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x3400...0x4DBF, 0x4E00...0x9FFF: true  // ideographs, extension A
    case 0x2E80...0x2EFF, 0x31C0...0x31EF: true  // radicals, strokes
    case 0x3300...0x33FF, 0xF900...0xFAFF, 0xFE30...0xFE4F: true  // compatibility
    // sacreBLEU means U+32FF by its 3F22; what is in question are the enclosed letters and the hexagrams.
    case 0x3200...0x3F22: true
    default: false
    }
  }

  /// Whether a code point is one of the marks of Chinese and Japanese, or a full-width one, that sacreBLEU names.
  private static func isAsianMark(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x3001, 0x3002, 0x3008...0x3011, 0x3014...0x301F, 0xFF61...0xFF65, 0x30FB: true
    case 0xFF01, 0xFF02, 0xFF08, 0xFF09, 0xFF0C, 0xFF0E, 0xFF1A, 0xFF1B, 0xFF1F: true
    default: false
    }
  }
}
