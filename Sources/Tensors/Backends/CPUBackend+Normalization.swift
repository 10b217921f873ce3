import CKernels

extension CPUBackend {
  /// Rows of one block, whose gradients of gain and bias are added up before they join the other blocks'.
  private static let normRows = 64

  package func layerNorm(_ x: Tensor, gain: Tensor, bias: Tensor, epsilon: Float)
    -> (y: Tensor, mean: Tensor, inverseDeviation: Tensor)
  {
    let (_, y, mean, inverse) = norm(x, nil, nil, gain: gain, bias: bias, epsilon: epsilon)
    return (y, mean, inverse)
  }

  package func layerNormBackward(
    _ dy: Tensor, _ x: Tensor, gain: Tensor, mean: Tensor, inverseDeviation: Tensor
  ) -> (dx: Tensor, dgain: Tensor, dbias: Tensor) {
    let (dx, _, dgain, dbias) = residualNormBackward(
      dSum: nil, dNormalized: dy, x, nil, gain: gain, mean: mean,
      inverseDeviation: inverseDeviation)
    return (dx, dgain, dbias)
  }

  package func residualNorm(
    _ x: Tensor, _ y: Tensor, _ dropout: Dropout?, gain: Tensor, bias: Tensor, epsilon: Float
  ) -> (sum: Tensor, normalized: Tensor, mean: Tensor, inverseDeviation: Tensor) {
    norm(x, y, dropout, gain: gain, bias: bias, epsilon: epsilon)
  }

  /// One pass over memory: a row is added up and normalized while it is in the cache. Without y the sum is
  /// x.
  private func norm(
    _ x: Tensor, _ y: Tensor?, _ dropout: Dropout?, gain: Tensor, bias: Tensor, epsilon: Float
  ) -> (sum: Tensor, normalized: Tensor, mean: Tensor, inverseDeviation: Tensor) {
    let (rows, columns) = (x.shape.rows, x.shape[-1])
    let (x, right) = alike(x.contiguous(), (y ?? x).contiguous())
    let (gain, bias) = (widened(gain).contiguous(), widened(bias).contiguous())
    let statistics = x.shape.replacing(-1, with: 1)
    let sum = y == nil ? x : make(x.shape, x.dtype)
    let normalized = make(x.shape, x.dtype)
    let (mean, inverse) = (make(statistics), make(statistics))
    let (g, b) = (floats(gain), floats(bias))
    let (m, i) = (mutableFloats(mean), mutableFloats(inverse))
    let mask = dropout.map { kernel($0) }
    parallel(blocksOf: CPUBackend.normRows, in: rows) { block in
      let (row, first) = (block.lowerBound, block.lowerBound * columns)
      withUnsafeTemporaryAllocation(of: Float.self, capacity: columns + 16) { room in
        withOptionalPointer(to: mask) { mask in
          ck_residual_norm(
            x.dtype.kernelType, elements(x, first), y == nil ? nil : elements(right, first), mask,
            UInt64(first), g, b, epsilon, elements(sum, first), elements(normalized, first),
            m + row, i + row, block.count, columns, room.baseAddress)
        }
      }
    }
    extendLifetime((x, right, gain, bias))
    return (sum, normalized, mean, inverse)
  }

  package func residualNormBackward(
    dSum: Tensor?, dNormalized: Tensor, _ sum: Tensor, _ dropout: Dropout?, gain: Tensor,
    mean: Tensor, inverseDeviation: Tensor
  ) -> (dx: Tensor, dy: Tensor, dgain: Tensor, dbias: Tensor) {
    let (rows, columns) = (sum.shape.rows, sum.shape[-1])
    let all = [dNormalized.contiguous(), sum.contiguous()] + (dSum.map { [$0.contiguous()] } ?? [])
    let isNarrow = all.allSatisfy { $0.dtype == .bfloat16 }
    let operands = isNarrow ? all : all.map { widened($0) }
    let (gradient, source) = (operands[0], operands[1])
    let direct = operands.count > 2 ? operands[2] : nil
    let (gain, mean, inverse) = (
      widened(gain).contiguous(), mean.contiguous(), inverseDeviation.contiguous()
    )
    let (dx, dgain, dbias) = (make(sum.shape, source.dtype), make([columns]), make([columns]))
    let dy = dropout == nil ? dx : make(sum.shape, source.dtype)
    let size = CPUBackend.normRows
    let blocks = (rows + size - 1) / size
    let partial = scratch(blocks * 2 * columns)
    let sums = mutableFloats(partial)  // [blocks, 2, columns]: dgain, dbias
    let (g, m, i) = (floats(gain), floats(mean), floats(inverse))
    let mask = dropout.map { kernel($0) }
    parallel(blocksOf: size, in: rows) { block in
      let (row, first) = (block.lowerBound, block.lowerBound * columns)
      let part = sums + row / size * 2 * columns
      withOptionalPointer(to: mask) { mask in
        ck_residual_norm_backward(
          source.dtype.kernelType, elements(gradient, first), direct.map { elements($0, first) },
          elements(source, first), mask, UInt64(first), g, m + row, i + row, elements(dx, first),
          mask == nil ? nil : elements(dy, first), part, part + columns, block.count, columns)
      }
    }
    let type = DType.float32.kernelType
    ck_sum_columns(type, sums, 2 * columns, mutableFloats(dgain), blocks, columns)
    ck_sum_columns(type, sums + columns, 2 * columns, mutableFloats(dbias), blocks, columns)
    extendLifetime((operands, gain, mean, inverse, partial))
    return (dx, dy, dgain, dbias)
  }
}

extension Shape {
  /// The number of rows along the last axis, 0 where they are empty.
  var rows: Int { self[-1] == 0 ? 0 : count / self[-1] }
}
