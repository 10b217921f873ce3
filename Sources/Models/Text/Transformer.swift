// The Transformer encoder-decoder in mBART's layout: Vaswani et al. 2017, *Attention Is All You Need*, with
// learned positions and GELU (Lewis et al. 2020, *BART*) and norms before the sublayers and after the
// embeddings (Liu et al. 2020, *Multilingual Denoising Pre-training*, §2.1).
//
// B: batch; S: source positions; T: target positions; D: width; V: vocabulary.
// x: the residual stream; n: its norm, which the next sublayer reads.

import SeqaeFiles
import SeqaeLayers
import SeqaeTensors

/// Token ids padded to a rectangle, with the number of real ones in each row.
public struct TokenBatch: Sendable {
  /// [B, S], int32.
  public let ids: Tensor
  /// The number of real tokens of each row.
  public let lengths: [Int]

  /// Creates a batch from rows of ids, padded on the right with `padding`.
  public init(_ rows: [[Int32]], padding: Int32) {
    self.init(rows, padding: padding, on: CPUBackend.shared)
  }

  package init(_ rows: [[Int32]], padding: Int32, on backend: any Backend) {
    let width = rows.map(\.count).max() ?? 0
    var flat: [Int32] = []
    flat.reserveCapacity(rows.count * width)
    for row in rows {
      flat += row
      flat += repeatElement(padding, count: width - row.count)
    }
    ids = Tensor(integers: flat, [rows.count, width], on: backend)
    lengths = rows.map(\.count)
  }
}

/// What both stacks begin with: norm(√D · token + position).
struct Embeddings {
  /// BART's position table keeps its first two rows free, a relic of its padding index.
  static let positionOffset = 2

  let tokens: Parameter  // [V, D], shared by encoder, decoder and output
  let positions: Parameter  // [P + 2, D]
  let norm: LayerNorm
  let configuration: TransformerConfiguration
  let noise: Float  // s of the white noise on tokens

  init(
    _ configuration: TransformerConfiguration, tokens: Parameter, noise: Float = 0, in scope: Scope
  ) throws(Failure) {
    self.configuration = configuration
    self.tokens = tokens
    self.noise = noise
    positions = try scope.parameter(
      "embed_positions.weight",
      [configuration.maximumPositions + Embeddings.positionOffset, configuration.width],
      .sinusoidal(amplitude: 1, offset: Embeddings.positionOffset))
    norm = try LayerNorm(configuration.width, in: scope / "layernorm_embedding")
  }

  /// Returns the embeddings [B, T, D] of `ids` [B, T], which stand at positions `start`, `start` + 1, ….
  func callAsFunction(_ ids: Tensor, from start: Int, _ mode: Mode) -> Tensor {
    let (batch, length) = (ids.shape[0], ids.shape[1])
    let row = (start..<(start + length)).map { Int32($0) }
    return self(ids, at: (0..<batch).flatMap { _ in row }, mode)
  }

  /// Returns the embeddings [B, T, D] of `ids` [B, T], of which each stands at its own of `places` (B · T).
  func callAsFunction(_ ids: Tensor, at places: [Int32], _ mode: Mode) -> Tensor {
    let last = places.max() ?? 0
    precondition(
      places.count == ids.shape.count && last < configuration.maximumPositions,
      "Transformer: position \(last) of \(places.count) for ids \(ids.shape), the model has "
        + "\(configuration.maximumPositions)")
    let rows = places.map { $0 + Int32(Embeddings.positionOffset) }
    let clean = embedding(tokens.matrix, ids, scale: configuration.embeddingScale)  // [B, T, D]
    let token = whiteNoise(clean, noise, mode)
    let position = embedding(
      positions.matrix, Tensor(integers: rows, ids.shape, on: ids.backend))  // [B, T, D]
    return dropout(norm(token + position), configuration.dropout, mode)
  }
}

extension Embeddings {
  /// Returns the embeddings [R, D] of tokens that stand at one position, at inference.
  func rows(_ ids: [Int32], at position: Int) -> Tensor {
    self(Tensor(integers: ids, [ids.count, 1], on: tokens.backend), from: position, .inference)
      .reshaped([ids.count, configuration.width])
  }
}

/// One encoder layer: self-attention, then the feed-forward network.
struct EncoderLayer {
  let selfAttention: MultiHeadAttention
  let selfAttentionNorm: LayerNorm
  let feedForward: FeedForward
  let finalNorm: LayerNorm
  let dropout: Float

