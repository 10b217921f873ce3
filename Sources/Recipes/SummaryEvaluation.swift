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
  /// Those of each text's first sentence in place of a summary; nil where the texts are not known.
  public let lead: ROUGE.Scores?
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
    let rouge = ROUGE(units)
    var sum = ROUGE.Sum()
    while let text = try texts.next() {
      sum += rouge.scores(text.hypothesis, references: text.references)
    }
    (mean, lead, lines) = (sum.mean, nil, texts.count)
  }

  /// Summarizes the texts of corpora and scores that; in constant memory.
  ///
  /// - Parameters:
  ///   - model: the summarizer.
  ///   - corpora: pairs of a text and its summary.
  ///   - selection: which of them; nil for all.
  ///   - search: how probable texts are found.
  ///   - units: what is taken for a word.
  ///   - progress: told how it goes.
  /// - Throws: failures of reading.
  public init(
    _ model: TranslatorDirectory, _ corpora: [CorpusSource], of selection: Splits.Selection? = nil,
    _ search: BeamSearch, units: ROUGEUnits, progress: Progress
  ) throws(Failure) {
    var pairs = WrittenPairs(model, corpora, of: selection, to: nil, search, progress)
    let rouge = ROUGE(units)
    var (sum, lead) = (ROUGE.Sum(), ROUGE.Sum())
    var lines = 0
    while let pair = try pairs.next() {
      lines += 1
      sum += rouge.scores(pair.written, references: [pair.reference])
      lead += rouge.scores(Self.firstSentence(of: pair.text), references: [pair.reference])
    }
    (mean, self.lead, self.lines) = (sum.mean, lead.mean, lines)
  }

  /// A text's first sentence, by Unicode's rules: the lead, which summaries of news are hard put to beat (See et al. 2017, §6,
  /// take three).
  static func firstSentence(of text: [UInt8]) -> [UInt8] {
    let bounds = Boundaries.offsets(of: .sentence, in: text)
    return AcceptedLines.trimmed(text[..<(bounds.count > 1 ? bounds[1] : text.count)])
  }

  /// The metrics by the names that `seqae evaluate` prints, F₁ by that of its variant alone, of the lead behind `lead_`; 0 to 1, as `rouge-score` has
  /// them.
  public var metrics: [Metric] {
    let leads = lead.map { lead in
      Self.variants.map { Metric("lead_\($0.rawValue)", lead[$0].f1) }
    }
    return Self.variants.flatMap { variant in
      let (name, score) = (variant.rawValue, mean[variant])
      return [
        Metric(name, score.f1), Metric("\(name)_precision", score.precision),
        Metric("\(name)_recall", score.recall),
      ]
    } + (leads ?? []) + [Metric("lines", Double(lines))]
  }
}
