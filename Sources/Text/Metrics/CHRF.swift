/// chrF (Popović 2015, *chrF: character n-gram F-score for automatic MT evaluation*) and chrF++ (Popović 2017, *chrF++:
/// words helping character n-grams*), as sacreBLEU computes them: to the last digit, with its signature.
///
/// Of character n-grams, n = 1 … 6 without spaces, and of word n-grams, n = 1 … `wordOrder`, the precision P is the share of
/// the hypothesis' that the reference has, the recall R the share of the reference's that the hypothesis has, both means
/// over the n that both texts are long enough for. The score is 100 · (1 + β²) · P · R / (β² · P + R) with β = 2.
///
/// ```swift
/// let chrF = CHRF()
/// var counts = CHRF.Counts()
/// for (hypothesis, reference) in pairs { counts += chrF.counts(hypothesis, references: [reference]) }
/// counts.score  // of the corpus, in percent
/// ```
public struct CHRF: Sendable {
  /// The longest n-grams of characters.
  public static let characterOrder = 6
  /// The longest n-grams of words that count in chrF++.
  public static let highestWordOrder = 2
  /// How much more recall weighs than precision: β.
  public static let beta = 2

  /// The longest n-grams of words: 0 for chrF, 1 for chrF+, 2 for chrF++.
  public let wordOrder: Int

  /// Creates the metric.
  ///
  /// - Parameter wordOrder: 0 to 2.
  public init(wordOrder: Int = 0) {
    precondition(0...Self.highestWordOrder ~= wordOrder, "CHRF: word n-grams up to \(wordOrder)")
    self.wordOrder = wordOrder
  }

  /// What the score of a text, or with `+=` of a corpus, is computed of: by n − 1, those of words behind those of
  /// characters.
  public struct Counts: Sendable, Equatable {
    /// How many n-grams are counted.
    static let orders = characterOrder + highestWordOrder

    /// The n-grams of the hypotheses, where the reference has any.
    public fileprivate(set) var hypothesis = [Int](repeating: 0, count: orders)
    /// The n-grams of the references.
    public fileprivate(set) var reference = [Int](repeating: 0, count: orders)
    /// The n-grams that they share.
    public fileprivate(set) var shared = [Int](repeating: 0, count: orders)

    /// Creates the counts of no text.
    public init() {}

    /// Adds those of other texts.
    public static func += (sum: inout Counts, other: Counts) {
      for n in 0..<orders {
        sum.hypothesis[n] += other.hypothesis[n]
        sum.reference[n] += other.reference[n]
        sum.shared[n] += other.shared[n]
      }
    }

    /// The score, 0 to 100; 0 if nothing is right.
    public var score: Double {
      var (precision, recall) = (0.0, 0.0)
      var effective = 0.0  // how many n both texts are long enough for
      for n in 0..<Self.orders where hypothesis[n] > 0 && reference[n] > 0 {
        precision += Double(shared[n]) / Double(hypothesis[n])
        recall += Double(shared[n]) / Double(reference[n])
        effective += 1
      }
      guard precision + recall > 0 else { return 0 }
      precision /= effective
      recall /= effective
      let weight = Double(CHRF.beta * CHRF.beta)
      let score = (1 + weight) * precision * recall
      return 100 * (score / (weight * precision + recall))
    }
  }

  /// Returns the counts of a hypothesis against the reference for which it scores highest, the first of equal ones;
  /// linear in the texts.
  ///
  /// - Parameters:
  ///   - hypothesis: the text to judge, UTF-8; a stray byte is a character.
  ///   - references: what it should be, in one or several ways.
  /// - Returns: what the score is made of.
  public func counts(_ hypothesis: [UInt8], references: [[UInt8]]) -> Counts {
    precondition(!references.isEmpty, "CHRF.counts: no reference")
    var characters = NGramLexicon(order: Self.characterOrder)
    var words = NGramLexicon(order: wordOrder)
    var lexicon = WordLexicon()
    let ownCharacters = Self.characters(of: hypothesis)
    let ownWords = wordOrder == 0 ? [] : lexicon.numbers(of: Self.words(of: hypothesis))
    let characterCounts = characters.counts(of: ownCharacters)
    let wordCounts = words.counts(of: ownWords)
    let totals = characters.totals(of: ownCharacters) + words.totals(of: ownWords)
    var best: (counts: Counts, score: Double)?
    for reference in references {
      let theirCharacters = Self.characters(of: reference)
      let theirWords = wordOrder == 0 ? [] : lexicon.numbers(of: Self.words(of: reference))
      let theirs = characters.totals(of: theirCharacters) + words.totals(of: theirWords)
      let theirCharacterCounts = characters.counts(of: theirCharacters)
      let theirWordCounts = words.counts(of: theirWords)
      let shared =
        characters.shared(characterCounts, theirCharacterCounts)
        + words.shared(wordCounts, theirWordCounts)
      var counts = Counts()
      for n in theirs.indices where theirs[n] > 0 {
        counts.hypothesis[n] = totals[n]
        counts.reference[n] = theirs[n]
        counts.shared[n] = shared[n]
      }
      let score = counts.score
      if score > best?.score ?? -1 { best = (counts, score) }
    }
    return best?.counts ?? Counts()
  }

  /// The line that says how a score was computed, in sacreBLEU's form.
  ///
  /// - Parameters:
  ///   - references: how many each hypothesis has; nil if that varies.
  ///   - version: of the program that says it.
  /// - Returns: such as `nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no|version:…`.
  public func signature(references: Int?, version: String) -> String {
    MetricText.signature(references: references)
      + "|case:mixed|eff:yes|nc:\(Self.characterOrder)|nw:\(wordOrder)|space:no|version:\(version)"
  }

  // MARK: Private helpers

  private static func characters(of text: [UInt8]) -> [UInt32] {
    codePointSymbols(text).filter { !MetricText.isSpace($0) }
  }

  /// Returns what lies between spaces, with a mark at the end apart, or else one at the beginning: of `(hi)` the last alone.
  private static func words(of text: [UInt8]) -> [ArraySlice<UInt8>] {
    MetricText.words(in: text).flatMap { word -> [ArraySlice<UInt8>] in
      guard let first = word.first, let last = word.last, word.count > 1 else { return [word] }
      if isMark(last) { return [word.dropLast(), word.suffix(1)] }
      return isMark(first) ? [word.prefix(1), word.dropFirst()] : [word]
    }
  }

  /// Whether a byte is a mark of ASCII.
  private static func isMark(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: true
    default: false
    }
  }
}
