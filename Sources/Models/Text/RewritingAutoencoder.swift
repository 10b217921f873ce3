// A denoising autoencoder over text that writes the whole text anew.
//
// Lewis et al. 2020, *BART: Denoising Sequence-to-Sequence Pre-training for Natural Language Generation,
// Translation, and Comprehension*, §2: a text x is corrupted to x̃ in any way at all (masked, shortened, put into
// another order); a bidirectional encoder reads x̃, an autoregressive decoder writes x, and
//
//     −log p(x | x̃) = −Σₜ log p(xₜ | x₁ … xₜ₋₁, x̃)
//
// is made small. Since x̃ and x need not be of one length or in one order, nothing is copied or kept in place: what
// the decoder writes comes from the encoder's states alone, which is what later tasks make use of (§3).
//
// B: batch; S: positions of x̃; T: positions of x.

import SeqaeFiles
import SeqaeLayers
import SeqaeRandom
import SeqaeTensors
import SeqaeText

/// A Transformer that turns corrupted text into the text that it was.
public struct RewritingAutoencoder: Model {
  /// The encoder-decoder.
  public let transformer: Transformer
  /// What turns text into its tokens and back.
  public let tokenizer: Tokenizer
  /// Every parameter, in order of creation.
  public let parameters: [Parameter]

  /// Creates the model's parameters in `store`.
  ///
  /// - Parameters:
  ///   - configuration: its sizes; its vocabulary is the tokenizer's.
  ///   - tokenizer: has the tokens of `SpecialToken`.
  ///   - store: where parameters come from.
  /// - Throws: a `Failure` where tokenizer, configuration and checkpoint don't fit each other.
  public init(
    _ configuration: TransformerConfiguration, tokenizer: Tokenizer, in store: ParameterStore
  ) throws(Failure) {
    self.tokenizer = tokenizer
    try configuration.requireTokens(of: tokenizer)
    guard !configuration.readsAlignedSource else {
      throw Failure(
        .data, "config.json: seqae_reads_aligned_source is true: this is no rewriter's folder")
    }
    transformer = try Transformer(configuration, in: store.root)
    try store.finish()
    parameters = store.parameters
  }

  /// A text and what was made of it.
  public struct Example: Sendable, Equatable {
    /// x̃, ended by `</s>`.
    public let source: [TokenID]
    /// x, ended by `</s>`.
    public let target: [TokenID]

    /// Creates an example.
    public init(source: [TokenID], target: [TokenID]) {
      self.source = source
      self.target = target
    }
  }

  /// Examples padded to a rectangle of B rows.
  public struct Batch: Sendable {
    let source: TokenBatch  // x̃ [B, S]
    let inputs: Tensor  // the token before each of x [B, T]
    let labels: Tensor  // x [B · T], `ignoredLabel` at padding
    let smoothing: Float
    /// The number of tokens of x.
    public let tokens: Int
  }

  /// Returns examples as one batch; `smoothing` is that of the labels.
  public func batch(_ examples: [Example], smoothing: Float = 0) -> Batch {
    let configuration = transformer.configuration
    let backend = transformer.backend
    let width = examples.map(\.target.count).max() ?? 0
    let labels = examples.flatMap { example in
      example.target + [Int32](repeating: ignoredLabel, count: width - example.target.count)
    }
    let inputs = examples.map { [configuration.decoderStart] + $0.target.dropLast() }
    return Batch(
      source: TokenBatch(examples.map(\.source), padding: configuration.padding, on: backend),
      inputs: TokenBatch(inputs, padding: configuration.padding, on: backend).ids,
      labels: Tensor(integers: labels, [labels.count], on: backend), smoothing: smoothing,
      tokens: examples.reduce(0) { $0 + $1.target.count })
  }

  /// The mean of −log p(xₜ | x₁ … xₜ₋₁, x̃), in nats a token.
  public func objectives(_ batch: Batch, _ mode: Mode) -> [Objective] {
    [
      Objective("rewriting", parameters) {
        Loss(
          transformer.loss(
            source: batch.source, target: batch.inputs, labels: batch.labels,
            smoothing: batch.smoothing, mode))
      }
    ]
  }

  /// Returns how many of a batch's tokens are the most probable ones after those before them.
  public func rightTokens(_ batch: Batch) -> Int {
    let memory = transformer.encode(batch.source, .inference)
    let states = transformer.decode(
      batch.inputs, source: batch.source, memory: memory, .inference)  // [B, T, D]
    let rows = states.reshaped([batch.labels.shape[0], transformer.configuration.width])
    let written = transformer.logits(rows).argMax().integers()
    return zip(written, batch.labels.integers()).count { $0 == $1 }
  }

  /// Returns what the model writes for corrupted tokens, each ended by `</s>`, taking the most probable token at
  /// every step, up to one and a half times their number and 16 more.
  public func rewrite(_ sources: [[TokenID]]) -> [[UInt8]] {
    let configuration = transformer.configuration
    let written = greedy(
      TransformerDecoder(transformer), sources, start: configuration.decoderStart,
      end: configuration.end
    ) { min(configuration.maximumPositions, $0 * 3 / 2 + 16) }
    return written.map { tokenizer.decode($0) }
  }
}

// MARK: - Examples

extension RewritingAutoencoder {
  /// Turns texts into examples; it has no weights and makes no tensors, so that a thread of its own can do that
  /// while a model is trained.
  public struct Examples: Sendable {
    private let tokenizer: Tokenizer
    private let noise: (any SequenceNoise)?
    private let end: TokenID
    private let maximumCount: Int

    fileprivate init(
      _ tokenizer: Tokenizer, _ noise: (any SequenceNoise)?, end: TokenID, maximumCount: Int
    ) {
      self.tokenizer = tokenizer
      self.noise = noise
      self.end = end
      self.maximumCount = maximumCount
    }

    /// Returns the example of a text.
    ///
    /// - Parameters:
    ///   - text: x, UTF-8.
    ///   - random: what the noise draws from.
    /// - Returns: nil if the text has no token, or if it or what is made of it is longer than the model's positions.
    public func callAsFunction(_ text: [UInt8], using random: Random) -> Example? {
      let ids = tokenizer.encode(text).ids
      guard !ids.isEmpty, ids.count < maximumCount else { return nil }
      let spoilt = noise?.spoil(ids, using: random) ?? ids
      guard spoilt.count < maximumCount else { return nil }
      return Example(source: spoilt + [end], target: ids + [end])
    }
  }

  /// What turns texts into examples with `noise`; nil for none.
  public func examples(_ noise: (any SequenceNoise)?) -> Examples {
    Examples(
      tokenizer, noise, end: transformer.configuration.end,
      maximumCount: transformer.configuration.maximumPositions)
  }
}
