import CKernels

// Recurrent cells: one pass over the gates, in float32; what goes on to products keeps their precision.

extension CPUBackend {
  package func lstm(_ s: Tensor, _ c: Tensor, saving: Bool)
    -> (hidden: Tensor, cell: Tensor, gates: Tensor?)
  {
    let (u, old) = (widened(s).contiguous(), widened(c).contiguous())
    let (n, rows) = (c.shape[-1], c.shape.rows)
    let (hidden, cell, gates) = (make(c.shape), make(c.shape), saving ? make(s.shape) : nil)
    let (h, next) = (mutableFloats(hidden), mutableFloats(cell))
    parallel(blocksOf: rowsPerBlock(16 * n), in: rows) { block in
      let first = block.lowerBound * n
      ck_lstm_f32(
        floats(u) + 4 * first, floats(old) + first, gates.map { mutableFloats($0) + 4 * first },
        next + first, h + first, block.count, n)
    }
    extendLifetime((u, old))
    return (s.dtype == .bfloat16 ? narrowed(hidden) : hidden, cell, gates)
  }

  package func lstmBackward(
    gates: Tensor, _ c: Tensor, _ cell: Tensor, dCell: Tensor?, dHidden: Tensor?
  ) -> (ds: Tensor, dc: Tensor) {
    let (old, dNext) = (widened(c).contiguous(), dCell.map { widened($0).contiguous() })
    let dh = dHidden.map { widened($0).contiguous() }
    let (n, rows) = (c.shape[-1], c.shape.rows)
    let (ds, dc) = (make(gates.shape), make(c.shape))
    let (target, previous) = (mutableFloats(ds), mutableFloats(dc))
    parallel(blocksOf: rowsPerBlock(16 * n), in: rows) { block in
      let first = block.lowerBound * n
      ck_lstm_backward_f32(
        floats(gates) + 4 * first, floats(old) + first, floats(cell) + first,
        dNext.map { floats($0) + first }, dh.map { floats($0) + first }, target + 4 * first,
        previous + first, block.count, n)
    }
    extendLifetime((gates, old, cell, dNext, dh))
    return (ds, dc)
  }

  package func gru(_ x: Tensor, _ u: Tensor, _ h: Tensor, saving: Bool) -> (
    y: Tensor, gates: Tensor?
  ) {
    let (v, w) = (widened(x).contiguous(), widened(u).contiguous())
    let old = widened(h).contiguous()
    let (n, rows) = (h.shape[-1], h.shape.rows)
    let (y, gates) = (make(h.shape), saving ? make(x.shape) : nil)
    let target = mutableFloats(y)
    parallel(blocksOf: rowsPerBlock(16 * n), in: rows) { block in
      let first = block.lowerBound * n
      ck_gru_f32(
        floats(v) + 3 * first, floats(w) + 3 * first, floats(old) + first,
        gates.map { mutableFloats($0) + 3 * first }, target + first, block.count, n)
    }
    extendLifetime((v, w, old))
    return (x.dtype == .bfloat16 ? narrowed(y) : y, gates)
  }

  package func gruBackward(_ dy: Tensor, gates: Tensor, _ u: Tensor, _ h: Tensor)
    -> (dx: Tensor, du: Tensor, dh: Tensor)
  {
    let (gradient, w) = (widened(dy).contiguous(), widened(u).contiguous())
    let old = widened(h).contiguous()
    let (n, rows) = (h.shape[-1], h.shape.rows)
    let (dx, du, dh) = (make(u.shape), make(u.shape), make(h.shape))
    let (a, b, c) = (mutableFloats(dx), mutableFloats(du), mutableFloats(dh))
    parallel(blocksOf: rowsPerBlock(16 * n), in: rows) { block in
      let first = block.lowerBound * n
      ck_gru_backward_f32(
        floats(gates) + 3 * first, floats(w) + 3 * first, floats(old) + first,
        floats(gradient) + first, a + 3 * first, b + 3 * first, c + first, block.count, n)
    }
    extendLifetime((gates, gradient, w, old))
    return (dx, du, dh)
  }
}
