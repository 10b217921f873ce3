import CKernels

extension CPUBackend {
  /// Rows whose gradients of gain and bias are added up before they join the other blocks'.
  private static let gradientRows = 64

  package func layerNorm(_ x: Tensor, gain: Tensor, bias: Tensor, epsilon: Float)
    -> (y: Tensor, mean: Tensor, inverseDeviation: Tensor)
  {
    let columns = x.shape[-1]
    let rows = columns == 0 ? 0 : x.shape.count / columns
    let (x, gain, bias) = (x.contiguous(), gain.contiguous(), bias.contiguous())
    let statistics = x.shape.replacing(-1, with: 1)
    let (y, mean, inverse) = (make(x.shape), make(statistics), make(statistics))
    let (source, g, b) = (floats(x), floats(gain), floats(bias))
    let (target, m, i) = (mutableFloats(y), mutableFloats(mean), mutableFloats(inverse))
    parallel(blocksOf: rowsPerBlock(columns), in: rows) { block in
      let (row, first) = (block.lowerBound, block.lowerBound * columns)
      ck_layer_norm_f32(
        source + first, g, b, epsilon, target + first, m + row, i + row, block.count, columns)
    }
    extendLifetime((x, gain, bias))
    return (y, mean, inverse)
  }

  package func layerNormBackward(
    _ dy: Tensor, _ x: Tensor, gain: Tensor, mean: Tensor, inverseDeviation: Tensor
  ) -> (dx: Tensor, dgain: Tensor, dbias: Tensor) {
    let columns = x.shape[-1]
    let rows = columns == 0 ? 0 : x.shape.count / columns
    let (dy, x, gain) = (dy.contiguous(), x.contiguous(), gain.contiguous())
    let (mean, inverse) = (mean.contiguous(), inverseDeviation.contiguous())
    let (dx, dgain, dbias) = (make(x.shape), make([columns]), make([columns]))
    let size = CPUBackend.gradientRows
    let blocks = (rows + size - 1) / size
    let partial = scratch(blocks * 2 * columns)
    let sums = mutableFloats(partial)  // [blocks, 2, columns]: dgain, dbias
    let (gradient, source, g) = (floats(dy), floats(x), floats(gain))
    let (m, i, target) = (floats(mean), floats(inverse), mutableFloats(dx))
    parallel(blocksOf: size, in: rows) { block in
      let (row, first) = (block.lowerBound, block.lowerBound * columns)
      let sum = sums + row / size * 2 * columns
      ck_layer_norm_backward_f32(
        gradient + first, source + first, g, m + row, i + row, target + first, sum, sum + columns,
        block.count, columns)
    }
    ck_sum_columns_f32(sums, 2 * columns, mutableFloats(dgain), blocks, columns)
    ck_sum_columns_f32(sums + columns, 2 * columns, mutableFloats(dbias), blocks, columns)
    extendLifetime((dy, x, gain, mean, inverse, partial))
    return (dx, dgain, dbias)
  }

  // One pass over memory: a block of rows is added up and normalized while it is in the cache.
  package func residualNorm(
    _ x: Tensor, _ y: Tensor, _ dropout: Dropout?, gain: Tensor, bias: Tensor, epsilon: Float
  ) -> (sum: Tensor, normalized: Tensor, mean: Tensor, inverseDeviation: Tensor) {
    let columns = x.shape[-1]
    let rows = columns == 0 ? 0 : x.shape.count / columns
    let (x, y, gain, bias) = (x.contiguous(), y.contiguous(), gain.contiguous(), bias.contiguous())
    let statistics = x.shape.replacing(-1, with: 1)
    let (sum, normalized) = (make(x.shape), make(x.shape))
    let (mean, inverse) = (make(statistics), make(statistics))
    let (left, right, g, b) = (floats(x), floats(y), floats(gain), floats(bias))
    let (s, n) = (mutableFloats(sum), mutableFloats(normalized))
    let (m, i) = (mutableFloats(mean), mutableFloats(inverse))
    parallel(blocksOf: CPUBackend.gradientRows, in: rows) { block in
      let (row, first, count) = (
        block.lowerBound, block.lowerBound * columns, block.count * columns
      )
      if let dropout {
        ck_residual_f32(
          kernel(dropout), UInt64(first), left + first, right + first, s + first, count)
      } else {
        add(left + first, right + first, s + first, count)
      }
      ck_layer_norm_f32(
        s + first, g, b, epsilon, n + first, m + row, i + row, block.count, columns)
    }
    extendLifetime((x, y, gain, bias))
    return (sum, normalized, mean, inverse)
  }

  package func residualNormBackward(
    dSum: Tensor?, dNormalized: Tensor, _ sum: Tensor, _ dropout: Dropout?, gain: Tensor,
    mean: Tensor, inverseDeviation: Tensor
  ) -> (dx: Tensor, dy: Tensor, dgain: Tensor, dbias: Tensor) {
    let columns = sum.shape[-1]
    let rows = columns == 0 ? 0 : sum.shape.count / columns
    let (dNormalized, dSum, gain) = (
      dNormalized.contiguous(), dSum?.contiguous(), gain.contiguous()
    )
    let (dx, dgain, dbias) = (make(sum.shape), make([columns]), make([columns]))
    let dy = dropout == nil ? dx : make(sum.shape)
    let size = CPUBackend.gradientRows
    let blocks = (rows + size - 1) / size
    let partial = scratch(blocks * 2 * columns)
    let sums = mutableFloats(partial)  // [blocks, 2, columns]: dgain, dbias
    let (gradient, direct, source, g) = (
      floats(dNormalized), dSum.map(floats), floats(sum), floats(gain)
    )
    let (m, i) = (floats(mean), floats(inverseDeviation))
    let (left, right) = (mutableFloats(dx), mutableFloats(dy))
    parallel(blocksOf: size, in: rows) { block in
      let (row, first, count) = (
        block.lowerBound, block.lowerBound * columns, block.count * columns
      )
      let part = sums + row / size * 2 * columns
      ck_layer_norm_backward_f32(
        gradient + first, source + first, g, m + row, i + row, left + first, part, part + columns,
        block.count, columns)
      if let direct { add(left + first, direct + first, left + first, count) }
      if let dropout {
        ck_dropout_f32(kernel(dropout), UInt64(first), left + first, right + first, count)
      }
    }
    ck_sum_columns_f32(sums, 2 * columns, mutableFloats(dgain), blocks, columns)
    ck_sum_columns_f32(sums + columns, 2 * columns, mutableFloats(dbias), blocks, columns)
    extendLifetime((dNormalized, dSum, sum, gain, mean, inverseDeviation, partial))
    return (dx, dy, dgain, dbias)
  }

  /// z = x + y for `count` neighbouring elements; z may be x.
  private func add(
    _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ z: UnsafeMutablePointer<Float>,
    _ count: Int
  ) {
    withUnsafePointer(to: count) { size in
      withUnsafePointer(to: 1) { step in ck_add_f32(1, size, x, step, y, step, z, 0, count) }
    }
  }
}
