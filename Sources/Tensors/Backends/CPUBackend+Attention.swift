import CKernels

extension CPUBackend {
  /// Multiplications with q that one block of heads has: several times what handing it over costs.
  private static let blockWork = 1 << 17

  /// Computes each head by itself. The saved weights' rows lie a multiple of 16 floats apart, so that the
  /// kernels work in whole vectors.
  package func attention(
    _ q: Tensor, _ k: Tensor, _ v: Tensor, scale: Float, mask: AttentionMask, dropout: Dropout?,
    saving: Bool
  ) -> (y: Tensor, weights: Tensor?) {
    if q.dtype == .bfloat16 {
      let (y, weights) = attention(
        widened(q), widened(k), widened(v), scale: scale, mask: mask, dropout: dropout,
        saving: saving)
      return (narrowed(y.transposed(1, 2)).transposed(1, 2), weights)
    }
    let heads = Heads(self, q, widened(k), widened(v))
    let y = heads.result(q)
    let weights = saving ? heads.newWeights() : nil
    let shift = mask.isCausal ? 1 + heads.keys - heads.queries : heads.keys
    let kernel = dropout.map { self.kernel($0) }
    let target = mutableFloats(y)
    let saved = weights.map { mutableFloats($0) }
    each(heads) { index, memory in
      var head = heads.head(index)
      let example = index / heads.heads
      withOptionalPointer(to: kernel) { dropout in
        ck_attention_f32(
          &head, scale, mask.keyLengths?[example] ?? heads.keys, shift, dropout,
          UInt64(index * heads.weightCount), target + offset(y, heads, index), y.layout.strides[2],
          saved.map { $0 + index * heads.queries * heads.weightRow }, heads.weightRow, memory)
      }
    }
    return (heads.trimmed(y), weights)
  }

  package func attentionBackward(
    _ dy: Tensor, _ q: Tensor, _ k: Tensor, _ v: Tensor, weights: Tensor, scale: Float,
    dropout: Dropout?
  ) -> (dq: Tensor, dk: Tensor, dv: Tensor) {
    if q.dtype == .bfloat16 {
      let (dq, dk, dv) = attentionBackward(
        widened(dy), widened(q), widened(k), widened(v), weights: weights, scale: scale,
        dropout: dropout)
      return (narrowed(dq), narrowed(dk), narrowed(dv))
    }
    let heads = Heads(self, q, widened(k), widened(v))
    let (dy, weights) = (heads.rows(widened(dy)), heads.weights(weights))
    let (dq, dk, dv) = (heads.result(q), heads.result(k), heads.result(v))
    let kernel = dropout.map { self.kernel($0) }
    let (p, gradient) = (floats(weights), floats(dy))
    let (a, b, c) = (mutableFloats(dq), mutableFloats(dk), mutableFloats(dv))
    each(heads) { index, memory in
      var head = heads.head(index)
      withOptionalPointer(to: kernel) { dropout in
        ck_attention_backward_f32(
          &head, scale, dropout, UInt64(index * heads.weightCount),
          p + index * heads.queries * heads.weightRow, heads.weightRow,
          gradient + offset(dy, heads, index), dy.layout.strides[2],
          a + offset(dq, heads, index), dq.layout.strides[2],
          b + offset(dk, heads, index), dk.layout.strides[2], c + offset(dv, heads, index),
          dv.layout.strides[2], memory)
      }
    }
    extendLifetime((dy, weights))
    return (heads.trimmed(dq), heads.trimmed(dk), heads.trimmed(dv))
  }

  /// Runs `body` for each head of each example with scratch memory of its thread.
  private func each(_ heads: Heads, _ body: (Int, UnsafeMutablePointer<Float>) -> Void) {
    let size = (ck_attention_scratch(heads.keys, heads.width) + 15) / 16 * 16
    let memory = scratch(Int(ck_threads()) * size)
    let start = mutableFloats(memory)
    let headsPerBlock = CPUBackend.blockWork / max(1, heads.weightCount * heads.width)
    parallel(blocksOf: max(1, headsPerBlock), in: heads.count) { block in
      let own = start + Int(ck_thread_index()) * size
      for index in block { body(index, own) }
    }
    extendLifetime((memory, heads))
  }
}

