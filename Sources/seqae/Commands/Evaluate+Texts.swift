import SeqaeFiles
import SeqaeModels
import SeqaeRecipes
import SeqaeText
import SeqaeTraining

extension BLEUTokenizer: ArgumentChoice {}
extension ROUGEUnits: ArgumentChoice {}

/// The tasks `bleu`, `translation` and `rouge`: texts and what they should be.
extension Evaluate {
  func evaluateBLEU() throws(Failure) {
    let evaluation = try BLEUEvaluation(
      try data.single(for: Self.name), predictions: predictions, tokenizer: tokenizer,
      version: "seqae-\(Version.number)")
    if common.json {
      let result: JSON = [
        "task": JSON(task.rawValue), "metrics": Self.object(evaluation.metrics),
        "signature": JSON(evaluation.signature),
      ]
      return try Output.standard.line(result.serialized())
    }
    let score = evaluation.score
    let counts = score.counts
    let titles = ["BLEU", "1-grams", "2", "3", "4", "brevity", "words", "reference", "lines"]
    let figures =
      [fixed(score.value, 2)] + score.precisions.map { fixed($0, 1) }
      + [fixed(score.brevityPenalty, 3)]
      + [counts.hypothesisLength, counts.referenceLength, evaluation.lines].map { "\($0)" }
    try Output.standard.write(Array(textTable([titles, figures], left: []).utf8))
    try Output.standard.line(evaluation.signature)
  }

  func evaluateTranslation() throws(Failure) {
    let version = "seqae-\(Version.number)"
    let evaluation =
      if let pairs = try pairs() {
        try TranslationEvaluation(
          try writer(for: .translation), pairs, of: try selection(), to: target,
          BeamSearch(width: beam), tokenizer: tokenizer, options: editOptions, version: version,
          progress: Progress(common.quiet ? .silent : nil))
      } else {
        try TranslationEvaluation(
          try data.single(for: Self.name), predictions: predictions, tokenizer: tokenizer,
          options: editOptions, version: version)
      }
    let scores = evaluation.scores
    if common.json {
      let signatures = scores.map { (key: ByteString($0.name), value: JSON($0.signature)) }
      let result: JSON = [
        "task": JSON(task.rawValue), "metrics": Self.object(evaluation.metrics),
        "signatures": .object(JSONObject(signatures)),
      ]
      return try Output.standard.line(result.serialized())
    }
    let titles = ["BLEU", "chrF", "chrF++", "TER", "lines"]
    let figures = scores.map { fixed($0.value, 2) } + ["\(evaluation.lines)"]
    try Output.standard.write(Array(textTable([titles, figures], left: []).utf8))
    for score in scores { try Output.standard.line(score.signature) }
  }

  func evaluateSummaries() throws(Failure) {
    let evaluation =
      if let pairs = try pairs() {
        try SummaryEvaluation(
          try writer(for: .summarization), pairs, of: try selection(), BeamSearch(width: beam),
          units: units,
          progress: Progress(common.quiet ? .silent : nil))
      } else {
        try SummaryEvaluation(
          try data.single(for: Self.name), predictions: predictions, units: units)
      }
    if common.json {
      let result: JSON = [
        "task": JSON(task.rawValue), "metrics": Self.object(evaluation.metrics),
      ]
      return try Output.standard.line(result.serialized())
    }
    let rows = zip(["ROUGE-1", "ROUGE-2", "ROUGE-L"], SummaryEvaluation.variants).map {
      name, variant in
      let score = evaluation.mean[variant]
      let lead = evaluation.lead.map { [fixed($0[variant].f1, 4)] } ?? []
      return [name, fixed(score.precision, 4), fixed(score.recall, 4), fixed(score.f1, 4)] + lead
    }
    let header =
      ["\(evaluation.lines) lines", "precision", "recall", "F1"]
      + (evaluation.lead == nil ? [] : ["F1 of lead"])
    try Output.standard.write(Array(textTable([header] + rows, left: [0]).utf8))
  }

  private func writer(for task: Translator.Task) throws(Failure) -> TranslatorDirectory {
    var directory = try TranslatorDirectory.load(try model.folder(), for: task)
    directory.precision = precision
    return directory
  }

  /// The pairs of texts and references of which a model has to write; nil where the data has what was written already.
  func pairs() throws(Failure) -> [CorpusSource]? {
    let sources = try data.sources() + aligned.corpora(.utf8)
    let pairs = sources.filter(\.isPairs)
    guard !pairs.isEmpty else {
      guard part == nil else {
        throw Failure(.usage, "--split expects pairs, FILE:1,2 or --source and --target")
      }
      return nil
    }
    guard pairs.count == sources.count else {
      throw Failure(.usage, "expected pairs alone, FILE:1,2, or none (seqae evaluate --help)")
    }
    return pairs
  }
}
