/// Scaled dot-product attention: softmax(q kᵀ / √E + mask) v.
///
/// Vaswani et al. 2017, *Attention Is All You Need*, equation 1. Dropout acts on the weights, after the
/// softmax. With p the weights: dv = pᵀ dy, dp = dy vᵀ, ds = p · (dp − Σ dp · p), dq = ds k / √E,
/// dk = dsᵀ q / √E.
///
/// - Parameters:
///   - q: queries [B, H, T, E].
///   - k: keys [B, H, S, E].
///   - v: values [B, H, S, E].
///   - mask: which keys a query may attend to; one that may see none gets zeros.
///   - rate: dropout of the weights.
///   - mode: inference, or training with its generator.
/// - Returns: [B, H, T, E].
public func attention(
  _ q: Tensor, _ k: Tensor, _ v: Tensor, mask: AttentionMask, dropout rate: Float, _ mode: Mode
) -> Tensor {
  precondition(
    q.shape.rank == 4 && k.shape == v.shape && k.shape.rank == 4
      && q.shape.dimensions[0..<2] == k.shape.dimensions[0..<2] && q.shape[3] == k.shape[3]
      && (mask.keyLengths.map { lengths in
        lengths.count == q.shape[0] && lengths.allSatisfy { (0...k.shape[2]).contains($0) }
      } ?? true),
    "attention: q \(q.shape), k \(k.shape), v \(v.shape), key lengths \(mask.keyLengths ?? [])")
  let (a, b, c) = (q.detached(), k.detached(), v.detached())
  let backend = a.backend
  let dropout = mode.dropout(rate)
  let scale = 1 / Float(q.shape[3]).squareRoot()
  let (y, weights) = backend.attention(
    a, b, c, scale: scale, mask: mask, dropout: dropout,
    saving: q.isTracked || k.isTracked || v.isTracked)
  return .recorded([q, k, v], y) { dy, into in
    guard let weights else { return }
    let (dq, dk, dv) = backend.attentionBackward(
      dy, a, b, c, weights: weights, scale: scale, dropout: dropout)
    into.add(0, dq)
    into.add(1, dk)
    into.add(2, dv)
  }
}