/// Where head `index` of `x` [B, H, …] begins, after x's first element.
private func offset(_ x: Tensor, _ heads: Heads, _ index: Int) -> Int {
  index / heads.heads * x.layout.strides[0] + index % heads.heads * x.layout.strides[1]
}

/// The operands of attention, made fit for the kernels: heads' rows without gaps, padded with zeros to a
/// multiple of 16, which changes no score and adds columns of zeros to the results.
private struct Heads {
  let backend: CPUBackend
  let q: Tensor
  let k: Tensor
  let v: Tensor
  let heads: Int
  let queries: Int
  let keys: Int
  /// The width of a head, and that rounded up to a multiple of 16.
  let unpadded: Int
  let width: Int
  /// The number of heads in all examples.
  var count: Int { q.shape[0] * heads }
  /// The number of weights of one head: T · S.
  var weightCount: Int { queries * keys }
  /// The distance between rows of weights, so that the kernels may write rows in whole vectors.
  var weightRow: Int { (keys + 15) / 16 * 16 }

  init(_ backend: CPUBackend, _ q: Tensor, _ k: Tensor, _ v: Tensor) {
    self.backend = backend
    (heads, queries, keys, unpadded) = (q.shape[1], q.shape[2], k.shape[2], q.shape[3])
    width = (unpadded + 15) / 16 * 16
    self.q = Heads.rows(backend, q, width)
    self.k = Heads.rows(backend, k, width)
    self.v = Heads.rows(backend, v, width)
  }

  /// Returns `x` [B, H, N, E] with rows that the kernels can read.
  func rows(_ x: Tensor) -> Tensor { Heads.rows(backend, x, width) }

  private static func rows(_ backend: CPUBackend, _ x: Tensor, _ width: Int) -> Tensor {
    if x.shape[3] == width && x.layout.strides[3] == 1 { return x }
    if x.shape[3] == width { return x.contiguous() }
    var padded = backend.full(x.shape.replacing(3, with: width), 0)
    backend.copy(x, into: &padded, at: padded.layout.sliced(3, 0..<x.shape[3]))
    return padded
  }

  /// Returns new weights [B, H, T, S], rows `weightRow` apart.
  func newWeights() -> Tensor {
    let padded = backend.make([q.shape[0], heads, queries, weightRow])
    return padded.view(padded.layout.sliced(3, 0..<keys))
  }

  /// Returns `weights` with rows `weightRow` apart.
  func weights(_ weights: Tensor) -> Tensor {
    var result = newWeights()
    if weights.layout.strides == result.layout.strides { return weights }
    let view = result.layout
    result = result.view(Layout(contiguous: view.shape.replacing(3, with: weightRow)))
    backend.copy(weights, into: &result, at: view)
    return result
  }

  /// Returns a new tensor [B, H, N, E] that lies in memory as [B, N, H, E].
  func result(_ x: Tensor) -> Tensor {
    backend.make([x.shape[0], x.shape[2], heads, width]).transposed(1, 2)
  }

  /// Returns a result without its padding, laid out as before.
  func trimmed(_ y: Tensor) -> Tensor {
    if unpadded == width { return y }
    return backend.copy(y.transposed(1, 2).sliced(3, 0..<unpadded)).transposed(1, 2)
  }

  func head(_ index: Int) -> ck_head {
    ck_head(
      queries: queries, keys: keys, width: width, q: backend.floats(q) + offset(q, self, index),
      k: backend.floats(k) + offset(k, self, index), v: backend.floats(v) + offset(v, self, index),
      q_row: q.layout.strides[2], k_row: k.layout.strides[2], v_row: v.layout.strides[2])
  }
}
