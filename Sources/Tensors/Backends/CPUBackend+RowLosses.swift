import CKernels

extension CPUBackend {
  package func crossEntropy(_ x: Tensor, targets: Tensor, ignored: Int32, smoothing: Float)
    -> (losses: Tensor, totals: Tensor)
  {
    let (rows, classes) = (x.shape[0], x.shape[1])
    let (x, targets) = (widened(x).contiguous(), targets.contiguous())
    let ids = integers(targets)
    for id in UnsafeBufferPointer(start: ids, count: rows) where id != ignored {
      precondition(
        id >= 0 && Int(id) < classes, "cross entropy: target \(id) is outside 0 ..< \(classes)")
    }
    let (losses, totals) = (make([rows]), make([rows]))
    let (source, l, t) = (floats(x), mutableFloats(losses), mutableFloats(totals))
    parallel(blocksOf: rowsPerBlock(classes), in: rows) { block in
      let row = block.lowerBound
      ck_row_cross_entropy_f32(
        source + row * classes, ids + row, ignored, smoothing, l + row, t + row, block.count,
        classes)
    }
    extendLifetime((x, targets))
    return (losses, totals)
  }

  package func crossEntropyBackward(
    _ dy: Tensor, _ x: Tensor, targets: Tensor, totals: Tensor, ignored: Int32, smoothing: Float
  ) -> Tensor {
    let (rows, classes) = (x.shape[0], x.shape[1])
    let (dy, x, targets) = (
      widened(dy).contiguous(), widened(x).contiguous(), targets.contiguous()
    )
    let dx = make(x.shape)
    let (gradient, source, ids) = (floats(dy), floats(x), integers(targets))
    let (t, target) = (floats(totals), mutableFloats(dx))
    parallel(blocksOf: rowsPerBlock(classes), in: rows) { block in
      let (row, first) = (block.lowerBound, block.lowerBound * classes)
      ck_row_cross_entropy_backward_f32(
        gradient + row, source + first, ids + row, t + row, ignored, smoothing, target + first,
        block.count, classes)
    }
    extendLifetime((dy, x, targets, totals))
    return dx
  }
}
