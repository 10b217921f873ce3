import SeqaeFiles
import SeqaeText
import SeqaeTraining

/// BLEU of the texts of a file, whose references stand in its lines.
public struct BLEUEvaluation: Sendable, Equatable {
  /// The score of all texts together.
  public let score: BLEU.Score
  /// How many texts there are.
  public let lines: Int
  /// How the score was computed, in sacreBLEU's form.
  public let signature: String

  /// Scores lines of a hypothesis and one or more references, with tabs between; in constant memory.
  ///
  /// - Parameters:
  ///   - path: the file, plain or gzip.
  ///   - predictions: a file of hypotheses, a line each, if `path` has the references alone.
  ///   - tokenizer: what cuts texts into words.
  ///   - version: of the program, for the signature.
  /// - Throws: `Failure(.missingInput)`; `Failure(.data)` for a line that is not UTF-8 or has no reference, for files of
  ///   different lengths, and for one without lines.
  public init(
    _ path: String, predictions: String? = nil, tokenizer: BLEUTokenizer, version: String
  ) throws(Failure) {
    var texts = try JudgedLines(path, predictions: predictions)
    let bleu = BLEU(tokenizer)
    var counts = BLEU.Counts()
    while let text = try texts.next() {
      counts += bleu.counts(text.hypothesis, references: text.references)
    }
    score = counts.score()
    lines = texts.count
    signature = bleu.signature(references: texts.referenceCount, version: version)
  }

  /// The metrics by the names that `seqae evaluate` prints.
  public var metrics: [Metric] {
    let precisions = score.precisions.enumerated().map { Metric("precision_\($0 + 1)", $1) }
    return [Metric("bleu", score.value)] + precisions + [
      Metric("brevity_penalty", score.brevityPenalty),
      Metric("hypothesis_length", Double(score.counts.hypothesisLength)),
      Metric("reference_length", Double(score.counts.referenceLength)),
      Metric("lines", Double(lines)),
    ]
  }
}
