import CKernels

extension CPUBackend {
  /// Multiplications with q that one block of heads has: several times what handing it over costs.
  private static let blockWork = 1 << 17

  /// Computes each head by itself. The saved weights' rows lie a multiple of 16 numbers apart, so that the
  /// kernels work in whole vectors.
  package func attention(
    _ q: Tensor, _ k: Tensor, _ v: Tensor, scale: Float, mask: AttentionMask, dropout: Dropout?,
    saving: Bool
  ) -> (y: Tensor, weights: Tensor?) {
    let heads = Heads(self, q, k, v)
    let y = heads.make(q.shape[2])
    if let spans = mask.spans {
      precondition(!saving && dropout == nil, "attention: texts side by side are for inference")
      attend(heads, spans, isCausal: mask.isCausal, scale: scale, into: y)
      return (rounded(heads.trimmed(y), like: q), nil)
    }
    let weights = saving ? heads.newWeights() : nil
    let shift = mask.isCausal ? 1 + heads.keys - heads.queries : heads.keys
    let kernel = dropout.map { self.kernel($0) }
    each(heads) { index, memory in
      let length = mask.keyLengths?[index / heads.heads] ?? heads.keys
      let begin = UInt64(index * heads.weightCount)
      withOptionalPointer(to: kernel) { dropout in
        if heads.dtype == .bfloat16 {
          var head = heads.narrowHead(index)
          ck_attention_bf16(
            &head, scale, length, shift, dropout, begin, halves(y) + offset(y, heads, index),
            y.layout.strides[2], weights.map { halves($0) + heads.weightOffset(index) },
            heads.weightRow, memory)
        } else {
          var head = heads.head(index)
          ck_attention_f32(
            &head, scale, length, shift, dropout, begin,
            mutableFloats(y) + offset(y, heads, index), y.layout.strides[2],
            weights.map { mutableFloats($0) + heads.weightOffset(index) }, heads.weightRow, memory)
        }
      }
    }
    return (rounded(heads.trimmed(y), like: q), weights)
  }

  /// Computes each head of each text by itself.
  private func attend(
    _ heads: Heads, _ spans: [AttentionSpan], isCausal: Bool, scale: Float, into y: Tensor
  ) {
    each(heads, of: spans) { index, memory in
      let (head, span) = (index % heads.heads, spans[index / heads.heads])
      let (queries, keys) = (span.queries.count, span.keys.count)
      let shift = isCausal ? 1 + keys - queries : keys
      let target = offset(y, heads, head) + span.queries.lowerBound * y.layout.strides[2]
      if heads.dtype == .bfloat16 {
        var part = heads.narrowHead(head, span)
        ck_attention_bf16(
          &part, scale, keys, shift, nil, 0, halves(y) + target, y.layout.strides[2], nil, 0,
          memory)
      } else {
        var part = heads.head(head, span)
        ck_attention_f32(
          &part, scale, keys, shift, nil, 0, mutableFloats(y) + target, y.layout.strides[2], nil,
          0, memory)
      }
    }
  }

  /// A machine that has no kernel for bfloat16 computes in float32.
  private func rounded(_ y: Tensor, like q: Tensor) -> Tensor {
    q.dtype == .bfloat16 ? narrowed(y.transposed(1, 2)).transposed(1, 2) : y
  }

  package func attentionBackward(
    _ dy: Tensor, _ q: Tensor, _ k: Tensor, _ v: Tensor, weights: Tensor, scale: Float,
    dropout: Dropout?, packing: AttentionPacking
  ) -> [Tensor] {
    let heads = Heads(self, q, k, v)
    let (dy, weights) = (heads.rows(dy), heads.weights(weights))
    // Padded heads are trimmed one by one and put together afterwards.
    let wholes = heads.makeGradients(heads.isPadded ? .none : packing)
    let parts = heads.parts(wholes)
    let (dq, dk, dv) = (parts[0], parts[1], parts[2])
    let kernel = dropout.map { self.kernel($0) }
    each(heads) { index, memory in
      let begin = UInt64(index * heads.weightCount)
      let places = parts.map { offset($0, heads, index) }
      withOptionalPointer(to: kernel) { dropout in
        if heads.dtype == .bfloat16 {
          var head = heads.narrowHead(index)
          ck_attention_backward_bf16(
            &head, scale, dropout, begin, halves(weights) + heads.weightOffset(index),
            heads.weightRow, halves(dy) + offset(dy, heads, index), dy.layout.strides[2],
            halves(dq) + places[0], dq.layout.strides[2], halves(dk) + places[1],
            dk.layout.strides[2], halves(dv) + places[2], dv.layout.strides[2], memory)
        } else {
          var head = heads.head(index)
          ck_attention_backward_f32(
            &head, scale, dropout, begin, floats(weights) + heads.weightOffset(index),
            heads.weightRow, floats(dy) + offset(dy, heads, index), dy.layout.strides[2],
            mutableFloats(dq) + places[0], dq.layout.strides[2], mutableFloats(dk) + places[1],
            dk.layout.strides[2], mutableFloats(dv) + places[2], dv.layout.strides[2], memory)
        }
      }
    }
    extendLifetime((dy, weights))
    let results =
      heads.isPadded
      ? packed(parts.map { heads.trimmed($0).transposed(1, 2) }, packing) : wholes
    return q.dtype == .bfloat16 ? results.map { narrowed($0) } : results
  }

