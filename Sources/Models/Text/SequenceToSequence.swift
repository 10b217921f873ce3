// Models that read a text x and write another one, y.
//
// Sutskever, Vinyals & Le 2014, *Sequence to Sequence Learning with Neural Networks*, §2, with a Transformer for both
// networks (Vaswani et al. 2017): an encoder reads x, an autoregressive decoder writes y, and
//
//     −log p(y | x) = −Σₜ log p(yₜ | y₁ … yₜ₋₁, x)
//
// is made small, the labels smoothed by ε (Szegedy et al. 2016, §7): the target of a step is 1 − ε at the token and ε
// shared out among all.
//
// B: batch; S: positions of x; T: positions of y; D: width.

import SeqaeLayers
import SeqaeTensors
import SeqaeText

/// A model that writes a text from another one: what it was before it was spoilt, its translation, its summary.
public protocol SequenceToSequence: Model where Batch == ReconstructionBatch {
  /// What its objective is called in logs.
  static var objectiveName: String { get }
  /// The encoder-decoder.
  var transformer: Transformer { get }
  /// What turns text into its tokens and back.
  var tokenizer: Tokenizer { get }

  /// The most tokens that are written from a source of `count`.
  func limit(_ count: Int) -> Int
}

extension SequenceToSequence {
  /// Returns examples as one batch; `smoothing` is that of the labels.
  public func batch(_ examples: [ReconstructionExample], smoothing: Float = 0) -> Batch {
    Batch(
      examples, transformer.configuration, smoothing: smoothing, on: transformer.backend)
  }

  /// The mean of −log p(yₜ | y₁ … yₜ₋₁, x), in nats a token.
  public func objectives(_ batch: Batch, _ mode: Mode) -> [Objective] {
    [
      Objective(Self.objectiveName, parameters) {
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

  /// One and a half times as many tokens and 16 more: the output can't run away.
  public func limit(_ count: Int) -> Int {
    min(transformer.configuration.maximumPositions, count * 3 / 2 + 16)
  }

  /// Returns what the model writes from sources, each ended by `</s>`, taking the most probable token at every step.
  public func writeGreedily(_ sources: [[TokenID]]) -> [[UInt8]] {
    let configuration = transformer.configuration
    let written = greedy(
      TransformerDecoder(transformer), sources, start: configuration.decoderStart,
      end: configuration.end, limit: limit)
    return written.map { tokenizer.decode($0) }
  }
}
