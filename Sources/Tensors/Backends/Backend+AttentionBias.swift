extension Backend {
  package func maskedSoftmax(_ scores: Tensor, mask: AttentionMask) -> Tensor {
    let shape = scores.shape
    let allowed = maskTensor(mask, batch: shape[0], queries: shape[2], keys: shape[3])
    // Masked scores must not decide the maximum, and a row without any allowed key must become zeros.
    let shifted = select(allowed, scores, full([], -1e30))
    let exponentials = map(.exp, shifted - reduce(.maximum, shifted, axis: -1)) * allowed
    let total = reduce(.sum, exponentials, axis: -1)
    return exponentials / zip(.maximum, total, full([], Double(Float.leastNormalMagnitude)))
  }

  package func biasedAttention(
    _ q: Tensor, _ k: Tensor, _ v: Tensor, bias: Tensor, scale: Float, mask: AttentionMask,
    dropout: Dropout?
  ) -> (y: Tensor, weights: Tensor) {
    let shape: Shape = [q.shape[0], q.shape[1], q.shape[2], k.shape[2]]
    var scores = copy(bias.view(bias.layout.broadcast(to: shape)))  // [B, H, T, S]
    matmul(q, k.transposed(), alpha: Double(scale), beta: 1, into: &scores)
    let weights = maskedSoftmax(scores, mask: mask)
    let dropped = dropout.map { self.dropout(weights, $0) } ?? weights
    return (product(dropped, v), weights)
  }

  package func biasedAttentionBackward(
    _ dy: Tensor, _ q: Tensor, _ k: Tensor, _ v: Tensor, weights: Tensor, scale: Float,
    dropout: Dropout?
  ) -> (dq: Tensor, dk: Tensor, dv: Tensor, dscores: Tensor) {
    let dropped = dropout.map { self.dropout(weights, $0) } ?? weights
    let dv = product(dropped.transposed(), dy)  // [B, H, S, E]
    let dDropped = product(dy, v.transposed())  // [B, H, T, S]
    let dWeights = dropout.map { self.dropout(dDropped, $0) } ?? dDropped
    let dscores = softmaxBackward(dWeights, weights)
    let dq = affine(product(dscores, k), scale: Double(scale), shift: 0)
    let dk = affine(product(dscores.transposed(), q), scale: Double(scale), shift: 0)
    return (dq, dk, dv, dscores)
  }
}
