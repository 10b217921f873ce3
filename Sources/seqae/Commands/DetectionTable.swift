import SeqaeFiles
import SeqaeRecipes
import SeqaeTraining

/// The table of `seqae evaluate detection`.
enum DetectionTable {
  private static func percent(_ share: Double) -> String { "\(fixed(100 * share, 1)) %" }

  /// Prints the figures of a detector beside those of a repairer.
  static func write(
    _ bench: DetectionBench, _ comparison: DetectionBench.Comparison, json: Bool
  ) throws(Failure) {
    if json { return try writeLines(bench, comparison) }
    let header = [
      "", "", "damaged", "AUC", "precision", "recall", "F1", "repairer: AUC", "recall", "left",
      "found",
    ]
    var rows = [header]
    for (index, cell) in bench.cells.enumerated() {
      let (own, other) = (comparison.detector.cells[index], comparison.repairer.cells[index])
      rows.append([
        cell.language.rawValue, cell.noise.rawValue, "\(own.damaged)", fixed(own.auc, 3),
        percent(own.precision), percent(own.recall), percent(own.f1), fixed(other.auc, 3),
        percent(other.recall), percent(comparison.left[index].share),
        percent(comparison.left[index].found),
      ])
    }
    try Output.standard.write(Array(textTable(rows, left: [0, 1]).utf8))
    for (name, judgement) in comparison.named {
      let clean = judgement.clean.map { part in
        "\(part.language.rawValue) \(percent(part.quiet)) of lines without alarm, "
          + "\(fixed(part.alarms, 2)) in 1,000 characters"
      }
      try Output.standard.line(
        "clean lines, \(name) from \(fixed(judgement.threshold, 3)) on: "
          + clean.joined(separator: "; "))
    }
  }

  private static func writeLines(
    _ bench: DetectionBench, _ comparison: DetectionBench.Comparison
  ) throws(Failure) {
    for (index, cell) in bench.cells.enumerated() {
      let left = comparison.left[index]
      let result: JSON = [
        "task": "detection", "language": JSON(cell.language.rawValue),
        "noise": JSON(cell.noise.rawValue), "rate": .number(DetectionBench.rate),
        "detector": metrics(comparison.detector.cells[index]),
        "repairer": metrics(comparison.repairer.cells[index]),
        "left": .number(left.share), "found": .number(left.found),
      ]
      try Output.standard.line(result.serialized())
    }
    for (name, judgement) in comparison.named {
      for part in judgement.clean {
        let result: JSON = [
          "task": "detection", "language": JSON(part.language.rawValue), "noise": "none",
          "system": JSON(name), "threshold": .number(judgement.threshold),
          "clean_without_alarm": .number(part.quiet), "alarms_per_1000": .number(part.alarms),
        ]
        try Output.standard.line(result.serialized())
      }
    }
  }

  private static func metrics(_ figures: DetectionFigures) -> JSON {
    [
      "auc": .number(figures.auc), "precision": .number(figures.precision),
      "recall": .number(figures.recall), "f1": .number(figures.f1),
      "characters": .integer(figures.characters), "damaged": .integer(figures.damaged),
      "named": .integer(figures.named),
    ]
  }
}
