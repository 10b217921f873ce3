import SeqaeLayers
import SeqaeTensors

extension Transformer {
  /// Returns for each text of a batch the mean of the encoder's states over its tokens [B, D].
  ///
  /// h̄ = Σₜ hₜ / S over the S real tokens, the end included and padding left out: a vector for the whole text,
  /// whatever it is batched with.
  public func meanState(_ source: TokenBatch, _ mode: Mode) -> Tensor {
    encode(source, mode).mean(over: source.lengths)
  }
}

extension Tensor {
  /// Returns for each row of states [B, S, D] the mean of its first positions, as many as `lengths` says: [B, D].
  func mean(over lengths: [Int]) -> Tensor {
    let (batch, width, features) = (shape[0], shape[1], shape[2])
    var shares = [Float](repeating: 0, count: batch * width)
    for (row, length) in lengths.enumerated() where length > 0 {
      for place in 0..<length { shares[row * width + place] = 1 / Float(length) }
    }
    let weights = Tensor(shares, [batch, 1, width], on: backend)
    return matmul(weights, self).reshaped([batch, features])
  }
}
