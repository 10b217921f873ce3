import SeqaeFiles
import SeqaeModels
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
    try self.init(
      tokenizer: tokenizer, options: options, version: version,
      next: { () throws(Failure) in try texts.next() })
  }

  /// Translates the sources of corpora and scores that; in constant memory.
  ///
  /// - Parameters:
  ///   - model: the translator.
  ///   - corpora: pairs of a text and its reference.
  ///   - selection: which of them; nil for all.
  ///   - target: the language to translate to; nil for the one that the model writes or the text is not in.
  ///   - search: how probable texts are found.
  ///   - tokenizer: what cuts texts into words for BLEU.
  ///   - options: what is done to texts for TER.
  ///   - version: of the program, for the signatures.
  ///   - progress: told how it goes.
  /// - Throws: failures of reading; `Failure(.usage)` for a language that the model does not write.
  public init(
    _ model: TranslatorDirectory, _ corpora: [CorpusSource], of selection: Splits.Selection? = nil,
    to target: String?, _ search: BeamSearch, tokenizer: BLEUTokenizer, options: TER.Options,
    version: String,
    progress: Progress
  ) throws(Failure) {
    var texts = WrittenPairs(model, corpora, of: selection, to: target, search, progress)
    try self.init(
      tokenizer: tokenizer, options: options, version: version,
      next: { () throws(Failure) in try texts.next()?.judged })
  }

  private init(
    tokenizer: BLEUTokenizer, options: TER.Options, version: String,
    next: () throws(Failure) -> JudgedLines.Texts?
  ) throws(Failure) {
    let (bleu, ter) = (BLEU(tokenizer), TER(options))
    let (chrF, chrFPlusPlus) = (CHRF(), CHRF(wordOrder: CHRF.highestWordOrder))
    var bleuCounts = BLEU.Counts()
    var (chrFCounts, chrFPlusPlusCounts) = (CHRF.Counts(), CHRF.Counts())
    var terCounts = TER.Counts()
    var lines = 0
    var sizes: Set<Int> = []
    while let text = try next() {
      lines += 1
      sizes.insert(text.references.count)
      bleuCounts += bleu.counts(text.hypothesis, references: text.references)
      chrFCounts += chrF.counts(text.hypothesis, references: text.references)
      chrFPlusPlusCounts += chrFPlusPlus.counts(text.hypothesis, references: text.references)
      terCounts += ter.counts(text.hypothesis, references: text.references)
    }
    self.lines = lines
    let references = sizes.count == 1 ? sizes.first : nil
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
