// What models learn from that read a text, whole or spoilt, and write it anew.
//
// x̃: what is read; x: what is to be written. B: batch; S: positions of x̃; T: positions of x.

import SeqaeRandom
import SeqaeTensors
import SeqaeText

/// A text and what a model reads in its place.
public struct ReconstructionExample: Sendable, Equatable {
  /// x̃, ended by `</s>`.
  public let source: [TokenID]
  /// x, ended by `</s>`.
  public let target: [TokenID]
  /// The number of its class, for a model that is told it; nil for others.
  public let label: Int?

  /// Creates an example.
  public init(source: [TokenID], target: [TokenID], label: Int? = nil) {
    self.source = source
    self.target = target
    self.label = label
  }
}

/// Examples padded to a rectangle of B rows.
public struct ReconstructionBatch: Sendable {
  let source: TokenBatch  // x̃ [B, S]
  let inputs: Tensor  // the token before each of x [B, T]
  let labels: Tensor  // x [B · T], `ignoredLabel` at padding
  let classes: [Int]  // of the texts, for a model that is told them
  let smoothing: Float
  /// The number of tokens of x.
  public let tokens: Int

  /// The number of texts, B.
  public var count: Int { inputs.shape[0] }

  /// Creates a batch for a model of some sizes; `smoothing` is that of the labels.
  init(
    _ examples: [ReconstructionExample], _ configuration: TransformerConfiguration,
    smoothing: Float = 0, on backend: any Backend
  ) {
    let width = examples.map(\.target.count).max() ?? 0
    let labels = examples.flatMap { example in
      example.target + [Int32](repeating: ignoredLabel, count: width - example.target.count)
    }
    let inputs = examples.map { [configuration.decoderStart] + $0.target.dropLast() }
    source = TokenBatch(examples.map(\.source), padding: configuration.padding, on: backend)
    self.inputs = TokenBatch(inputs, padding: configuration.padding, on: backend).ids
    self.labels = Tensor(integers: labels, [labels.count], on: backend)
    classes = examples.compactMap(\.label)
    self.smoothing = smoothing
    tokens = examples.reduce(0) { $0 + $1.target.count }
  }
}

/// Turns texts into examples; it has no weights and makes no tensors, so that a thread of its own can do that
/// while a model is trained.
public struct ReconstructionExamples: Sendable {
  private let tokenizer: Tokenizer
  private let textNoise: (any TextNoise)?
  private let noise: (any SequenceNoise)?
  private let end: TokenID
  private let maximumCount: Int

  /// Creates what makes examples with noises of text and of its tokens, nil for none, for a model of some sizes.
  init(
    _ tokenizer: Tokenizer, text textNoise: (any TextNoise)? = nil, _ noise: (any SequenceNoise)?,
    _ configuration: TransformerConfiguration
  ) {
    self.tokenizer = tokenizer
    self.textNoise = textNoise
    self.noise = noise
    end = configuration.end
    maximumCount = configuration.maximumPositions
  }

  /// Returns the example of a text.
  ///
  /// - Parameters:
  ///   - text: x, UTF-8.
  ///   - label: the number of its class, for a model that is told it.
  ///   - random: what the noise draws from.
  /// - Returns: nil if the text has no token, or if it or what is made of it is longer than the model's positions.
  public func callAsFunction(
    _ text: [UInt8], label: Int? = nil, using random: Random
  ) -> ReconstructionExample? {
    let ids = tokenizer.encode(text).ids
    guard !ids.isEmpty, ids.count < maximumCount else { return nil }
    var spoilt = ids
    if let textNoise {
      let noisy = textNoise.corrupt(String(decoding: text, as: UTF8.self), using: random)
      spoilt = tokenizer.encode(noisy).ids
    }
    if let noise { spoilt = noise.spoil(spoilt, using: random) }
    guard spoilt.count < maximumCount else { return nil }
    return ReconstructionExample(source: spoilt + [end], target: ids + [end], label: label)
  }
}
