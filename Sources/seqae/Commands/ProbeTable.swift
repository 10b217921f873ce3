import SeqaeFiles
import SeqaeRecipes
import SeqaeTraining

/// The table of `seqae evaluate probe`.
enum ProbeTable {
  /// Prints the figures of each classifier.
  static func write(
    _ probe: LinearProbe, _ figures: [LinearProbe.Figures], json: Bool
  ) throws(Failure) {
    if json {
      for row in figures {
        let result: JSON = [
          "task": "probe", "features": JSON(row.name), "accuracy": .number(row.accuracy),
          "standard_error": .number(row.standardError),
          "penalty": row.penalty.map { .number($0) } ?? .null,
          "classes": .integer(probe.classes.count), "learnt": .integer(probe.training.count),
          "asked": .integer(probe.test.count),
        ]
        try Output.standard.line(result.serialized())
      }
      return
    }
    let rows = figures.map { row in
      [
        row.name, "\(fixed(100 * row.accuracy, 1)) %", "± \(fixed(100 * row.standardError, 1))",
        row.penalty.map { "\($0)" } ?? "-",
      ]
    }
    let header = ["by", "right", "", "penalty"]
    try Output.standard.write(Array(textTable([header] + rows, left: [0]).utf8))
    try Output.standard.line(
      "\(probe.classes.count) classes, \(probe.training.count) texts learnt from, \(probe.test.count) asked about"
    )
  }
}
