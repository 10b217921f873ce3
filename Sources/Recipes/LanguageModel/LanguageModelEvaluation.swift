import Glibc
import SeqaeFiles
import SeqaeModels
import SeqaeRandom
import SeqaeText
import SeqaeTraining

/// How well a language model knows texts.
public struct LanguageModelEvaluation {
  private static let batchTokens = 4096

  /// The metrics: `nll` of a text in nats, `perplexity` of a word, an end of each text counted as one, and
  /// `token_perplexity`.
  public let metrics: [Metric]
  /// How many texts were left out since they are longer than the model's positions.
  public let tooLong: Int

  /// Evaluates a model.
  ///
  /// - Parameters:
  ///   - model: the model.
  ///   - data: the texts.
  /// - Throws: `Failure(.data)` if no text is left.
  public init(_ model: LanguageModel, _ data: EvaluatedTexts) throws(Failure) {
    let make = model.examples
    let kept = data.texts.compactMap { text in
      make(text, using: Random(seed: 0)).map {
        (words: EvaluatedTexts.words(text) + 1, example: $0)
      }
    }.sorted { $0.example.target.count < $1.example.target.count }
    guard !kept.isEmpty else {
      throw Failure(
        .data, "no text to measure on: all are empty or longer than the model's positions")
    }
    var (nll, tokens) = (0.0, 0)
    for chosen in kept.cut(limit: Self.batchTokens, { $0.example.target.count }) {
      let batch = model.batch(chosen.map(\.example))
      nll += model.losses(batch).sum().item()
      tokens += batch.tokens
    }
    let words = kept.reduce(0) { $0 + $1.words }
    metrics = [
      Metric("texts", Double(kept.count)), Metric("nll", nll / Double(kept.count)),
      Metric("perplexity", exp(nll / Double(words))),
      Metric("token_perplexity", exp(nll / Double(tokens))),
    ]
    tooLong = data.texts.count - kept.count
  }
}
