import SeqaeFiles
import SeqaeRecipes
import SeqaeText
import SeqaeTraining

extension BLEUTokenizer: ArgumentChoice {}

/// The task `bleu`.
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
}
