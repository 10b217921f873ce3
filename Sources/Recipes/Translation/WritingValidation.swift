import SeqaeFiles
import SeqaeModels
import SeqaeText
import SeqaeTraining

/// How a translator or summarizer is judged while it is trained: by what it writes greedily of the first sides of development
/// pairs, and by how probable it finds the second ones.
struct WritingValidation {
  /// The pairs of a direction.
  private struct Part {
    let name: String?  // of the target's language, where there are two directions
    let examples: [ReconstructionExample]
    let references: [[UInt8]]
    let score: WritingScore
  }

  private let parts: [Part]
  private let model: Translator
  private let batchTokens: Int

  init(_ data: DenoiserData, _ settings: TrainingSettings, _ model: Translator) {
    self.model = model
    batchTokens = settings.batchTokens
    let make = model.examples
    let pairs = data.developmentPairs.map {
      (x: AcceptedLines.trimmed($0.noisy[...]), y: $0.clean)
    }
    let directions = model.configuration.directions
    parts = directions.enumerated().compactMap { number, direction in
      var examples: [ReconstructionExample] = []
      var references: [[UInt8]] = []
      for pair in pairs where examples.count < settings.validationLines {
        let (x, y) = number == 0 ? (pair.x, pair.y) : (pair.y, pair.x)
        guard let example = make(x, y, direction: number) else { continue }
        examples.append(example)
        references.append(y)
      }
      guard !examples.isEmpty else { return nil }
      return Part(
        name: directions.count > 1 ? direction.target?.string : nil, examples: examples,
        references: references,
        score: WritingScore(model.configuration.task, in: direction.target, references))
    }
  }

  /// Returns the metrics of the model as it is; none without development pairs, nil if stopped.
  ///
  /// The score, by which the best model is chosen, is BLEU of a translator and ROUGE-L of a summarizer, in both directions
  /// the mean of theirs, which follow; `loss` is the mean of −log p of a token, in nats.
  func callAsFunction(_ shouldStop: () -> Bool) -> [Metric]? {
    guard let first = parts.first else { return [] }
    var scores: [Double] = []
    var (sum, tokens) = (0.0, 0)
    for part in parts {
      guard let written = written(of: part, shouldStop) else { return nil }
      scores.append(part.score(written, references: part.references))
      let sorted = part.examples.sorted { Self.length($0) < Self.length($1) }
      for chosen in sorted.cut(limit: batchTokens, Self.length) {
        if shouldStop() { return nil }
        let batch = model.batch(chosen)
        for objective in model.objectives(batch, .inference) {
          sum += objective.loss().total.item() * Double(batch.tokens)
        }
        tokens += batch.tokens
      }
    }
    let mean = scores.reduce(0, +) / Double(scores.count)
    let own = zip(parts, scores).compactMap { part, score in
      part.name.map { Metric("\(part.score.name)_\($0)", score) }
    }
    return [Metric(first.score.name, mean)] + own + [Metric("loss", sum / Double(tokens))]
  }

  private static func length(_ example: ReconstructionExample) -> Int {
    max(example.source.count, example.target.count)
  }

  /// What the model writes of a part's sources; nil if stopped.
  private func written(of part: Part, _ shouldStop: () -> Bool) -> [[UInt8]]? {
    var written = [[UInt8]](repeating: [], count: part.examples.count)
    let order = part.examples.indices.sorted {
      (part.examples[$0].source.count, $0) < (part.examples[$1].source.count, $1)
    }
    for rows in order.cut(limit: batchTokens, { part.examples[$0].source.count }) {
      if shouldStop() { return nil }
      let texts = model.writeGreedily(rows.map { part.examples[$0].source })
      for (row, text) in zip(rows, texts) { written[row] = text }
    }
    return written
  }

  /// What the model writes of a few texts, for people to read.
  func samples() -> [JSON] {
    parts.flatMap { part -> [JSON] in
      let count = min(RunSamples.count / parts.count, part.examples.count)
      let chosen = (0..<count).map { part.examples.count * $0 / count }
      let sources = chosen.map { part.examples[$0].source }
      return zip(chosen, zip(sources, model.writeGreedily(sources))).map { row, texts in
        [
          "source": .string(ByteString(model.tokenizer.decode(texts.0))),
          "written": .string(ByteString(texts.1)),
          "reference": .string(ByteString(part.references[row])),
        ]
      }
    }
  }
}
