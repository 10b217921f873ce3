/// Scaled dot-product attention with a bias on the scores: softmax(q kᵀ · scale + bias + mask) v.
///
/// The bias is how T5 says where keys are (Raffel et al. 2020, §2.1). With p the weights and
/// ds = p · (dp − Σ dp · p): dq = scale · ds k, dk = scale · dsᵀ q, dbias = ds, summed over what was
/// stretched.
///
/// - Parameters:
///   - q: queries [B, H, T, E].
///   - k: keys [B, H, S, E].
///   - v: values [B, H, S, E].
///   - bias: [H, T, S], [1, H, T, S] or [B, H, T, S].
///   - scale: of the scores; nil for 1 / √E.
///   - mask: which keys a query may attend to; one that may see none gets zeros.
///   - rate: dropout of the weights.
///   - mode: inference, or training with its generator.
/// - Returns: [B, H, T, E].
public func attention(
  _ q: Tensor, _ k: Tensor, _ v: Tensor, bias: Tensor, scale: Float? = nil, mask: AttentionMask,
  dropout rate: Float, _ mode: Mode
) -> Tensor {
  let isFitting =
    q.shape.rank == 4 && k.shape == v.shape && k.shape.rank == 4
    && q.shape.dimensions[0..<2] == k.shape.dimensions[0..<2] && q.shape[3] == k.shape[3]
  precondition(isFitting, "attention: q \(q.shape), k \(k.shape), v \(v.shape)")
  let scores: Shape = [q.shape[0], q.shape[1], q.shape[2], k.shape[2]]
  precondition(
    bias.shape.broadcast(with: scores) == scores, "attention: bias \(bias.shape) of \(scores)")
  let lengths = mask.keyLengths
  precondition(
    lengths.map { $0.count == scores[0] && $0.allSatisfy((0...scores[3]).contains) } ?? true,
    "attention: key lengths \(lengths ?? []) of \(scores)")
  let (a, b, c) = (q.detached(), k.detached(), v.detached())
  let backend = a.backend
  let dropout = mode.dropout(rate)
  let scale = scale ?? 1 / Float(q.shape[3]).squareRoot()
  let (y, weights) = backend.biasedAttention(
    a, b, c, bias: bias.detached(), scale: scale, mask: mask, dropout: dropout)
  let biasShape = bias.shape
  return .recorded([q, k, v, bias], y) { dy, into in
    let (dq, dk, dv, dscores) = backend.biasedAttentionBackward(
      dy, a, b, c, weights: weights, scale: scale, dropout: dropout)
    into.add(0, dq)
    into.add(1, dk)
    into.add(2, dv)
    if into.wants(3) { into.add(3, dscores.summed(to: biasShape)) }
  }
}

/// Scaled dot-product attention with another scale than 1 / √E, such as T5's 1; else as without it.
public func attention(
  _ q: Tensor, _ k: Tensor, _ v: Tensor, scale: Float, mask: AttentionMask, dropout rate: Float,
  _ mode: Mode
) -> Tensor {
  // The kernels scale by 1 / √E.
  let scaled = q * (scale * Float(q.shape[-1]).squareRoot())
  return attention(scaled, k, v, mask: mask, dropout: rate, mode)
}
