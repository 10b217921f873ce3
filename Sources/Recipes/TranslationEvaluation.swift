import SeqaeFiles
import SeqaeText
import SeqaeTraining

/// BLEU, chrF and TER of the texts of a file, whose references stand in its lines.
public struct TranslationEvaluation: Sendable, Equatable {
  /// A score and how it was computed.
  public struct Score: Sendable, Equatable {
    /// Its name in the results of `seqae evaluate`.
    public let name: String
    /// The score, 0 to 100; TER may be higher, and is better the lower it is.
    public let value: Double
    /// How it was computed, in sacreBLEU's form.
    public let signature: String
  }

  /// BLEU, chrF, chrF++ and TER of all texts together.
  public let scores: [Score]
  /// How many texts there are.
  public let lines: Int

  /// Scores lines of a hypothesis and one or more references, with tabs between; in constant memory.
  ///
  /// - Parameters:
  ///   - path: the file, plain or gzip.
  ///   - predictions: a file of hypotheses, a line each, if `path` has the references alone.
  ///   - tokenizer: what cuts texts into words for BLEU.
  ///   - options: what is done to texts for TER.
  ///   - version: of the program, for the signatures.
  /// - Throws: `Failure(.missingInput)`; `Failure(.data)` for a line that is not UTF-8 or has no reference, for files of
  ///   different lengths, and for one without lines.
  public init(
    _ path: String, predictions: String? = nil, tokenizer: BLEUTokenizer, options: TER.Options,
    version: String
  ) throws(Failure) {
    var texts = try JudgedLines(path, predictions: predictions)
    let (bleu, ter) = (BLEU(tokenizer), TER(options))
    let (chrF, chrFPlusPlus) = (CHRF(), CHRF(wordOrder: CHRF.highestWordOrder))
    var bleuCounts = BLEU.Counts()
    var (chrFCounts, chrFPlusPlusCounts) = (CHRF.Counts(), CHRF.Counts())
    var terCounts = TER.Counts()
    while let text = try texts.next() {
      bleuCounts += bleu.counts(text.hypothesis, references: text.references)
      chrFCounts += chrF.counts(text.hypothesis, references: text.references)
      chrFPlusPlusCounts += chrFPlusPlus.counts(text.hypothesis, references: text.references)
      terCounts += ter.counts(text.hypothesis, references: text.references)
    }
    lines = texts.count
    let references = texts.referenceCount
    scores = [
      Score(
        name: "bleu", value: bleuCounts.score().value,
        signature: bleu.signature(references: references, version: version)),
      Score(
        name: "chrf", value: chrFCounts.score,
        signature: chrF.signature(references: references, version: version)),
      Score(
        name: "chrf++", value: chrFPlusPlusCounts.score,
        signature: chrFPlusPlus.signature(references: references, version: version)),
      Score(
        name: "ter", value: terCounts.score,
        signature: ter.signature(references: references, version: version)),
    ]
  }

  /// The metrics by the names that `seqae evaluate` prints.
  public var metrics: [Metric] {
    scores.map { Metric($0.name, $0.value) } + [Metric("lines", Double(lines))]
  }
}