  init(_ configuration: TransformerConfiguration, in scope: Scope) throws(Failure) {
    selfAttention = try .init(configuration, in: scope / "self_attn")
    selfAttentionNorm = try LayerNorm(configuration.width, in: scope / "self_attn_layer_norm")
    feedForward = try .init(configuration, in: scope)
    finalNorm = try LayerNorm(configuration.width, in: scope / "final_layer_norm")
    dropout = configuration.dropout
  }

  /// Returns the stream after this layer and its norm by `next`, both [B, S, D].
  func callAsFunction(
    _ x: Tensor, _ n: Tensor, next: LayerNorm, mask: AttentionMask, _ mode: Mode
  ) -> (Tensor, Tensor) {
    let attended = selfAttention(n, mask: mask, mode)
    let (y, m) = finalNorm.afterResidual(x, attended, dropout: dropout, mode)
    return next.afterResidual(y, feedForward(m, mode), dropout: dropout, mode)
  }
}

/// Encoder layers one after the other, and the norm after the last.
struct EncoderLayers {
  let layers: [EncoderLayer]
  let norm: LayerNorm

  init(_ configuration: TransformerConfiguration, in scope: Scope) throws(Failure) {
    var layers: [EncoderLayer] = []
    for index in 0..<configuration.encoderLayers {
      layers.append(try EncoderLayer(configuration, in: scope / "layers" / "\(index)"))
    }
    self.layers = layers
    norm = try LayerNorm(configuration.width, in: scope / "layer_norm")
  }

  /// Returns the states [B, S, D] of embeddings x [B, S, D], of which each sees what `mask` lets it.
  func callAsFunction(_ x: Tensor, mask: AttentionMask, _ mode: Mode) -> Tensor {
    var x = x
    var n = layers[0].selfAttentionNorm(x)
    for (index, layer) in layers.enumerated() {
      let next = index + 1 < layers.count ? layers[index + 1].selfAttentionNorm : norm
      (x, n) = layer(x, n, next: next, mask: mask, mode)
    }
    return n
  }
}

/// The encoder: tokens to states.
struct Encoder {
  let embeddings: Embeddings
  let layers: EncoderLayers

  init(_ configuration: TransformerConfiguration, tokens: Parameter, in scope: Scope)
    throws(Failure)
  {
    embeddings = try Embeddings(
      configuration, tokens: tokens, noise: configuration.embeddingNoise, in: scope)
    layers = try EncoderLayers(configuration, in: scope)
  }

  /// Returns the states [B, S, D] of a batch of sources, with what else is known of their tokens [B, S, D].
  func callAsFunction(_ source: TokenBatch, beside: Tensor?, _ mode: Mode) -> Tensor {
    layers(
      embeddings(source.ids, from: 0, mode).adding(beside), mask: .padding(source.lengths), mode)
  }

  /// Returns the states [B, S, D] of `ids` [B, S], of which each stands at its own of `places`, at inference.
  func callAsFunction(
    _ ids: Tensor, at places: [Int32], beside: Tensor?, mask: AttentionMask
  ) -> Tensor {
    layers(embeddings(ids, at: places, .inference).adding(beside), mask: mask, .inference)
  }
}

/// One decoder layer: causal self-attention, attention to the source, the feed-forward network.
struct DecoderLayer {
  let selfAttention: MultiHeadAttention
  let selfAttentionNorm: LayerNorm
  let crossAttention: MultiHeadAttention
  let crossAttentionNorm: LayerNorm
  let feedForward: FeedForward
  let finalNorm: LayerNorm
  let dropout: Float

  init(_ configuration: TransformerConfiguration, in scope: Scope) throws(Failure) {
    selfAttention = try .init(configuration, in: scope / "self_attn")
    selfAttentionNorm = try LayerNorm(configuration.width, in: scope / "self_attn_layer_norm")
    crossAttention = try .init(configuration, in: scope / "encoder_attn")
    crossAttentionNorm = try LayerNorm(configuration.width, in: scope / "encoder_attn_layer_norm")
    feedForward = try .init(configuration, in: scope)
    finalNorm = try LayerNorm(configuration.width, in: scope / "final_layer_norm")
    dropout = configuration.dropout
  }

