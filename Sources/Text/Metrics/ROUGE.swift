/// ROUGE (Lin 2004, *ROUGE: A Package for Automatic Evaluation of Summaries*), as Google's `rouge-score` computes it: to
/// the last digit.
///
/// Of what a summary and its reference have in common the precision is the share of the summary, the recall that of the
/// reference, and F₁ = 2 · P · R / (P + R): of words (ROUGE-1), of pairs of words (ROUGE-2, §2), of the longest common
/// subsequence (ROUGE-L, §3.1), or of the union of those of each sentence of the reference with all of the summary, a
/// sentence a line (ROUGE-Lsum, §3.2). A corpus has the means of its texts.
///
/// ```swift
/// let rouge = ROUGE(.words)
/// var sum = ROUGE.Sum()
/// for (summary, reference) in pairs { sum += rouge.scores(summary, references: [reference]) }
/// sum.mean[.longest].f1  // of the corpus, 0 to 1
/// ```
public struct ROUGE: Sendable {
  /// What a summary and its reference may have in common.
  public enum Variant: String, CaseIterable, Sendable {
    /// Words.
    case unigrams = "rouge1"
    /// Pairs of words.
    case bigrams = "rouge2"
    /// The longest common subsequence of words.
    case longest = "rougeL"
    /// Longest common subsequences, sentence by sentence.
    case summary = "rougeLsum"
  }

  /// What share of a summary is right, and of a reference is met: each 0 to 1.
  public struct Score: Sendable, Equatable {
    /// The share of the summary that the reference has.
    public fileprivate(set) var precision = 0.0
    /// The share of the reference that the summary has.
    public fileprivate(set) var recall = 0.0
    /// The harmonic mean of the two; in a mean over texts the mean of theirs.
    public fileprivate(set) var f1 = 0.0

    fileprivate init() {}

    /// The score of `shared` of so many things that there are on either side.
    fileprivate init(shared: Int, summary: Int, reference: Int) {
      precision = Double(shared) / Double(max(summary, 1))
      recall = Double(shared) / Double(max(reference, 1))
      if shared > 0 { f1 = 2 * precision * recall / (precision + recall) }
    }
  }

  /// A score of each variant.
  public struct Scores: Sendable, Equatable {
    fileprivate var values = [Score](repeating: Score(), count: Variant.allCases.count)

    /// The score of a variant.
    public fileprivate(set) subscript(_ variant: Variant) -> Score {
      get { values[variant.index] }
      set { values[variant.index] = newValue }
    }
  }

  /// The scores of several texts.
  public struct Sum: Sendable, Equatable {
    private var sum = Scores()
    /// How many texts there are.
    public private(set) var count = 0

    /// Creates the sum of none.
    public init() {}

    /// Adds the scores of a text.
    public static func += (sum: inout Sum, scores: Scores) {
      for (index, score) in scores.values.enumerated() {
        sum.sum.values[index].precision += score.precision
        sum.sum.values[index].recall += score.recall
        sum.sum.values[index].f1 += score.f1
      }
      sum.count += 1
    }

    /// The means over the texts; 0 of none.
    public var mean: Scores {
      var mean = sum
      let count = Double(max(count, 1))
      for index in mean.values.indices {
        mean.values[index].precision /= count
        mean.values[index].recall /= count
        mean.values[index].f1 /= count
      }
      return mean
    }
  }

  /// What is taken for a word.
  public let units: ROUGEUnits

  /// Creates the metric.
  public init(_ units: ROUGEUnits) {
    self.units = units
  }

