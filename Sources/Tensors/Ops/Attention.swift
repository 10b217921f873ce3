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
  let inputs = [q, k, v]
  return attention(inputs, inputs.map { $0.detached() }, .none, mask, rate, mode)
}

/// Returns self-attention of `heads` heads from its projections side by side, with the heads' results
/// joined: the gradient of the projections is one tensor too, so that one product takes it further.
///
/// - Parameters:
///   - qkv: queries, keys and values [B, T, 3 · D].
///   - heads: H, which divides D.
///   - mask: which keys a query may attend to.
///   - rate: dropout of the weights.
///   - mode: inference, or training with its generator.
/// - Returns: [B, T, D].
public func selfAttention(
  _ qkv: Tensor, heads: Int, mask: AttentionMask, dropout rate: Float, _ mode: Mode
) -> Tensor {
  joined(attention([qkv], split(qkv, 3, heads), .all, mask, rate, mode))
}

/// Returns attention of `heads` heads to a memory whose keys and values lie side by side, with the heads'
/// results joined.
///
/// - Parameters:
///   - q: queries [B, T, D].
///   - kv: keys and values [B, S, 2 · D].
///   - heads: H, which divides D.
///   - mask: which keys a query may attend to.
///   - rate: dropout of the weights.
///   - mode: inference, or training with its generator.
/// - Returns: [B, T, D].
public func crossAttention(
  _ q: Tensor, _ kv: Tensor, heads: Int, mask: AttentionMask, dropout rate: Float, _ mode: Mode
) -> Tensor {
  let operands = split(q, 1, heads) + split(kv, 2, heads)
  return joined(attention([q, kv], operands, .keysAndValues, mask, rate, mode))
}

/// Returns the `count` tensors [B, H, N, E] that lie in x [B, N, count · H · E], without places on a tape.
private func split(_ x: Tensor, _ count: Int, _ heads: Int) -> [Tensor] {
  precondition(
    x.shape.rank == 3 && x.shape[2] % (count * heads) == 0,
    "attention: \(count) projections of \(heads) heads do not divide \(x.shape)")
  let width = x.shape[2] / (count * heads)
  let all = x.detached().reshaped([x.shape[0], x.shape[1], count, heads, width])
  return (0..<count).map { index in
    all.sliced(2, index..<(index + 1)).reshaped([x.shape[0], x.shape[1], heads, width])
      .transposed(1, 2)
  }
}

/// Returns y [B, H, T, E] seen as [B, T, H · E].
private func joined(_ y: Tensor) -> Tensor {
  y.transposed(1, 2).reshaped([y.shape[0], y.shape[2], y.shape[1] * y.shape[3]])
}

/// Attention of q, k and v, the `operands`, which lie in `inputs` as `packing` says.
private func attention(
  _ inputs: [Tensor], _ operands: [Tensor], _ packing: AttentionPacking, _ mask: AttentionMask,
  _ rate: Float, _ mode: Mode
) -> Tensor {
  let (q, k, v) = (operands[0], operands[1], operands[2])
  precondition(
    q.shape.rank == 4 && k.shape == v.shape && k.shape.rank == 4
      && q.shape.dimensions[0..<2] == k.shape.dimensions[0..<2] && q.shape[3] == k.shape[3]
      && (mask.keyLengths.map { lengths in
        lengths.count == q.shape[0] && lengths.allSatisfy { (0...k.shape[2]).contains($0) }
      } ?? true)
      && (mask.spans.map { spans in
        q.shape[0] == 1 && AttentionSpan.cover(spans, queries: q.shape[2], keys: k.shape[2])
      } ?? true),
    "attention: q \(q.shape), k \(k.shape), v \(v.shape), key lengths \(mask.keyLengths ?? []), "
      + "\(mask.spans?.count ?? 0) spans")
  let backend = q.backend
  let dropout = mode.dropout(rate)
  let scale = 1 / Float(q.shape[3]).squareRoot()
  let (y, weights) = backend.attention(
    q, k, v, scale: scale, mask: mask, dropout: dropout, saving: inputs.contains { $0.isTracked })
  let shapes = inputs.map(\.shape)
  return .recorded(inputs, y) { dy, into in
    guard let weights else { return }
    let gradients = backend.attentionBackward(
      dy, q, k, v, weights: weights, scale: scale, dropout: dropout, packing: packing)
    for (index, gradient) in gradients.enumerated() {
      let isHeads = packing == .none
      into.add(index, isHeads ? gradient.transposed(1, 2) : gradient.reshaped(shapes[index]))
    }
  }
}
