import Glibc
import SeqaeFiles
import SeqaeModels
import SeqaeRandom
import SeqaeText
import SeqaeTraining

/// How a language model is judged while it is trained: on development lines.
struct LanguageModelValidation {
  private let batches: [ReconstructionBatch]
  private let model: LanguageModel

  init(_ data: DenoiserData, _ settings: TrainingSettings, _ model: LanguageModel) {
    self.model = model
    let examples = Language.allCases.flatMap { language in
      Array(
        data.development(language).lazy.compactMap { model.examples($0, using: Random(seed: 0)) }
          .prefix(settings.validationLines))
    }
    batches = examples.sorted { $0.target.count < $1.target.count }
      .cut(limit: settings.batchTokens) { $0.target.count }.map { model.batch($0) }
  }

  /// Returns the metrics of the model as it is; none without development lines, nil if stopped.
  ///
  /// `log_likelihood`, by which the best model is chosen, is in nats a text, `perplexity` that of a token.
  func callAsFunction(_ shouldStop: () -> Bool) -> [Metric]? {
    let (texts, tokens) = batches.reduce((0, 0)) { ($0.0 + $1.count, $0.1 + $1.tokens) }
    guard texts > 0 else { return [] }
    var nats = 0.0
    for batch in batches {
      if shouldStop() { return nil }
      nats += model.losses(batch).sum().item()
    }
    return [
      Metric("log_likelihood", -nats / Double(texts)),
      Metric("perplexity", exp(nats / Double(tokens))),
    ]
  }

  /// A few texts that the model makes up.
  func samples() -> [JSON] {
    let random = (0..<RunSamples.count).map { Random(seed: 0).child(UInt64($0)) }
    return model.draw(random, temperature: 1).map { ids in
      ["drawn": .string(ByteString(model.tokenizer.decode(ids)))]
    }
  }
}
