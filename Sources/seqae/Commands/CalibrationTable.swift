import SeqaeFiles
import SeqaeRecipes
import SeqaeTraining

/// The table of `seqae evaluate calibration`.
enum CalibrationTable {
  /// Prints a calibration, and the share of the repairs that another repair leaves as they are.
  static func write(
    _ calibration: Calibration, idempotent: Double, json: Bool
  ) throws(Failure) {
    if json {
      return try Output.standard.line(object(calibration, idempotent).serialized())
    }
    let rows = calibration.bins.filter { $0.count > 0 }.map { bin in
      [
        "\(fixed(bin.range.lowerBound, 1)) to \(fixed(bin.range.upperBound, 1))", "\(bin.count)",
        percent(bin.confidence), percent(bin.right),
      ]
    }
    let titles = ["confidence", "edits", "mean", "right"]
    try Output.standard.write(Array(textTable([titles] + rows, left: [0]).utf8))
    try Output.standard.line(
      "expected calibration error \(percent(calibration.expectedError)) of \(calibration.count) edits"
    )
    try Output.standard.line(
      "repaired again, \(percent(idempotent)) of the repairs stay as they are")
  }

  private static func percent(_ share: Double) -> String { "\(fixed(100 * share, 1)) %" }

  private static func object(_ calibration: Calibration, _ idempotent: Double) -> JSON {
    [
      "task": "calibration", "edits": .integer(calibration.count),
      "expected_calibration_error": .number(calibration.expectedError),
      "idempotent": .number(idempotent),
      "bins": .array(
        calibration.bins.map { bin in
          [
            "from": .number(bin.range.lowerBound), "to": .number(bin.range.upperBound),
            "edits": .integer(bin.count), "confidence": .number(bin.confidence),
            "right": .number(bin.right),
          ]
        }),
    ]
  }
}
