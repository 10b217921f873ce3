import SeqaeLayers
import SeqaeTensors

extension Transformer {
  /// Returns for each text of a batch the mean of the encoder's states over its tokens [B, D].
  ///
  /// h̄ = Σₜ hₜ / S over the S real tokens, the end included and padding left out: a vector for the whole text,
  /// whatever it is batched with.
  public func meanState(_ source: TokenBatch, _ mode: Mode) -> Tensor {
    let states = encode(source, mode)  // [B, S, D]
    let (batch, width) = (states.shape[0], states.shape[1])
    var shares = [Float](repeating: 0, count: batch * width)
    for (row, length) in source.lengths.enumerated() where length > 0 {
      for place in 0..<length { shares[row * width + place] = 1 / Float(length) }
    }
    let weights = Tensor(shares, [batch, 1, width], on: states.backend)
    return matmul(weights, states).reshaped([batch, configuration.width])
  }
}
