// TSDAE — Wang, Reimers & Gurevych 2021, *TSDAE: Using Transformer-based Sequential Denoising Auto-Encoder for
// Unsupervised Sentence Embedding Learning*, §3.
//
// Of a text x most words are deleted, x̃; a decoder writes x from one vector of x̃ alone, so that the vector has to hold
// what the text means: −log p(x | z), z the pooled vector of x̃. The decoder is the encoder again, with a causal mask and
// a sublayer more in each layer, which reads z: encoder and decoder share all weights that both have, embeddings too.
//
// B: batch; T: positions of x; D: width; V: vocabulary.

import SeqaeFiles
import SeqaeLayers
import SeqaeTensors

/// What writes a text from its vector with the weights of the encoder that made it.
struct TSDAEDecoder {
  /// The sublayer that reads z.
  private struct Reading {
    let attention: MultiHeadAttention
    let norm: LayerNorm
  }

  private let bert: BERT
  private let readings: [Reading]  // one a layer
  private let dense: Linear  // [D, D]
  private let norm: LayerNorm
  private let bias: Parameter  // [V]

  /// Creates what the decoder has beside its encoder, under the names of transformers' BertLMHeadModel.
  init(_ bert: BERT, in root: Scope) throws(Failure) {
    let configuration = bert.configuration
    let (width, epsilon) = (configuration.width, configuration.epsilon)
    let initializer = Initializer.normal(deviation: configuration.initialDeviation)
    let decoder = root / "decoder"
    self.bert = bert
    var readings: [Reading] = []
    for index in 0..<configuration.layers {
      let scope = decoder / "layer" / "\(index)" / "crossattention"
      readings.append(
        Reading(
          attention: try MultiHeadAttention(
            width: width, heads: configuration.heads, dropout: configuration.attentionDropout,
            as: .bert(scope), weight: initializer),
          norm: try LayerNorm(width, epsilon: epsilon, in: scope / "output" / "LayerNorm")))
    }
    self.readings = readings
    let head = decoder / "predictions"
    dense = try Linear(
      width, width, weight: initializer, in: head / "transform" / "dense")
    norm = try LayerNorm(width, epsilon: epsilon, in: head / "transform" / "LayerNorm")
    bias = try head.parameter("bias", [configuration.vocabularySize], .zeros)
  }

  /// Returns the mean of −log p(x | z), in nats a token.
  ///
  /// - Parameters:
  ///   - z: a vector of each text [B, D].
  ///   - inputs: the token before each of x [B, T].
  ///   - labels: x [B · T], `ignoredLabel` at padding.
  ///   - mode: inference, or training with its generator.
  /// - Returns: a scalar.
  func loss(from z: Tensor, inputs: Tensor, labels: Tensor, _ mode: Mode) -> Tensor {
    let (batch, length, width) = (inputs.shape[0], inputs.shape[1], z.shape[1])
    let row = (0..<length).map { Int32($0) }
    // All that it sees of x̃.
    let memory = z.rounded(to: Precision.current).reshaped([batch, 1, width])
    var x = bert.embeddings(inputs, at: (0..<batch).flatMap { _ in row }, mode)  // [B, T, D]
    for (layer, reading) in zip(bert.layers, readings) {
      x = layer(
        x, mask: .causal,
        between: { y in
          let read = reading.attention(y, memory: memory, mask: .none, mode)
          return reading.norm.afterResidual(y, read, dropout: layer.dropout, mode).normalized
        }, mode)
    }
    let h = norm(dense(x.reshaped([batch * length, width]), activation: .gelu))  // [B · T, D]
    return linearCrossEntropy(h, bert.embeddings.tokens.tensor, bias.tensor, targets: labels)
  }
}