  /// Returns the stream after this layer and its norm by `next`, both [B, T, D], for whole targets.
  func callAsFunction(
    _ x: Tensor, _ n: Tensor, next: LayerNorm, memory: Tensor, mask: AttentionMask, _ mode: Mode
  ) -> (Tensor, Tensor) {
    let attended = selfAttention(n, mask: .causal, mode)
    let (y, m) = crossAttentionNorm.afterResidual(x, attended, dropout: dropout, mode)
    let read = crossAttention(m, memory: memory, mask: mask, mode)
    let (z, o) = finalNorm.afterResidual(y, read, dropout: dropout, mode)
    return next.afterResidual(z, feedForward(o, mode), dropout: dropout, mode)
  }

  /// The layer as steps take it.
  var step: StepLayer {
    let (own, reading) = (selfAttention.stepMaps, crossAttention.stepMaps)
    return StepLayer(
      selfNorm: selfAttentionNorm.step, projections: own.projections, selfOutput: own.output,
      reading: .init(
        norm: crossAttentionNorm.step, queries: reading.projections[0], output: reading.output),
      feedForwardNorm: finalNorm.step, feedForward: feedForward.stepMaps)
  }
}

/// The decoder: target tokens and source states to states of the next tokens.
struct Decoder {
  let embeddings: Embeddings
  let layers: [DecoderLayer]
  let norm: LayerNorm

  init(_ configuration: TransformerConfiguration, tokens: Parameter, in scope: Scope)
    throws(Failure)
  {
    embeddings = try Embeddings(configuration, tokens: tokens, in: scope)
    var layers: [DecoderLayer] = []
    for index in 0..<configuration.decoderLayers {
      layers.append(try DecoderLayer(configuration, in: scope / "layers" / "\(index)"))
    }
    self.layers = layers
    norm = try LayerNorm(configuration.width, in: scope / "layer_norm")
  }

  /// Decodes whole targets at once, as training does.
  ///
  /// - Parameters:
  ///   - target: the decoder's inputs [B, T].
  ///   - memory: the encoder's states [B, S, D].
  ///   - places: the source position at which each step stands (B · T), whose state it reads too; nil for
  ///     targets that are not aligned with their source.
  ///   - shift: what is added to the embeddings of all inputs of a row [B, 1, D], nil for nothing.
  ///   - mask: hides the source's padding.
  ///   - mode: inference, or training with its generator.
  /// - Returns: the states [B, T, D] after each token.
  func callAsFunction(
    _ target: Tensor, memory: Tensor, at places: [Int32]?, shift: Tensor? = nil,
    mask: AttentionMask, _ mode: Mode
  ) -> Tensor {
    var x: Tensor  // [B, T, D]
    if let places {
      x = embeddings(target, at: places, mode) + memory.rows(at: places, by: target.shape[1])
    } else {
      x = embeddings(target, from: 0, mode)
    }
    if let shift { x = x + shift }
    var n = layers[0].selfAttentionNorm(x)
    for (index, layer) in layers.enumerated() {
      (x, n) = layer(x, n, next: norm(after: index), memory: memory, mask: mask, mode)
    }
    return n
  }

  /// The layers one position at a time.
  var stepwise: any StepwiseDecoder {
    embeddings.tokens.backend.stepwiseDecoder(
      layers.map(\.step), heads: embeddings.configuration.heads, norm: norm.step)
  }

  /// Returns what each layer attends to of states [B, S, D] of texts of some lengths.
  func reading(_ memory: Tensor, lengths: [Int]) -> StepSource {
    StepSource(layers.map { $0.crossAttention.keysAndValues(memory) }, lengths: lengths)
  }

  /// The norm of what comes after layer `index`.
  func norm(after index: Int) -> LayerNorm {
    index + 1 < layers.count ? layers[index + 1].selfAttentionNorm : norm
  }
}

/// The encoder-decoder with tied embeddings: p(target | source) = Π softmax(E · decoder(target so far)).
public struct Transformer {
  /// Its sizes and constants.
  public let configuration: TransformerConfiguration
  let tokens: Parameter  // E [V, D]
  let encoder: Encoder
  let decoder: Decoder
  let logitsBias: Parameter  // [1, V]

  /// Creates the model's parameters under mBART's names.
  ///
  /// - Throws: a `Failure` where a checkpoint doesn't fit the configuration.
  public init(_ configuration: TransformerConfiguration, in scope: Scope) throws(Failure) {
    self.configuration = configuration
    tokens = try scope.parameter(
      "model.shared.weight", [configuration.vocabularySize, configuration.width],
      .normal(deviation: 1 / Float(configuration.width).squareRoot()))
    encoder = try Encoder(configuration, tokens: tokens, in: scope / "model" / "encoder")
    decoder = try Decoder(configuration, tokens: tokens, in: scope / "model" / "decoder")
    logitsBias = try scope.parameter(
      "final_logits_bias", [1, configuration.vocabularySize], .zeros)
  }

