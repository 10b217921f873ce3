import Glibc

/// BLEU (Papineni, Roukos, Ward & Zhu 2002, *BLEU: a Method for Automatic Evaluation of Machine Translation*), as
/// sacreBLEU computes it: to the last digit, with its signature.
///
/// Of the n-grams of the hypothesis, n = 1 … 4, the clipped share that the references have is the precision pₙ. The score
/// is 100 · BP · exp(¼ Σ log pₙ); BP = exp(1 − r/c) where the hypothesis (c words) is shorter than the closest reference
/// (r), else 1. A precision of nothing is smoothed as in NIST's script (`exp`: method 3 of Chen & Cherry 2014): the k-th
/// such is 1 / (2ᵏ · n-grams).
///
/// ```swift
/// let bleu = BLEU(.mteval13a)
/// var counts = BLEU.Counts()
/// for (hypothesis, reference) in pairs { counts += bleu.counts(hypothesis, references: [reference]) }
/// counts.score().value  // of the corpus, in percent
/// ```
public struct BLEU: Sendable {
  /// The longest n-grams.
  public static let order = 4

  /// What cuts texts into words.
  public let tokenizer: BLEUTokenizer

  /// Creates the metric.
  public init(_ tokenizer: BLEUTokenizer) {
    self.tokenizer = tokenizer
  }

  /// What the score of a text, or with `+=` of a corpus, is computed of.
  public struct Counts: Sendable, Equatable {
    /// The n-grams of the hypotheses that the references have, by n − 1.
    public fileprivate(set) var correct = [Int](repeating: 0, count: order)
    /// The n-grams of the hypotheses, by n − 1.
    public fileprivate(set) var total = [Int](repeating: 0, count: order)
    /// The words of the hypotheses.
    public fileprivate(set) var hypothesisLength = 0
    /// The words of the references, of several the one of the nearest length, of equally near ones the shorter.
    public fileprivate(set) var referenceLength = 0

    /// Creates the counts of no text.
    public init() {}

    /// Adds those of other texts.
    public static func += (sum: inout Counts, other: Counts) {
      for n in 0..<order {
        sum.correct[n] += other.correct[n]
        sum.total[n] += other.total[n]
      }
      sum.hypothesisLength += other.hypothesisLength
      sum.referenceLength += other.referenceLength
    }
  }

  /// Returns the counts of a hypothesis; linear in the texts.
  ///
  /// - Parameters:
  ///   - hypothesis: the text to judge, UTF-8.
  ///   - references: what it should be, in one or several ways.
  /// - Returns: what `score` needs.
  public func counts(_ hypothesis: [UInt8], references: [[UInt8]]) -> Counts {
    precondition(!references.isEmpty, "BLEU.counts: no reference")
    var lexicon = WordLexicon()
    var ngrams = NGramLexicon(order: Self.order)
    let words = lexicon.numbers(of: tokenizer.words(of: hypothesis))
    let own = ngrams.counts(of: words)
    var highest = [Int](repeating: 0, count: own.count)  // over the references
    var counts = Counts()
    counts.hypothesisLength = words.count
    var nearest = (distance: Int.max, length: 0)
    for reference in references {
      let referenceWords = lexicon.numbers(of: tokenizer.words(of: reference))
      for (number, count) in zip(own.indices, ngrams.counts(of: referenceWords)) {
        highest[number] = max(highest[number], count)
      }
      let candidate = (abs(referenceWords.count - words.count), referenceWords.count)
      if candidate < nearest { nearest = candidate }
    }
    counts.referenceLength = nearest.length
    counts.total = ngrams.totals(of: words)
    counts.correct = ngrams.shared(own, highest)
    return counts
  }

  /// The line that says how a score was computed, in sacreBLEU's form.
  ///
  /// - Parameters:
  ///   - references: how many each hypothesis has; nil if that varies.
  ///   - effectiveOrder: as given to `score`.
  ///   - version: of the program that says it.
  /// - Returns: such as `nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:…`.
  public func signature(references: Int?, effectiveOrder: Bool = false, version: String) -> String {
    let effective = effectiveOrder ? "yes" : "no"
    return MetricText.signature(references: references)
      + "|case:mixed|eff:\(effective)|tok:\(tokenizer.rawValue)|smooth:exp|version:\(version)"
  }
}

extension BLEU {
  /// A score and what it was made of.
  public struct Score: Sendable, Equatable {
    /// The score, 0 to 100.
    public let value: Double
    /// The precisions in percent, smoothed, by n − 1.
    public let precisions: [Double]
    /// What shorter hypotheses are multiplied by.
    public let brevityPenalty: Double
    /// What it was computed of.
    public let counts: Counts
  }
}

extension BLEU.Counts {
  /// Returns the score.
  ///
  /// - Parameter effectiveOrder: whether to leave out n-grams longer than the hypotheses, as is usual for the score of a
  ///   single sentence; without it such a sentence scores 0.
  /// - Returns: the score, 0 if nothing is right.
  public func score(effectiveOrder: Bool = false) -> BLEU.Score {
    var penalty = 1.0
    if hypothesisLength < referenceLength {
      penalty =
        hypothesisLength == 0
        ? 0 : exp(1 - Double(referenceLength) / Double(hypothesisLength))
    }
    var precisions = [Double](repeating: 0, count: BLEU.order)
    guard correct.contains(where: { $0 > 0 }) else {
      return BLEU.Score(
        value: 0, precisions: precisions, brevityPenalty: penalty, counts: self)
    }
    var smoothing = 1.0  // 2ᵏ
    var longest = BLEU.order
    for n in 0..<BLEU.order where total[n] > 0 {
      if effectiveOrder { longest = n + 1 }
      if correct[n] == 0 {
        smoothing *= 2
        precisions[n] = 100 / (smoothing * Double(total[n]))
      } else {
        precisions[n] = 100 * Double(correct[n]) / Double(total[n])
      }
    }
    // What sacreBLEU takes for the logarithm of 0, the precision of n-grams that are longer than all texts.
    let nothing = -9_999_999_999.0
    let logarithms = precisions[..<longest].map { $0 == 0 ? nothing : log($0) }
    let mean = logarithms.reduce(0, +) / Double(longest)
    return BLEU.Score(
      value: penalty * exp(mean), precisions: precisions, brevityPenalty: penalty, counts: self)
  }
}
