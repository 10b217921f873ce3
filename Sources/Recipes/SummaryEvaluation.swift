import SeqaeFiles
import SeqaeModels
import SeqaeText
import SeqaeTraining

/// ROUGE of the summaries of a file, whose references stand in its lines.
public struct SummaryEvaluation: Sendable, Equatable {
  /// What is measured. A summary of one line has the same ROUGE-Lsum as ROUGE-L.
  public static let variants: [ROUGE.Variant] = [.unigrams, .bigrams, .longest]

  /// The means over the texts.
  public let mean: ROUGE.Scores
  /// How many texts there are.
  public let lines: Int

  /// Scores lines of a summary and one or more references, with tabs between; in constant memory.
  ///
  /// - Parameters:
  ///   - path: the file, plain or gzip.
  ///   - predictions: a file of summaries, a line each, if `path` has the references alone.
  ///   - units: what is taken for a word.
  /// - Throws: `Failure(.missingInput)`; `Failure(.data)` for a line that is not UTF-8 or has no reference, for files of
  ///   different lengths, and for one without lines.
  public init(
    _ path: String, predictions: String? = nil, units: ROUGEUnits
  ) throws(Failure) {
    var texts = try JudgedLines(path, predictions: predictions)
    try self.init(units: units, next: { () throws(Failure) in try texts.next() })
  }

  /// Summarizes the texts of corpora and scores that; in constant memory.
  ///
  /// - Parameters:
  ///   - model: the summarizer.
  ///   - corpora: pairs of a text and its summary.
  ///   - search: how probable texts are found.
  ///   - units: what is taken for a word.
  ///   - progress: told how it goes.
  /// - Throws: failures of reading.
  public init(
    _ model: TranslatorDirectory, _ corpora: [CorpusSource], _ search: BeamSearch,
    units: ROUGEUnits, progress: Progress
  ) throws(Failure) {
    var texts = WrittenPairs(model, corpora, to: nil, search, progress)
    try self.init(units: units, next: { () throws(Failure) in try texts.next() })
  }

  private init(
    units: ROUGEUnits, next: () throws(Failure) -> JudgedLines.Texts?
  ) throws(Failure) {
    let rouge = ROUGE(units)
    var sum = ROUGE.Sum()
    var lines = 0
    while let text = try next() {
      lines += 1
      sum += rouge.scores(text.hypothesis, references: text.references)
    }
    mean = sum.mean
    self.lines = lines
  }

  /// The metrics by the names that `seqae evaluate` prints, F₁ by that of its variant alone; 0 to 1, as `rouge-score` has
  /// them.
  public var metrics: [Metric] {
    Self.variants.flatMap { variant in
      let (name, score) = (variant.rawValue, mean[variant])
      return [
        Metric(name, score.f1), Metric("\(name)_precision", score.precision),
        Metric("\(name)_recall", score.recall),
      ]
    } + [Metric("lines", Double(lines))]
  }
}