  /// Runs `body` for each head of each example with scratch memory of its thread.
  private func each(_ heads: Heads, _ body: (Int, UnsafeMutablePointer<Float>) -> Void) {
    each(heads.count, heads, keys: heads.keys, work: heads.weightCount, body)
  }

  /// Runs `body` for each head of each text likewise.
  private func each(
    _ heads: Heads, of spans: [AttentionSpan],
    _ body: (Int, UnsafeMutablePointer<Float>) -> Void
  ) {
    let work = spans.reduce(0) { $0 + $1.queries.count * $1.keys.count }
    each(
      spans.count * heads.heads, heads, keys: spans.map(\.keys.count).max() ?? 0,
      work: work / max(1, spans.count), body)
  }

  /// Runs `body` for `count` heads, of which one has up to `keys` keys and, on average, `work` weights.
  private func each(
    _ count: Int, _ heads: Heads, keys: Int, work: Int,
    _ body: (Int, UnsafeMutablePointer<Float>) -> Void
  ) {
    let needed =
      heads.dtype == .bfloat16
      ? ck_attention_bf16_scratch(keys, heads.width) : ck_attention_scratch(keys, heads.width)
    let size = (needed + 15) / 16 * 16
    let memory = scratch(Int(ck_threads()) * size)
    let start = mutableFloats(memory)
    let headsPerBlock = CPUBackend.blockWork / max(1, work * heads.width)
    parallel(blocksOf: max(1, headsPerBlock), in: count) { block in
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

/// The operands of attention, made fit for the kernels: of one type, and heads' rows without gaps, padded
/// with zeros to whole vectors, which changes no score and adds columns of zeros to the results.
private struct Heads {
  let backend: CPUBackend
  let dtype: DType
  let q: Tensor
  let k: Tensor
  let v: Tensor
  let heads: Int
  let queries: Int
  let keys: Int
  /// The width of a head, and that rounded up to whole vectors.
  let unpadded: Int
  let width: Int
  /// Whether the kernels see wider heads than the caller.
  var isPadded: Bool { width != unpadded }
  /// The number of heads in all examples.
  var count: Int { q.shape[0] * heads }
  /// The number of weights of one head: T · S.
  var weightCount: Int { queries * keys }
  /// The distance between rows of weights, so that the kernels may write rows in whole vectors.
  var weightRow: Int { (keys + 15) / 16 * 16 }

  init(_ backend: CPUBackend, _ q: Tensor, _ k: Tensor, _ v: Tensor) {
    self.backend = backend
    let isNarrow = [q, k, v].allSatisfy { $0.dtype == .bfloat16 } && ck_attention_has_bf16() != 0
    dtype = isNarrow ? .bfloat16 : .float32
    (heads, queries, keys, unpadded) = (q.shape[1], q.shape[2], k.shape[2], q.shape[3])
    let step = isNarrow ? 32 : 16
    width = (unpadded + step - 1) / step * step
    self.q = Heads.rows(backend, q, width, dtype)
    self.k = Heads.rows(backend, k, width, dtype)
    self.v = Heads.rows(backend, v, width, dtype)
  }

  /// Returns `x` [B, H, N, E] with rows that the kernels can read.
  func rows(_ x: Tensor) -> Tensor { Heads.rows(backend, x, width, dtype) }

  private static func rows(_ backend: CPUBackend, _ x: Tensor, _ width: Int, _ dtype: DType)
    -> Tensor
  {
    let x = dtype == .bfloat16 ? backend.narrowed(x) : backend.widened(x)
    if x.shape[3] == width && x.layout.strides[3] == 1 { return x }
    if x.shape[3] == width { return x.contiguous() }
    var padded = backend.make(x.shape.replacing(3, with: width), dtype)
    let rest = padded.layout.sliced(3, x.shape[3]..<width)
    backend.copy(backend.full(rest.shape, 0), into: &padded, at: rest)
    backend.copy(x, into: &padded, at: padded.layout.sliced(3, 0..<x.shape[3]))
    return padded
  }

  /// Returns new weights [B, H, T, S], rows `weightRow` apart.
  func newWeights() -> Tensor {
    let padded = backend.make([q.shape[0], heads, queries, weightRow], dtype)
    return padded.view(padded.layout.sliced(3, 0..<keys))
  }

  /// Where the weights of head `index` begin.
  func weightOffset(_ index: Int) -> Int { index * queries * weightRow }

  /// Returns `weights` with rows `weightRow` apart, zeros behind them.
  func weights(_ weights: Tensor) -> Tensor {
    var result = newWeights()
    if weights.dtype == dtype && weights.layout.strides == result.layout.strides { return weights }
    let view = result.layout
    result = result.view(Layout(contiguous: view.shape.replacing(3, with: weightRow)))
    let rest = result.layout.sliced(3, keys..<weightRow)
    backend.copy(backend.full(rest.shape, 0), into: &result, at: rest)
    backend.copy(weights, into: &result, at: view)
    return result.view(view)
  }

  /// Returns a new tensor [B, H, N, E] that lies in memory as [B, N, H, E].
  func make(_ length: Int) -> Tensor {
    backend.make([q.shape[0], length, heads, width], dtype).transposed(1, 2)
  }

  /// Returns new tensors for the gradients of q, k and v, put together as `packing` says.
  func makeGradients(_ packing: AttentionPacking) -> [Tensor] {
    packing.counts.enumerated().map { index, count in
      let length = index == 0 ? queries : keys
      return backend.make(
        Shape([q.shape[0], length] + (count == 1 ? [] : [count]) + [heads, width]), dtype)
    }
  }

  /// Returns the gradients of q, k and v [B, H, N, E] inside the tensors of `makeGradients`.
  func parts(_ wholes: [Tensor]) -> [Tensor] {
    wholes.flatMap { whole -> [Tensor] in
      guard whole.shape.rank == 5 else { return [whole.transposed(1, 2)] }
      return (0..<whole.shape[2]).map { index in
        let part = whole.layout.sliced(2, index..<(index + 1))
        let shape = Shape([whole.shape[0], whole.shape[1], heads, width])
        let strides = [0, 1, 3, 4].map { part.strides[$0] }
        return whole.view(Layout(shape: shape, strides: strides, offset: part.offset))
          .transposed(1, 2)
      }
    }
  }

  /// Returns a result without its padding, laid out as before.
  func trimmed(_ y: Tensor) -> Tensor {
    if !isPadded { return y }
    return backend.copy(y.transposed(1, 2).sliced(3, 0..<unpadded)).transposed(1, 2)
  }

  func head(_ index: Int, _ span: AttentionSpan? = nil) -> ck_head {
    let span = span ?? AttentionSpan(queries: 0..<queries, keys: 0..<keys)
    let places = places(index, span)
    return ck_head(
      queries: span.queries.count, keys: span.keys.count, width: width,
      q: backend.floats(q) + places.q, k: backend.floats(k) + places.k,
      v: backend.floats(v) + places.v, q_row: q.layout.strides[2], k_row: k.layout.strides[2],
      v_row: v.layout.strides[2])
  }

  func narrowHead(_ index: Int, _ span: AttentionSpan? = nil) -> ck_head_bf16 {
    let span = span ?? AttentionSpan(queries: 0..<queries, keys: 0..<keys)
    let places = places(index, span)
    return ck_head_bf16(
      queries: span.queries.count, keys: span.keys.count, width: width,
      q: backend.halves(q) + places.q, k: backend.halves(k) + places.k,
      v: backend.halves(v) + places.v, q_row: q.layout.strides[2], k_row: k.layout.strides[2],
      v_row: v.layout.strides[2])
  }

  /// Where a text's part of head `index` begins in q, k and v.
  private func places(_ index: Int, _ span: AttentionSpan) -> (q: Int, k: Int, v: Int) {
    (
      offset(q, self, index) + span.queries.lowerBound * q.layout.strides[2],
      offset(k, self, index) + span.keys.lowerBound * k.layout.strides[2],
      offset(v, self, index) + span.keys.lowerBound * v.layout.strides[2]
    )
  }
}
