// The Transformer encoder-decoder on which training is timed: Vaswani et al. 2017, *Attention Is All You
// Need*, with norms before the sublayers, learned positions, GELU, one table of tokens for encoder,
// decoder and output, and dropout on the embeddings and on each sublayer's result.
//
// B: batch; S: source positions; T: target positions; D: width; H: heads; F: inner width; V: vocabulary.
// x: the residual stream; n: its norm, which the next sublayer reads. Names are those of the PyTorch model
// it is compared with.

import SeqaeFiles
import SeqaeLayers
import SeqaeTensors

/// The sizes of a `Seq2Seq` and of the batches that it is timed on.
package struct Seq2SeqSize: Sendable {
  /// What benchmarks call it.
  package var name: String
  /// D.
  package var width: Int
  /// The number of encoder layers, and of decoder layers.
  package var layers: Int
  /// H.
  package var heads: Int
  /// F.
  package var inner: Int
  /// V.
  package var vocabulary: Int
  /// B.
  package var batch: Int
  /// S.
  package var source: Int
  /// T.
  package var target: Int

  /// Creates sizes.
  package init(
    name: String, width: Int, layers: Int, heads: Int, inner: Int, vocabulary: Int, batch: Int,
    source: Int, target: Int
  ) {
    self.name = name
    self.width = width
    self.layers = layers
    self.heads = heads
    self.inner = inner
    self.vocabulary = vocabulary
    self.batch = batch
    self.source = source
    self.target = target
  }

  /// Operations of the matrix products of one forward pass: attention counted in full, not halved where
  /// it is causal.
  package var flops: Double {
    let (d, s, t) = (width, source, target)
    let feedForward = 2 * d * inner
    let encoder = s * layers * (2 * (4 * d * d + feedForward) + 4 * s * d)
    let decoder = t * layers * (2 * (6 * d * d + feedForward) + 4 * t * d + 4 * s * d)
    let memory = s * layers * 2 * 2 * d * d
    return Double(batch) * Double(encoder + decoder + memory + t * 2 * d * vocabulary)
  }
}

/// Attention with one projection for queries, keys and values, or for keys and values.
private struct Seq2SeqAttention {
  let heads: Int
  let projection: Linear
  let query: Linear?  // nil where x is its own memory
  let output: Linear

  init(_ size: Seq2SeqSize, isCross: Bool, in scope: Scope) throws(Failure) {
    let d = size.width
    heads = size.heads
    query = isCross ? try Linear(d, d, in: scope / "q") : nil
    projection = try Linear(d, isCross ? 2 * d : 3 * d, in: scope / (isCross ? "kv" : "qkv"))
    output = try Linear(d, d, in: scope / "o")
  }

  /// Attends from x [B, T, D] to m [B, S, D], x itself in self-attention: [B, T, D].
  func callAsFunction(_ x: Tensor, memory m: Tensor, mask: AttentionMask) -> Tensor {
    let all = projection(m)  // [B, S, 3 D], or [B, S, 2 D]
    guard let query else {
      return output(selfAttention(all, heads: heads, mask: mask, dropout: 0, .inference))
    }
    return output(
      crossAttention(query(x), all, heads: heads, mask: mask, dropout: 0, .inference))
  }
}

/// One layer of either stack; the decoder's also attends to the encoder's states.
private struct Seq2SeqLayer {
  let selfNorm: LayerNorm
  let selfAttention: Seq2SeqAttention
  let crossNorm: LayerNorm?
  let crossAttention: Seq2SeqAttention?
  let innerNorm: LayerNorm
  let feedForward: FeedForward
  let dropout: Float

  init(_ size: Seq2SeqSize, isDecoder: Bool, dropout: Float, in scope: Scope) throws(Failure) {
    selfNorm = try LayerNorm(size.width, in: scope / "n1")
    selfAttention = try .init(size, isCross: false, in: scope / "self_attn")
    crossNorm = isDecoder ? try LayerNorm(size.width, in: scope / "n2") : nil
    crossAttention = isDecoder ? try .init(size, isCross: true, in: scope / "cross_attn") : nil
    innerNorm = try LayerNorm(size.width, in: scope / "n3")
    feedForward = try FeedForward(width: size.width, inner: size.inner, dropout: 0, in: scope)
    self.dropout = dropout
  }

