import SeqaeFiles
import SeqaeRecipes
import SeqaeTraining

/// The table of `seqae evaluate spelling`.
enum SpellingTable {
  private static let titles = [
    "", "sentences", "with mistakes", "changed", "detection P", "R", "F1", "correction P", "R",
    "F1",
    "bake-off F1", "false positives",
  ]

  /// A line of titles and one for each set of figures; detection and correction are of sentences.
  static func text(_ rows: [(name: String, figures: SpellingEvaluation)]) -> String {
    textTable(
      [titles] + rows.map { [$0.name] + figures($0.figures) }, left: [0])
  }

  private static func figures(_ figures: SpellingEvaluation) -> [String] {
    func scores(_ score: SpellingEvaluation.Score) -> [String] {
      [score.precision, score.recall, score.f1].map { fixed($0, 3) }
    }
    return [figures.sentences, figures.mistaken, figures.changed].map { "\($0)" }
      + scores(figures.detection) + scores(figures.correction)
      + [fixed(figures.bakeOffCorrection.f1, 3), fixed(figures.falsePositiveRate, 3)]
  }

  /// The figures of a file as an object.
  static func json(_ name: String, _ figures: SpellingEvaluation) -> JSON {
    var metrics = JSONObject()
    for (name, score) in figures.scores {
      metrics[ByteString(name)] = [
        "precision": .number(score.precision), "recall": .number(score.recall),
        "f1": .number(score.f1),
      ]
    }
    metrics["false_positive_rate"] = .number(figures.falsePositiveRate)
    return [
      "task": "spelling", "data": JSON(name), "sentences": .integer(figures.sentences),
      "with_mistakes": .integer(figures.mistaken), "changed": .integer(figures.changed),
      "metrics": .object(metrics),
    ]
  }
}
