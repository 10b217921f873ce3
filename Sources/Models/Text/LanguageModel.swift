// An autoregressive language model, what a VAE's bound is compared with.
//
// Bengio et al. 2003, *A Neural Probabilistic Language Model*: −log p(x) = −Σₜ log p(xₜ | x₁ … xₜ₋₁) is made small; here
// by the layers of `CausalTransformer`. A text begins with the decoder's start and ends with `</s>`, as those of the
// models with codes do, so that both spread their probability over the same texts.

import SeqaeFiles
import SeqaeLayers
import SeqaeRandom
import SeqaeTensors
import SeqaeText

/// A model of how probable a text is.
public struct LanguageModel: Model {
  /// Its sizes; those of encoders do not count.
  public let configuration: TransformerConfiguration
  /// What turns text into its tokens and back.
  public let tokenizer: Tokenizer
  /// Every parameter, in order of creation.
  public let parameters: [Parameter]
  private let transformer: CausalTransformer
  private let dropout: WordDropout

  /// Creates the model's parameters in `store`.
  ///
  /// - Parameters:
  ///   - configuration: its sizes; its vocabulary is the tokenizer's.
  ///   - tokenizer: has the tokens of `SpecialToken`.
  ///   - wordDropout: the share of the words before that it doesn't see in training; at 1 none at inference either, so
  ///     that it knows how probable each word is at each position and no more.
  ///   - store: where parameters come from.
  /// - Throws: a `Failure` where tokenizer, configuration and checkpoint don't fit each other.
  public init(
    _ configuration: TransformerConfiguration, tokenizer: Tokenizer, wordDropout: Float = 0,
    in store: ParameterStore
  ) throws(Failure) {
    try configuration.requireTokens(of: tokenizer)
    dropout = try WordDropout(wordDropout, tokenizer)
    self.configuration = configuration
    self.tokenizer = tokenizer
    transformer = try CausalTransformer(configuration, in: store.root)
    try store.finish()
    parameters = store.parameters
  }

  /// The share of the words before that it doesn't see.
  public var wordDropout: Float { dropout.rate }

  /// What turns texts into examples.
  public var examples: ReconstructionExamples {
    ReconstructionExamples(tokenizer, nil, configuration)
  }

  /// Returns examples as one batch; what they read does not count.
  public func batch(_ examples: [ReconstructionExample]) -> ReconstructionBatch {
    ReconstructionBatch(examples, configuration, on: transformer.backend)
  }

  /// The mean of −log p(xₜ | x₁ … xₜ₋₁), in nats a token.
  public func objectives(_ batch: ReconstructionBatch, _ mode: Mode) -> [Objective] {
    [
      Objective("nll", parameters) {
        Loss(transformer.loss(dropout(batch.inputs, mode), labels: batch.labels, mode))
      }
    ]
  }

  /// Returns −log p(x) of each text of a batch [B], in nats.
  public func losses(_ batch: ReconstructionBatch) -> Tensor {
    transformer.losses(dropout(batch.inputs, .inference), labels: batch.labels)
  }

  /// Returns texts drawn token by token, each of its own generator, to the end or as many tokens as there are positions.
  ///
  /// - Parameters:
  ///   - random: what the tokens of each are drawn from.
  ///   - temperature: 0 for the most probable token at every step.
  /// - Returns: the tokens of each, without an end.
  public func draw(_ random: [Random], temperature: Float) -> [[TokenID]] {
    decode(
      CausalDecoder(transformer: transformer, wordDropout: dropout), random.map { _ in () },
      start: configuration.decoderStart,
      limits: [Int](repeating: configuration.maximumPositions - 1, count: random.count),
      end: configuration.end
    ) { logits, rows, _ in
      tokens(of: logits, temperature: temperature, using: rows.map { random[$0] })
    }
  }
}

/// Returns for each row of logits [B, V] a token drawn by its own generator, so that what is drawn for a text does not
/// depend on its neighbours; at temperature 0 the most probable one.
func tokens(of logits: Tensor, temperature: Float, using random: [Random]) -> [Int32] {
  guard temperature > 0 else { return logits.argMax().integers() }
  return random.enumerated().map { row, own in
    categorical(
      logits.sliced(0, row..<(row + 1)), temperature: temperature, using: own
    ).integers()[0]
  }
}