  /// Returns the stream after this layer and its norm by `next`, both [B, T, D].
  func callAsFunction(
    _ x: Tensor, _ n: Tensor, next: LayerNorm, memory: Tensor?, _ mode: Mode
  ) -> (Tensor, Tensor) {
    var (x, n) = (x, n)
    let attended = selfAttention(n, memory: n, mask: memory == nil ? .none : .causal)
    (x, n) = (crossNorm ?? innerNorm).afterResidual(x, attended, dropout: dropout, mode)
    if let crossAttention, let memory {
      let read = crossAttention(n, memory: memory, mask: .none)
      (x, n) = innerNorm.afterResidual(x, read, dropout: dropout, mode)
    }
    return next.afterResidual(x, feedForward(n, mode), dropout: dropout, mode)
  }
}

/// One of the two stacks, with its positions and its final norm.
private struct Seq2SeqStack {
  let positions: Parameter  // [P, D]
  let layers: [Seq2SeqLayer]
  let norm: LayerNorm
  let dropout: Float

  /// Returns the states [B, T, D] of `ids` [B, T]; `memory` is what a decoder attends to.
  func callAsFunction(_ ids: Tensor, tokens: Parameter, memory: Tensor? = nil, _ mode: Mode)
    -> Tensor
  {
    let position = positions.tensor.sliced(0, 0..<ids.shape[1])  // [T, D]
    var x = SeqaeTensors.dropout(embedding(tokens.tensor, ids) + position, dropout, mode)
    var n = layers[0].selfNorm(x)
    for (index, layer) in layers.enumerated() {
      let next = index + 1 < layers.count ? layers[index + 1].selfNorm : norm
      (x, n) = layer(x, n, next: next, memory: memory, mode)
    }
    return n
  }
}

/// The encoder-decoder.
package struct Seq2Seq {
  private static let positions = 128

  private let tokens: Parameter  // [V, D]
  private let encoder: Seq2SeqStack
  private let decoder: Seq2SeqStack

  /// Creates the parameters.
  ///
  /// - Parameters:
  ///   - size: the sizes.
  ///   - dropout: of the embeddings and of each sublayer's result.
  ///   - scope: where the parameters are made.
  /// - Throws: a `Failure` where a checkpoint doesn't fit the sizes.
  package init(_ size: Seq2SeqSize, dropout: Float, in scope: Scope) throws(Failure) {
    let table = Initializer.normal(deviation: 0.02)
    tokens = try scope.parameter("tok.weight", [size.vocabulary, size.width], table)
    func stack(_ suffix: String, isDecoder: Bool) throws(Failure) -> Seq2SeqStack {
      let positions = try scope.parameter(
        "pos_\(suffix.prefix(1)).weight", [Seq2Seq.positions, size.width], table)
      var layers: [Seq2SeqLayer] = []
      for index in 0..<size.layers {
        layers.append(
          try Seq2SeqLayer(
            size, isDecoder: isDecoder, dropout: dropout, in: scope / suffix / "\(index)"))
      }
      let norm = try LayerNorm(size.width, in: scope / "n\(suffix.prefix(1))")
      return Seq2SeqStack(positions: positions, layers: layers, norm: norm, dropout: dropout)
    }
    encoder = try stack("enc", isDecoder: false)
    decoder = try stack("dec", isDecoder: true)
  }

  /// Returns the mean cross entropy of `labels` [B·T] after the inputs `target` [B, T], given `source`
  /// [B, S].
  package func loss(source: Tensor, target: Tensor, labels: Tensor, _ mode: Mode) -> Tensor {
    let memory = encoder(source, tokens: tokens, mode)  // [B, S, D]
    let states = decoder(target, tokens: tokens, memory: memory, mode)  // [B, T, D]
    return linearCrossEntropy(
      states.reshaped([labels.shape[0], states.shape[2]]), tokens.tensor, nil, targets: labels)
  }
}
