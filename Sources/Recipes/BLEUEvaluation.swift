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
    var data = try LineReader(path: path)
    var answers: LineReader?
    if let predictions { answers = try LineReader(path: predictions) }
    let bleu = BLEU(tokenizer)
    var counts = BLEU.Counts()
    var sizes: Set<Int> = []
    while var texts = try Self.next(&data)?.split(
      separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false)
    {
      let hypothesis: [UInt8]
      if let predictions {
        guard let answer = try Self.next(&answers) else {
          throw Failure(
            .data,
            "\(predictions): expected a line for each of \(path), found \(data.lineNumber - 1)")
        }
        hypothesis = answer
      } else {
        hypothesis = Array(texts.removeFirst())
      }
      guard !texts.isEmpty else {
        throw Failure(
          .data,
          "\(path): line \(data.lineNumber): expected a hypothesis and its references with tabs between, "
            + "found no tab")
      }
      sizes.insert(texts.count)
      counts += bleu.counts(hypothesis, references: texts.map { Array($0) })
    }
    guard data.lineNumber > 0 else {
      throw Failure(.data, "\(path): expected lines of a hypothesis and its references, found none")
    }
    if let predictions, try Self.next(&answers) != nil {
      throw Failure(
        .data, "\(predictions): expected \(data.lineNumber) lines, as \(path) has, found more")
    }
    score = counts.score()
    lines = data.lineNumber
    signature = bleu.signature(references: sizes.count == 1 ? sizes.first : nil, version: version)
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

  private static func next(_ lines: inout LineReader?) throws(Failure) -> [UInt8]? {
    guard var reader = lines else { return nil }
    defer { lines = reader }
    return try next(&reader)
  }

  private static func next(_ lines: inout LineReader) throws(Failure) -> [UInt8]? {
    guard let line = try lines.next() else { return nil }
    guard UTF8Validation.firstInvalid(in: line) == nil else {
      throw Failure(
        .data, "\(lines.name): line \(lines.lineNumber) is not UTF-8: convert the file")
    }
    return line
  }
}
