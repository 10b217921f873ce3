import SeqaeFiles
import SeqaeModels
import SeqaeRandom
import SeqaeText
import SeqaeTraining

/// How a rewriter is judged while it is trained: on development lines with the noise of its training, made once.
struct RewriterValidation {
  // Apart from every seed of training, and the same for every run, so that runs can be compared.
  private static let seed: UInt64 = 0x5EED_BA27

  private let examples: [RewritingAutoencoder.Example]
  private let batches: [RewritingAutoencoder.Batch]
  private let model: RewritingAutoencoder

  init(
    _ data: DenoiserData, _ configuration: RewriterConfiguration, _ model: RewritingAutoencoder,
    _ makeExample: RewritingAutoencoder.Examples
  ) {
    self.model = model
    let random = Random(seed: Self.seed)
    examples = Language.allCases.flatMap { language in
      let lines = data.development(language).lazy.filter {
        hasSentences($0, configuration.minimumSentences)
      }
      let made = lines.compactMap { makeExample($0, using: random.child(Splits.hash($0))) }
      return Array(made.prefix(configuration.validationLines))
    }
    var batches: [[RewritingAutoencoder.Example]] = []
    for example in examples.sorted(by: { $0.target.count < $1.target.count }) {
      if let last = batches.last,
        (last.count + 1) * example.target.count <= configuration.batchTokens
      {
        batches[batches.count - 1].append(example)
      } else {
        batches.append([example])
      }
    }
    self.batches = batches.map { model.batch($0) }
  }

  /// Returns the metrics of the model as it is; none without development lines, nil if stopped.
  ///
  /// `accuracy`, by which the best model is chosen, is the share of the tokens that are the most probable ones
  /// after those before them; `loss` is the mean of −log p of a token, in nats.
  func callAsFunction(_ shouldStop: () -> Bool) -> [Metric]? {
    let tokens = batches.reduce(0) { $0 + $1.tokens }
    guard tokens > 0 else { return [] }
    var (right, sum) = (0, 0.0)
    for batch in batches {
      if shouldStop() { return nil }
      right += model.rightTokens(batch)
      for objective in model.objectives(batch, .inference) {
        sum += objective.loss().total.item() * Double(batch.tokens)
      }
    }
    return [
      Metric("accuracy", Double(right) / Double(tokens)), Metric("loss", sum / Double(tokens)),
    ]
  }

  /// What the model writes for a few texts, for people to read.
  func samples() -> [JSON] {
    let count = min(RunSamples.count, examples.count)
    let chosen = (0..<count).map { examples[examples.count * $0 / count] }
    let written = model.writeGreedily(chosen.map(\.source))
    return zip(chosen, written).map { example, written in
      [
        "noisy": .string(ByteString(spelled(example.source))),
        "written": .string(ByteString(written)),
        "clean": .string(ByteString(model.tokenizer.decode(example.target))),
      ]
    }
  }

  /// The text of tokens, masks spelled out.
  private func spelled(_ ids: [TokenID]) -> [UInt8] {
    let tokenizer = model.tokenizer
    return ids.dropLast().flatMap { id -> [UInt8] in
      tokenizer.isSpecial(id) ? Array(tokenizer.vocabulary.bytes(of: id)) : tokenizer.decode([id])
    }
  }
}
