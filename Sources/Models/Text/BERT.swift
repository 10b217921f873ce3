// BERT's encoder: Devlin, Chang, Lee & Toutanova 2019, *BERT: Pre-training of Deep Bidirectional Transformers for
// Language Understanding*, §3: the encoder of Vaswani et al. 2017 with GELU, learned positions, and norms after the
// sublayers. Parameters have the names of transformers' BertModel.
//
// B: batch; S: positions; N: positions of all texts of a batch; D: width; V: vocabulary.

import SeqaeFiles
import SeqaeLayers
import SeqaeTensors

/// What BERT begins with: norm(token + position + segment), where there is one segment.
struct BERTEmbeddings {
  let tokens: Parameter  // [V, D]
  let positions: Parameter  // [P, D]
  let segments: Parameter  // [segments, D], of which the first is used
  let norm: LayerNorm
  let dropout: Float

  init(_ configuration: BERTConfiguration, in scope: Scope) throws(Failure) {
    let width = configuration.width
    let initializer = Initializer.normal(deviation: configuration.initialDeviation)
    tokens = try (scope / "word_embeddings").parameter(
      "weight", [configuration.vocabularySize, width], initializer)
    positions = try (scope / "position_embeddings").parameter(
      "weight", [configuration.maximumPositions, width], initializer)
    segments = try (scope / "token_type_embeddings").parameter(
      "weight", [configuration.segments, width], initializer)
    norm = try LayerNorm(width, epsilon: configuration.epsilon, in: scope / "LayerNorm")
    dropout = configuration.dropout
    scope.ignore("position_ids")  // 0, 1, 2, …: a buffer of older files
  }

  /// Returns the embeddings […, D] of `ids` […], of which each stands at its own of `places`.
  func callAsFunction(_ ids: Tensor, at places: [Int32], _ mode: Mode) -> Tensor {
    let last = places.max() ?? 0
    precondition(
      places.count == ids.shape.count && last < positions.shape[0],
      "BERT: position \(last) of \(places.count) for ids \(ids.shape), the model has "
        + "\(positions.shape[0])")
    let token = embedding(tokens.matrix, ids)  // […, D]
    let place = embedding(positions.matrix, Tensor(integers: places, ids.shape, on: ids.backend))
    let segment = segments.tensor.sliced(0, 0..<1).reshaped([1, 1, segments.shape[1]])
    return SeqaeTensors.dropout(norm(token + place + segment), dropout, mode)
  }
}

/// One layer: self-attention, then the feed-forward network, each added to what it read and the sum normed.
struct BERTLayer {
  let attention: MultiHeadAttention
  let attentionNorm: LayerNorm
  let feedForward: FeedForward
  let finalNorm: LayerNorm
  let dropout: Float

  init(_ configuration: BERTConfiguration, in scope: Scope) throws(Failure) {
    let (width, epsilon) = (configuration.width, configuration.epsilon)
    let initializer = Initializer.normal(deviation: configuration.initialDeviation)
    attention = try MultiHeadAttention(
      width: width, heads: configuration.heads, dropout: configuration.attentionDropout,
      as: .bert(scope / "attention"), weight: initializer)
    attentionNorm = try LayerNorm(
      width, epsilon: epsilon, in: scope / "attention" / "output" / "LayerNorm")
    feedForward = try FeedForward(
      width: width, inner: configuration.feedForward, dropout: 0,
      expand: scope / "intermediate" / "dense", contract: scope / "output" / "dense",
      weight: initializer)
    finalNorm = try LayerNorm(width, epsilon: epsilon, in: scope / "output" / "LayerNorm")
    dropout = configuration.dropout
  }

  /// Returns the states after this layer, of the shape of x [B, S, D].
  ///
  /// - Parameters:
  ///   - x: the states before it.
  ///   - mask: what each position sees.
  ///   - between: a sublayer between attention and feed-forward network, as a decoder has one.
  ///   - mode: inference, or training with its generator.
  /// - Returns: [B, S, D].
  func callAsFunction(
    _ x: Tensor, mask: AttentionMask, between: (Tensor) -> Tensor = { $0 }, _ mode: Mode
  ) -> Tensor {
    let attended = attention(x, mask: mask, mode)
    let y = between(attentionNorm.afterResidual(x, attended, dropout: dropout, mode).normalized)
    return finalNorm.afterResidual(y, feedForward(y, mode), dropout: dropout, mode).normalized
  }
}

/// A bidirectional encoder of text: tokens to states.
public struct BERT {
  /// Its sizes and constants.
  public let configuration: BERTConfiguration
  let embeddings: BERTEmbeddings
  let layers: [BERTLayer]

  /// Creates the model's parameters under BERT's names.
  ///
  /// The heads with which BERT was trained may be in a checkpoint; they are left out.
  ///
  /// - Throws: a `Failure` where a checkpoint doesn't fit the configuration.
  public init(_ configuration: BERTConfiguration, in scope: Scope) throws(Failure) {
    self.configuration = configuration
    embeddings = try BERTEmbeddings(configuration, in: scope / "embeddings")
    var layers: [BERTLayer] = []
    for index in 0..<configuration.layers {
      layers.append(try BERTLayer(configuration, in: scope / "encoder" / "layer" / "\(index)"))
    }
    self.layers = layers
    for name in ["weight", "bias"] { (scope / "pooler" / "dense").ignore(name) }
  }

  var backend: any Backend { embeddings.tokens.backend }

  /// Returns the states [B, S, D] of texts padded to a rectangle.
  public func callAsFunction(_ source: TokenBatch, _ mode: Mode) -> Tensor {
    let (batch, length) = (source.ids.shape[0], source.ids.shape[1])
    let row = (0..<length).map { Int32($0) }
    return states(
      source.ids, at: (0..<batch).flatMap { _ in row }, mask: .padding(source.lengths), mode)
  }

  /// Returns the states [1, N, D] of texts one after the other, at inference: no work goes into padding.
  public func callAsFunction(packed texts: [[Int32]]) -> Tensor {
    let spans = AttentionSpan.each(texts.map(\.count))
    let ids = Tensor(integers: texts.flatMap { $0 }, [1, spans.last?.upperBound ?? 0], on: backend)
    return states(
      ids, at: texts.flatMap { $0.indices.map { Int32($0) } },
      mask: .within(spans.map { AttentionSpan(queries: $0, keys: $0) }), .inference)
  }

  private func states(
    _ ids: Tensor, at places: [Int32], mask: AttentionMask, _ mode: Mode
  ) -> Tensor {
    layers.reduce(embeddings(ids, at: places, mode)) { $1($0, mask: mask, mode) }
  }
}