  /// Returns the encoder's states [B, S, D]; in training those that the configuration's dropout leaves.
  ///
  /// - Parameters:
  ///   - source: what is encoded.
  ///   - beside: what else is known of each token [B, S, D], which is added to its embedding; nil for nothing.
  ///   - mode: inference, or training with its generator.
  /// - Returns: the states.
  public func encode(_ source: TokenBatch, beside: Tensor? = nil, _ mode: Mode) -> Tensor {
    configuration.latentDropout(encoder(source, beside: beside, mode), mode)
  }

  /// Returns the decoder's states [B, T, D] for the inputs `target` [B, T].
  ///
  /// - Parameters:
  ///   - target: the token before each step.
  ///   - places: the source position at which each step stands (B · T), where the configuration says that
  ///     the decoder reads the source aligned; else nil.
  ///   - source: what was encoded.
  ///   - memory: its states [B, S, D].
  ///   - mode: inference, or training with its generator.
  /// - Returns: the states after each token.
  public func decode(
    _ target: Tensor, at places: [Int32]? = nil, source: TokenBatch, memory: Tensor, _ mode: Mode
  ) -> Tensor {
    decode(target, at: places, lengths: source.lengths, memory: memory, mode)
  }

  /// The same for sources of the given lengths.
  func decode(
    _ target: Tensor, at places: [Int32]?, lengths: [Int], memory: Tensor, _ mode: Mode
  ) -> Tensor {
    precondition(
      (places != nil) == configuration.readsAlignedSource,
      "Transformer: places are \(places == nil ? "missing" : "given"), aligned reading is "
        + "\(configuration.readsAlignedSource)")
    return decoder(
      target, memory: memory, at: places, mask: .padding(lengths), mode)
  }

  /// Returns the logits [N, V] of states [N, D].
  public func logits(_ states: Tensor) -> Tensor {
    linear(states, tokens.matrix, logitsBias.tensor.reshaped([configuration.vocabularySize]))
  }

  /// Returns the logits [N, V] of states [N, D] in float32, for inference.
  func preciseLogits(_ states: Tensor) -> Tensor {
    linearInFloat32(
      states, tokens.matrix, logitsBias.tensor.reshaped([configuration.vocabularySize]))
  }

  /// Returns the mean cross entropy, in nats a token, of `labels` [B·T] after the inputs `target` [B, T];
  /// labels of `ignoredLabel` do not count.
  public func loss(
    source: TokenBatch, target: Tensor, labels: Tensor, smoothing: Float = 0, _ mode: Mode
  ) -> Tensor {
    let states = decode(target, source: source, memory: encode(source, mode), mode)  // [B, T, D]
    return linearCrossEntropy(
      states.reshaped([labels.shape[0], configuration.width]), tokens.tensor,
      logitsBias.tensor.reshaped([configuration.vocabularySize]), targets: labels,
      smoothing: smoothing)
  }
}

extension Tensor {
  /// Returns the sum with `other`, of the same shape, where there is one.
  fileprivate func adding(_ other: Tensor?) -> Tensor { other.map { self + $0 } ?? self }

  /// Returns of states [B, S, D] those at the `places` (B · T) of their rows: [B, T, D].
  fileprivate func rows(at places: [Int32], by width: Int) -> Tensor {
    let (batch, length, features) = (shape[0], shape[1], shape[2])
    let rows = places.enumerated().map { Int32($0.offset / width * length) + $0.element }
    return embedding(
      reshaped([batch * length, features]), Tensor(integers: rows, [batch, width], on: backend))
  }
}

extension MultiHeadAttention {
  fileprivate init(_ configuration: TransformerConfiguration, in scope: Scope) throws(Failure) {
    try self.init(
      width: configuration.width, heads: configuration.heads,
      dropout: configuration.attentionDropout, in: scope)
  }
}

extension FeedForward {
  fileprivate init(_ configuration: TransformerConfiguration, in scope: Scope) throws(Failure) {
    try self.init(
      width: configuration.width, inner: configuration.feedForward,
      dropout: configuration.activationDropout, in: scope)
  }
}
