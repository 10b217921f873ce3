import CKernels

extension CPUBackend {
  package func softmax(_ x: Tensor) -> Tensor { mapRows(x, ck_softmax_f32) }

  package func logSoftmax(_ x: Tensor) -> Tensor { mapRows(x, ck_log_softmax_f32) }

  package func softmaxBackward(_ dy: Tensor, _ y: Tensor) -> Tensor {
    mapRowsBackward(dy, y, ck_softmax_backward_f32)
  }

  package func logSoftmaxBackward(_ dy: Tensor, _ y: Tensor) -> Tensor {
    mapRowsBackward(dy, y, ck_log_softmax_backward_f32)
  }

  package func logSumExp(_ x: Tensor) -> Tensor {
    let columns = x.shape[-1]
    let x = widened(x).contiguous()
    let y = make(x.shape.replacing(-1, with: 1))
    let (source, target) = (floats(x), mutableFloats(y))
    parallel(blocksOf: rowsPerBlock(columns), in: y.shape.count) { block in
      ck_log_sum_exp_f32(
        source + block.lowerBound * columns, target + block.lowerBound, block.count, columns)
    }
    extendLifetime(x)
    return y
  }

  /// Applies a kernel of (x, y, rows, columns) to the rows along the last axis.
  func mapRows(
    _ x: Tensor, _ kernel: (UnsafePointer<Float>?, UnsafeMutablePointer<Float>?, Int, Int) -> Void
  ) -> Tensor {
    let columns = x.shape[-1]
    let x = widened(x).contiguous()
    let y = make(x.shape)
    let (source, target) = (floats(x), mutableFloats(y))
    let rows = columns == 0 ? 0 : x.shape.count / columns
    parallel(blocksOf: rowsPerBlock(columns), in: rows) { block in
      let first = block.lowerBound * columns
      kernel(source + first, target + first, block.count, columns)
    }
    extendLifetime(x)
    return y
  }

  /// Applies a kernel of (dy, y, dx, rows, columns) to the rows along the last axis.
  private func mapRowsBackward(
    _ dy: Tensor, _ y: Tensor,
    _ kernel: (
      UnsafePointer<Float>?, UnsafePointer<Float>?, UnsafeMutablePointer<Float>?, Int, Int
    ) -> Void
  ) -> Tensor {
    precondition(dy.shape == y.shape, "softmax: gradient \(dy.shape) of \(y.shape)")
    let columns = y.shape[-1]
    let (dy, y) = (widened(dy).contiguous(), widened(y).contiguous())
    let dx = make(y.shape)
    let (gradient, source, target) = (floats(dy), floats(y), mutableFloats(dx))
    let rows = columns == 0 ? 0 : y.shape.count / columns
    parallel(blocksOf: rowsPerBlock(columns), in: rows) { block in
      let first = block.lowerBound * columns
      kernel(gradient + first, source + first, target + first, block.count, columns)
    }
    extendLifetime((dy, y))
    return dx
  }
}
