import SeqaeFiles
import SeqaeRecipes
import SeqaeTraining

/// The task `sts`.
extension Evaluate {
  func evaluateSentencePairs() throws(Failure) {
    var sets: [(name: String, pairs: ScoredPairs)] = []
    for file in try data.files(for: Self.name) {
      sets.append((Path.lastComponent(file), try ScoredPairs(file)))
    }
    var embedder = try EncoderEmbedder(try model.folder())
    embedder.precision = precision ?? .float32
    var rows: [[String]] = []
    for (name, pairs) in sets {
      let figures = try pairs.figures(embedder)
      if common.json {
        let result: JSON = [
          "task": "sts", "data": JSON(name),
          "metrics": Self.object([
            Metric("pairs", Double(figures.pairs)), Metric("spearman", figures.spearman),
            Metric("pearson", figures.pearson),
          ]),
        ]
        try Output.standard.line(result.serialized())
      }
      rows.append([
        name, "\(figures.pairs)", fixed(figures.spearman, 4), fixed(figures.pearson, 4),
      ])
    }
    guard !common.json else { return }
    let header = ["data", "pairs", "spearman", "pearson"]
    try Output.standard.write(Array(textTable([header] + rows, left: [0]).utf8))
  }
}
