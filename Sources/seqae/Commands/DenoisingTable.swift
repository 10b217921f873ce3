import SeqaeRecipes
import SeqaeTraining

/// The table of `seqae evaluate denoise`.
enum DenoisingTable {
  private static let titles = [
    "", "pairs", "errors before", "after", "cut", "exact", "clean unchanged", "false edits/1000",
  ]

  /// A line of titles and one for each set of figures; errors are percent of the clean characters.
  static func text(_ rows: [(name: String, figures: DenoisingEvaluation)]) -> String {
    textTable([titles] + rows.map { [$0.name] + figures($0.figures) }, left: [0])
  }

  private static func figures(_ figures: DenoisingEvaluation) -> [String] {
    func percent(_ share: Double, _ decimals: Int) -> String { "\(fixed(100 * share, decimals)) %" }
    return [
      "\(figures.pairs)", percent(figures.cerBefore, 2), percent(figures.cerAfter, 2),
      percent(figures.errorsCut, 1), percent(figures.exact, 1),
      percent(figures.cleanUnchanged, 1), fixed(figures.falseEditsPer1000, 2),
    ]
  }
}
