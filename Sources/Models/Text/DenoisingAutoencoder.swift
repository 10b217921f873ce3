// A denoising autoencoder over text that edits instead of rewriting.
//
// Vincent et al. 2008, *Extracting and Composing Robust Features with Denoising Autoencoders*: corrupt x to
// x̃, learn to give x back. Here the decoder writes the edits that turn x̃ into x, one label per token of
// x̃: <keep>, <delete>, or the token that belongs there. What is kept is copied byte for byte, so rare
// characters, names and numbers can't be misspelt, and the output can't run away: it ends with the source.
//
// Step t of the decoder reads the encoder's state of source position t beside attending to all of them:
// hard monotonic attention, Aharoni & Goldberg 2017, *Morphological Inflection Generation with Hard
// Monotonic Attention*, §3, with one label a position.

import SeqaeFiles
import SeqaeLayers
import SeqaeTensors
import SeqaeText

/// A Transformer that turns noisy text into the edits that clean it.
public struct DenoisingAutoencoder: Model {
  /// The encoder-decoder.
  public let transformer: Transformer
  /// What turns text into its tokens and back.
  public let tokenizer: Tokenizer
  /// Every parameter, in order of creation.
  public let parameters: [Parameter]
  let labels: EditLabels

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
    labels = try EditLabels(tokenizer)
    try DenoisingAutoencoder.check(configuration, tokenizer)
    transformer = try Transformer(configuration, in: store.root)
    try store.finish()
    parameters = store.parameters
  }

  /// The fewest positions of a denoiser: a character of four byte tokens and the end must fit.
  public static let minimumPositions = 16

  /// Returns the configuration of a denoiser over the tokens of `tokenizer`, whose special tokens it names.
  public static func configuration(for tokenizer: Tokenizer) throws(Failure)
    -> TransformerConfiguration
  {
    var configuration = TransformerConfiguration(vocabularySize: tokenizer.vocabulary.count)
    configuration.readsAlignedSource = true  // labels are aligned with the source
    configuration.padding = try tokenizer.id(of: .pad)
    configuration.beginning = try tokenizer.id(of: .bos)
    configuration.end = try tokenizer.id(of: .eos)
    configuration.decoderStart = configuration.end  // as in BART
    return configuration
  }

  private static func check(
    _ configuration: TransformerConfiguration, _ tokenizer: Tokenizer
  ) throws(Failure) {
    let named: [(key: String, found: Int, expected: Int)] = [
      ("vocab_size", configuration.vocabularySize, tokenizer.vocabulary.count),
      ("pad_token_id", Int(configuration.padding), Int(try tokenizer.id(of: .pad))),
      ("bos_token_id", Int(configuration.beginning), Int(try tokenizer.id(of: .bos))),
      ("eos_token_id", Int(configuration.end), Int(try tokenizer.id(of: .eos))),
    ]
    for (key, found, expected) in named where found != expected {
      throw Failure(
        .data,
        "config.json: \(key) is \(found), by tokenizer.json it is \(expected):"
          + " they belong to different models")
    }
    guard configuration.maximumPositions >= minimumPositions else {
      throw Failure(
        .data,
        "config.json: max_position_embeddings is \(configuration.maximumPositions): a denoiser"
          + " needs \(minimumPositions) or more")
    }
    guard tokenizer.normalizer == nil else {
      throw Failure(
        .data,
        "tokenizer.json: its normalizer rewrites the text, which a denoiser copies byte for byte:"
          + " use a tokenizer without one")
    }
  }

  /// The mean cross entropy of the labels, in nats.
  public func objectives(_ batch: Batch, _ mode: Mode) -> [Objective] {
    [
      Objective("edits", parameters) {
        Loss(
          transformer.loss(
            source: batch.source, target: batch.target, labels: batch.labels,
            smoothing: batch.smoothing, mode))
      }
    ]
  }
}

// MARK: - Training examples

extension DenoisingAutoencoder {
  /// A corrupted text and the labels that repair it, one for each of its tokens and one for its end.
  public struct Example: Sendable, Equatable {
    /// x̃, ended by `</s>`.
    public let source: [TokenID]
    /// The label of each token of x̃, ended by `</s>`.
    public let labels: [TokenID]
  }

  /// Examples padded to a rectangle.
  public struct Batch: Sendable {
    let source: TokenBatch  // [B, S]
    let target: Tensor  // decoder inputs [B, S]
    let labels: Tensor  // [B·S], `ignoredLabel` at padding
    let smoothing: Float
    /// The number of labels that count.
    public let targetTokens: Int
  }

  /// What turns texts into examples.
  public var examples: DenoisingExamples {
    DenoisingExamples(tokenizer, labels, maximumCount: transformer.configuration.maximumPositions)
  }

  /// Returns examples as one batch; `smoothing` is the label smoothing of its loss.
  public func batch(_ examples: [Example], smoothing: Float = 0) -> Batch {
    let configuration = transformer.configuration
    let backend = transformer.backend
    let inputs = examples.map { [configuration.decoderStart] + $0.labels.dropLast() }
    let width = examples.map(\.labels.count).max() ?? 0
    let padded = examples.flatMap {
      $0.labels + [TokenID](repeating: ignoredLabel, count: width - $0.labels.count)
    }
    return Batch(
      source: TokenBatch(
        examples.map(\.source), padding: configuration.padding, on: backend),
      target: TokenBatch(inputs, padding: configuration.padding, on: backend).ids,
      labels: Tensor(integers: padded, [padded.count], on: backend), smoothing: smoothing,
      targetTokens: examples.reduce(0) { $0 + $1.labels.count })
  }
}
