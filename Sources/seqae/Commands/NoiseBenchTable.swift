import SeqaeFiles
import SeqaeRecipes
import SeqaeTraining

/// The tables of `seqae evaluate noisebench` and `clean`.
enum NoiseBenchTable {
  private static func percent(_ share: Double, _ decimals: Int = 1) -> String {
    "\(fixed(100 * share, decimals)) %"
  }

  /// Prints the figures of a benchmark's cells, and those of its lines without noise.
  static func write(
    _ bench: NoiseBench, _ figures: [DenoisingEvaluation],
    clean: [(Language, DenoisingEvaluation)], json: Bool
  ) throws(Failure) {
    if json {
      for (cell, figures) in zip(bench.cells, figures) {
        try line(cell.language, cell.noise.rawValue, cell.rate, figures)
      }
      for (language, figures) in clean { try line(language, "none", 0, figures) }
      return
    }
    let rates = NoiseBench.rates.count
    let header =
      ["", ""] + NoiseBench.rates.map { "cut at \(fixed(100 * $0, 0)) %" } + ["exact", "broken"]
    var rows = [header]
    for start in stride(from: 0, to: bench.cells.count, by: rates) {
      let cell = bench.cells[start]
      let own = figures[start..<(start + rates)]
      let ten = figures[start + (NoiseBench.rates.firstIndex(of: 0.1) ?? 0)]
      rows.append(
        [cell.language.rawValue, cell.noise.rawValue]
          + own.map { $0.cerBefore == 0 ? "-" : percent($0.errorsCut) }
          + [percent(ten.exact), percent(ten.broken, 2)])
    }
    try Output.standard.write(Array(textTable(rows, left: [0, 1]).utf8))
    try Output.standard.line("exact and broken are at 10 %")
    let last = clean.map { language, figures in
      "\(language.rawValue) \(percent(figures.cleanUnchanged)) unchanged, "
        + "\(fixed(figures.falseEditsPer1000, 2)) false edits in 1,000 characters"
    }
    try Output.standard.line("without noise: " + last.joined(separator: "; "))
  }

  /// Prints the figures of clean lines.
  static func write(
    _ bench: CleanBench, _ figures: [DenoisingEvaluation], json: Bool
  ) throws(Failure) {
    if json {
      for (cell, figures) in zip(bench.cells, figures) {
        let result: JSON = [
          "task": "clean", "category": JSON(cell.category.rawValue),
          "language": JSON(cell.language.rawValue), "lines": .integer(cell.lines.count),
          "clean_unchanged": .number(figures.cleanUnchanged),
          "false_edits_per_1000": .number(figures.falseEditsPer1000),
        ]
        try Output.standard.line(result.serialized())
      }
      return
    }
    let header = ["", "", "lines", "unchanged", "false edits/1000"]
    let rows = zip(bench.cells, figures).map { cell, figures in
      [
        cell.category.rawValue, cell.language.rawValue, "\(cell.lines.count)",
        percent(figures.cleanUnchanged), fixed(figures.falseEditsPer1000, 2),
      ]
    }
    try Output.standard.write(Array(textTable([header] + rows, left: [0, 1]).utf8))
  }

  private static func line(
    _ language: Language, _ noise: String, _ rate: Double, _ figures: DenoisingEvaluation
  ) throws(Failure) {
    let result: JSON = [
      "task": "noisebench", "version": .integer(NoiseBench.version),
      "language": JSON(language.rawValue), "noise": JSON(noise), "rate": .number(rate),
      "metrics": .object(
        JSONObject(figures.metrics.map { (key: ByteString($0.name), value: .number($0.value)) })),
    ]
    try Output.standard.line(result.serialized())
  }
}
