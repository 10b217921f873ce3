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
  fileprivate let embeddings: Embeddings
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

  /// Returns the logits [N, V] of states [N, D] in float32, for inference.
  func preciseLogits(_ states: Tensor) -> Tensor { linearInFloat32(states, tokens.matrix, bias) }

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
    fileprivate let layers: any StepwiseDecoder
    fileprivate var memory: StepMemory
  }

  let transformer: CausalTransformer
  var wordDropout: WordDropout?  // nil where nothing is hidden

  /// Begins as many texts as there are sources, which say nothing.
  func start(_ sources: [Void]) -> State {
    State(layers: transformer.stepwise, memory: StepMemory(rows: sources.count))
  }

  /// Decodes one position: O(D² + t · D) a layer and row.
  func step(_ last: [Int32], _ state: inout State) -> Tensor {
    let position = state.memory.positions.count
    let x = transformer.embeddings.rows(
      wordDropout?.history(last, at: position) ?? last, at: position)
    return transformer.preciseLogits(state.layers(x, &state.memory, nil))
  }

  func reorder(_ state: inout State, _ rows: [Int]) { state.memory.select(rows) }
}

extension CausalTransformer {
  /// The layers one position at a time.
  fileprivate var stepwise: any StepwiseDecoder {
    let steps = layers.layers.map { layer in
      let own = layer.selfAttention.stepMaps
      return StepLayer(
        selfNorm: layer.selfAttentionNorm.step, projections: own.projections,
        selfOutput: own.output, reading: nil, feedForwardNorm: layer.finalNorm.step,
        feedForward: layer.feedForward.stepMaps)
    }
    return backend.stepwiseDecoder(steps, heads: configuration.heads, norm: layers.norm.step)
  }
}
