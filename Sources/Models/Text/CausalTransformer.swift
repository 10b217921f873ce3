// A Transformer that sees only what came before: p(x) = Π p(xₜ | x₁ … xₜ₋₁).
//
// Radford et al. 2018, *Improving Language Understanding by Generative Pre-Training*, in the layers of mBART's decoder
// without those that read a source: norms before the sublayers, embeddings tied to the output.
//
// B: batch; T: positions; D: width; V: vocabulary.

import SeqaeFiles
import SeqaeLayers
import SeqaeTensors

/// Layers of causal self-attention over tokens, with their embeddings as output.
struct CausalTransformer {
  let configuration: TransformerConfiguration
  private let tokens: Parameter  // E [V, D]
  private let embeddings: Embeddings
  private let layers: EncoderLayers
  private let logitsBias: Parameter  // [1, V]

  /// Creates `decoderLayers` layers under the names of a decoder.
  init(_ configuration: TransformerConfiguration, in scope: Scope) throws(Failure) {
    var configuration = configuration
    configuration.encoderLayers = configuration.decoderLayers
    self.configuration = configuration
    let decoder = scope / "model" / "decoder"
    tokens = try scope.parameter(
      "model.decoder.embed_tokens.weight", [configuration.vocabularySize, configuration.width],
      .normal(deviation: 1 / Float(configuration.width).squareRoot()))
    embeddings = try Embeddings(configuration, tokens: tokens, in: decoder)
    layers = try EncoderLayers(configuration, in: decoder)
    logitsBias = try scope.parameter(
      "final_logits_bias", [1, configuration.vocabularySize], .zeros)
  }

  var backend: any Backend { tokens.tensor.backend }

  /// Returns the states [B, T, D] after inputs [B, T].
  func callAsFunction(_ inputs: Tensor, _ mode: Mode) -> Tensor {
    layers(embeddings(inputs, from: 0, mode), mask: .causal, mode)
  }

  /// Returns the logits [N, V] of states [N, D].
  func logits(_ states: Tensor) -> Tensor { linear(states, tokens.matrix, bias) }

  private var bias: Tensor { logitsBias.tensor.reshaped([configuration.vocabularySize]) }

  /// Returns the mean of −log p of `labels` [B · T] after `inputs` [B, T], in nats a label that counts.
  func loss(_ inputs: Tensor, labels: Tensor, smoothing: Float = 0, _ mode: Mode) -> Tensor {
    linearCrossEntropy(
      self(inputs, mode).reshaped([labels.shape[0], configuration.width]), tokens.tensor, bias,
      targets: labels, smoothing: smoothing)
  }

  /// Returns −log p of each row's labels [B · T] after `inputs` [B, T], in nats: [B].
  func losses(_ inputs: Tensor, labels: Tensor) -> Tensor {
    let states = self(inputs, .inference).reshaped([labels.shape[0], configuration.width])
    return crossEntropy(logits(states), targets: labels, reduction: .none)
      .reshaped(inputs.shape).sum(1).reshaped([inputs.shape[0]])
  }
}

// MARK: - Step by step

/// The autoregressive loop's view of it: each layer remembers its keys and values, and nothing is read.
struct CausalDecoder: StepDecoder {
  struct State {
    var caches: [KeyValueCache]
    var position = 0
  }

  let transformer: CausalTransformer
  var wordDropout: WordDropout?  // nil where nothing is hidden

  /// Makes room for as many texts as there are sources, which say nothing.
  func start(_ sources: [Void]) -> State {
    let configuration = transformer.configuration
    return State(
      caches: (0..<configuration.decoderLayers).map { _ in
        KeyValueCache(
          batch: sources.count, capacity: configuration.maximumPositions,
          width: configuration.width, on: transformer.backend)
      })
  }

  /// Decodes one position: O(D² + t · D) a layer and row.
  func step(_ last: [Int32], _ state: inout State) -> Tensor {
    let ids = Tensor(
      integers: wordDropout?.history(last, at: state.position) ?? last, [last.count, 1],
      on: transformer.backend)
    let states = transformer.step(ids, at: state.position, caches: &state.caches)  // [B, 1, D]
    state.position += 1
    return transformer.logits(states.reshaped([last.count, transformer.configuration.width]))
  }

  func reorder(_ state: inout State, _ rows: [Int]) {
    for index in state.caches.indices {
      state.caches[index] = state.caches[index].selecting(rows)
    }
  }
}

extension CausalTransformer {
  /// Returns the state [B, 1, D] after one more token of each row.
  fileprivate func step(
    _ last: Tensor, at position: Int, caches: inout [KeyValueCache]
  ) -> Tensor {
    let stack = layers.layers
    var x = embeddings(last, from: position, .inference)  // [B, 1, D]
    var n = stack[0].selfAttentionNorm(x)
    for (index, layer) in stack.enumerated() {
      layer.selfAttention.extend(&caches[index], with: n)
      let attended = layer.selfAttention(n, cache: caches[index], mask: .none)
      let (y, m) = layer.finalNorm.afterResidual(x, attended, dropout: 0, .inference)
      let next = index + 1 < stack.count ? stack[index + 1].selfAttentionNorm : layers.norm
      (x, n) = next.afterResidual(y, layer.feedForward(m, .inference), dropout: 0, .inference)
    }
    return n
  }
}