  /// Returns the scores of a summary, for each variant against the reference for which its F₁ is highest, the first of
  /// equal ones; O(words of the summary · words of the reference).
  ///
  /// - Parameters:
  ///   - summary: the text to judge, UTF-8; ROUGE-Lsum takes its lines for sentences.
  ///   - references: what it should be, in one or several ways.
  /// - Returns: a score of each variant.
  public func scores(_ summary: [UInt8], references: [[UInt8]]) -> Scores {
    precondition(!references.isEmpty, "ROUGE.scores: no reference")
    var best = Scores()
    for reference in references {
      let scores = scores(summary, reference)
      for variant in Variant.allCases where scores[variant].f1 > best[variant].f1 {
        best[variant] = scores[variant]
      }
    }
    return best
  }

  // MARK: Private helpers

  private func scores(_ summary: [UInt8], _ reference: [UInt8]) -> Scores {
    var lexicon = WordLexicon()
    func sentences(_ text: [UInt8]) -> [[UInt32]] {
      text.split(separator: 0x0A).map { lexicon.numbers(of: units.words(of: Array($0))) }
    }
    // A line break ends a word for every unit, so that the words of the lines are those of the text.
    let (own, theirs) = (sentences(summary), sentences(reference))
    let (words, target) = (Array(own.joined()), Array(theirs.joined()))
    func score(_ shared: Int, _ n: Int = 0) -> Score {
      Score(shared: shared, summary: words.count - n, reference: target.count - n)
    }
    var ngrams = NGramLexicon(order: 2)
    let (counts, targetCounts) = (ngrams.counts(of: words), ngrams.counts(of: target))
    let shared = ngrams.shared(counts, targetCounts)
    var scores = Scores()
    scores[.unigrams] = score(shared[0])
    scores[.bigrams] = score(shared[1], 1)
    scores[.longest] = score(CommonSubsequence(target, words).length)
    scores[.summary] = score(Self.union(theirs, own))
    return scores
  }

  /// Returns how many words of the reference belong to the longest common subsequence of their sentence with one of the
  /// summary's, none more often than the summary has it, as ROUGE 1.5.5 counts.
  private static func union(_ reference: [[UInt32]], _ summary: [[UInt32]]) -> Int {
    var left: [UInt32: Int] = [:]
    for word in summary.joined() { left[word, default: 0] += 1 }
    var hits = 0
    for sentence in reference {
      var isMet = [Bool](repeating: false, count: sentence.count)
      for other in summary {
        for place in CommonSubsequence(sentence, other).places { isMet[place] = true }
      }
      for (word, isMet) in zip(sentence, isMet) where isMet && left[word, default: 0] > 0 {
        hits += 1
        left[word, default: 0] -= 1
      }
    }
    return hits
  }
}

extension ROUGE.Variant {
  fileprivate var index: Int {
    switch self {
    case .unigrams: 0
    case .bigrams: 1
    case .longest: 2
    case .summary: 3
    }
  }
}

/// The longest common subsequence of two sequences: its table, O(product of their lengths).
private struct CommonSubsequence {
  private let target: [UInt32]
  private let words: [UInt32]
  private var table: [Int32]  // [target + 1, words + 1]

  init(_ target: [UInt32], _ words: [UInt32]) {
    (self.target, self.words) = (target, words)
    let columns = words.count + 1
    table = [Int32](repeating: 0, count: (target.count + 1) * columns)
    for (row, symbol) in target.enumerated() {
      let start = (row + 1) * columns + 1
      for (column, word) in words.enumerated() {
        let index = start + column
        table[index] =
          symbol == word
          ? table[index - columns - 1] + 1 : max(table[index - columns], table[index - 1])
      }
    }
  }

  var length: Int { Int(table[table.count - 1]) }

  /// The places in the target of one of the longest: the one that `rouge-score` finds from the end.
  var places: [Int] {
    let columns = words.count + 1
    var places: [Int] = []
    var (row, column) = (target.count, words.count)
    while row > 0, column > 0 {
      let index = row * columns + column
      if target[row - 1] == words[column - 1] {
        places.append(row - 1)
        (row, column) = (row - 1, column - 1)
      } else if table[index - 1] > table[index - columns] {
        column -= 1
      } else {
        row -= 1
      }
    }
    return places
  }
}
