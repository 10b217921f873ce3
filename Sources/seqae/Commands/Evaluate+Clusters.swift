import SeqaeFiles
import SeqaeRecipes
import SeqaeTraining

/// The task `cluster`.
extension Evaluate {
  // The seed of `seqae cluster`.
  private static let clusterSeed: UInt64 = 1

  func evaluateClusters() throws(Failure) {
    let sources = try data.sources()
    guard let labels, let source = sources.first, sources.count == 1 else {
      throw Failure(
        .usage,
        "expected --data FILE:COLUMN, the texts, and --labels COLUMN, their classes (seqae evaluate --help)"
      )
    }
    let model = try LatentDirectory.load(try model.folder())
    let texts = try LabelledTexts(source, label: labels)
    let evaluation = try ClusterEvaluation(
      model, texts, terms: terms.terms, seed: Self.clusterSeed, report: common.note)
    if evaluation.tooLong > 0 {
      common.note(
        "\(evaluation.tooLong) texts are longer than the model's positions: only the beginning is read"
      )
    }
    if common.json {
      for row in evaluation.figures {
        let result: JSON = [
          "task": "cluster", "by": JSON(row.name), "clusters": .integer(row.clusters),
          "nmi": .number(row.nmi), "accuracy": .number(row.accuracy),
          "adjusted_rand": .number(row.adjustedRand),
        ]
        try Output.standard.line(result.serialized())
      }
      return
    }
    let rows = evaluation.figures.map { row in
      [
        row.name, "\(row.clusters)", fixed(row.nmi, 4), fixed(row.accuracy, 4),
        fixed(row.adjustedRand, 4),
      ]
    }
    let header = ["by", "clusters", "nmi", "accuracy", "adjusted rand"]
    try Output.standard.write(Array(textTable([header] + rows, left: [0]).utf8))
  }
}
