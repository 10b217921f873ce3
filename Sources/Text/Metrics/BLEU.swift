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
    var lexicon = Lexicon()
    let words = lexicon.numbers(of: tokenizer.words(of: hypothesis))
    var counts = Counts()
    counts.hypothesisLength = words.count
    var highest: [NumberedNGram: Int] = [:]  // over the references
    var nearest = (distance: Int.max, length: 0)
    for reference in references {
      let referenceWords = lexicon.numbers(of: tokenizer.words(of: reference))
      for (ngram, count) in Self.ngrams(referenceWords) {
        highest[ngram] = max(highest[ngram] ?? 0, count)
      }
      let candidate = (abs(referenceWords.count - words.count), referenceWords.count)
      if candidate < nearest { nearest = candidate }
    }
    counts.referenceLength = nearest.length
    for (ngram, count) in Self.ngrams(words) {
      let n = ngram.order - 1
      counts.total[n] += count
      counts.correct[n] += min(count, highest[ngram] ?? 0)
    }
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
    let count = references.map(String.init) ?? "var"
    let effective = effectiveOrder ? "yes" : "no"
    return "nrefs:\(count)|case:mixed|eff:\(effective)|tok:\(tokenizer.rawValue)|smooth:exp"
      + "|version:\(version)"
  }

  // MARK: Private helpers

  /// Numbers for words, the same for equal ones.
  private struct Lexicon {
    private var known: [ArraySlice<UInt8>: Int32] = [:]

    mutating func numbers(of words: [ArraySlice<UInt8>]) -> [Int32] {
      words.map { word in
        if let number = known[word] { return number }
        let number = Int32(known.count)
        known[word] = number
        return number
      }
    }
  }

  /// One to four words; −1 behind the last.
  private struct NumberedNGram: Hashable {
    var words = SIMD4<Int32>(repeating: -1)

    var order: Int { (0..<BLEU.order).count { words[$0] >= 0 } }
  }

  private static func ngrams(_ words: [Int32]) -> [NumberedNGram: Int] {
    var counts: [NumberedNGram: Int] = [:]
    counts.reserveCapacity(order * words.count)
    for start in words.indices {
      var ngram = NumberedNGram()
      for n in 0..<min(order, words.count - start) {
        ngram.words[n] = words[start + n]
        counts[ngram, default: 0] += 1
      }
    }
    return counts
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
